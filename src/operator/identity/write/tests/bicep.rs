use super::{APPLICATION, CLAIMS, THERE, plans};
use crate::operator::identity::write::bicep;

#[test]
fn as_bicep() {
    insta::assert_snapshot!(bicep(&plans(&[CLAIMS]).identities).unwrap(), @r#"
    // Identities for service accounts, made by wispctl. Credentials of an identity are written one after the other, for Azure refuses two
    // at a time.
    targetScope = 'resourceGroup'
    // For resource group app of subscription 33333333-3333-3333-3333-333333333333.

    resource orders 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
      name: 'orders'
      location: 'westeurope'
      tags: {
        owner: 'team-orders'
      }
    }

    var orders_accounts = [
      {
        name: 'shop-orders-2393f145'
        issuer: 'https://one.example/'
        subject: 'system:serviceaccount:shop:orders'
        audience: 'api://AzureADTokenExchange'
      }
      {
        name: 'shop-orders-86b974d3'
        issuer: 'https://two.example/'
        subject: 'system:serviceaccount:shop:orders'
        audience: 'api://AzureADTokenExchange'
      }
    ]

    @batchSize(1)
    resource orders_credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [for account in orders_accounts: {
      parent: orders
      name: account.name
      properties: {
        issuer: account.issuer
        subject: account.subject
        audiences: [
          account.audience
        ]
      }
    }]

    // Key Vault Secrets User
    #disable-next-line no-deployments-resources
    resource orders_key_vault_secrets_user_3a1beec6 'Microsoft.Resources/deployments@2024-03-01' = {
      name: 'wisp-role-d845fd93'
      subscriptionId: '33333333-3333-3333-3333-333333333333'
      resourceGroup: 'app'
      properties: {
        mode: 'Incremental'
        template: {
          '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
          contentVersion: '1.0.0.0'
          resources: [
            {
              type: 'Microsoft.Authorization/roleAssignments'
              apiVersion: '2022-04-01'
              name: guid('/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.KeyVault/vaults/orders-kv', orders.id, '4633458b-17de-408a-b874-0445c86b69e6')
              scope: 'Microsoft.KeyVault/vaults/orders-kv'
              properties: {
                principalId: orders.properties.principalId
                principalType: 'ServicePrincipal'
                roleDefinitionId: '/subscriptions/33333333-3333-3333-3333-333333333333/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6'
              }
            }
          ]
        }
      }
    }

    // Reader
    #disable-next-line no-deployments-resources
    resource orders_reader_ecbafad2 'Microsoft.Resources/deployments@2024-03-01' = {
      name: 'wisp-role-8b83fb27'
      subscriptionId: '33333333-3333-3333-3333-333333333333'
      resourceGroup: 'data'
      properties: {
        mode: 'Incremental'
        template: {
          '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
          contentVersion: '1.0.0.0'
          resources: [
            {
              type: 'Microsoft.Authorization/roleAssignments'
              apiVersion: '2022-04-01'
              name: guid('/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/data', orders.id, 'acdd72a7-3385-48ef-bd42-f606fba81ae7')
              properties: {
                principalId: orders.properties.principalId
                principalType: 'ServicePrincipal'
                roleDefinitionId: '/subscriptions/33333333-3333-3333-3333-333333333333/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7'
              }
            }
          ]
        }
      }
    }

    output orders_client_id string = orders.properties.clientId

    // To see that it works, ask for a token as each service account does. Minutes may pass first, and half an hour for an issuer that
    // is new to Entra. CLIENT_ID is the identity's client id, and AZURE_CONFIG_DIR keeps your own sign-in as it is:
    //
    //   export AZURE_CONFIG_DIR=$(mktemp -d)
    //   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant 22222222-2222-2222-2222-222222222222 --allow-no-subscriptions --federated-token \
    //     "$(kubectl create token orders --namespace shop --audience api://AzureADTokenExchange)"
    "#);
    let existing = bicep(&plans(&[&THERE.replace("Bills Writer", "Reader")]).identities).unwrap();
    assert!(existing.contains("@2024-11-30' existing = {\n  name: 'bills'\n}\n"), "{existing}");
    let elsewhere = CLAIMS
        .replace("name: orders\n", "name: other\n")
        .replace("Group: app", "Group: other");
    let elsewhere = elsewhere
        .replace("namespace: shop", "namespace: x")
        .replace("1111-1111", "1111-9999");
    let wrong = bicep(&plans(&[CLAIMS, THERE, APPLICATION, &elsewhere]).identities).unwrap_err();
    insta::assert_snapshot!(wrong.join("\n"), @"
    app registration `44444444-4444-4444-4444-444444444444`: Bicep writes app registrations only by an extension for Microsoft Graph; use `--output az` or `--output terraform`
    identity `other` is in resource group `other`, and one Bicep file writes one group, here `app`; expand the claims of each group apart
    role `Bills Writer` is none of Azure's own that wispctl knows, and Bicep names roles by id; give its GUID (`az role definition list --name 'Bills Writer' --query [].name`)
    ");
    let group = "/providers/Microsoft.Management/managementGroups/all";
    let wrong = bicep(
        &plans(&[
            &CLAIMS.replace("/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/data", group)
        ])
        .identities,
    );
    insta::assert_snapshot!(wrong.unwrap_err().join("\n"), @"scope `/providers/Microsoft.Management/managementGroups/all` is none that a deployment to a resource group reaches; use `--output az`");
}
