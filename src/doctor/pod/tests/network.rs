//! Ways to Entra that end too early, or elsewhere.

use serde_json::json;

use super::{NOW, TENANT, configured, error, found, page, texts};
use crate::{
    clock::UnixTime,
    doctor::{Finding, pod::network},
    entra::{LookError, Page, Step},
};

const ENDPOINT: &str = "https://login.microsoftonline.com/t/oauth2/v2.0/token";

fn path(answer: Result<Page, LookError>, change: impl FnOnce(&mut network::Path)) -> Vec<Finding> {
    let mut path = network::Path {
        host: "login.microsoftonline.com".into(),
        addresses: vec!["20.190.1.1".parse().unwrap()],
        issuers: vec!["DigiCert SHA2 Secure Server CA (DigiCert Inc)".into()],
        answers: vec![(TENANT.into(), answer)],
        ours: UnixTime::from_secs(NOW + 2),
        ..network::Path::default()
    };
    change(&mut path);
    found(|chain| network::judge(chain, &configured(&[]), Some(&path)))
}

fn stopped(step: Step) -> Vec<Finding> {
    path(Err(error(step)), |_| {})
}

pub(super) fn faults() -> Vec<Vec<Finding>> {
    let cloud = json!({"token_endpoint": ENDPOINT, "cloud_instance_name": "microsoftonline.us"});
    let no_tenant =
        json!({"error": "invalid_tenant", "error_codes": [90002], "error_description": "AADSTS90002: no."});
    vec![
        stopped(Step::Name),
        stopped(Step::Connect),
        path(Err(error(Step::Proxy)), |path| path.proxy = Some("http://proxy:3128".into())),
        stopped(Step::Tls),
        path(Err(error(Step::Tls)), |path| path.issuers = vec!["Zscaler Root CA (Zscaler Inc.)".into()]),
        stopped(Step::Answer),
        path(Ok(page(200, &json!({"hello": 1}))), |_| {}),
        path(Ok(page(503, &json!({}))), |_| {}),
        path(Ok(page(400, &no_tenant)), |_| {}),
        path(Ok(page(200, &cloud)), |_| {}),
        path(Ok(page(200, &json!({"token_endpoint": ENDPOINT}))), |path| {
            path.ours = UnixTime::from_secs(NOW + 7200);
        }),
        path(Ok(page(200, &json!({"token_endpoint": ENDPOINT}))), |path| {
            path.ours = UnixTime::from_secs(NOW - 100);
        }),
    ]
}

#[test]
fn each_fault_is_shown_with_its_fix() {
    insta::assert_snapshot!(texts(faults()), @r"
network
-------
✗ the authority's name resolves
    It happened
    fix: do this.
    see: docs/doctor.md#authority-name

failed 1, warnings 0, passed 1, not checked 5

network
-------
✗ a connection to it can be opened
    It happened
    login.microsoftonline.com is 20.190.1.1
    fix: do this.
    see: docs/doctor.md#authority-connect

failed 1, warnings 0, passed 2, not checked 4

network
-------
✗ the proxy leads to it
    It happened
    HTTPS_PROXY is http://proxy:3128, at 20.190.1.1
    fix: do this.
    see: docs/doctor.md#authority-proxy

failed 1, warnings 0, passed 2, not checked 4

network
-------
✗ its certificate is trusted
    It happened
    issued by DigiCert SHA2 Secure Server CA (DigiCert Inc)
    fix: do this.
    see: docs/doctor.md#authority-tls

failed 1, warnings 0, passed 3, not checked 3

network
-------
✗ its certificate is trusted
    It happened
    issued by Zscaler Root CA (Zscaler Inc.)
    a firewall stands between, which inspects traffic
    fix: name the root certificate of Zscaler Root CA (Zscaler Inc.) in WISP_CA_FILE, or have the firewall leave login.microsoftonline.com alone.
    see: docs/doctor.md#authority-tls

failed 1, warnings 0, passed 3, not checked 3

network
-------
✗ it answers as Entra does
    It happened
    fix: do this.
    see: docs/doctor.md#authority

failed 1, warnings 0, passed 4, not checked 2

network
-------
✗ it answers as Entra does
    login.microsoftonline.com answers 200, and not as Entra does
    a proxy or portal answers in its place
    fix: let the firewall or proxy on the way pass login.microsoftonline.com without a login and without a page of its own.
    see: docs/doctor.md#authority

failed 1, warnings 0, passed 4, not checked 2

network
-------
‼ it answers as Entra does
    login.microsoftonline.com answers 503
    fix: wait: Entra has an outage or too many requests; wisp tries again by itself.
    see: docs/doctor.md#authority
‼ the tenant exists there
    the answer is 503
    fix: wait: Entra has an outage or too many requests; wisp tries again by itself.
    see: docs/doctor.md#tenant

failed 0, warnings 2, passed 5, not checked 0

network
-------
✗ the tenant exists there
    AADSTS90002: There is no such tenant.
    tenant 11111111-aaaa-4aaa-8aaa-111111111111, authority https://login.microsoftonline.com
    fix: set AZURE_TENANT_ID to the tenant's GUID, and AZURE_AUTHORITY_HOST to its cloud.
    see: docs/doctor.md#tenant

failed 1, warnings 0, passed 6, not checked 0

network
-------
✗ the tenant exists there
    the tenant 11111111-aaaa-4aaa-8aaa-111111111111 belongs to AzureUSGovernment, not to AzureCloud
    authority https://login.microsoftonline.com, the tenant's is https://login.microsoftonline.us
    fix: set AZURE_AUTHORITY_HOST to https://login.microsoftonline.us
    see: docs/doctor.md#tenant

failed 1, warnings 0, passed 6, not checked 0

network
-------
✗ the node's clock agrees with Entra's
    this node's clock is 2 h 0 min ahead of Entra's
    fix: set the node's clock: run chrony or systemd-timesyncd on it.
    see: docs/doctor.md#clock

failed 1, warnings 0, passed 6, not checked 0

network
-------
‼ the node's clock agrees with Entra's
    this node's clock is 1 min behind Entra's
    fix: set the node's clock: run chrony or systemd-timesyncd on it.
    see: docs/doctor.md#clock

failed 0, warnings 1, passed 6, not checked 0
");
}

#[test]
fn only_entra_passes_for_entra() {
    let passes = |status, body: serde_json::Value| {
        let findings = path(Ok(page(status, &body)), |_| {});
        !findings
            .iter()
            .any(|finding| finding.check.id == "authority" && finding.is_failure())
    };
    let number =
        json!({"error": "invalid_tenant", "error_codes": [90002], "error_description": "AADSTS90002: no."});
    let other_cloud = json!({"token_endpoint": "https://login.microsoftonline.us/t/oauth2/v2.0/token"});
    assert!(
        passes(200, json!({"token_endpoint": ENDPOINT})) && passes(400, number) && passes(200, other_cloud)
    );
    for body in [
        json!({"error": "blocked"}),
        json!({"error": "x", "error_codes": [1], "error_description": "blocked"}),
        json!({"token_endpoint": "https://portal.example/token"}),
        json!({"token_endpoint": "x"}),
        json!({"token_endpoint": 1}),
    ] {
        assert!(!passes(200, body.clone()), "{body}");
    }
    let mut portal = page(302, &json!(null));
    portal.location = Some("https://portal.example/login?session=hunter2".into());
    let shown = texts(vec![path(Ok(portal), |_| {})]);
    assert!(
        shown.contains("answers 302, a redirect to portal.example, and not") && !shown.contains("hunter2"),
        "{shown}"
    );
}
