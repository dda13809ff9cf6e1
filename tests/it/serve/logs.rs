//! The log: one line for each exchange, with the fields that operators search by.

use ::wisp::emulator::FaultKind;
use serde_json::Value;

use super::wisp::{STORAGE, VAULT, Wisp, emulator};

/// The lines about `operation`, at the level that is on by default.
fn lines(wisp: &Wisp, operation: &str) -> Vec<Value> {
    let mut lines = wisp.log();
    lines.retain(|line| {
        line["operation"] == operation && matches!(line["level"].as_str(), Some("INFO" | "WARN"))
    });
    lines
}

fn names(line: &Value) -> Vec<&str> {
    line.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn one_line_for_each_exchange() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_CLUSTER", "test-cluster")]).await;
    for _ in 0..3 {
        wisp.token(VAULT).await.granted();
    }
    emulator.add_fault(FaultKind::Aadsts(500_011)).unwrap();
    for _ in 0..3 {
        assert_eq!(wisp.token(STORAGE).await.status(), 400);
    }
    wisp.lines("no token available", 3).await;

    let exchanges = lines(&wisp, "exchange");
    let [issued, refused] = &exchanges[..] else { panic!("{exchanges:?}") };
    for line in [issued, refused] {
        for name in [
            "time",
            "level",
            "cloud",
            "cluster",
            "namespace",
            "serviceAccount",
            "managedIdentityClientId",
            "azureResource",
            "operation",
            "result",
            "latency_ms",
        ] {
            assert!(names(line).contains(&name), "{name} in {line}");
        }
        assert_eq!((&line["cluster"], &line["namespace"]), (&"test-cluster".into(), &"default".into()));
        assert_eq!(line["serviceAccount"], "app");
    }
    assert_eq!((&issued["result"], &issued["azureResource"]), (&"success".into(), &VAULT.into()));
    assert_eq!((&refused["result"], &refused["azureResource"]), (&"failure".into(), &STORAGE.into()));
    assert_eq!((&refused["errorCategory"], &refused["aadsts"]), (&"resource".into(), &500_011.into()));
    assert!(
        ["trace_id", "correlation_id"]
            .iter()
            .all(|id| refused[id].as_str().is_some_and(|id| id.len() == 36))
    );
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .starts_with("AADSTS500011: "),
        "{refused}"
    );
    // Entra's sign-in log has both by this id.
    let id = issued["correlation_id"].as_str().unwrap();
    assert!(id.len() == 36 && id != refused["correlation_id"].as_str().unwrap(), "{issued}");
    let granted = lines(&wisp, "token")
        .into_iter()
        .find(|line| line["result"] == "success");
    assert_eq!(
        granted.unwrap()["correlation_id"],
        id,
        "the line of the request leads to that of the exchange"
    );
    // The description stands on the line of the exchange; the correlation id leads there.
    for line in lines(&wisp, "token")
        .iter()
        .filter(|line| line["result"] == "failure")
    {
        assert_eq!((&line["correlation_id"], &line["detail"]), (&refused["correlation_id"], &Value::Null));
    }
    // Answers from memory are no decisions: one line for the first token, one for each refusal.
    assert_eq!(lines(&wisp, "token").len(), 4);
}

#[tokio::test]
async fn the_first_line_says_where() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    let line = wisp.line("wisp is serving").await;
    assert_eq!((&line["namespace"], &line["serviceAccount"]), (&"default".into(), &"app".into()), "{line}");
    assert!(line["cloud"].is_string(), "{line}");
}

#[tokio::test]
async fn every_line_is_one_json_object() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[("WISP_LOG", "info")]).await;
    let newline = "resource=https://vault.azure.net&client_id=a%0D%0Ab%22%7D";
    assert_eq!(wisp.ask(newline).await.status(), 400);
    wisp.line("request refused").await;
    assert!(wisp.log().iter().all(Value::is_object), "{:?}", wisp.log());
}
