//! The same plans in each language. tests/identity runs and parses them by the real tools.

mod bicep;
mod terraform;

use super::{manifests, script};
use crate::operator::identity::{Placed, Plans, claim, plan};

const CLAIMS: &str = "\
apiVersion: wisp/v1
kind: AzureWorkloadIdentityClaim
metadata: {name: orders, namespace: shop}
spec:
  owner: team-orders
  issuer: [https://one.example/, https://two.example/]
  tenantId: 22222222-2222-2222-2222-222222222222
  managedIdentity:
    subscriptionId: 33333333-3333-3333-3333-333333333333
    resourceGroup: app
    name: orders
    location: westeurope
    clientId: 11111111-1111-1111-1111-111111111111
  access:
  - {role: Key Vault Secrets User, resource: keyVault/orders-kv}
  - {role: Reader, scope: /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/data}
";

const THERE: &str = "\
apiVersion: wisp/v1
kind: AzureWorkloadIdentityClaim
metadata: {name: bills, namespace: shop}
spec:
  issuer: https://one.example/
  tenantId: 22222222-2222-2222-2222-222222222222
  managedIdentity:
    resourceId: /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/bills
  access:
  - {role: Bills Writer, resource: serviceBus/bills}
";

const APPLICATION: &str = "\
apiVersion: wisp/v1
kind: AzureWorkloadIdentityClaim
metadata: {name: mail, namespace: shop}
spec:
  issuer: https://one.example/
  tenantId: 22222222-2222-2222-2222-222222222222
  application: {clientId: 44444444-4444-4444-4444-444444444444}
  access:
  - role: 5d5d5d5d-5d5d-5d5d-5d5d-5d5d5d5d5d5d
    scope: /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/A.B/c/d
";

fn plans(claims: &[&str]) -> Plans {
    let placed = |text: &&str| Placed::new("claims.yaml", 1, claim::read(text).unwrap().unwrap());
    plan(&claims.iter().map(placed).collect::<Vec<_>>()).unwrap()
}

/// What the script says after the functions that each script has.
fn body(script: &str) -> &str {
    script.strip_prefix(include_str!("../az.sh")).unwrap()
}

#[test]
fn as_a_script() {
    insta::assert_snapshot!(body(&script(&plans(&[CLAIMS, THERE, APPLICATION]).identities)), @r#"
    if managed '33333333-3333-3333-3333-333333333333' 'app' 'bills' ''; then
      credential 'shop-bills-11985a9d' 'https://one.example/' 'system:serviceaccount:shop:bills' 'api://AzureADTokenExchange'
      role 'Bills Writer' '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.ServiceBus/namespaces/bills'
    fi

    if managed '33333333-3333-3333-3333-333333333333' 'app' 'orders' 'westeurope' 'owner=team-orders' && client_is '11111111-1111-1111-1111-111111111111'; then
      credential 'shop-orders-2393f145' 'https://one.example/' 'system:serviceaccount:shop:orders' 'api://AzureADTokenExchange'
      credential 'shop-orders-86b974d3' 'https://two.example/' 'system:serviceaccount:shop:orders' 'api://AzureADTokenExchange'
      role 'Key Vault Secrets User' '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.KeyVault/vaults/orders-kv'
      role 'Reader' '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/data'
    fi

    if application '44444444-4444-4444-4444-444444444444'; then
      credential 'shop-mail-cc64a114' 'https://one.example/' 'system:serviceaccount:shop:mail' 'api://AzureADTokenExchange' '{"audiences":["api://AzureADTokenExchange"],"issuer":"https://one.example/","name":"shop-mail-cc64a114","subject":"system:serviceaccount:shop:mail"}'
      role '5d5d5d5d-5d5d-5d5d-5d5d-5d5d5d5d5d5d' '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/A.B/c/d'
    fi

    # To see that it works, ask for a token as each service account does. Minutes may pass first, and half an hour for an issuer that
    # is new to Entra. CLIENT_ID is the identity's client id, and AZURE_CONFIG_DIR keeps your own sign-in as it is:
    #
    #   export AZURE_CONFIG_DIR=$(mktemp -d)
    #   az login --service-principal --username CLIENT_ID_OF_bills --tenant 22222222-2222-2222-2222-222222222222 --allow-no-subscriptions --federated-token \
    #     "$(kubectl create token bills --namespace shop --audience api://AzureADTokenExchange)"
    #   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant 22222222-2222-2222-2222-222222222222 --allow-no-subscriptions --federated-token \
    #     "$(kubectl create token orders --namespace shop --audience api://AzureADTokenExchange)"
    #   az login --service-principal --username 44444444-4444-4444-4444-444444444444 --tenant 22222222-2222-2222-2222-222222222222 --allow-no-subscriptions --federated-token \
    #     "$(kubectl create token mail --namespace shop --audience api://AzureADTokenExchange)"

    exit "$wrong"
    "#);
}

#[test]
fn as_manifests() {
    insta::assert_snapshot!(manifests(&plans(&[CLAIMS, APPLICATION]).accounts).unwrap(), @r#"
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: mail
      namespace: shop
      annotations:
        azure.workload.identity/client-id: "44444444-4444-4444-4444-444444444444"
        azure.workload.identity/tenant-id: "22222222-2222-2222-2222-222222222222"
    ---
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: orders
      namespace: shop
      annotations:
        azure.workload.identity/client-id: "11111111-1111-1111-1111-111111111111"
        azure.workload.identity/tenant-id: "22222222-2222-2222-2222-222222222222"
        wisp/owner: team-orders
    "#);
    insta::assert_snapshot!(manifests(&plans(&[THERE]).accounts).unwrap_err().join("\n"), @"the client id of identity `bills` in resource group `app` is not in the claim of service account `shop/bills`: Azure makes it up with the identity. Ask by `az identity show --ids /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/bills --query clientId`, and give it as `spec.managedIdentity.clientId`");
}

#[test]
fn the_order_of_claims_does_not_matter() {
    let (one, two) = (plans(&[CLAIMS, THERE, APPLICATION]), plans(&[APPLICATION, THERE, CLAIMS]));
    assert_eq!(one, two);
}
