//! wisp into a pod template, by the road of its workload.

use serde_json::{Map, Value, json};

use super::marks::{ADOPT, CLIENT_ID, MODE, Marks, TABLE, TENANT_ID};
use crate::{
    operator::{
        edit::apply,
        inject::{
            Beside, Decision, Diagnostic, Mode, Options, inject,
            options::INJECT,
            settings::{SetBy, SettingFlag},
            uninject,
            webhook::USE_LABEL,
        },
        migrate::{execute::record::Target, plan::Road},
        pod_identity::LABEL,
    },
    settings::keys::IDENTITIES,
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

/// The template with wisp in it, and what its owner should know. `options` are those of all pods.
pub(crate) fn put_in(
    template: &Value,
    target: &Target,
    options: &Options,
) -> Result<(Value, Vec<String>), String> {
    let mut after = template.clone();
    // What an earlier try has put in is put in anew.
    if let Some(edits) = uninject(template).map_err(|diagnostic| diagnostic.text)? {
        apply(&mut after, &edits).ok_or("wisp cannot be taken out of it: it was changed by hand")?;
    }
    set_account(&mut after, &target.account);
    match target.road {
        Road::Inject => injected(after, target, options),
        Road::Webhook => {
            set(&mut after, "labels", INJECT, Some("true"));
            set(&mut after, "annotations", MODE, target.mode.as_deref());
            if target.identities.len() > 1 {
                set(&mut after, "annotations", CLIENT_ID, target.client_id.as_deref());
            }
            set(&mut after, "annotations", TABLE, table(target).as_deref());
            Ok((after, Vec::new()))
        }
        // A policy sees the pod alone, and not its service account.
        Road::Policy => {
            set(&mut after, "labels", INJECT, Some("true"));
            set(&mut after, "annotations", CLIENT_ID, target.client_id.as_deref());
            set(&mut after, "annotations", TENANT_ID, target.tenant_id.as_deref());
            Ok((after, Vec::new()))
        }
        Road::Adopt => {
            set(&mut after, "labels", ADOPT, Some("true"));
            Ok((after, Vec::new()))
        }
        Road::Native => {
            set(&mut after, "labels", USE_LABEL, Some("true"));
            Ok((after, Vec::new()))
        }
        Road::Leave => Err("it is left alone".to_owned()),
    }
}

/// By inject's own model.
fn injected(mut template: Value, target: &Target, options: &Options) -> Result<(Value, Vec<String>), String> {
    let mut options = options.clone();
    let mode = target.mode.as_deref().and_then(Mode::parse);
    options.mode = mode.ok_or("the plan names no mode of wisp")?;
    options.client_id.clone_from(&target.client_id);
    if let Some(tenant) = &target.tenant_id {
        options.tenant_id = Some(tenant.clone());
    }
    if let Some(table) = table(target) {
        options
            .settings
            .set(SettingFlag::Set, IDENTITIES.variable(), &table, SetBy::Label(LABEL))?;
    }
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

/// The identities for requests that name one by its resource id; none where there is nothing to say.
pub(super) fn table(target: &Target) -> Option<String> {
    let has_resource_id = target
        .identities
        .iter()
        .any(|identity| identity.resource_id.is_some());
    let entries: Vec<_> = target
        .identities
        .iter()
        .map(|identity| {
            let name = identity
                .azure_identity
                .as_ref()
                .unwrap_or(&identity.client_id);
            let name = name.rsplit('/').next().unwrap_or(name);
            let mut entry = json!({"name": name, "client_id": identity.client_id});
            if let Some(id) = &identity.resource_id {
                entry["resource_id"] = id.as_str().into();
            }
            if let Some(tenant) = &target.tenant_id {
                entry["tenant_id"] = tenant.as_str().into();
            }
            entry
        })
        .collect();
    (has_resource_id || entries.len() > 1).then(|| Value::from(entries).to_string())
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
