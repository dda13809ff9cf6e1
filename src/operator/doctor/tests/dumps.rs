//! What dumps lack is named, and hostile ones do no harm.

use serde_json::{Value, json};

use super::{
    objects::{MARKED, azure, event},
    scene::{Scene, wrong},
};
use crate::{
    doctor::{
        Choice, Finding, Outcome,
        report::{Style, json, text},
    },
    operator::doctor::{Facts, Request, diagnose},
};

fn read(text: &str, request: &Request) -> Vec<Finding> {
    let mut facts = Facts::new(None);
    facts.file("dump.json", text.as_bytes(), None);
    diagnose(&facts, request, &Choice::default())
}

fn not_run(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter_map(|finding| match &finding.outcome {
            Outcome::NotRun { why, how } => Some(format!("{}: {why}; {how}", finding.check.id)),
            _ => None,
        })
        .collect()
}

#[test]
fn what_dumps_lack_is_named_with_the_command() {
    let mut scene = Scene::of("cart");
    scene
        .objects
        .retain(|object| ["Deployment", "ReplicaSet", "Pod"].contains(&object["kind"].as_str().unwrap()));
    scene.azure.clear();
    scene.issuer = None;
    let findings = scene.dumped();
    assert_eq!(wrong(&findings), [""; 0]);
    insta::assert_snapshot!(not_run(&findings).join("\n"));
}

#[test]
fn what_was_cut_off_is_a_failure_and_the_rest_counts() {
    let scene = Scene::of("cart");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": scene.objects}).to_string();
    for fraction in [2, 3, 5] {
        let findings = read(&list[..list.len() / fraction], &scene.request);
        assert_eq!(wrong(&findings).first(), Some(&"readable"), "{fraction}");
    }
    let findings = read("", &scene.request);
    assert_eq!(wrong(&findings).first(), Some(&"readable"));
    let whole = read(&list, &scene.request);
    assert_eq!(wrong(&whole), [""; 0], "{whole:#?}");
}

#[test]
fn what_has_nothing_in_it_is_a_failure() {
    for nothing in [
        "null",
        "[]",
        "{\"kind\":\"List\",\"items\":null}",
        r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}"#,
        r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"a","namespace":"shop"},"spec":7}"#,
        r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":null}"#,
    ] {
        let findings = read(nothing, &Request::default());
        assert_eq!(wrong(&findings), ["readable"], "{nothing}: {findings:#?}");
    }
    let mut facts = Facts::new(None);
    facts.file(
        "dump.json",
        br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"},"spec":7}"#.as_slice(),
        None,
    );
    insta::assert_snapshot!(facts.unread.join("\n"), @"dump.json:1: Pod a says nothing of its containers");
    insta::assert_snapshot!(text(&read("[]", &Request::default()), Style { colour: false, quiet: true }), @"
    manifest
    --------
    ✗ what was asked for could be read
        nothing was read: what was given has no object that is looked at
        fix: look at what is in the files; `wispctl doctor --help` has the commands that write them.
        see: docs/doctor.md#readable

    failed 1, warnings 0, passed 0, not checked 1
    ");
}

/// Null, texts and lists in the place of anything.
#[test]
fn nothing_has_to_be_what_it_should_be() {
    let scene = Scene::of("orders");
    let odd =
        [Value::Null, json!([]), json!("x"), json!(7), json!({}), json!([null]), json!({"a\u{1b}[2J": [[]]})];
    for (index, object) in scene.objects.iter().enumerate() {
        let mut locations = Vec::new();
        collect(object, "", &mut locations);
        for (number, location) in locations.iter().enumerate() {
            let mut objects = scene.objects.clone();
            *objects[index].pointer_mut(location).unwrap() = odd[number % odd.len()].clone();
            let mut facts = Facts::new(None);
            let list = json!({"kind": "List", "apiVersion": "v1", "items": objects});
            facts.file("dump.json", list.to_string().as_bytes(), None);
            for request in [&scene.request, &Request::default()] {
                drop(text(&diagnose(&facts, request, &Choice::default()), Style::default()));
            }
        }
    }
}

/// The first places of each object.
fn collect(value: &Value, at: &str, locations: &mut Vec<String>) {
    if locations.len() > 25 {
        return;
    }
    let key = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                locations.push(key(name));
                collect(value, &key(name), locations);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, &format!("{at}/{index}"), locations);
            }
        }
        _ => {}
    }
}

#[test]
fn texts_of_others_give_no_orders_and_are_bounded() {
    let mut scene = Scene::of("cart");
    scene.without_pod("cart");
    let message = format!("\u{1b}]0;owned\u{7}\u{202e}{}", "x".repeat(1 << 20));
    scene
        .objects
        .push(event("ReplicaSet", "cart-7c9", "FailedCreate", &message));
    let findings = scene.dumped();
    assert_eq!(wrong(&findings), ["pod-created"]);
    for output in [text(&findings, Style::default()), json(&findings)] {
        assert!(
            !output.contains(['\u{1b}', '\u{7}', '\u{202e}']) && output.len() < 30_000,
            "{}",
            output.len()
        );
    }
}

/// Values of variables, arguments, annotations, the keys of a Secret, and what stands in logs.
#[tokio::test(start_paused = true)]
async fn no_secret_is_in_any_output() {
    for name in ["cart", "orders"] {
        let mut scene = Scene::of(name);
        let token = format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", MARKED.replace('-', ""));
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}, "data": {"k": MARKED}});
        scene.objects.push(secret);
        scene.both(name, |pod| {
            pod["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
                json!(MARKED);
            for list in ["initContainers", "containers"] {
                for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
                    container["lifecycle"]["preStop"]["exec"]["command"] = json!([MARKED]);
                    let set = json!({"name": "IDENTITY_ENDPOINT", "value": format!("http://u:{MARKED}@a/")});
                    match container["env"].as_array_mut() {
                        Some(env) => env.push(set),
                        None => container["env"] = json!([set]),
                    }
                }
            }
        });
        let line = format!("AADSTS50027: malformed {token} client_secret={MARKED}\n");
        scene.log.push_str(&line);
        let line = format!("error: Bearer {MARKED} {token}\n");
        scene.init_log.push_str(&line);
        for findings in [scene.live().await, scene.dumped()] {
            assert!(!wrong(&findings).is_empty());
            for output in [text(&findings, Style::default()), json(&findings), format!("{findings:?}")] {
                assert!(!output.contains(MARKED) && !output.contains(&MARKED.replace('-', "")), "{output}");
            }
        }
    }
}

#[test]
fn lists_of_azure_are_told_apart_and_others_are_named() {
    let mut facts = Facts::new(None);
    let list = Value::from(azure());
    facts.file("azure.json", list.to_string().as_bytes(), None);
    facts.file("other.json", br#"[{"foo": 1}, null]"#.as_slice(), None);
    assert_eq!(facts.unread.len(), 1, "{:?}", facts.unread);
    assert!(
        facts.unread[0].starts_with("other.json:1: this is no object of Kubernetes"),
        "{:?}",
        facts.unread
    );
}
