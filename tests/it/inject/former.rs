//! Mode `manual` was called `none`, in scripts, annotations and pods that still are there.

use super::{IDENTITY, POD, piped, stderr, stdout};

/// What comes of `pod`, and what is told of it.
fn inject(choices: &[&str], pod: &str) -> (String, String) {
    let arguments = [&["inject"], IDENTITY.as_slice(), choices, &["-"]].concat();
    let output = piped(&arguments, pod.as_bytes());
    let messages = stderr(&output);
    assert!(output.status.success(), "{messages}");
    (stdout(&output), messages.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn the_former_name_is_taken_for_the_mode() {
    let (injected, messages) = inject(&["--mode", "none"], POD);
    assert_eq!((injected, messages), inject(&["--mode", "manual"], POD));

    let annotated = |name: &str| {
        let annotations = format!("metadata:\n  annotations: {{wisp/mode: {name}}}\n");
        POD.replace("metadata:\n", &annotations)
    };
    let (injected, messages) = inject(&[], &annotated("none"));
    assert_eq!(messages, "stdin:1: Pod p: injected (mode manual)");
    let renamed = injected.replace("wisp/mode: none", "wisp/mode: manual");
    assert_eq!(renamed, inject(&[], &annotated("manual")).0);

    let component = |mode: &str| piped(&["component", "--mode", mode, "--config-map", "wisp"], b"");
    let lines = |text: String| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(stdout(&component("none"))), lines(stdout(&component("manual"))));
}

#[test]
fn a_pod_that_was_injected_under_the_former_name_changes_only_where_it_should() {
    let (injected, _) = inject(&["--mode", "manual"], POD);
    let former = injected.replace("\"mode\":\"manual\"", "\"mode\":\"none\"");
    assert_ne!(former, injected);
    for mode in ["none", "manual"] {
        let again = inject(&["--mode", mode], &former);
        assert_eq!(again, (former.clone(), "stdin:1: Pod p: unchanged (mode manual)".to_owned()));
        let choices = ["--mode", mode, "--cpu", "20m"];
        let (changed, messages) = inject(&choices, &former);
        assert_eq!(changed, inject(&choices, POD).0);
        assert_eq!(
            messages,
            "stdin:1: Pod p: updated (mode manual; changed: metadata.annotations.wisp/injected, \
             spec.initContainers.wisp.resources.limits.cpu, spec.initContainers.wisp.resources.requests.cpu)"
        );
    }
    let out = piped(&["uninject", "-"], former.as_bytes());
    assert_eq!(stdout(&out), POD);
}
