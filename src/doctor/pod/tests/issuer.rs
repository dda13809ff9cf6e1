//! Issuers that publish what is wrong, or nothing.

use serde_json::json;

use super::{ISSUER, claims, configured, error, found, page, texts};
use crate::{
    doctor::{
        Finding,
        pod::{issuer, token_file::Projected},
    },
    entra::{LookError, Page, Step},
    jwt::Claims,
};

fn published(discovery: Result<Page, LookError>, keys: Option<Result<Page, LookError>>) -> Vec<Finding> {
    let token = Projected { claims: claims(), key_id: Some("one".into()) };
    let published = issuer::Published {
        discovery_url: format!("{ISSUER}.well-known/openid-configuration"),
        discovery,
        keys: keys.map(|keys| (format!("{ISSUER}openid/v1/jwks"), keys)),
    };
    found(|chain| issuer::judge(chain, &configured(&[]), Some(&token), Some(&published)))
}

#[expect(clippy::unnecessary_wraps, reason = "others fail")]
fn document() -> Result<Page, LookError> {
    Ok(page(200, &json!({"issuer": ISSUER, "jwks_uri": format!("{ISSUER}openid/v1/jwks")})))
}

pub(super) fn faults() -> Vec<Vec<Finding>> {
    vec![
        published(Ok(page(404, &json!({}))), None),
        published(Err(error(Step::Connect)), None),
        published(Err(error(Step::Tls)), None),
        published(Ok(page(200, &json!({"issuer": ISSUER.trim_end_matches('/')}))), None),
        published(document(), Some(Ok(page(200, &json!({"keys": []}))))),
        published(document(), Some(Ok(page(200, &json!({"keys": [{"kid": "two"}]}))))),
    ]
}

#[test]
fn each_fault_is_shown_with_its_fix() {
    insta::assert_snapshot!(texts(faults()), @"
issuer
------
✗ the issuer's discovery document is published and names it
    the answer is 404
    https://eastus.oic.prod-aks.azure.com/t/c/.well-known/openid-configuration
    fix: publish /.well-known/openid-configuration below the issuer, with the issuer to the letter: `wispctl identity issuer` makes it.
    see: docs/doctor.md#issuer-discovery

failed 1, warnings 0, passed 1, not checked 2

issuer
------
✓ its issuer is one that Entra can reach: https://eastus.oic.prod-aks.azure.com/t/c/
- the issuer's discovery document is published and names it
    not checked: https://eastus.oic.prod-aks.azure.com/t/c/.well-known/openid-configuration cannot be read from this pod: It happened; it need not be, for Entra reads it; look from elsewhere: curl 'https://eastus.oic.prod-aks.azure.com/t/c/.well-known/openid-configuration'
- the issuer's keys are published
    not checked: issuer-discovery was not checked; do what is said there
- the key that signed the token is among them
    not checked: issuer-discovery was not checked; do what is said there

failed 0, warnings 0, passed 1, not checked 3

issuer
------
‼ the issuer's discovery document is published and names it
    It happened
    https://eastus.oic.prod-aks.azure.com/t/c/.well-known/openid-configuration
    fix: let a public authority issue the certificate of the issuer: Entra trusts no other.
    see: docs/doctor.md#issuer-discovery

failed 0, warnings 1, passed 1, not checked 2

issuer
------
✗ the issuer's discovery document is published and names it
    it names the issuer `https://eastus.oic.prod-aks.azure.com/t/c`, the token `https://eastus.oic.prod-aks.azure.com/t/c/`; they differ by the slash at the end
    https://eastus.oic.prod-aks.azure.com/t/c/.well-known/openid-configuration
    fix: publish /.well-known/openid-configuration below the issuer, with the issuer to the letter: `wispctl identity issuer` makes it.
    see: docs/doctor.md#issuer-discovery

failed 1, warnings 0, passed 1, not checked 2

issuer
------
✗ the issuer's keys are published
    the key set holds no key with a kid
    https://eastus.oic.prod-aks.azure.com/t/c/openid/v1/jwks
    fix: publish the cluster's key set at the jwks_uri of the discovery document.
    see: docs/doctor.md#issuer-keys

failed 1, warnings 0, passed 2, not checked 1

issuer
------
✗ the key that signed the token is among them
    the token was signed by the key one, which is not published
    published: two
    fix: publish the cluster's current keys; Entra may keep the old ones for up to 45 minutes.
    see: docs/doctor.md#issuer-key

failed 1, warnings 0, passed 3, not checked 0
");
}

#[test]
fn an_issuer_inside_is_for_those_who_are_inside_too() {
    let inside = Claims { issuer: Some("https://kubernetes.default.svc".into()), ..claims() };
    let token = Projected { claims: inside, key_id: None };
    let fails = |more: &[(&str, &str)]| {
        let findings = found(|chain| issuer::judge(chain, &configured(more), Some(&token), None));
        findings.iter().any(Finding::is_failure)
    };
    assert!(fails(&[]));
    assert!(!fails(&[("AZURE_AUTHORITY_HOST", "https://10.0.0.1")]));
    assert!(!fails(&[("AZURE_KUBERNETES_TOKEN_PROXY", "https://proxy.example")]));
}
