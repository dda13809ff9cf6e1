use super::{Item, each};

/// What is found, a line each.
fn found(text: &str) -> String {
    let mut lines = Vec::new();
    each(text.as_bytes(), |Item { line, content }| {
        lines.push(match content {
            Ok(value) => format!("{line}: {value}"),
            Err(unreadable) => {
                let at = unreadable.diagnostic.line.unwrap();
                format!("{line}: error on line {at}: {}", unreadable.diagnostic.text)
            }
        });
    });
    lines.join("\n")
}

#[test]
fn lists_come_item_by_item() {
    insta::assert_snapshot!(found("apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: A\n  text: |\n    - no: item\n\n    kind: no\n- kind: B\nkind: List\nmetadata: {}\n"), @r#"
    3: {"apiVersion":"v1","kind":"A","text":"- no: item\n\nkind: no\n"}
    9: {"kind":"B"}
    "#);
    insta::assert_snapshot!(found("kind: PodList\napiVersion: v1\nitems:\n  # first\n  - metadata: {name: a}\n  - metadata: {name: b}\n---\nkind: C\nitems: [1]\n"), @r#"
    5: {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}
    6: {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}
    8: {"items":[1],"kind":"C"}
    "#);
    insta::assert_snapshot!(found("{\"kind\": \"PodList\", \"apiVersion\": \"v1\", \"items\": [\n{\"a\": 1},\n{\"kind\": \"B\"}]}\n{\"kind\": \"C\"}"), @r#"
    1: {"a":1,"apiVersion":"v1","kind":"Pod"}
    2: {"kind":"B"}
    4: {"kind":"C"}
    "#);
    insta::assert_snapshot!(found("[{\"name\": \"a\"}, {\"name\": \"b\"}]"), @r#"
    1: {"name":"a"}
    1: {"name":"b"}
    "#);
}

#[test]
fn documents_that_are_no_lists_stay_whole() {
    insta::assert_snapshot!(found("# head\n---\na: 1\n---\n---\nitems:\n  a: 1\n---\n{a: 1}\n"), @r#"
    3: {"a":1}
    6: {"items":{"a":1}}
    9: {"a":1}
    "#);
    insta::assert_snapshot!(found("{\"a\": 1}\n---\nb: 2\n"), @r#"
    1: {"a":1}
    3: {"b":2}
    "#);
    assert_eq!(found(""), "");
    assert_eq!(found("{\"kind\": \"List\", \"items\": null}"), "");
    // An answer: there is none.
    assert_eq!(found("[{}]\n[]"), "1: {}\n2: []");
}

#[test]
fn what_powershell_writes_is_known() {
    let text = "\u{feff}apiVersion: v1\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes);
    let mut message = String::new();
    each(&*text.collect::<Vec<_>>(), |item| message = item.content.unwrap_err().diagnostic.text);
    insta::assert_snapshot!(message, @"text in UTF-16, as Windows PowerShell writes it by `>`; write it by `| Out-File -Encoding utf8 FILE`");
    assert_eq!(found("\u{feff}a: 1\n"), "1: {\"a\":1}");
}

/// Of an object without an end no more is kept than of one in YAML.
#[test]
fn objects_have_a_largest_size() {
    let long = "a".repeat(16 << 20);
    insta::assert_snapshot!(found(&format!("[{{\"a\": 1}},\n{{\"b\": \"{long}\"}}, {{}}]")), @r#"
    1: {"a":1}
    2: error on line 2: an object is larger than 16 MiB; nothing after it is read
    "#);
    let many = format!("[{}{{}}]", format!("{{\"b\": \"{}\"}},", "a".repeat(1 << 20)).repeat(20));
    assert_eq!(found(&many).lines().count(), 21);
}

#[test]
fn what_comes_before_an_error_counts() {
    insta::assert_snapshot!(found("{\"kind\": \"List\", \"items\": [{\"a\": 1},\n{\"b\": "), @r#"
    1: {"a":1}
    2: error on line 2: the file ends in the middle of an object: it was cut off; dump it again
    "#);
    insta::assert_snapshot!(found("apiVersion: v1\nitems:\n- kind: A\n- kind: B\n  met"), @r#"
    3: {"kind":"A"}
    4: error on line 5: invalid YAML: simple key expected ':' (column 3)
    1: error on line 1: the list ends before its `kind`: it was cut off; dump it again
    "#);
    insta::assert_snapshot!(found("kind: List\nitems:\n- a: [\n- b: 1\n---\nc: \"{{ .Values.c }}\"\n---\nd: 1\n"), @r#"
    3: error on line 3: invalid YAML: unclosed bracket '[' (column 6)
    4: {"b":1}
    1: error on line 1: objects of this list that have no `kind` of their own: 1; that of the list comes too late, dump them with `kubectl get -o json`
    6: error on line 6: a template that is not rendered yet (`{{`); render it first, with `helm template` for example
    8: {"d":1}
    "#);
    insta::assert_snapshot!(found("{\"items\": [{\"a\": 1}], \"kind\": \"PodList\", \"apiVersion\": \"v1\"}"), @r#"
    1: {"a":1}
    1: error on line 1: objects of this list that have no `kind` of their own: 1; that of the list comes too late, dump them with `kubectl get -o json`
    "#);
}
