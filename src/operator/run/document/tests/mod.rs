//! Properties of injection over manifests of many shapes: out again is what it was, and in twice is in once, byte for byte.

mod difference;
mod generate;
mod patch;

use proptest::{prop_assert, prop_assert_eq, prop_assume, proptest, test_runner::Config};
use serde_json::{Value, json};

use self::generate::{manifest, options};
use super::{Action, Around, Done};
use crate::operator::{
    inject::Options,
    manifest::{LineDiagnostic, values},
    run::document,
    workload::{Custom, Which},
};

fn custom() -> Which {
    vec![Custom::parse("Rollout.argoproj.io=spec.template").unwrap()].into()
}

/// Injects into a document that stands alone.
fn inject(text: &str, options: &Options, custom: &Which) -> Result<Done, Vec<LineDiagnostic>> {
    document::inject(text, options, custom, Around::default())
}

/// Takes wisp out of a document that nobody has edited since.
fn uninject(text: &str, which: &Which) -> Result<Done, Vec<LineDiagnostic>> {
    document::uninject(text, false, which)
}

/// Options with an identity.
fn identified() -> Options {
    let client_id = Some("11111111-1111-1111-1111-111111111111".into());
    Options { client_id, tenant_id: Some("contoso.com".into()), ..Options::default() }
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn out_again_is_what_it_was(text in manifest(), options in options()) {
        let done = match inject(&text, &options, &custom()) {
            Ok(done) => done,
            Err(diagnostics) => {
                // The one thing these manifests may have against it.
                prop_assert!(diagnostics.iter().all(|diagnostic| diagnostic.text.contains("ordinary sidecar never does")), "{diagnostics:?}\n{text}");
                return Ok(());
            }
        };
        prop_assert!(done.pods.iter().all(|pod| pod.action == Action::Injected), "{:?}", done.pods);
        let injected = done.text.expect("wisp is not in yet");
        // What was empty and is filled goes, and comes back with its spelling.
        let fills = ["[]", "[ ]", "{}", "~", "null"].iter().any(|empty| text.contains(empty));
        prop_assert!(fills || is_subsequence(&text, &injected), "something was taken away:\n{text}\n----\n{injected}");
        let out = uninject(&injected, &custom()).unwrap();
        prop_assert_eq!(out.text.as_deref(), Some(text.as_str()), "\n{}", injected);
        let again = inject(&injected, &options, &custom()).unwrap();
        prop_assert_eq!(again.text, None, "\n{}", injected);
        prop_assert!(again.pods.iter().all(|pod| pod.action == Action::Unchanged));
    }

    #[test]
    fn other_options_come_out_as_if_they_had_been_the_first(text in manifest(), first in options(), second in options()) {
        let (Ok(one), Ok(two)) = (inject(&text, &first, &custom()), inject(&text, &second, &custom())) else {
            return Ok(());
        };
        let changed = inject(one.text.as_deref().unwrap_or(&text), &second, &custom()).unwrap();
        prop_assume!(first != second);
        prop_assert_eq!(changed.text.or(one.text), two.text);
    }

    #[test]
    fn json_is_edited_in_place_too(text in manifest(), options in options(), pretty in proptest::bool::ANY) {
        let (value, _) = values::read(&text).unwrap();
        let text = if pretty { format!("{value:#}\n") } else { value.to_string() };
        let Ok(done) = inject(&text, &options, &custom()) else { return Ok(()) };
        let injected = done.text.expect("wisp is not in yet");
        prop_assert!(serde_json::from_str::<Value>(&injected).is_ok(), "{injected}");
        prop_assert_eq!(uninject(&injected, &custom()).unwrap().text, Some(text));
        prop_assert_eq!(inject(&injected, &options, &custom()).unwrap().text, None);
    }

    #[test]
    fn junk_is_no_panic(text in "(a|b|-|:|\\{|\\}|\\[|\\]|&a|\\*a|\"|'|\n|  |\\||>|#|kind: Pod|spec:|containers:|\t|\\?|<<|é|\\\\){0,60}") {
        let _ = inject(&text, &Options::default(), &Which::default());
        let _ = uninject(&text, &Which::default());
    }

    #[test]
    fn a_broken_manifest_is_no_panic(text in manifest(), options in options(), at in 0usize..4000, with in "[-{}\\[\\]:&*'\"#|>\t\n a?]{0,3}") {
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let mut broken = text;
        broken.insert_str(at, &with);
        if let Ok(done) = inject(&broken, &options, &custom())
            && let Some(injected) = done.text
        {
            prop_assert_eq!(uninject(&injected, &custom()).unwrap().text, Some(broken));
        }
    }
}

/// Whether the lines of `text` are all in `longer`, in their order.
fn is_subsequence(text: &str, longer: &str) -> bool {
    let mut lines = longer.lines();
    text.lines().all(|line| {
        // Braces get more between them, and lists of names more behind them.
        let start = line
            .split(['{', '['])
            .next()
            .unwrap_or(line)
            .trim_end_matches(['"', '\'']);
        lines.any(|other| other.contains(start) || other.contains("wisp/was-"))
    })
}

#[test]
fn what_nobody_knows_survives() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n    futureField: {x: [1.50, 0x1F, 1e3, .inf]}\n  anotherOne: 2026-01-01\n";
    let options = identified();
    let done = inject(text, &options, &Which::default())
        .unwrap()
        .text
        .unwrap();
    for kept in ["futureField: {x: [1.50, 0x1F, 1e3, .inf]}", "anotherOne: 2026-01-01"] {
        assert!(done.contains(kept), "{done}");
    }
}

#[test]
fn a_comment_stays_with_the_container_below_it() {
    let text = "kind: Pod\nmetadata: {name: p}\nspec:\n  initContainers:\n  # of the first\n  - name: first\n  containers:\n  - name: a\n";
    let options = identified();
    let done = inject(text, &options, &Which::default())
        .unwrap()
        .text
        .unwrap();
    assert!(done.contains("  # of the first\n  - name: first\n"), "{done}");
}

#[test]
fn a_document_without_a_pod_is_not_touched() {
    for text in
        ["", "# x\n", "a: &x {b: *y}\n", "kind: Service\n", "- 1\n", "just text\n", "kind: Deployment\n"]
    {
        match inject(text, &Options::default(), &Which::default()) {
            Ok(done) => assert_eq!(done.text, None, "{text}"),
            Err(diagnostics) => assert!(text.contains("*y"), "{diagnostics:?}"),
        }
    }
}

#[test]
fn a_list_may_have_pods_with_and_without() {
    let pod = |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [{"name": "a"}]}});
    let options = identified();
    let list =
        json!({"apiVersion": "v1", "kind": "List", "items": [pod("p"), {"kind": "Service"}, pod("q")]});
    let text = format!("{list:#}\n");
    let both = inject(&text, &options, &Which::default())
        .unwrap()
        .text
        .unwrap();
    assert_eq!(both.matches("\"wisp/injected\"").count(), 2);
    assert_eq!(uninject(&both, &Which::default()).unwrap().text, Some(text));
}

/// As controller-gen wrote definitions of resources, and as clusters have them.
#[test]
fn a_quoted_text_at_the_margin_of_its_key_is_passed_where_there_are_no_pods() {
    let text = |kind: &str| format!("kind: {kind}\nspec:\n  description: 'one\n  two'\n");
    for kind in ["CustomResourceDefinition", "\"CustomResourceDefinition\" # v1"] {
        assert_eq!(
            inject(&text(kind), &Options::default(), &Which::default()),
            Ok(Done::default()),
            "{kind}"
        );
    }
    for kind in ["Deployment", "'Pod'", "PodList", "Rollout"] {
        let diagnostics = inject(&text(kind), &Options::default(), &custom()).unwrap_err();
        assert_eq!(
            diagnostics,
            [LineDiagnostic::at(
                4,
                "invalid YAML: invalid indentation in multiline quoted scalar (column 3)"
            )],
            "{kind}"
        );
    }
    let hidden = "kind: Definition\nspec:\n  description: 'one\nkind: Pod'\n";
    assert!(inject(hidden, &Options::default(), &Which::default()).is_err());
}

#[test]
fn the_first_key_of_an_item_can_go() {
    // As Kustomize and kubectl print what they were given: `env` comes first, and has nothing but what is ours.
    let text = "\
apiVersion: v1
kind: Pod
metadata:
  annotations:
    wisp/injected: '{\"mode\":\"http-proxy\",\"version\":\"0.1.0\",\"noProxy\":\"a\"}'
  name: p
spec:
  containers:
  - env:
    - name: http_proxy
      value: http://127.0.0.1:4254
    - name: NO_PROXY
      value: a

    # the second one
    image: b
    name: c
  - env:
    - name: http_proxy
      value: http://127.0.0.1:4254
    name: d
";
    let out = uninject(text, &Which::default()).unwrap().text.unwrap();
    insta::assert_snapshot!(out, @"
    apiVersion: v1
    kind: Pod
    metadata:
      name: p
    spec:
      containers:
      - # the second one
        image: b
        name: c
      - name: d
    ");
    assert_eq!(
        uninject(&text.replace('\n', "\r\n"), &Which::default())
            .unwrap()
            .text
            .unwrap(),
        out.replace('\n', "\r\n")
    );
}

/// As `kubectl` prints JSON: keys in the order of the alphabet, so that what is ours has neighbours that are ours too.
#[test]
fn neighbours_inside_brackets_go_together() {
    let ours =
        |name: &str, path: &str| json!({"name": name, "value": format!("http://127.0.0.1:4254{path}")});
    let own = json!({"name": "OWN", "value": "1"});
    let pod = |env: Vec<Value>, wisp: bool| {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": {"own": "1"}, "name": "p"},
            "spec": {"containers": [{"env": env, "name": "a"}]}});
        if wisp {
            pod["metadata"]["annotations"]["wisp/injected"] =
                json!("{\"mode\":\"env\",\"version\":\"0.1.0\"}");
            pod["spec"]["initContainers"] = json!([{"name": "wisp", "image": "wisp:0.1.0"}]);
            pod["spec"]["volumes"] = json!([{"name": "wisp-token"}]);
        }
        pod
    };
    let host = ours("AZURE_POD_IDENTITY_AUTHORITY_HOST", "");
    let (endpoint, msi) = (ours("IDENTITY_ENDPOINT", "/msi/token"), ours("MSI_ENDPOINT", "/msi/token"));
    for env in [
        vec![own.clone(), host.clone(), endpoint.clone(), msi.clone()],
        vec![host.clone(), endpoint.clone(), msi.clone(), own.clone()],
        vec![host, endpoint, own.clone(), msi],
    ] {
        for pretty in [false, true] {
            let text = |pod: Value| if pretty { format!("{pod:#}\n") } else { pod.to_string() };
            let out = uninject(&text(pod(env.clone(), true)), &Which::default())
                .unwrap()
                .text
                .unwrap();
            assert_eq!(out, text(pod(vec![own.clone()], false)), "{env:?}");
        }
    }
}
