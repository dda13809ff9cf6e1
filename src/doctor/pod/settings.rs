//! wisp's own settings, read as `wisp serve` reads them, and where they came from.

use super::{
    Chain, Context, Order,
    table::{IDENTITIES, SETTINGS},
};
use crate::{
    clock::{Clock, Random},
    doctor::{Diagnosis, Finding},
    identity::Entry,
    names::Resource,
    serve::Prepared,
    settings::{SettingError, Settings, Sources},
};

/// What is said where wisp's own configuration cannot be seen.
pub(super) const ELSEWHERE: &str = "run it in wisp's container: kubectl exec POD -c wisp -- /wisp doctor; or name what is missing with flags";

/// The settings, and what there is to say of them.
pub(super) struct Configured {
    /// Right as far as there is no error.
    pub(super) settings: Settings,
    /// The identities to ask for.
    pub(super) identities: Vec<Entry>,
    /// The resources to ask for.
    pub(super) resources: Vec<Resource>,
    /// The identity that was asked for.
    pub(super) selected: Option<String>,
    /// What is wrong, beyond identities that are missing.
    pub(super) errors: Vec<String>,
    /// That there is no identity, or that it lacks something.
    pub(super) missing: Vec<String>,
    /// Settings that are given, with where they came from.
    pub(super) given: Vec<(&'static str, String)>,
}

impl Configured {
    /// Whether the settings can be relied on, but for identities.
    pub(super) fn is_usable(&self) -> bool {
        self.errors.is_empty()
    }

    /// Whether nothing of wisp's configuration is here, as in a container that was added to debug.
    pub(super) fn is_elsewhere(&self) -> bool {
        let is_of_wisp = |origin: &str| {
            match origin.strip_prefix("environment ") {
                // Proxies and roots are set everywhere.
                Some(variable) => variable.starts_with("AZURE_") || variable.starts_with("WISP_"),
                None => !origin.starts_with("flag "),
            }
        };
        self.identities.is_empty() && !self.given.iter().any(|(_, origin)| is_of_wisp(origin))
    }
}

/// Reads the settings and what they name.
pub(super) fn read<C: Clock + Clone, R: Random + Clone>(
    sources: &Sources,
    context: &Context<C, R>,
    order: &Order,
) -> Configured {
    let (mut settings, errors) = sources.read();
    let (missing, errors): (Vec<_>, Vec<_>) = errors
        .into_iter()
        .partition(|error| matches!(error, SettingError::Missing { .. }));
    let mut errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
    if errors.is_empty()
        && let Err(unprepared) = Prepared::read(&settings, context.clock.clone(), context.random.clone())
    {
        errors.extend(unprepared.0.iter().map(ToString::to_string));
    }
    // A doctor is waited for. A connection has less time than all of it, so that it is named when it is what takes long.
    let entra = &mut settings.entra;
    entra.connect_timeout = entra.connect_timeout.min(order.patience * 4 / 5);
    entra.attempt_timeout = entra.attempt_timeout.min(order.patience);
    let mut identities = settings.identities.clone();
    if let Some(name) = &order.identity {
        identities.retain(|entry| entry.name == *name || entry.client_id.as_str().eq_ignore_ascii_case(name));
    }
    Configured {
        identities,
        resources: resources(&settings, &order.resources),
        selected: order.identity.clone(),
        errors,
        missing: missing.iter().map(ToString::to_string).collect(),
        given: sources.given(),
        settings,
    }
}

/// Those that are asked for, or listed, or the one that every identity may ask for.
fn resources(settings: &Settings, asked: &[Resource]) -> Vec<Resource> {
    if !asked.is_empty() {
        return asked.to_vec();
    }
    let mut listed: Vec<Resource> = Vec::new();
    for resource in settings.prefetch.iter().chain(&settings.rules.resources) {
        if !listed.contains(resource) {
            listed.push(resource.clone());
        }
    }
    if listed.is_empty() {
        listed.extend(settings.verified_resource());
    }
    listed
}

/// Judges the settings.
pub(super) fn judge(chain: &mut Chain, configured: &Configured) {
    if configured.is_usable() {
        chain.note(valid(configured));
    } else {
        chain.insist(valid(configured));
    }
    chain.check(&IDENTITIES, &[&SETTINGS], || identities(configured));
}

fn valid(configured: &Configured) -> Finding {
    if let Some(diagnosis) = diagnosis(&configured.errors) {
        return SETTINGS.failed(diagnosis);
    }
    if let Some(diagnosis) = diagnosis(&configured.settings.warnings) {
        return SETTINGS.warned(diagnosis);
    }
    SETTINGS.passed(origins(&configured.given))
}

/// The first of them, and the others beside it.
fn diagnosis(sentences: &[String]) -> Option<Diagnosis> {
    let (first, others) = sentences.split_first()?;
    Some(Diagnosis { found: first.clone(), evidence: others.to_vec(), ..Diagnosis::default() })
}

/// Where settings came from, each source once: variables by their names, files with the settings in them.
fn origins(given: &[(&'static str, String)]) -> String {
    let mut variables = Vec::new();
    let mut others: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, origin) in given {
        match origin.strip_prefix("environment ") {
            Some(variable) => variables.push(variable),
            None => match others.iter_mut().find(|(known, _)| known == origin) {
                Some((_, names)) => names.push(name),
                None => others.push((origin, vec![name])),
            },
        }
    }
    let mut parts = Vec::new();
    if !variables.is_empty() {
        parts.push(format!("environment {}", variables.join(", ")));
    }
    parts.extend(
        others
            .into_iter()
            .map(|(origin, names)| format!("{origin} ({})", names.join(", "))),
    );
    if parts.is_empty() { "none is given, all are defaults".to_owned() } else { parts.join("; ") }
}

fn identities(configured: &Configured) -> Finding {
    if configured.is_elsewhere() && configured.selected.is_none() {
        return IDENTITIES.not_run("nothing of wisp's configuration is in this container", ELSEWHERE);
    }
    if let Some(diagnosis) = diagnosis(&configured.missing) {
        return IDENTITIES.failed(diagnosis);
    }
    let named = |entries: &[Entry]| {
        let named: Vec<_> = entries.iter().map(shown).collect();
        named.join(", ")
    };
    match &configured.selected {
        Some(name) if configured.identities.is_empty() => {
            let diagnosis = Diagnosis::new(format!("no identity has the name or the client id `{name}`"))
                .evidence(format!("configured: {}", named(&configured.settings.identities)))
                .fix("name one of those with --identity");
            IDENTITIES.failed(diagnosis)
        }
        _ => IDENTITIES.passed(named(&configured.identities)),
    }
}

/// An identity by all its names.
fn shown(entry: &Entry) -> String {
    let Entry { name, client_id, tenant, .. } = entry;
    if name == client_id.as_str() {
        return format!("{client_id} in tenant {tenant}");
    }
    format!("{name} ({client_id}) in tenant {tenant}")
}
