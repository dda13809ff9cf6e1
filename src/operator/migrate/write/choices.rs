//! What `wispctl inject` is told for a workload.

use serde_json::{Value, json};

use crate::{
    operator::{
        identity::Cloud,
        inject::{
            Options,
            settings::{SetBy, SettingFlag},
        },
        migrate::plan::{Plan, PlannedWorkload},
        pod_identity::LABEL,
    },
    settings::keys::IDENTITIES,
};

/// The options for `planned`, beginning with those for `all`. The error is what of the plan it cannot take.
pub(super) fn options(planned: &PlannedWorkload, plan: &Plan, all: &Options) -> Result<Options, String> {
    let mut options = all.clone();
    if let Some(mode) = planned.mode {
        options.set("mode", mode)?;
    }
    options.client_id.clone_from(&planned.client_id);
    if let Some(tenant) = tenant(planned, plan) {
        options.set("tenant-id", tenant)?;
    }
    for (choice, value) in cloud(plan) {
        options.set(choice, &value)?;
    }
    // Whose identities come by the label keeps it for now, and nobody is to warn of it.
    let by = SetBy::Label(LABEL);
    options
        .settings
        .set(SettingFlag::Set, IDENTITIES.variable(), &table(planned, plan), by)?;
    Ok(options)
}

/// The choices of another cloud than the public one.
pub(super) fn cloud(plan: &Plan) -> Vec<(&'static str, String)> {
    let facts = &plan.cluster;
    let public = Cloud::default();
    let mut choices = Vec::new();
    if facts.authority != public.authority {
        choices.push(("authority", facts.authority.trim_end_matches('/').to_owned()));
    }
    if facts.audience != public.audience {
        choices.push(("audience", facts.audience.to_owned()));
    }
    choices
}

/// The tenant of what a request gets that names no identity.
pub(super) fn tenant<'a>(planned: &PlannedWorkload, plan: &'a Plan) -> Option<&'a str> {
    let id = planned.client_id.as_deref()?;
    let identity = plan
        .identities
        .iter()
        .find(|identity| identity.client_id == id)?;
    identity.tenant_id.as_deref()
}

/// The setting that lists the identities, by which requests find them that name a client id or a resource id.
pub(super) fn table(planned: &PlannedWorkload, plan: &Plan) -> String {
    let default_tenant = tenant(planned, plan);
    let entries: Vec<_> = planned
        .identities
        .iter()
        .map(|own| {
            let mut entry =
                json!({"name": name(own.azure_identity.as_deref(), &own.client_id, &planned.namespace)});
            entry["client_id"] = own.client_id.clone().into();
            let known = plan
                .identities
                .iter()
                .find(|identity| identity.client_id == own.client_id);
            let tenant = known.and_then(|identity| identity.tenant_id.as_deref());
            if let Some(tenant) = tenant.filter(|tenant| Some(*tenant) != default_tenant) {
                entry["tenant_id"] = tenant.into();
            }
            if let Some(id) = known.and_then(|identity| identity.resource_id.as_deref()) {
                entry["resource_id"] = id.into();
            }
            entry
        })
        .collect();
    Value::from(entries).to_string()
}

/// What the identity is called in wisp's logs and errors: the AzureIdentity, with its namespace where it is of another.
fn name<'a>(azure_identity: Option<&'a str>, client_id: &'a str, namespace: &str) -> &'a str {
    let Some(full) = azure_identity else { return client_id };
    full.split_once('/')
        .filter(|(own, _)| *own == namespace)
        .map_or(full, |(_, name)| name)
}
