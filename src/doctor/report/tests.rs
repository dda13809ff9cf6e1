//! Both forms of a report.

use super::{Status, Style, json, status, text};
use crate::doctor::{
    Diagnosis,
    table::pod::{CLOCK, EXCHANGE, TOKEN_FILE, TOKEN_FRESH},
};

fn findings() -> Vec<super::Finding> {
    vec![
        TOKEN_FILE.passed("/var/run/token"),
        TOKEN_FRESH
            .failed(Diagnosis::new("it expired 3 h ago").evidence("exp 2026-01-01T00:00:00Z\u{1b}[2J")),
        CLOCK.warned(Diagnosis::new("it is 2 min ahead").fix("set it")),
        EXCHANGE
            .not_run("token-fresh failed", "mend that first")
            .about("identity orders"),
    ]
}

#[test]
fn people_see_a_mark_what_was_found_and_the_fix() {
    insta::assert_snapshot!(text(&findings(), Style::default()), @r"
    token-file
    ----------
    ✓ the projected token can be read: /var/run/token
    ✗ it is valid now
        it expired 3 h ago
        exp 2026-01-01T00:00:00Z�[2J
        fix: let the kubelet replace the file: no subPath mount and no copy; restart the pod if it does not.
        see: docs/doctor.md#token-fresh

    network
    -------
    ‼ the node's clock agrees with Entra's
        it is 2 min ahead
        fix: set it
        see: docs/doctor.md#clock

    exchange
    --------
    - identity orders: Entra issues a token
        not checked: token-fresh failed; mend that first

    failed 1, warnings 1, passed 1, not checked 1
    ");
    let quiet = Style { quiet: true, colour: false };
    insta::assert_snapshot!(text(&findings(), quiet), @r"
    token-file
    ----------
    ✗ it is valid now
        it expired 3 h ago
        exp 2026-01-01T00:00:00Z�[2J
        fix: let the kubelet replace the file: no subPath mount and no copy; restart the pod if it does not.
        see: docs/doctor.md#token-fresh

    network
    -------
    ‼ the node's clock agrees with Entra's
        it is 2 min ahead
        fix: set it
        see: docs/doctor.md#clock

    failed 1, warnings 1, passed 1, not checked 1
    ");
    assert_eq!(text(&findings()[..1], quiet), "");
    assert_eq!(status(&findings()), Status::Failures);
    assert_eq!(status(&findings()[..1]), Status::Well);
}

#[test]
fn programs_get_all_of_it() {
    insta::assert_snapshot!(json(&findings()), @r##"
    {
      "categories": [
        {
          "categoryName": "token-file",
          "checks": [
            {
              "description": "the projected token can be read",
              "found": "/var/run/token",
              "hint": "docs/doctor.md#token-file",
              "id": "token-file",
              "result": "success"
            },
            {
              "description": "it is valid now",
              "evidence": [
                "exp 2026-01-01T00:00:00Z\u001b[2J"
              ],
              "fix": "let the kubelet replace the file: no subPath mount and no copy; restart the pod if it does not.",
              "found": "it expired 3 h ago",
              "hint": "docs/doctor.md#token-fresh",
              "id": "token-fresh",
              "result": "error"
            }
          ]
        },
        {
          "categoryName": "network",
          "checks": [
            {
              "description": "the node's clock agrees with Entra's",
              "evidence": [],
              "fix": "set it",
              "found": "it is 2 min ahead",
              "hint": "docs/doctor.md#clock",
              "id": "clock",
              "result": "warning"
            }
          ]
        },
        {
          "categoryName": "exchange",
          "checks": [
            {
              "about": "identity orders",
              "description": "Entra issues a token",
              "fix": "mend that first",
              "found": "token-fresh failed",
              "hint": "docs/doctor.md#exchange",
              "id": "exchange",
              "result": "skipped"
            }
          ]
        }
      ],
      "success": false,
      "version": 1
    }
    "##);
}

#[test]
fn programs_get_hidden_letters_as_escapes_and_lose_none() {
    let hidden = "a\u{202e}b\u{200b}c\u{9b}d\u{7f}";
    let findings = [
        TOKEN_FILE.passed(hidden).about(hidden),
        TOKEN_FRESH.failed(Diagnosis::new(hidden).evidence(hidden).fix(hidden)),
        EXCHANGE.not_run(hidden, hidden),
    ];
    let document = json(&findings);
    let is_plain = |letter: char| letter == '\n' || !crate::visible::is_hidden(letter);
    assert!(document.chars().all(is_plain), "{document}");
    let read: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(read.pointer("/categories/0/checks/1/evidence/0").unwrap(), hidden);
    assert_eq!(document.matches(r"a\u202eb\u200bc\u009bd\u007f").count(), 7, "{document}");
}
