//! Streams: joined, long, and not what they should be.

use std::fs;

use super::{IDENTITY, POD, piped, stderr, stdout, wispctl};

fn inject(input: &[u8]) -> std::process::Output {
    piped(&[["inject", "-"].as_slice(), &IDENTITY].concat(), input)
}

#[test]
fn files_are_joined_with_separators() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "kind: A # no line break").unwrap();
    fs::write(folder.path().join("b.yaml"), "---\nkind: B\n").unwrap();
    fs::write(folder.path().join("c.json"), "{\"kind\": \"C\"}\n").unwrap();
    let output = wispctl(folder.path(), &["uninject", "."]).output().unwrap();
    assert_eq!(stdout(&output), "kind: A # no line break\n---\nkind: B\n---\n{\"kind\": \"C\"}\n");
}

#[test]
fn nothing_is_no_error_unless_a_change_is_required() {
    let output = inject(b"");
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), String::new()));
    insta::assert_snapshot!(stderr(&output), @r#"
warning: stdin: there is nothing in it
0 of 0 pods changed, 0 other documents left as they are
"#);
    let output = piped(&["inject", "--require-change", "-"], b"kind: Service\n");
    assert_eq!((output.status.code(), stdout(&output)), (Some(3), "kind: Service\n".to_owned()));
}

#[test]
fn a_thousand_documents_pass_and_one_is_edited() {
    let service = "---\n# a service\nkind:   Service\nmetadata: {name: \"x\"}\n";
    let many = service.repeat(1000);
    let input = format!("{many}---\n{POD}{many}");
    let output = inject(input.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    insta::assert_snapshot!(stderr(&output), @r#"
stdin:4002: Pod p: injected (mode redirect)
1 of 1 pods changed, 2000 other documents left as they are
"#);
    let text = stdout(&output);
    assert!(text.starts_with(&many) && text.ends_with(&many));
    let out = piped(&["uninject", "-"], text.as_bytes());
    assert_eq!(stdout(&out), input);
}

#[test]
fn memory_is_bounded_by_the_largest_document() {
    // 50 MiB in documents of 64 KiB, under a limit on memory that all of it would not fit in.
    let document =
        format!("---\nkind: ConfigMap\ndata:\n  a: |\n{}", "    some text that fills the map\n".repeat(2000));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.yaml");
    let mut text = document.repeat(50 * 1024 * 1024 / document.len());
    text.push_str("---\n");
    text.push_str(POD);
    fs::write(&path, &text).unwrap();
    let script = "ulimit -v 45000; exec \"$0\" inject --require-change \"$@\"";
    let output = std::process::Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_wispctl")])
        .arg(&path)
        .args(IDENTITY)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.len() > text.len() && output.stdout.starts_with(document.as_bytes()));
}

#[test]
fn names_may_be_as_long_as_kubernetes_allows() {
    let long = "a".repeat(63);
    let pod = POD
        .replace("name: a\n", &format!("name: {long}\n"))
        .replace(
            "name: p\nspec",
            &format!("name: {}\n  labels:\n    azure.workload.identity/use: \"true\"\nspec", "b".repeat(253)),
        );
    let output = inject(pod.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).contains(&format!("azure.workload.identity/skip-containers: \"{long};wisp-init\"\n"))
    );
    assert_eq!(stdout(&piped(&["uninject", "-"], &output.stdout)), pod);
}
