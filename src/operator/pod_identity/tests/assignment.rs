//! Whose identity a pod has.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{ID, OTHER, binding, exception, identity, object, objects};
use crate::operator::pod_identity::{Assignment, Kind, Matching, Objects, label};

/// What a pod of `shop` gets whose label says `cart`.
fn assigned(objects: &Objects, matching: Matching) -> String {
    with_labels(objects, matching, &json!({"aadpodidbinding": "cart"}))
}

fn with_labels(objects: &Objects, matching: Matching, labels: &Value) -> String {
    let labels = labels.as_object().unwrap();
    let selector = label(labels).unwrap();
    match objects.assignment("shop", labels, selector, matching) {
        Assignment::Excepted(name) => format!("excepted by {name}\n"),
        Assignment::Unbound(hints) => format!("unbound {hints:?}\n"),
        Assignment::Unknown(text) => format!("unknown: {text}\n"),
        Assignment::Assigned(assigned) => {
            let mut text = String::new();
            for identity in assigned.identities {
                let _ = writeln!(text, "{} {}", identity.name, identity.client_id);
            }
            for omitted in assigned.omitted {
                let _ = writeln!(text, "omitted: {omitted}");
            }
            text
        }
    }
}

#[test]
fn standard_mode_matches_across_namespaces_and_managed_mode_does_not() {
    let all = objects(&[
        identity("zoo/theirs", OTHER),
        binding("zoo/theirs", "theirs", "cart"),
        identity("shop/ours", ID),
        binding("shop/ours", "ours", "cart"),
        // The identity is looked for where the binding is.
        binding("shop/lost", "theirs", "cart"),
        binding("shop/other", "ours", "other"),
    ]);
    insta::assert_snapshot!(assigned(&all, Matching::Standard), @r"
    shop/ours 11111111-1111-1111-1111-111111111111
    zoo/theirs 22222222-2222-2222-2222-222222222222
    omitted: AzureIdentityBinding `shop/lost` names AzureIdentity `shop/theirs`, which is not there
    ");
    insta::assert_snapshot!(assigned(&all, Matching::Namespaced), @r"
    shop/ours 11111111-1111-1111-1111-111111111111
    omitted: AzureIdentityBinding `shop/lost` names AzureIdentity `shop/theirs`, which is not there
    ");
}

#[test]
fn an_identity_can_keep_to_its_namespace() {
    let namespaced = |behavior: &str| {
        let (kind, mut theirs) = identity("zoo/theirs", OTHER);
        theirs["metadata"]["annotations"] = json!({"aadpodidentity.k8s.io/Behavior": behavior});
        objects(&[(kind, theirs), binding("zoo/theirs", "theirs", "cart")])
    };
    insta::assert_snapshot!(assigned(&namespaced("namespaced"), Matching::Standard), @"omitted: AzureIdentity `zoo/theirs` is for pods of its own namespace alone");
    // To the letter, as the controller has it.
    insta::assert_snapshot!(assigned(&namespaced("Namespaced"), Matching::Standard), @"zoo/theirs 22222222-2222-2222-2222-222222222222");
}

#[test]
fn one_selector_may_name_several_identities_in_a_fixed_order() {
    let third = "44444444-4444-4444-4444-444444444444";
    let all = objects(&[
        identity("b", OTHER),
        identity("a", ID),
        identity("zoo/c", third),
        // Names of bindings decide, and the namespace of the pod before them.
        binding("z", "a", "cart"),
        binding("y", "b", "cart"),
        binding("x", "b", "cart"),
        binding("zoo/a", "c", "cart"),
    ]);
    insta::assert_snapshot!(assigned(&all, Matching::Standard), @r"
    shop/b 22222222-2222-2222-2222-222222222222
    shop/a 11111111-1111-1111-1111-111111111111
    zoo/c 44444444-4444-4444-4444-444444444444
    ");
}

#[test]
fn the_same_identity_of_azure_counts_once() {
    let same = object("second", &json!({"clientID": ID.to_uppercase()}));
    let (kind, resource) = identity("zoo/first", OTHER);
    let mut upper = resource.clone();
    upper["metadata"]["namespace"] = "yard".into();
    upper["spec"]["clientID"] = "55555555-5555-5555-5555-555555555555".into();
    upper["spec"]["resourceID"] = resource["spec"]["resourceID"]
        .as_str()
        .unwrap()
        .to_uppercase()
        .into();
    let all = objects(&[
        identity("ours", ID),
        (Kind::Identity, same),
        (kind, resource),
        (kind, upper),
        binding("a", "ours", "cart"),
        binding("b", "second", "cart"),
        binding("yard/c", "first", "cart"),
        binding("zoo/c", "first", "cart"),
    ]);
    insta::assert_snapshot!(assigned(&all, Matching::Standard), @r"
    shop/ours 11111111-1111-1111-1111-111111111111
    yard/first 55555555-5555-5555-5555-555555555555
    omitted: AzureIdentity `shop/second` has the client id or the resource id of `shop/ours`, which counts alone
    omitted: AzureIdentity `zoo/first` has the client id or the resource id of `yard/first`, which counts alone
    ");
}

#[test]
fn any_label_of_an_exception_excepts_a_pod_of_its_namespace() {
    let pod = |labels: &[(&str, &str)]| {
        let mut all = json!({"aadpodidbinding": "cart"});
        for (key, value) in labels {
            all[*key] = (*value).into();
        }
        all
    };
    let all = objects(&[
        identity("ours", ID),
        binding("ours", "ours", "cart"),
        exception("except", &json!({"app": "Cart", "tier": "web"})),
        exception("zoo/except", &json!({"zone": "1"})),
        exception("nobody", &json!({})),
    ]);
    let mut texts = String::new();
    for labels in [
        pod(&[("app", "cart")]),
        pod(&[("tier", "WEB"), ("app", "x")]),
        pod(&[("App", "cart")]),
        pod(&[("zone", "1")]),
    ] {
        let _ = write!(texts, "{labels}: {}", with_labels(&all, Matching::Standard, &labels));
    }
    insta::assert_snapshot!(texts, @r#"
    {"aadpodidbinding":"cart","app":"cart"}: excepted by shop/except
    {"aadpodidbinding":"cart","app":"x","tier":"WEB"}: excepted by shop/except
    {"App":"cart","aadpodidbinding":"cart"}: shop/ours 11111111-1111-1111-1111-111111111111
    {"aadpodidbinding":"cart","zone":"1"}: shop/ours 11111111-1111-1111-1111-111111111111
    "#);
}

#[test]
fn what_selects_no_pod_says_what_was_meant() {
    let all = objects(&[
        identity("zoo/theirs", OTHER),
        binding("zoo/theirs", "theirs", "cart"),
        binding("a", "x", "Cart"),
        binding("b", "x", "cart "),
        binding("zoo/b", "x", "cart "),
    ]);
    insta::assert_snapshot!(assigned(&all, Matching::Namespaced), @r#"unbound ["AzureIdentityBinding `zoo/theirs` selects it, but pods of its own namespace alone", "AzureIdentityBinding `shop/a` selects `Cart`, and selectors are compared to the letter", "AzureIdentityBinding `shop/b` is malformed: `selector` cannot be `cart `: no label has such a value, so it selects nothing"]"#);
    insta::assert_snapshot!(assigned(&Objects::default(), Matching::Standard), @"unbound []");
}

#[test]
fn what_a_binding_cannot_give_is_named() {
    let all = objects(&[
        (Kind::Identity, object("bad", &json!({"clientID": "x"}))),
        binding("a", "bad", "cart"),
        binding("b", "absent", "cart"),
        (Kind::Binding, object("c", &json!({"selector": "cart"}))),
    ]);
    insta::assert_snapshot!(assigned(&all, Matching::Standard), @r"
    omitted: AzureIdentity `shop/bad` is malformed: `clientID` cannot be `x`: expected a GUID such as 00000000-1111-2222-3333-444444444444
    omitted: AzureIdentityBinding `shop/b` names AzureIdentity `shop/absent`, which is not there
    omitted: AzureIdentityBinding `shop/c` is malformed: it has no `azureIdentity`; add the name of one
    ");
    let unknown = objects(&[
        identity("ours", ID),
        binding("ours", "ours", "cart"),
        (Kind::Exception, object("except", &json!({"podLabels": "app"}))),
    ]);
    insta::assert_snapshot!(assigned(&unknown, Matching::Standard), @"unknown: whether the pod is excepted cannot be known, for AzurePodIdentityException `shop/except` is malformed: `podLabels` must be a mapping of labels to their values");
}

#[test]
fn an_empty_label_asks_for_nothing() {
    for labels in [json!({}), json!({"aadpodidbinding": ""}), json!({"Aadpodidbinding": "cart"})] {
        assert_eq!(label(labels.as_object().unwrap()), None, "{labels}");
    }
}
