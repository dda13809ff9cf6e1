//! The rules for choosing an identity.

use super::{Entry, LookupError, Registry, Rules, Selection};
use crate::identity::{
    Learned,
    testing::{ARM, entry},
};
use std::sync::Arc;

fn rules(default: Option<&Entry>, resources: &[&str]) -> Rules {
    Rules {
        authority: "https://login.microsoftonline.com".parse().unwrap(),
        via_token_proxy: false,
        default: default.map(|e| e.client_id.clone()),
        resources: resources.iter().map(|r| r.parse().unwrap()).collect(),
    }
}

fn registry(entries: Vec<Entry>, rules: Rules) -> Registry {
    Registry::new(entries, rules, Arc::new(Learned::default()))
}

fn ask(registry: &Registry, selection: Selection<'_>) -> Result<String, LookupError> {
    let resource = "https://vault.azure.net".parse().unwrap();
    registry
        .resolve(&selection, &resource)
        .map(|identity| identity.entry.name.clone())
}

#[test]
fn every_name_finds_its_identity_whatever_its_case() {
    let api = Entry { object_id: Some("0B1E".into()), resource_id: Some(ARM.into()), ..entry("api", 'a') };
    let registry = registry(vec![api, entry("batch", 'b')], rules(None, &[]));
    let upper = "AAAAAAAA-1111-2222-3333-444444444444";
    assert_eq!(ask(&registry, Selection::ClientId(upper)).unwrap(), "api");
    assert_eq!(ask(&registry, Selection::ObjectId("0b1e")).unwrap(), "api");
    assert_eq!(ask(&registry, Selection::ResourceId(&ARM.to_uppercase())).unwrap(), "api");
    for unknown in [Selection::ClientId("x"), Selection::ObjectId("x"), Selection::ResourceId("x")] {
        assert_eq!(ask(&registry, unknown), Err(LookupError::Unknown));
    }
}

#[test]
fn a_request_that_names_none_gets_the_default() {
    let (api, batch) = (entry("api", 'a'), entry("batch", 'b'));
    let several = registry(vec![api.clone(), batch.clone()], rules(None, &[]));
    assert_eq!(ask(&several, Selection::Default), Err(LookupError::Ambiguous));
    let chosen = registry(vec![api, batch.clone()], rules(Some(&batch), &[]));
    assert_eq!(ask(&chosen, Selection::Default).unwrap(), "batch");
}

#[test]
fn another_default_changes_nothing_else() {
    let (api, batch) = (entry("api", 'a'), entry("batch", 'b'));
    let several = registry(vec![api.clone(), batch.clone()], rules(Some(&api), &[]));
    let other = several.with_default(&batch.client_id);
    assert_eq!(ask(&other, Selection::Default).unwrap(), "batch");
    assert_eq!(ask(&several, Selection::Default).unwrap(), "api");
    assert_eq!(ask(&other, Selection::ClientId(api.client_id.as_str())).unwrap(), "api");
    let stranger = several.with_default(&entry("x", 'c').client_id);
    assert_eq!(ask(&stranger, Selection::Default), Err(LookupError::Ambiguous));
}

#[test]
fn resources_can_be_allow_listed() {
    let registry = registry(
        vec![entry("api", 'a')],
        rules(Some(&entry("api", 'a')), &["https://vault.azure.net/", "api://App"]),
    );
    let allowed = |r: &str| {
        registry
            .resolve(&Selection::Default, &r.parse().unwrap())
            .is_ok()
    };
    for yes in ["https://vault.azure.net", "https://vault.azure.net//.default", "api://app/.default"] {
        assert!(allowed(yes), "{yes}");
    }
    for no in ["https://vault.azure.net.evil", "https://vault.azure.net/x", "api://ap"] {
        assert!(!allowed(no), "{no}");
    }
    let error = registry
        .resolve(&Selection::Default, &"https://graph.microsoft.com".parse().unwrap())
        .unwrap_err();
    insta::assert_snapshot!(error, @"The resource 'https://graph.microsoft.com' is not among those that may be asked for here; add it to WISP_RESOURCES.");
}

#[test]
fn keys_are_those_of_all_identities_in_both_spellings() {
    let registry = registry(vec![entry("api", 'a'), entry("other", 'b')], rules(None, &[]));
    let mut keys: Vec<_> = registry
        .keys(&["https://vault.azure.net/".parse().unwrap(), "api://app/.default".parse().unwrap()])
        .into_iter()
        .map(|key| format!("{} {}", &key.client_id.as_str()[..1], key.resource))
        .collect();
    keys.sort();
    keys.dedup();
    insta::assert_snapshot!(keys.join("\n"), @"
    a api://app
    a api://app/
    a api://app/.default
    a https://vault.azure.net
    a https://vault.azure.net/
    b api://app
    b api://app/
    b api://app/.default
    b https://vault.azure.net
    b https://vault.azure.net/
    ");
}

#[test]
fn a_key_carries_the_cloud_and_the_tenant() {
    let api = entry("api", 'a');
    let rules = Rules { via_token_proxy: true, ..rules(Some(&api), &[]) };
    let registry = registry(vec![api], rules);
    let resource: crate::names::Resource = "api://x".parse().unwrap();
    let key = registry
        .resolve(&Selection::Default, &resource)
        .unwrap()
        .key(resource);
    assert_eq!(
        (key.authority.as_str(), key.tenant.as_str(), key.resource.as_str(), key.via_token_proxy),
        ("https://login.microsoftonline.com", "contoso.com", "api://x", true)
    );
}
