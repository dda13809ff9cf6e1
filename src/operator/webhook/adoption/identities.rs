//! What an adopted pod gets: its identities as choices of the injection, and what its owner should know.

use serde_json::{Value, json};

use super::{AdoptionConfig, opt_in::path};
use crate::{
    entra::authority::cloud,
    names::Authority,
    operator::{
        inject::{
            Diagnostic, Options,
            settings::{SetBy, SettingFlag},
            webhook::USE_LABEL,
        },
        pod_identity::{Assigned, AzureIdentity, Credential, LABEL},
        webhook::lookups::Account,
    },
    settings::keys::{AUTHORITY, IDENTITIES},
};

/// The most identities of a pod. A virtual machine has fewer.
const MOST: usize = 50;
/// The most identities that are named in a sentence.
const MOST_NAMED: usize = 5;
/// The most notes on objects. Whoever writes bindings elsewhere must not bury what matters.
const MOST_NOTES: usize = 8;
/// The longest name in wisp's table of identities.
const LONGEST_NAME: usize = 128;
/// The annotation of a service account that names a tenant.
const TENANT: &str = "azure.workload.identity/tenant-id";

/// A pod, and who it runs as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adopted<'a> {
    /// The pod.
    pub pod: &'a Value,
    /// The namespace that it goes to.
    pub namespace: &'a str,
    /// The name of its service account.
    pub account: &'a str,
    /// That service account.
    pub read: &'a Account,
}

/// What an adopted pod gets.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The choices of its injection.
    pub options: Options,
    /// What its owner should know.
    pub warnings: Vec<String>,
    /// The names of its AzureIdentities, with commas between them.
    pub names: String,
}

/// The choices for an adopted pod, beginning with those for `all` pods, and what its owner should know. An error is why it gets none.
pub(crate) fn adopted(
    Adopted { pod, namespace, account, read }: Adopted<'_>,
    assigned: &Assigned<'_>,
    config: AdoptionConfig,
    all: &Options,
) -> Result<Given, Vec<Diagnostic>> {
    let identities = &assigned.identities;
    let refused = |text: String| vec![Diagnostic::new(path(LABEL), text)];
    let Some(first) = identities.first() else {
        return Err(assigned
            .omitted
            .iter()
            .take(MOST_NAMED)
            .flat_map(|text| refused(text.clone()))
            .collect());
    };
    let own = identities
        .iter()
        .filter(|identity| identity.name.namespace == namespace);
    let own = own.count();
    if own > MOST {
        let text = format!(
            "bindings of the namespace name {own} identities for this pod, and wisp takes {MOST}; use more labels"
        );
        return Err(refused(text));
    }
    // Whoever writes bindings elsewhere must not keep this pod from its own. Those come first.
    let surplus = identities.len().saturating_sub(MOST);
    let identities = identities.get(..MOST).unwrap_or(identities);
    let mut options = all.clone();
    options.mode = config.mode;
    // The object with the identity of all pods may have other settings, which count.
    if let Some(name) = options.config_map.take() {
        options.settings_from = all.sources();
        debug_assert!(
            options
                .settings_from
                .iter()
                .any(|object| object.name == name)
        );
    }
    options.client_id = Some(first.client_id.to_string());
    if let Some(tenant) = tenant(read) {
        options.set("tenant-id", tenant).map_err(|error| {
            refused(format!(
                "annotation `{TENANT}` of ServiceAccount `{namespace}/{account}` {error}; correct it"
            ))
        })?;
    }
    if let Some(identity) = identities.iter().find(|identity| identity.tenant.is_none())
        && lacks_tenant(&options, pod)
    {
        return Err(refused(format!(
            "no tenant: AzureIdentity `{}` is a managed identity, whose object names none; start the webhook with `--tenant-id`, or \
             annotate ServiceAccount `{namespace}/{account}` with `{TENANT}`",
            identity.name
        )));
    }
    options
        .settings
        .set(SettingFlag::Set, IDENTITIES.variable(), &table(identities, namespace), SetBy::Label(LABEL))
        .map_err(refused)?;
    let mut warnings = vec![credentials(identities, namespace, account)];
    if matches!(read, Account::Absent) {
        warnings.push(format!(
            "ServiceAccount `{namespace}/{account}` is not there, and the pod cannot start before it is; create it"
        ));
    }
    if surplus > 0 {
        warnings.push(format!(
            "{surplus} more identities of other namespaces are left out, for wisp takes {MOST} in a pod"
        ));
    }
    let mut more = notes(identities, &options, namespace);
    more.extend(assigned.omitted.iter().cloned());
    let hidden = more.len().saturating_sub(MOST_NOTES);
    more.truncate(MOST_NOTES);
    if hidden > 0 {
        more.push(format!("{hidden} more notes on its identities and bindings are left out"));
    }
    warnings.append(&mut more);
    let names: Vec<_> = identities
        .iter()
        .map(|identity| identity.name.to_string())
        .collect();
    Ok(Given { options, warnings, names: names.join(",") })
}

/// The tenant that a service account names.
fn tenant(account: &Account) -> Option<&str> {
    let metadata = account.object()?.get("metadata")?;
    metadata.get("annotations")?.get(TENANT)?.as_str()
}

/// Whether nothing names a tenant for identities that name none.
fn lacks_tenant(options: &Options, pod: &Value) -> bool {
    let annotations = pod.pointer("/metadata/annotations");
    let is_annotated = |key: &str| annotations.is_some_and(|map| map.get(key).is_some());
    let by_webhook = pod
        .pointer("/metadata/labels")
        .is_some_and(|labels| labels.get(USE_LABEL) == Some(&"true".into()));
    options.tenant_id.is_none()
        && options.sources().is_empty()
        && !by_webhook
        && !["wisp/tenant-id", "wisp/config-map", "wisp/settings-from", TENANT]
            .iter()
            .any(|key| is_annotated(key))
}

/// The value of the setting that lists identities.
fn table(identities: &[&AzureIdentity], namespace: &str) -> String {
    let entries: Vec<_> = identities
        .iter()
        .map(|identity| {
            let mut entry = json!({
                "name": name(identity, namespace), "client_id": identity.client_id.to_string(),
            });
            if let Some(tenant) = &identity.tenant {
                entry["tenant_id"] = tenant.to_string().into();
            }
            if let Some(resource_id) = &identity.resource_id {
                entry["resource_id"] = resource_id.as_str().into();
            }
            entry
        })
        .collect();
    Value::from(entries).to_string()
}

/// What the identity is called in wisp's logs and errors.
fn name(identity: &AzureIdentity, namespace: &str) -> String {
    let name = if identity.name.namespace == namespace {
        identity.name.name.clone()
    } else {
        identity.name.to_string()
    };
    if name.len() > LONGEST_NAME { identity.client_id.to_string() } else { name }
}

/// What of the identities counts in another manner than their owner may think.
fn notes(identities: &[&AzureIdentity], options: &Options, namespace: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if let [first, _, ..] = identities {
        notes.push(format!(
            "the pod has {} identities; requests that name none get `{}`, where pod-managed identity took any; annotation \
             `wisp/client-id` chooses another",
            identities.len(),
            first.name
        ));
    }
    for identity in identities {
        let name = &identity.name;
        if name.namespace != namespace {
            notes.push(format!("AzureIdentity `{name}` is of another namespace than the pod"));
        }
        if identity.credential != Credential::Managed {
            notes.push(format!(
                "AzureIdentity `{name}` is an app registration: its {} is not used any more",
                if identity.credential == Credential::Secret { "secret" } else { "certificate" }
            ));
        }
        notes.extend(elsewhere(identity, options));
        notes.extend(
            identity
                .notes
                .iter()
                .map(|note| format!("AzureIdentity `{name}`: {note}")),
        );
    }
    notes
}

/// Says that tokens are asked for in another cloud than the identity names.
fn elsewhere(identity: &AzureIdentity, options: &Options) -> Option<String> {
    let own = identity.authority.as_ref()?;
    let chosen = options.authority.as_deref().or(AUTHORITY.default)?;
    let authority: Authority = chosen.parse().ok()?;
    let is_same = *own == authority || cloud(own).is_some_and(|known| cloud(&authority) == Some(known));
    (!is_same).then(|| {
        format!(
            "`adEndpoint` of AzureIdentity `{}` is {own}, but tokens are asked for at {authority}; `authority` chooses another",
            identity.name
        )
    })
}

/// What Entra has to know, which cannot be looked at from here.
fn credentials(identities: &[&AzureIdentity], namespace: &str, account: &str) -> String {
    let mut names: Vec<_> = identities
        .iter()
        .take(MOST_NAMED)
        .map(|identity| format!("`{}`", identity.name))
        .collect();
    if identities.len() > MOST_NAMED {
        names.push(format!("{} more", identities.len() - MOST_NAMED));
    }
    let subject = format!("subject `system:serviceaccount:{namespace}:{account}`");
    match names.as_slice() {
        [name] => format!(
            "AzureIdentity {name} needs a federated credential with {subject}; whether it has one cannot be seen from here"
        ),
        names => format!(
            "each AzureIdentity needs a federated credential with {subject}: {}; whether they have one cannot be seen from here",
            names.join(", ")
        ),
    }
}
