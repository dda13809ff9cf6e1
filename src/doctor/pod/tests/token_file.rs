//! Tokens that are not what they should be.

use super::{NOW, claims, configured, found, texts};
use crate::{
    clock::UnixTime,
    doctor::{
        Finding,
        pod::token_file::{self, Projected},
    },
    jwt::Claims,
};

fn token(claims: Claims) -> Vec<Finding> {
    let token = Ok(Projected { claims, key_id: Some("one".into()) });
    found(|chain| token_file::judge(chain, &configured(&[]), &token, UnixTime::from_secs(NOW), None))
}

pub(super) fn faults() -> Vec<Vec<Finding>> {
    vec![
        token(Claims { issuer: Some("https://sts.windows.net/t/".into()), ..claims() }),
        token(Claims { expires: Some(NOW - 7200), issued: Some(NOW - 10_800), not_before: None, ..claims() }),
        token(Claims { not_before: Some(NOW + 1200), ..claims() }),
        token(Claims { expires: Some(NOW + 60), issued: Some(NOW - 3540), not_before: None, ..claims() }),
        token(Claims { audiences: vec!["sts.amazonaws.com".into()], ..claims() }),
        token(Claims { expires: Some(NOW + 30 * 3600), ..claims() }),
        token(Claims { expires: Some(NOW + 300), ..claims() }),
    ]
}

#[test]
fn each_fault_is_shown_with_its_fix() {
    insta::assert_snapshot!(texts(faults()), @r"
token-file
----------
✗ it is a service-account token of Kubernetes
    The token file holds a token issued by Entra, not a projected service-account token
    issuer https://sts.windows.net/t/, subject system:serviceaccount:shop:cart
    fix: mount the projected service-account token, not a Secret's token and not a token that Entra issued.
    see: docs/doctor.md#token-kind

failed 1, warnings 0, passed 1, not checked 3

token-file
----------
✗ it is valid now
    it ended 2 h 0 min ago
    by this node's clock
    issued 3 h 0 min ago
    fix: let the kubelet replace the file: no subPath mount and no copy; restart the pod if it does not.
    see: docs/doctor.md#token-fresh

failed 1, warnings 0, passed 4, not checked 0

token-file
----------
✗ it is valid now
    it becomes valid only in 20 min
    by this node's clock
    fix: set the clock of the API server, which wrote it.
    see: docs/doctor.md#token-fresh

failed 1, warnings 0, passed 4, not checked 0

token-file
----------
‼ it is valid now
    it ends in 1 min, and the kubelet should have replaced it before
    it lives 1 h 0 min
    fix: let the kubelet replace the file: no subPath mount and no copy; restart the pod if it does not.
    see: docs/doctor.md#token-fresh

failed 0, warnings 1, passed 4, not checked 0

token-file
----------
✗ its audience is the one that Entra takes
    The token's audience 'sts.amazonaws.com' is not the usual api://AzureADTokenExchange
    audience sts.amazonaws.com; authority https://login.microsoftonline.com
    fix: project the token for the audience api://AzureADTokenExchange, or that of the cloud in AZURE_AUTHORITY_HOST.
    see: docs/doctor.md#token-audience

failed 1, warnings 0, passed 4, not checked 0

token-file
----------
✗ it lives between ten minutes and a day
    The token lives 30 h 0 min; Entra accepts at most 25 hours
    fix: set expirationSeconds of the projected volume between 600 and 86400; Entra refuses more than 25 hours.
    see: docs/doctor.md#token-lifetime

failed 1, warnings 0, passed 4, not checked 0

token-file
----------
‼ it lives between ten minutes and a day
    it lives only 5 min
    fix: set expirationSeconds of the projected volume between 600 and 86400; Entra refuses more than 25 hours.
    see: docs/doctor.md#token-lifetime

failed 0, warnings 1, passed 4, not checked 0
");
}

#[test]
fn the_token_is_judged_by_entras_clock_where_that_is_known() {
    let token = Ok(Projected { claims: claims(), key_id: None });
    let judged = |entra: Option<u64>| {
        let ours = UnixTime::from_secs(NOW + 7200);
        let findings = found(|chain| {
            token_file::judge(chain, &configured(&[]), &token, ours, entra.map(UnixTime::from_secs));
        });
        findings.iter().any(Finding::is_failure)
    };
    assert_eq!([judged(None), judged(Some(NOW + 10)), judged(Some(NOW + 7200))], [true, false, true]);
}
