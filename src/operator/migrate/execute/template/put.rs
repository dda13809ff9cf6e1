//! wisp into a pod template, by the road of its workload.

use serde_json::{Map, Value};

use super::marks::Marks;
use crate::operator::{
    edit::apply,
    identity::Cloud,
    inject::{Beside, Decision, Diagnostic, Options, inject, uninject},
    migrate::{
        choices::{Choices, ChosenCloud, ChosenIdentity, label},
        execute::record::Target,
        plan::Road,
    },
};

/// Whether the pods of a template with `marks` get their tokens the new way.
pub(crate) fn has_wisp(marks: &Marks, target: &Target) -> bool {
    let is_true = |label: &Option<String>| label.as_deref() == Some("true");
    let has_way = match target.road {
        Road::Inject => marks.injected.is_some(),
        Road::Webhook | Road::Policy => is_true(&marks.inject),
        Road::Adopt => is_true(&marks.adopt) || is_true(&marks.inject),
        Road::Native => is_true(&marks.native),
        Road::Leave => false,
    };
    has_way && marks.account == target.account
}

/// The template of pods in `namespace` with wisp in it, and what its owner should know. `options` are those of all pods.
pub(crate) fn put_in(
    template: &Value,
    target: &Target,
    namespace: &str,
    options: &Options,
) -> Result<(Value, Vec<String>), String> {
    let mut after = template.clone();
    // What an earlier try has put in is put in anew.
    if let Some(edits) = uninject(template).map_err(|diagnostic| diagnostic.text)? {
        apply(&mut after, &edits).ok_or("wisp cannot be taken out of it: it was changed by hand")?;
    }
    set_account(&mut after, &target.account);
    match target.road {
        Road::Inject => injected(after, target, namespace, options),
        Road::Leave => Err("it is left alone".to_owned()),
        road => {
            if let Some(label) = label(road) {
                set(&mut after, "labels", label, Some("true"));
            }
            if road != Road::Adopt {
                annotate(&mut after, &choices(target, namespace, options), road);
            }
            Ok((after, Vec::new()))
        }
    }
}

/// What wisp is told for the pods of `target` in `namespace`.
pub(super) fn choices<'a>(target: &'a Target, namespace: &'a str, options: &'a Options) -> Choices<'a> {
    let identities = target.identities.iter().map(|identity| ChosenIdentity {
        client_id: &identity.client_id,
        azure_identity: identity.azure_identity.as_deref(),
        tenant_id: identity
            .tenant_id
            .as_deref()
            .or(target.tenant_id.as_deref()),
        resource_id: identity.resource_id.as_deref(),
    });
    let cloud = options.audience.as_deref().map(|audience| ChosenCloud {
        authority: options
            .authority
            .as_deref()
            .unwrap_or_else(|| Cloud::default().authority),
        audience,
    });
    Choices {
        namespace,
        mode: target.mode.as_deref(),
        client_id: target.client_id.as_deref(),
        tenant_id: target.tenant_id.as_deref(),
        identities: identities.collect(),
        cloud,
    }
}

/// Annotates a template with what pods on `road` are told.
pub(super) fn annotate(template: &mut Value, choices: &Choices<'_>, road: Road) {
    for (key, value) in choices.annotations(road) {
        set(template, "annotations", key, Some(&value));
    }
}

/// By inject's own model.
fn injected(
    mut template: Value,
    target: &Target,
    namespace: &str,
    options: &Options,
) -> Result<(Value, Vec<String>), String> {
    if target.mode.is_none() {
        return Err("the plan names no mode of wisp".to_owned());
    }
    let options = choices(target, namespace, options).options(options)?;
    let texts = |all: Vec<Diagnostic>| all.into_iter().map(|one| one.text).collect::<Vec<_>>();
    match inject(&template, &options, Beside::default(), &|_| None) {
        Err(diagnostics) => Err(texts(diagnostics).join("; ")),
        Ok(Decision::Skip(reason)) => Err(format!("wisp does not get into it: {reason}")),
        Ok(Decision::Inject(plan)) => {
            apply(&mut template, &plan.edits).ok_or("wisp's own edits do not fit this pod template")?;
            Ok((template, texts(plan.warnings)))
        }
    }
}

/// The service account of a template. The old name of the field follows, as in an API server.
pub(super) fn set_account(template: &mut Value, account: &str) {
    let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let is_there = spec.contains_key("serviceAccountName");
    if !is_there && account == "default" {
        return;
    }
    spec.insert("serviceAccountName".to_owned(), account.into());
    if spec.contains_key("serviceAccount") {
        spec.insert("serviceAccount".to_owned(), account.into());
    }
}

/// Sets a label or an annotation, or takes it out. Mappings that are empty afterwards go too, as in an API server.
pub(in super::super) fn set(template: &mut Value, map: &str, key: &str, value: Option<&str>) {
    let Some(template) = template.as_object_mut() else { return };
    if !template.get("metadata").is_some_and(Value::is_object) {
        template.insert("metadata".to_owned(), Map::new().into());
    }
    let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    if !metadata.get(map).is_some_and(Value::is_object) {
        if value.is_none() {
            return;
        }
        metadata.insert(map.to_owned(), Map::new().into());
    }
    let Some(found) = metadata.get_mut(map).and_then(Value::as_object_mut) else { return };
    match value {
        Some(value) => drop(found.insert(key.to_owned(), value.into())),
        None => drop(found.remove(key)),
    }
    if found.is_empty() {
        metadata.remove(map);
    }
}
