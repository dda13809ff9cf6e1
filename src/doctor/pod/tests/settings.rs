//! Settings that are wrong, missing, or elsewhere.

use super::{TENANT, configured, found, read, texts};
use crate::{
    doctor::{Finding, pod::settings, report},
    settings::keys::KEYS,
};

pub(super) fn faults() -> Vec<Vec<Finding>> {
    let judged = |configured| found(|chain| settings::judge(chain, &configured));
    vec![
        judged(configured(&[("WISP_CACHE_TOKENS", "0")])),
        judged(read(&[("AZURE_TENANT_ID", TENANT)])),
        judged(read(&[])),
    ]
}

#[test]
fn each_fault_is_shown_with_its_fix() {
    insta::assert_snapshot!(texts(faults()), @r#"
settings
--------
✗ the settings are valid
    `cache_tokens` cannot be `0` (from environment WISP_CACHE_TOKENS): expected a whole number from 1 to 65536
    fix: correct the setting that is named, where its value came from.
    see: docs/doctor.md#settings

failed 1, warnings 0, passed 0, not checked 1

settings
--------
✗ an identity is configured
    `client_id` is not set: there is no identity to issue tokens for; set AZURE_CLIENT_ID (the workload identity webhook does when the pod template has the label azure.workload.identity/use=true and the service account the annotation azure.workload.identity/client-id), --client-id, or `[identities]` in the file
    fix: set AZURE_CLIENT_ID and AZURE_TENANT_ID, or annotate the service account and label the pod's template azure.workload.identity/use: "true".
    see: docs/doctor.md#identities

failed 1, warnings 0, passed 1, not checked 0

settings
--------
✓ the settings are valid: none is given, all are defaults
- an identity is configured
    not checked: nothing of wisp's configuration is in this container; run it in wisp's container: kubectl exec POD -c wisp -- /wisp doctor; or name what is missing with flags

failed 0, warnings 0, passed 1, not checked 1
"#);
}

#[test]
fn a_token_in_the_place_of_a_setting_is_shown_nowhere() {
    const MARKED: &str = "eyJhbGciOiJNQVJLRUQifQ.eyJzdWIiOiJNQVJLRURKV1QifQ.MARKED-SIGNATURE";
    for key in KEYS {
        let configured = configured(&[(key.variable(), MARKED)]);
        let findings = found(|chain| settings::judge(chain, &configured));
        let shown = report::json(&findings) + &report::text(&findings, report::Style::default());
        assert!(!shown.contains("MARKED") && !shown.contains("eyJ"), "{}: {shown}", key.name);
    }
}
