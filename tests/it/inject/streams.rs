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
    insta::assert_snapshot!(stderr(&output), @"
warning: stdin: it is empty
0 of 0 pods changed, 0 other documents left as they are
");
    let output = piped(&["inject", "--require-change", "-"], b"kind: Service\n");
    assert_eq!((output.status.code(), stdout(&output)), (Some(3), "kind: Service\n".to_owned()));
}

/// A pipe gives its text once, and it is looked at twice.
#[test]
fn a_pipe_is_as_good_as_a_file() {
    let by_name = piped(&[["inject", "/dev/stdin"].as_slice(), &IDENTITY].concat(), POD.as_bytes());
    assert_eq!(by_name.status.code(), Some(0), "{}", stderr(&by_name));
    assert_eq!(stdout(&by_name), stdout(&inject(POD.as_bytes())));
    assert!(stdout(&by_name).contains("name: wisp-init"));
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
warning: stdin:4002: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
1 of 1 pods changed, 2000 other documents left as they are
"#);
    let text = stdout(&output);
    assert!(text.starts_with(&many) && text.ends_with(&many));
    let out = piped(&["uninject", "-"], text.as_bytes());
    assert_eq!(stdout(&out), input);
}

#[test]
fn many_pods_are_edited_and_come_out_again() {
    let mut pods = String::new();
    for n in 0..200 {
        pods.push_str("---\n");
        pods.push_str(&POD.replace("name: p\n", &format!("name: p-{n} # {n}\n")));
    }
    let output = inject(pods.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let messages = stderr(&output);
    assert!(
        messages.ends_with("200 of 200 pods changed, 0 other documents left as they are\n"),
        "{messages}"
    );
    let text = stdout(&output);
    assert_eq!(text.matches("wisp/injected:").count(), 200);
    assert_eq!(stdout(&piped(&["uninject", "-"], text.as_bytes())), pods);
}

#[test]
fn what_is_no_text_is_refused_at_once() {
    let program = [b"\x7fELF\x02\x01\x01\x00".as_slice(), &vec![0xd8; 1 << 20]].concat();
    let zipped = [b"\x1f\x8b\x08\x00".as_slice(), &[0xa5; 4096]].concat();
    let scattered = [POD.as_bytes(), b"\n# \xff\n"].concat();
    let mut shown = String::new();
    for junk in [program, zipped, scattered] {
        let output = inject(&junk);
        assert_eq!((output.status.code(), stdout(&output)), (Some(1), String::new()));
        shown.push_str(&stderr(&output));
    }
    insta::assert_snapshot!(shown, @"
error: stdin:1: not text in UTF-8; a manifest is expected
nothing was written
error: stdin:1: not text in UTF-8; a manifest is expected
nothing was written
error: stdin:11: not text in UTF-8; a manifest is expected
nothing was written
");
}

#[test]
fn a_document_that_is_too_long_is_refused_and_not_kept() {
    let mut text = b"kind: ConfigMap\ndata:\n  a: |\n".to_vec();
    text.extend(b"    more and more of the same\n".repeat(2_000_000));
    let output = inject(&text);
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), String::new()));
    insta::assert_snapshot!(stderr(&output), @r#"
error: stdin:1: the document that starts here is larger than 16 MiB
nothing was written
"#);
}

/// What a program may hold is its data (RLIMIT_DATA), not the addresses that its own code takes.
#[test]
fn memory_is_bounded_by_the_largest_document() {
    let folder = tempfile::tempdir().unwrap();
    let bounded = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let script = "ulimit -c 0 -d 8192; exec \"$0\" inject \"$@\"";
        let mut bash = std::process::Command::new("bash");
        bash.args(["-c", script, crate::kit::programs::WISPCTL])
            .arg(&path)
            .args(IDENTITY)
            .output()
            .unwrap()
    };
    let map = |lines| {
        format!("---\nkind: ConfigMap\ndata:\n  a: |\n{}", "    some text that fills the map\n".repeat(lines))
    };
    // 50 MiB in documents of 64 KiB, under a limit that not even one of 8 MiB would fit in.
    let document = map(2000);
    let many = format!("{}---\n{POD}", document.repeat(50 * 1024 * 1024 / document.len()));
    let output = bounded("many.yaml", &many);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.len() > many.len() && output.stdout.starts_with(document.as_bytes()));
    let output = bounded("one.yaml", &map(250_000));
    assert_eq!(output.status.code(), None, "the limit was none: {}", stderr(&output));
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
