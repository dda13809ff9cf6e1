//! What each workload has to do with pod-managed identity.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::{Group, Groups};
use crate::operator::{
    migrate::inventory::{
        collect::{
            Carrier, Collected, ObjectId, Template,
            components::{FLEX_VOLUME, of_image, version},
            dependent,
        },
        model::{Assigned, Dependent, Installation, Match, Preflight, Workload},
    },
    pod_identity::{Assignment, Credential, Kind, Matching, ObjectName, Objects, any_case},
};

/// The account of pods that name none.
pub(super) const DEFAULT_ACCOUNT: &str = "default";
/// The levels of Pod Security that forbid an init container with NET_ADMIN.
const STRICT_LEVELS: [&str; 2] = ["baseline", "restricted"];

/// What stands around workloads.
pub(super) struct Around<'a> {
    all: &'a Collected,
    objects: &'a Objects,
    matching: Matching,
    installation: &'a Installation,
    assigned: &'a [Assigned],
    /// The bindings by namespace, AzureIdentity and selector.
    bindings: BTreeMap<(&'a str, &'a str, &'a str), Vec<String>>,
    /// Objects that depend on pod-managed identity by their configuration.
    dependents: BTreeSet<&'a str>,
}

/// Workloads, and what was found with them.
pub(super) struct Found {
    pub workloads: Vec<Workload>,
    pub others: usize,
    pub dependents: Vec<Dependent>,
}

/// The workloads of `groups` that have anything to do with it.
pub(super) fn workloads(groups: &Groups<'_>, around: &Around<'_>) -> Found {
    let mut found = Found { workloads: Vec::new(), others: 0, dependents: Vec::new() };
    let mut seen_with: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for assigned in around.assigned {
        let workload = assigned.workload.as_deref();
        seen_with
            .entry(workload.unwrap_or_default())
            .or_default()
            .push(&assigned.identity);
    }
    for (id, group) in &groups.all {
        let Some((shown, carrier)) = group.shown_by(id) else { continue };
        for template in &carrier.templates {
            let mut workload = around.workload(id, group, carrier, template);
            if shown != id {
                let text =
                    format!("it was not read, or has no pod template that is known; {shown} shows its pods");
                workload.notes.insert(0, text);
                workload.shown_by = Some(shown.to_string());
            }
            let name = id.to_string();
            let seen = seen_with.get(name.as_str()).cloned().unwrap_or_default();
            workload.seen_with = seen.into_iter().map(str::to_owned).collect();
            workload.seen_with.sort();
            workload.seen_with.dedup();
            around.note_evidence(&mut workload);
            found.dependents.extend(components(id, carrier, template));
            if around.is_concerned(&workload, template) {
                found.workloads.push(workload);
            } else {
                found.others += 1;
            }
        }
    }
    found
}

impl<'a> Around<'a> {
    /// What stands around the workloads of `all`.
    pub(super) fn new(
        all: &'a Collected,
        objects: &'a Objects,
        (installation, matching): (&'a Installation, Matching),
        assigned: &'a [Assigned],
    ) -> Self {
        let mut bindings: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for ((kind, name), declared) in &all.declared {
            let text = |field: &str| any_case(declared.value.get("spec")?, field)?.as_str();
            if let (Kind::Binding, Some(identity), Some(selector)) =
                (kind, text("azureIdentity"), text("selector"))
            {
                let known = bindings.entry((name.namespace.as_str(), identity, selector));
                known.or_default().push(name.to_string());
            }
        }
        let dependents = all
            .dependents
            .iter()
            .map(|dependent| dependent.object.as_str());
        Self { all, objects, matching, installation, assigned, bindings, dependents: dependents.collect() }
    }

    fn workload(&self, id: &ObjectId, group: &Group<'_>, carrier: &Carrier, template: &Template) -> Workload {
        let exception = self
            .objects
            .exception_for(&id.namespace, &template.labels)
            .map(|exception| exception.name.to_string());
        let account = template.account.as_deref().unwrap_or(DEFAULT_ACCOUNT);
        let level = self.all.levels.get(&id.namespace).cloned().flatten();
        let mut workload = Workload {
            namespace: id.namespace.clone(),
            kind: id.kind_name(),
            name: id.name.clone(),
            template: (!template.path.is_empty()).then(|| template.path.clone()),
            owners: group.owners.iter().map(ToString::to_string).collect(),
            shown_by: None,
            service_account: account.to_owned(),
            label: template.label().map(str::to_owned),
            identities: Vec::new(),
            exception,
            team: self.team(id, group),
            state: carrier.state,
            pods: group.pods().count(),
            preflight: preflight(template, account, level.as_deref()),
            pod_security: level,
            seen_with: Vec::new(),
            secret_provider_classes: template.provider_classes.clone(),
            has_sidecar: template.has_sidecar,
            notes: Vec::new(),
            origin: carrier.origin.clone(),
        };
        Self::note_labels(&mut workload, group);
        if workload.exception.is_none() {
            self.assign(&mut workload, template);
        }
        workload
    }

    /// Who looks after a workload: as it says itself, else the nearest of its owners, else its namespace.
    fn team(&self, id: &ObjectId, group: &Group<'_>) -> Option<String> {
        let mut chain = std::iter::once(id).chain(&group.owners);
        let of_objects = chain.find_map(|object| self.all.teams.get(object));
        of_objects
            .or_else(|| self.all.namespace_teams.get(&id.namespace))
            .cloned()
    }

    /// Gives a workload the identities of its label.
    fn assign(&self, workload: &mut Workload, template: &Template) {
        let Some(selector) = template.label() else { return };
        match self
            .objects
            .assignment(&workload.namespace, &template.labels, selector, self.matching)
        {
            Assignment::Excepted(exception) => workload.exception = Some(exception.to_string()),
            Assignment::Unknown(reason) => workload.notes.push(reason),
            Assignment::Unbound(near) => {
                workload
                    .notes
                    .push(format!("no AzureIdentityBinding that was read selects `{selector}`"));
                workload.notes.extend(near);
            }
            Assignment::Assigned(assigned) => {
                workload.notes.extend(assigned.omitted);
                for identity in assigned.identities {
                    workload.identities.push(Match {
                        identity: identity.name.to_string(),
                        credential: credential(identity.credential),
                        client_id: identity.client_id.to_string(),
                        resource_id: identity.resource_id.clone(),
                        bindings: self.bindings(&identity.name, selector),
                        is_cross_namespace: identity.name.namespace != workload.namespace,
                    });
                }
                if workload.identities.len() > 1 {
                    workload.notes.push(format!(
                        "{} identities match: a request that names none gets the first of them; choose AZURE_CLIENT_ID",
                        workload.identities.len()
                    ));
                }
            }
        }
    }

    /// The bindings that give `identity` to pods with the label `selector`.
    fn bindings(&self, identity: &ObjectName, selector: &str) -> Vec<String> {
        let key = (identity.namespace.as_str(), identity.name.as_str(), selector);
        self.bindings.get(&key).cloned().unwrap_or_default()
    }

    /// Notes pods whose label is another one than that of the template: they are from before a change.
    fn note_labels(workload: &mut Workload, group: &Group<'_>) {
        let mut others: BTreeMap<&str, usize> = BTreeMap::new();
        for pod in group.pods() {
            let label = pod.templates.first().and_then(Template::label);
            if label != workload.label.as_deref() {
                *others.entry(label.unwrap_or_default()).or_default() += 1;
            }
        }
        for (label, count) in others {
            let label = if label.is_empty() { "no label".to_owned() } else { format!("the label `{label}`") };
            workload
                .notes
                .push(format!("pods of it that have {label}, other than its template: {count}"));
        }
    }

    /// Compares what bindings say with what pods were seen with.
    fn note_evidence(&self, workload: &mut Workload) {
        if self.installation.is_add_on {
            return;
        }
        for seen in &workload.seen_with {
            let is_known = workload
                .identities
                .iter()
                .any(|known| known.identity == *seen);
            if !is_known {
                workload.notes.push(format!(
                    "its pods were seen with AzureIdentity `{seen}`, which no binding gives them"
                ));
            }
        }
    }

    /// Whether there is anything to do about a workload.
    fn is_concerned(&self, workload: &Workload, template: &Template) -> bool {
        let takes_in = |class: &String| {
            self.dependents
                .contains(provider_class(&workload.namespace, class).as_str())
        };
        workload.label.is_some()
            || workload.exception.is_some()
            || !workload.seen_with.is_empty()
            || !template.sightings.is_empty()
            || template.has_flex_volume
            || template.provider_classes.iter().any(takes_in)
    }
}

/// As an inventory calls it.
pub(super) const fn credential(credential: Credential) -> &'static str {
    match credential {
        Credential::Managed => "managed",
        Credential::Secret => "secret",
        Credential::Certificate => "certificate",
    }
}

fn preflight(template: &Template, account: &str, level: Option<&str>) -> Vec<Preflight> {
    let mut facts = template.preflight.clone();
    if account == DEFAULT_ACCOUNT {
        facts.push(Preflight::DefaultAccount);
    }
    if level.is_some_and(|level| STRICT_LEVELS.contains(&level)) {
        facts.push(Preflight::PodSecurity);
    }
    facts
}

/// Programs that have an identity by the label of their own pods, and are known by their images.
fn components(id: &ObjectId, carrier: &Carrier, template: &Template) -> Vec<Dependent> {
    let mut found: Vec<Dependent> = Vec::new();
    if template.has_flex_volume {
        let what = "volume of the driver `azure/kv` with `usepodidentity`".to_owned();
        found.push(dependent(&FLEX_VOLUME, id.short(), what, None, &carrier.origin));
    }
    let Some(label) = template.label() else { return found };
    for image in &template.images {
        let Some(component) = of_image(image) else { continue };
        let what = format!("label `{label}` of its pods");
        let mut row = dependent(component, id.short(), what, None, &carrier.origin);
        row.version = version(image);
        if !found.iter().any(|known| known.component == row.component) {
            found.push(row);
        }
    }
    found
}

/// A SecretProviderClass, as dependents call it.
fn provider_class(namespace: &str, name: &str) -> String {
    format!("SecretProviderClass {}", ObjectName { namespace: namespace.to_owned(), name: name.to_owned() })
}

/// Notes which workloads mount what depends on pod-managed identity.
pub(super) fn note_users(dependents: &mut [Dependent], workloads: &[Workload]) {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for workload in workloads {
        for class in &workload.secret_provider_classes {
            let name = ObjectName { namespace: workload.namespace.clone(), name: workload.name.clone() };
            let known = users.entry(provider_class(&workload.namespace, class));
            known.or_default().push(format!("{} {name}", workload.kind));
        }
    }
    for dependent in dependents {
        dependent.used_by = users.get(&dependent.object).cloned().unwrap_or_default();
    }
}
