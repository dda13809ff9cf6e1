//! What only shows when claims are put together.

use super::{Placed, Plans, plan};
use crate::operator::identity::claim;

/// The claim of an account for an identity, with more lines of its spec.
fn claim(account: &str, identity: &str, more: &str) -> String {
    let more: Vec<_> = more.lines().map(|line| format!("  {line}\n")).collect();
    let more = more.concat();
    format!(
        "apiVersion: wisp/v1\nkind: AzureWorkloadIdentityClaim\nmetadata: {{name: {account}, namespace: shop}}\nspec:\n  \
         issuer: https://issuer.example/\n  tenantId: contoso.com\n  managedIdentity: {{subscriptionId: \
         33333333-3333-3333-3333-333333333333, resourceGroup: app, name: {identity}}}\n{more}"
    )
}

fn planned(claims: &[String]) -> Result<Plans, Vec<String>> {
    let placed = claims
        .iter()
        .enumerate()
        .map(|(index, text)| Placed::new(&format!("{index}.yaml"), 1, claim::read(text).unwrap().unwrap()));
    plan(&placed.collect::<Vec<_>>())
}

fn wrong(claims: &[String]) -> String {
    planned(claims).unwrap_err().join("\n")
}

#[test]
fn claims_of_one_identity_are_one_plan() {
    let role = "access: [{role: Reader, resource: keyVault/kv}]";
    let plans =
        planned(&[claim("b", "orders", role), claim("a", "Orders", role), claim("c", "bills", "")]).unwrap();
    let shown: Vec<_> = plans
        .identities
        .iter()
        .map(|plan| {
            let names: Vec<_> = plan
                .credentials
                .iter()
                .map(|credential| credential.name.as_str())
                .collect();
            format!("{}: {} and {} roles", plan.principal, names.join(", "), plan.roles.len())
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    identity `bills` in resource group `app`: shop-c-bf760780 and 0 roles
    identity `orders` in resource group `app`: shop-a-fd4162c7, shop-b-e9fee2c1 and 1 roles
    ");
    assert_eq!((plans.accounts.len(), plans.warnings), (3, Vec::new()));
}

#[test]
fn an_issuer_and_a_subject_are_claimed_once() {
    insta::assert_snapshot!(wrong(&[claim("a", "orders", ""), claim("a", "orders", "")]), @"1.yaml:1: service account `shop/a` of issuer https://issuer.example/ is claimed at 0.yaml:1 already, and Azure takes an issuer and subject once; keep one claim");
    insta::assert_snapshot!(wrong(&[claim("a", "orders", ""), claim("a", "orders", "credentialName: other")]), @"1.yaml:1: service account `shop/a` of issuer https://issuer.example/ is claimed by two names at 0.yaml:1 already, and Azure takes an issuer and subject once; keep one claim");
    let name = "credentialName: same";
    insta::assert_snapshot!(wrong(&[claim("a", "orders", name), claim("b", "orders", "credentialName: Same")]), @"1.yaml:1: the name `Same` is that of another credential, claimed at 0.yaml:1; choose another");
}

#[test]
fn an_account_is_one_identity_and_a_client_id_too() {
    insta::assert_snapshot!(wrong(&[claim("a", "orders", ""), claim("a", "bills", "")]), @"1.yaml:1: service account `shop/a` is identity `bills` in resource group `app` here and identity `orders` in resource group `app` at 0.yaml:1; its annotation names one, so give the workloads accounts of their own");
    let known = |account, name| {
        claim(account, name, "").replace(
            "resourceGroup: app",
            "resourceGroup: app, clientId: 11111111-1111-1111-1111-111111111111",
        )
    };
    insta::assert_snapshot!(wrong(&[known("a", "orders"), known("b", "bills")]), @"1.yaml:1: client id `11111111-1111-1111-1111-111111111111` belongs to identity `orders` in resource group `app` at 0.yaml:1, and cannot belong to identity `bills` in resource group `app` as well");
    let another = known("b", "orders")
        .replace("clientId: 1", "clientId: 2")
        .replace("contoso.com", "other.example");
    let another = another.replace("resourceGroup: app", "resourceGroup: app, location: westeurope");
    insta::assert_snapshot!(wrong(&[known("a", "orders"), another]), @"
    1.yaml:1: identity `orders` in resource group `app` has another `tenantId` at 0.yaml:1; make both the same
    1.yaml:1: identity `orders` in resource group `app` has another `clientId` at 0.yaml:1; make both the same
    1.yaml:1: identity `orders` in resource group `app` has another `location` at 0.yaml:1; make both the same
    ");
    // In another cluster it is another account.
    let elsewhere = claim("a", "bills", "").replace("issuer.example", "other.example");
    assert_eq!(
        planned(&[claim("a", "orders", ""), elsewhere])
            .unwrap()
            .accounts
            .len(),
        2
    );
}

#[test]
fn an_identity_that_is_shared_is_looked_at() {
    let tagged = |account, environment, owner| {
        claim(account, "orders", &format!("environment: {environment}\nowner: {owner}"))
    };
    let plans = planned(&[tagged("a", "test", "shop"), tagged("b", "production", "shop")]).unwrap();
    insta::assert_snapshot!(plans.warnings.join("\n"), @"1.yaml:1: identity `orders` in resource group `app` is shared by environments production, test, and each has the rights of all; give each an identity of its own");
    assert_eq!(plans.identities[0].tags, [("owner".to_owned(), "shop".to_owned())]);
}

#[test]
fn an_identity_holds_twenty() {
    let claims = |count| {
        (0..count)
            .map(|n| claim(&format!("a{n}"), "orders", ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        planned(&claims(20)).unwrap().identities[0]
            .credentials
            .len(),
        20
    );
    insta::assert_snapshot!(wrong(&claims(21)), @"20.yaml:1: identity `orders` in resource group `app` would hold 21 federated credentials, and Azure allows 20; let workloads share a service account, bind the identity to its clusters (`az aks identity-binding create`, one for all accounts of a cluster), or claim a further identity with the same roles");
}
