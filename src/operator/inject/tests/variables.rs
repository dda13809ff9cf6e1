//! Which variables tell the application of wisp in mode `env`.

use serde_json::{Value, json};

use super::{accepted, names, options, template};
use crate::operator::{
    edit,
    inject::{Options, uninject},
};

fn variables(variables: &str) -> (Vec<String>, bool) {
    let (_, edited) = accepted(&json!({}), &json!({}), &[("mode", "env"), ("variables", variables)]);
    let set = names(&edited["spec"]["containers"][0]["env"])
        .into_iter()
        .map(str::to_owned)
        .collect();
    (set, edited.to_string().contains("WISP_IDENTITY_HEADER"))
}

#[test]
fn variables_can_be_chosen() {
    assert_eq!(variables("authority-host"), (vec!["AZURE_POD_IDENTITY_AUTHORITY_HOST".to_owned()], false));
    assert_eq!(
        variables("app-service"),
        (vec!["IDENTITY_ENDPOINT".to_owned(), "IDENTITY_HEADER".to_owned()], true)
    );
    assert_eq!(variables("msi"), (vec!["MSI_ENDPOINT".to_owned(), "MSI_SECRET".to_owned()], true));
    assert_eq!(
        variables("msi, authority-host").0,
        ["AZURE_POD_IDENTITY_AUTHORITY_HOST", "MSI_ENDPOINT", "MSI_SECRET"]
    );
    assert_eq!(variables("authority-host,app-service,msi").0.len(), 5);
    let (_, annotated) = accepted(
        &json!({}),
        &json!({"annotations": {"wisp/variables": "authority-host"}}),
        &[("mode", "env")],
    );
    assert_eq!(names(&annotated["spec"]["containers"][0]["env"]), ["AZURE_POD_IDENTITY_AUTHORITY_HOST"]);
    for wrong in ["", "all", "msi,", "MSI"] {
        assert!(Options::default().set("variables", wrong).is_err(), "{wrong}");
    }
    insta::assert_snapshot!(options(&[]).set("variables", "identity").unwrap_err(), @"cannot be `identity`: expected a comma-separated list of `authority-host`, `app-service` and `msi`");
}

/// `accepted` undoes what it has done and compares.
#[test]
fn what_an_application_sets_itself_is_not_taken_for_ours() {
    let of = |name: &str, value: &str| json!({"containers": [{"name": "app", "env": [{"name": name, "value": value}]}]});
    let host = of("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:4254");
    let proxy = of("http_proxy", "http://127.0.0.1:4254");
    for (spec, choices) in [
        (&host, [("mode", "manual")].as_slice()),
        (&host, &[("mode", "redirect")]),
        (&host, &[("mode", "env"), ("variables", "msi")]),
        (&proxy, &[("mode", "env")]),
    ] {
        let (_, edited): (_, Value) = accepted(spec, &json!({}), choices);
        assert_ne!(edited["spec"]["containers"][0]["env"], Value::Null);
    }
}

/// An API server fills in which version of a field is meant.
#[test]
fn variables_that_a_cluster_has_filled_in_are_taken_out() {
    let (_, mut live) = accepted(&json!({}), &json!({}), &[("mode", "env")]);
    let mut filled = 0;
    for variable in live["spec"]["containers"][0]["env"].as_array_mut().unwrap() {
        if let Some(field) = variable.pointer_mut("/valueFrom/fieldRef") {
            field["apiVersion"] = "v1".into();
            filled += 1;
        }
    }
    assert_eq!(filled, 2);
    let undo = uninject(&live).unwrap().unwrap();
    edit::apply(&mut live, &undo).unwrap();
    assert_eq!(live, template(&json!({}), &json!({})));
}
