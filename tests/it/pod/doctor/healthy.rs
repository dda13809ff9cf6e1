//! A healthy pod, and how long it takes to say so; and a pod whose network is gone.

use std::time::Duration;

use serde_json::json;

use super::patient::{Answered, Patient, VAULT};

/// What a doctor may take, in the middle of several runs: this machine is busy with other tests.
const HEALTHY: Duration = Duration::from_secs(3);
const NETWORK_GONE: Duration = Duration::from_secs(15);

#[test]
fn fifty_looks_at_a_healthy_pod_give_no_alarm() {
    let patient = Patient::new();
    let answered: Vec<_> = (0..50)
        .map(|_| patient.doctor(&[], &["--redirected", "--resource", VAULT]))
        .collect();
    for answered in &answered {
        assert!(answered.code == 0 && answered.findings.len() > 20, "{answered:?}");
        assert_eq!(
            (answered.first_failure(), answered.first("warning")),
            (None, None),
            "{}",
            answered.output
        );
    }
    let skipped: Vec<_> = answered[0]
        .findings
        .iter()
        .filter(|(_, result)| result == "skipped")
        .collect();
    assert!(skipped.len() <= 1, "{skipped:?}");
    assert!(median(&answered) < HEALTHY, "{:?}", median(&answered));
}

#[test]
fn a_look_counts_as_no_forged_request() {
    let patient = Patient::new();
    patient.doctor(&[], &["--redirected", "--resource", VAULT]);
    let metrics = patient
        .pod
        .curl(1000, "http://127.0.0.1:4255/metrics")
        .output;
    let reasons: Vec<_> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("wisp_refused_requests_total"))
        .filter(|line| !line.ends_with(" 0"))
        .collect();
    assert_eq!(reasons, ["{reason=\"metadata_header\"} 4"]);
}

#[test]
fn an_issuer_that_this_pod_cannot_reach_is_no_failure_and_holds_up_nothing() {
    let patient = Patient::new();
    let answers: Vec<_> = (0..3)
        .map(|_| {
            let token = patient.token(&json!({"iss": "https://10.77.0.99/"}));
            patient.doctor(&[token], &["--ignore", "exchange"])
        })
        .collect();
    for answered in &answers {
        assert_eq!((answered.code, answered.first_failure()), (0, None), "{}", answered.output);
        assert_eq!(answered.first("skipped"), Some("issuer-discovery"), "{}", answered.output);
    }
    assert!(median(&answers) < HEALTHY, "{:?}", median(&answers));
}

#[test]
fn a_pod_without_network_has_its_answer_soon() {
    let patient = Patient::new();
    let silence = "table inet gone { chain input { type filter hook input priority 0; policy drop; }; }";
    assert_eq!(patient.pod.node.feed("nft -f -", silence).code, 0);
    let names = [("AZURE_AUTHORITY_HOST", "https://login.example.com".to_owned())];
    for (variables, first) in [(&[][..], "authority-connect"), (&names, "authority-name")] {
        let answered: Vec<_> = (0..3).map(|_| patient.doctor(variables, &[])).collect();
        for answered in &answered {
            // An issuer inside is none for the cloud of another network.
            let network = answered
                .findings
                .iter()
                .find(|(id, result)| result == "error" && id.starts_with("authority"));
            assert_eq!(network.map(|(id, _)| id.as_str()), Some(first), "{}", answered.output);
        }
        assert!(median(&answered) < NETWORK_GONE, "{:?}", median(&answered));
    }
}

fn median(answered: &[Answered]) -> Duration {
    let mut took: Vec<_> = answered.iter().map(|answered| answered.took).collect();
    took.sort();
    took[took.len() / 2]
}
