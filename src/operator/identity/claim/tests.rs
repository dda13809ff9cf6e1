//! Claims that are read, and claims that are refused.

use super::{Claim, read};

/// A claim with `spec` at the margin.
fn claim(spec: &str) -> String {
    let spec: Vec<_> = spec.lines().map(|line| format!("  {line}\n")).collect();
    let spec = spec.concat();
    format!(
        "apiVersion: wisp/v1\nkind: AzureWorkloadIdentityClaim\nmetadata: {{name: orders, namespace: shop}}\nspec:\n{spec}"
    )
}

/// What every claim needs.
const BASE: &str = "issuer: https://issuer.example/\ntenantId: 22222222-2222-2222-2222-222222222222\n";

/// The identity of most claims.
const IDENTITY: &str = "managedIdentity: {subscriptionId: 33333333-3333-3333-3333-333333333333, resourceGroup: app, name: orders}\n";

fn good(spec: &str) -> Claim {
    read(&claim(spec)).unwrap().unwrap()
}

fn wrong(spec: &str) -> String {
    wrong_text(&claim(spec))
}

fn wrong_text(text: &str) -> String {
    let lines = read(text)
        .unwrap_err()
        .into_iter()
        .map(|diagnostic| format!("{}: {}", diagnostic.line.unwrap_or_default(), diagnostic.text));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_left_out_has_a_default() {
    let claim = good(&format!("{BASE}{IDENTITY}"));
    assert_eq!(
        (claim.account.to_string().as_str(), claim.audience.as_str()),
        ("shop/orders", super::AUDIENCE)
    );
    assert_eq!((claim.line, claim.issuers.as_slice()), (1, &["https://issuer.example/".to_owned()][..]));
    assert!(claim.roles.is_empty() && claim.location.is_none() && claim.credential_name.is_none());
}

#[test]
fn an_identity_is_named_in_each_way() {
    let by_name = good(&format!("{BASE}{IDENTITY}"));
    let by_id = good(&format!(
        "{BASE}managedIdentity:\n  resourceId: subscriptions/33333333-3333-3333-3333-333333333333/resourcegroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders\n"
    ));
    assert_eq!(by_name.principal, by_id.principal);
    let application =
        good(&format!("{BASE}application: {{clientId: 11111111-1111-1111-1111-111111111111}}\n"));
    insta::assert_snapshot!(application.principal, @"app registration `11111111-1111-1111-1111-111111111111`");
    assert!(application.client_id.is_some());
}

#[test]
fn resources_are_named_in_short() {
    let claim = good(&format!(
        "{BASE}{IDENTITY}access:
- {{role: Key Vault Secrets User, resource: keyVault/orders-kv}}
- {{role: storage blob data reader, resource: storage/orders, resourceGroup: data}}
- {{role: Orders Writer, scope: /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/A.B/c/d/}}
"
    ));
    let roles: Vec<_> = claim
        .roles
        .iter()
        .map(|role| format!("{} {}", role.role, role.scope))
        .collect();
    insta::assert_snapshot!(roles.join("\n"), @"
    Key Vault Secrets User /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.KeyVault/vaults/orders-kv
    Storage Blob Data Reader /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/orders
    Orders Writer /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/A.B/c/d
    ");
    assert!(claim.warnings.is_empty());
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    insta::assert_snapshot!(wrong("\
owner: $(id)
serviceAccountName: Orders
issuer: http://issuer.example/
audience: [a, b]
credentialName: -x
tenantId: common
managedIdentity:
  subscriptionId: app
  resourceGroup: app.
  name: x
  location: West Europe
  clientId: orders
  principalId: orders
access:
- {}
- {role: '*', scope: '*'}
- {resource: keyVault/orders}
- {role: Reader, resource: vault/orders}
- {role: Reader, scope: /subscriptions/33333333-3333-3333-3333-333333333333, resource: keyVault/a}
"), @"
    5: `spec.owner` cannot be `$(id)`: expected up to 256 letters, digits, spaces and any of `-_.@/`
    6: `spec.serviceAccountName` cannot be `Orders`: expected up to 253 lower-case letters, digits, `-` and `.`, as Kubernetes names service accounts
    7: `spec.issuer` must begin with https://, for Entra reads its keys over TLS
    8: `spec.audience` has 2 audiences, and a federated credential takes exactly one
    9: `spec.credentialName` cannot be `-x`: expected 3 to 120 letters, digits, `-` and `_`, the first of them a letter or a digit
    10: `spec.tenantId` cannot be `common`: expected one tenant; `common`, `organizations` and `consumers` cannot issue app tokens
    12: `spec.managedIdentity.subscriptionId` cannot be `app`: expected a GUID
    13: `spec.managedIdentity.resourceGroup` cannot be `app.`: expected up to 90 letters, digits and any of `-_.()`, without a period at the end
    14: `spec.managedIdentity.name` cannot be `x`: expected 3 to 128 letters, digits, `-` and `_`, the first of them a letter or a digit
    15: `spec.managedIdentity.location` cannot be `West Europe`: expected the name of a region without spaces, such as westeurope
    16: `spec.managedIdentity.clientId` cannot be `orders`: expected a GUID such as 00000000-1111-2222-3333-444444444444
    17: `spec.managedIdentity.principalId` must be a GUID
    19: `spec.access[0].role` is missing
    19: `spec.access[0].scope` is missing; give `scope`, or `resource` such as keyVault/NAME
    20: `spec.access[1].role` cannot be `*`: expected one role, by its name such as `Key Vault Secrets User` or by its GUID
    20: `spec.access[1].scope` cannot be `*`: expected a resource id such as /subscriptions/GUID/resourceGroups/NAME/providers/PROVIDER/TYPE/NAME
    21: `spec.access[2].role` is missing; applications use Key Vault Secrets User, Key Vault Certificate User, Key Vault Crypto User
    22: `spec.access[3].resource` cannot be `vault/orders`: expected TYPE/NAME, where TYPE is one of appConfiguration, containerRegistry, cosmosDb, eventHubs, keyVault, serviceBus, sqlServer, storage; anything else is named by `scope`
    23: `spec.access[4].scope` stands beside `resource`; keep one
    ");
}

#[test]
fn the_client_id_is_no_other_id() {
    let identity = |ids: &str| {
        format!(
            "{BASE}managedIdentity: {{subscriptionId: 33333333-3333-3333-3333-333333333333, resourceGroup: app, name: orders, {ids}}}"
        )
    };
    let one = "11111111-1111-1111-1111-111111111111";
    let texts = [
        wrong(&identity(&format!("clientId: {one}, principalId: {one}"))),
        wrong(&identity("clientId: 33333333-3333-3333-3333-333333333333")),
        wrong(&identity("clientId: 22222222-2222-2222-2222-222222222222")),
        wrong(&format!("{BASE}application: {{clientId: {one}, objectId: {one}}}")),
        wrong(&identity("clientId: 00000000-0000-0000-0000-000000000000")),
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    7: `spec.managedIdentity.clientId` is the same GUID as `principalId`; expected the client (application) id, which is another one
    7: `spec.managedIdentity.clientId` is the same GUID as `subscriptionId`; expected the client (application) id, which is another one
    7: `spec.managedIdentity.clientId` is the same GUID as `tenantId`; expected the client (application) id, which is another one
    7: `spec.application.clientId` is the same GUID as `objectId`; expected the client (application) id, which is another one
    7: `spec.managedIdentity.clientId` cannot be `00000000-0000-0000-0000-000000000000`: expected the identity's client id, not the all-zero placeholder
    ");
}

#[test]
fn one_identity_is_named_once() {
    let id = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders";
    let application = "application: {clientId: 11111111-1111-1111-1111-111111111111}\n";
    let texts = [
        wrong(BASE),
        wrong(&format!("{BASE}{IDENTITY}{application}")),
        wrong(&format!("{BASE}managedIdentity: {{resourceId: {id}, name: orders, location: westeurope}}")),
        wrong(&format!("{BASE}managedIdentity: {{resourceId: {id}/x}}")),
        wrong(&format!("{BASE}managedIdentity: {{name: orders}}")),
        wrong(&format!("{BASE}{application}access: [{{role: Reader, resource: keyVault/a}}]")),
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    4: `spec` names no identity; give `managedIdentity` or `application`
    8: `spec.application` stands beside `managedIdentity`; keep one
    7: `spec.managedIdentity.name` stands beside `resourceId`, which names an identity that is there; keep one
    7: `spec.managedIdentity.location` stands beside `resourceId`, which names an identity that is there; keep one
    7: `spec.managedIdentity.resourceId` cannot be `/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders/x`: expected /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME
    7: `spec.managedIdentity.subscriptionId` is missing; give `subscriptionId`, `resourceGroup` and `name`, or `resourceId`
    7: `spec.managedIdentity.resourceGroup` is missing; give `subscriptionId`, `resourceGroup` and `name`, or `resourceId`
    8: `spec.access[0].resource` needs `resourceGroup` and `subscriptionId`, for an app registration is in none
    ");
}

#[test]
fn roles_that_give_too_much_are_refused_and_much_is_warned_of() {
    let subscription = "/subscriptions/33333333-3333-3333-3333-333333333333";
    let access = |roles: &[(&str, &str)]| {
        let items = roles
            .iter()
            .map(|(role, scope)| format!("- {{role: {role}, scope: {subscription}{scope}}}\n"));
        format!("{BASE}{IDENTITY}access:\n{}", items.collect::<String>())
    };
    let vault = "/resourceGroups/app/providers/Microsoft.KeyVault/vaults/kv";
    insta::assert_snapshot!(wrong(&access(&[
        ("Owner", vault),
        ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", vault),
        ("Contributor", ""),
        ("Reader", vault),
        ("reader", vault),
    ])), @"
    9: `spec.access[0].role` is `Owner`, which can give itself every other role; a workload needs none that gives roles
    10: `spec.access[1].role` is `User Access Administrator`, which can give itself every other role; a workload needs none that gives roles
    11: `spec.access[2].role` is `Contributor` of a whole subscription; name what the workload uses
    13: `spec.access[4].role` gives `Reader` twice for one scope
    ");
    let warned =
        good(&access(&[("Contributor", vault), ("Reader", "/resourceGroups/app"), ("Key Vault Reader", "")]));
    let warnings: Vec<_> = warned
        .warnings
        .iter()
        .map(|(line, text)| format!("{line}: {text}"))
        .collect();
    insta::assert_snapshot!(warnings.join("\n"), @"
    9: `spec.access[0].role` is `Contributor`, which reads keys and changes settings; a data role says less
    10: `spec.access[1].role` is `Reader` of a whole resource group; name the resource, if one is enough
    11: `spec.access[2].role` is `Key Vault Reader` of a whole subscription; name the resource, if one is enough
    ");
}

#[test]
fn other_audiences_and_accounts_are_looked_at() {
    let claim = good(&format!("{BASE}{IDENTITY}serviceAccountName: default\naudience: api://other\n"));
    let warnings: Vec<_> = claim
        .warnings
        .iter()
        .map(|(line, text)| format!("{line}: {text}"))
        .collect();
    insta::assert_snapshot!(warnings.join("\n"), @"
    8: `spec.serviceAccountName` is `default`, which every pod of the namespace has that names no other; give the workload an account of its own
    9: `spec.audience` is `api://other`, and Entra takes api://AzureADTokenExchange, api://AzureADTokenExchangeUSGov, api://AzureADTokenExchangeChina
    ");
    insta::assert_snapshot!(wrong(&format!("{BASE}{IDENTITY}audience: api://AKSIdentityBinding\n")), @"8: `spec.audience` is that of the token proxy of AKS, for which AKS makes the federated credential itself; leave out the claim, and bind the identity with `az aks identity-binding create`");
    insta::assert_snapshot!(wrong(&format!("{BASE}{IDENTITY}audience: ''\n")), @"8: `spec.audience` cannot be ``: expected a URI such as api://AzureADTokenExchange");
}

#[test]
fn several_issuers_have_names_that_are_made() {
    let several = "issuer: [https://a.example/, https://b.example/]\ntenantId: contoso.com\n";
    assert_eq!(good(&format!("{several}{IDENTITY}")).issuers.len(), 2);
    insta::assert_snapshot!(wrong(&format!("{several}{IDENTITY}credentialName: orders\n")), @"8: `spec.credentialName` names one credential, and each of several issuers needs one; leave it out, and names are made");
    let twice = "issuer: [https://a.example/, https://a.example]\ntenantId: contoso.com\n";
    insta::assert_snapshot!(wrong(&format!("{twice}{IDENTITY}")), @"5: `spec.issuer` names `https://a.example` twice, a slash at the end aside");
    insta::assert_snapshot!(wrong(&format!("issuer: []\ntenantId: contoso.com\n{IDENTITY}")), @"5: `spec.issuer` is empty; name the issuer of the cluster");
}

#[test]
fn shape() {
    assert_eq!(read("# nothing\n"), Ok(None));
    let texts = [
        wrong_text("kind: ServiceAccount\napiVersion: v1\n"),
        wrong_text("- a\n"),
        wrong_text("a: {{ .Values.x }}\n"),
        wrong(&format!("{BASE}{IDENTITY}acess: []\n")),
        wrong("issuer: https://issuer.example/\n"),
        wrong(&format!("{BASE}{IDENTITY}access: {{role: Reader}}\n")),
        wrong(&format!("{BASE}{IDENTITY}owner: [a]\n")),
        wrong(&format!("{BASE}tenantId: a\n")),
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    1: expected a claim: `apiVersion: wisp/v1` and `kind: AzureWorkloadIdentityClaim`
    1: expected a claim: `apiVersion: wisp/v1` and `kind: AzureWorkloadIdentityClaim`
    1: invalid YAML: expected string scalar (column 5)
    8: invalid YAML: unknown field `acess`, expected one of owner, environment, serviceAccountName, issuer, audience, credentialName, tenantId, managedIdentity, application, access (column 3)
    5: invalid YAML: missing field `tenantId` (column 3)
    8: invalid YAML: expected sequence start (column 11)
    8: invalid YAML: expected string scalar (column 10)
    7: invalid YAML: duplicate mapping key: tenantId (column 3)
    ");
}
