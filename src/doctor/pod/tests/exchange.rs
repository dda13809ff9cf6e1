//! Exchanges that Entra refuses.

use super::{CLIENT_ID, TENANT, configured, found, read, texts};
use crate::{
    doctor::pod::exchange::{self, Exchanged},
    exchange::Key,
    failure::{Category, Class, Failure},
};

#[test]
fn the_address_of_a_service_in_the_place_of_a_resource_is_named() {
    let configured = configured(&[]);
    let exchanged = |resource: &str, category| {
        let (rules, identity) = (&configured.settings.rules, configured.identities[0].clone());
        let key = Key {
            authority: rules.authority.clone(),
            via_token_proxy: false,
            tenant: identity.tenant.clone(),
            client_id: identity.client_id.clone(),
            resource: resource.parse().unwrap(),
        };
        let description = "AADSTS500011: It was not found. Fix: check the resource.";
        let failure = Failure::new(Class::Permanent, category, "invalid_resource", description);
        Exchanged { identity, key, result: Some(Err(failure)) }
    };
    let all = [
        exchanged("https://shop.vault.azure.net", Category::Resource),
        exchanged("https://api.example", Category::Resource),
        exchanged("https://shop.blob.core.windows.net", Category::Client),
    ];
    let shown = texts(vec![found(|chain| exchange::judge(chain, &configured, &all))]);
    insta::assert_snapshot!(shown, @"
exchange
--------
✗ 22222222-bbbb-4bbb-8bbb-222222222222 for https://shop.vault.azure.net: Entra issues a token
    AADSTS500011: It was not found
    client id 22222222-bbbb-4bbb-8bbb-222222222222, tenant 11111111-aaaa-4aaa-8aaa-111111111111, authority https://login.microsoftonline.com
    fix: ask for https://vault.azure.net: https://shop.vault.azure.net is an address of Key Vault, and not what its tokens are for.
    see: docs/doctor.md#exchange
✗ 22222222-bbbb-4bbb-8bbb-222222222222 for https://api.example: Entra issues a token
    AADSTS500011: It was not found
    client id 22222222-bbbb-4bbb-8bbb-222222222222, tenant 11111111-aaaa-4aaa-8aaa-111111111111, authority https://login.microsoftonline.com
    fix: check the resource.
    see: docs/doctor.md#exchange
✗ 22222222-bbbb-4bbb-8bbb-222222222222 for https://shop.blob.core.windows.net: Entra issues a token
    AADSTS500011: It was not found
    client id 22222222-bbbb-4bbb-8bbb-222222222222, tenant 11111111-aaaa-4aaa-8aaa-111111111111, authority https://login.microsoftonline.com
    fix: check the resource.
    see: docs/doctor.md#exchange

failed 3, warnings 0, passed 0, not checked 3
");
}

#[test]
fn who_lists_no_resource_is_warned_that_no_token_was_asked_for() {
    let configured = read(&[
        ("AZURE_CLIENT_ID", CLIENT_ID),
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_AUTHORITY_HOST", "https://entra.example"),
    ]);
    assert_eq!(configured.resources, []);
    let shown = texts(vec![found(|chain| exchange::judge(chain, &configured, &[]))]);
    insta::assert_snapshot!(shown, @"
exchange
--------
‼ Entra issues a token
    no token was asked for: no resource is listed
    fix: name a resource with --resource, such as https://vault.azure.net.
    see: docs/doctor.md#exchange

failed 0, warnings 1, passed 0, not checked 1
");
}
