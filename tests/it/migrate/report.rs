//! Reports of the files in `tests/migrate`, each in all forms.

use std::fs;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{data, step};
use crate::kit::run::{Ran, run};

/// The forms, and the names of the files with what is expected.
const FORMS: [(&str, &str); 3] =
    [("html", "report.html"), ("markdown", "report.md"), ("json", "report.json")];

/// Runs `wispctl migrate report` in the folder of a case.
fn report(case: &str, arguments: &[&str]) -> Ran {
    run(&mut step("report", &data().join(case), arguments))
}

/// The folders that have a report, with its arguments.
fn cases() -> Vec<(String, String)> {
    let mut all: Vec<_> = fs::read_dir(data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|folder| {
            let arguments = fs::read_to_string(folder.join("report.arguments")).ok()?;
            Some((folder.file_name()?.to_str()?.to_owned(), arguments))
        })
        .collect();
    all.sort();
    assert!(all.len() >= 5, "only {} cases were found", all.len());
    all
}

#[test]
fn every_report_is_what_is_on_record() {
    for (case, arguments) in cases() {
        for (form, name) in FORMS {
            let given: Vec<_> = arguments
                .split_whitespace()
                .chain(["--output", form])
                .collect();
            let ran = report(&case, &given);
            let expected = fs::read_to_string(data().join(&case).join(name)).unwrap_or_default();
            assert_eq!(ran.output, expected, "{case}, {form}");
            assert_eq!(ran.code, i32::from(case != "example"), "{case}, {form}: {}", ran.messages);
            assert!(!ran.output.contains("marked"), "{case}, {form}: a value of a secret");
        }
    }
}

#[test]
fn a_page_is_written_where_no_form_is_named() {
    let page =
        report("example", &["orders.yaml", "--issuer", "https://issuer.example/", "--tenant", "t.example"]);
    assert!(page.output.starts_with("<!DOCTYPE html>\n"), "{}", page.output);
    assert_eq!(page.code, 0, "{}", page.messages);
}

#[test]
fn what_is_open_is_told_as_a_plan_tells_it() {
    let of_plan = run(&mut step("plan", &data().join("risks"), &["objects.yaml", "cut-off.json"]));
    let of_report = report("risks", &["objects.yaml", "cut-off.json"]);
    assert_eq!((of_report.code, of_report.messages), (of_plan.code, of_plan.messages));
}

/// The page allows itself its own style, and nothing else: no script, no picture, nothing from elsewhere.
#[test]
fn a_page_needs_nothing_else() {
    let whole = |case: &str| fs::read_to_string(data().join(case).join("report.html")).unwrap();
    for (case, _) in cases() {
        let page = whole(&case);
        let (_, rest) = page.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let digest = BASE64_STANDARD.encode(Sha256::digest(style));
        let policy = format!(
            "content=\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\""
        );
        assert!(page.contains(&policy), "{case}: the style has the digest {digest}");
        let tags: Vec<_> = page
            .split('<')
            .skip(1)
            .filter_map(|rest| rest.split_once('>'))
            .map(|(tag, _)| tag)
            .collect();
        for name in ["script", "img", "link", "iframe", "object", "embed", "base", "form", "foreignObject"] {
            let is_meant =
                |tag: &&str| tag.split(|letter: char| !letter.is_alphanumeric()).next() == Some(name);
            assert!(!tags.iter().any(is_meant), "{case}: {name}");
        }
        for tag in tags {
            let names = tag
                .split(' ')
                .skip(1)
                .filter_map(|word| word.split_once("=\""))
                .map(|(name, _)| name);
            let wrong: Vec<_> = names
                .filter(|name| name.starts_with("on") || ["src", "style", "srcset"].contains(name))
                .collect();
            assert!(wrong.is_empty(), "{case}: {wrong:?} of <{tag}>");
        }
        assert!(!style.contains("url(") && !style.contains("@import"), "{case}");
        let links = page
            .split("href=\"")
            .skip(1)
            .all(|rest| rest.starts_with('#'));
        assert!(links, "{case}: a link to elsewhere");
    }
}

/// No text of the dump is a tag or an attribute, and no hidden letter is left.
#[test]
fn texts_of_others_stay_texts() {
    let folder = data().join("hostile");
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    let markdown = fs::read_to_string(folder.join("report.md")).unwrap();
    let is_hidden = |letter: char| {
        letter.is_control() && letter != '\n'
            || ('\u{202a}'..='\u{202e}').contains(&letter)
            || ('\u{2066}'..='\u{2069}').contains(&letter)
    };
    for text in [&page, &markdown] {
        assert!(!text.contains(is_hidden));
    }
    for shown in [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "⟨U+202E⟩evil⟨U+202C⟩",
        "web⟨U+0000⟩⟨U+001B⟩[31m`|*_[x](javascript:alert(6))",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    // Between backticks all is code.
    let outside: String = markdown.replace("\\`", "").split('`').step_by(2).collect();
    assert!(
        !outside.replace("\\<", "").contains('<') && !outside.replace("\\[", "").contains('['),
        "{outside}"
    );
}

/// What grows with the cluster is bounded where it would make a page that no browser shows.
#[test]
fn a_page_of_five_thousand_workloads_has_a_bounded_size() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dump.json"), big(5000, 250)).unwrap();
    let arguments = ["dump.json", "--issuer", "https://issuer.example/", "--tenant", "t.example"];
    let ran = run(&mut step("report", folder.path(), &arguments));
    assert!(ran.output.ends_with("</html>\n"), "{}", ran.messages);
    let size = ran.output.len();
    assert!((5_000_000..9_000_000).contains(&size), "{size} bytes: tell docs/migrate.md");
    assert_eq!(ran.output.matches("<svg class=\"picture\"").count(), 100);
    assert!(
        ran.output
            .contains("The bindings of the last 150 namespaces are not drawn")
    );
}

/// A dump of so many workloads in so many namespaces, each with four identities.
fn big(workloads: usize, namespaces: usize) -> String {
    let mut items = Vec::new();
    for number in 0..namespaces * 4 {
        let (namespace, name) = (format!("team-{:03}", number / 4), format!("identity-{}", number % 4));
        let metadata = json!({"name": name, "namespace": namespace});
        let id = format!("11111111-1111-1111-1111-{number:012}");
        let path = format!(
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{namespace}-{name}"
        );
        let version = "aadpodidentity.k8s.io/v1";
        items.push(json!({"apiVersion": version, "kind": "AzureIdentity", "metadata": metadata, "spec": {"type": 0, "clientID": id, "resourceID": path}}));
        let spec = json!({"azureIdentity": name, "selector": format!("label-{number}")});
        items.push(json!({"apiVersion": version, "kind": "AzureIdentityBinding", "metadata": metadata, "spec": spec}));
    }
    for number in 0..workloads {
        let namespace = number % namespaces;
        let label = format!("label-{}", namespace * 4 + number / namespaces % 4);
        let metadata = json!({"name": format!("service-{number:05}-backend"), "namespace": format!("team-{namespace:03}")});
        let template = json!({"metadata": {"labels": {"aadpodidbinding": label}}, "spec": {"serviceAccountName": format!("service-{number:05}"), "containers": [{"name": "app", "image": "registry.example/app:1"}]}});
        items.push(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": template}}));
    }
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}
