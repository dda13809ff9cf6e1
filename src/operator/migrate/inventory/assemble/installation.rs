//! How pods get their identities in this cluster.

use std::fmt::Write as _;

use crate::operator::{
    migrate::inventory::{
        collect::{Carrier, Collected, ObjectId, components::version},
        model::Installation,
    },
    pod_identity::{Kind, Matching},
};

/// The label by which AKS marks what it runs.
pub(super) const MANAGED_BY: (&str, &str) = ("kubernetes.azure.com/managedby", "aks");
/// The exception that the add-on makes.
pub(super) const ADD_ON_EXCEPTION: &str = "aks-addon-exception";
/// The namespace of the add-on.
const ADD_ON_NAMESPACE: &str = "kube-system";

/// How each program is known, and what it is called.
const PROGRAMS: [(&str, &str); 2] = [("aad-pod-identity/mic", "MIC"), ("aad-pod-identity/nmi", "NMI")];

/// Options of these programs that matter: as they are written, and what they mean.
const OPTIONS: [(&str, &str); 3] = [
    ("--operation-mode=managed", "managed mode"),
    ("--forceNamespaced", "namespaced"),
    ("--block-instance-metadata", "instance metadata blocked"),
];

/// A program of pod-managed identity.
struct Program<'a> {
    id: &'a ObjectId,
    name: &'static str,
    version: Option<String>,
    is_of_aks: bool,
    /// Those of [`OPTIONS`] that it has.
    options: Vec<&'static str>,
}

/// What is known of it, and where bindings are looked for.
pub(super) fn installation(all: &Collected, chosen: Option<Matching>) -> (Installation, Matching) {
    let programs: Vec<_> = all
        .carriers
        .iter()
        .filter(|(_, carrier)| carrier.owner.is_none())
        .flat_map(|(id, carrier)| programs(id, carrier))
        .collect();
    let add_on = add_on(all, &programs);
    let (matching, evidence) = match (chosen, &add_on) {
        (Some(matching), _) => (matching, "`--matching`".to_owned()),
        (None, Some(evidence)) => (Matching::Namespaced, evidence.clone()),
        (None, None) => by_options(&programs),
    };
    let installation = Installation {
        matching: match matching {
            Matching::Standard => "standard",
            Matching::Namespaced => "namespaced",
        },
        matching_evidence: evidence,
        is_add_on: add_on.is_some(),
        programs: programs.iter().map(Program::display).collect(),
    };
    (installation, matching)
}

fn programs<'a>(id: &'a ObjectId, carrier: &'a Carrier) -> Vec<Program<'a>> {
    let mut found = Vec::new();
    for template in &carrier.templates {
        for image in &template.images {
            let Some((_, name)) = PROGRAMS.iter().find(|(known, _)| image.contains(known)) else { continue };
            let (label, value) = MANAGED_BY;
            let is_of_aks = id.namespace == ADD_ON_NAMESPACE
                && template
                    .labels
                    .get(label)
                    .is_some_and(|found| found == value);
            let options = OPTIONS.iter().map(|(option, _)| *option);
            let options = options
                .filter(|option| has(&template.options, option))
                .collect();
            found.push(Program { id, name, version: version(image), is_of_aks, options });
        }
    }
    found
}

/// Whether `given` has `option`: by itself, with `=true`, or in the environment.
fn has(given: &[String], option: &str) -> bool {
    let is_split = |pair: &[String]| matches!(pair, [flag, value] if format!("{flag}={value}") == option);
    given.iter().any(|word| {
        *word == option
            || *word == format!("{option}=true")
            || option == "--forceNamespaced" && word == "FORCENAMESPACED=true"
    }) || given.windows(2).any(is_split)
}

/// What shows that it is the add-on of AKS, if anything does.
fn add_on(all: &Collected, programs: &[Program<'_>]) -> Option<String> {
    if let Some(profile) = all.profiles.iter().find(|profile| profile.is_enabled()) {
        let cluster = profile.cluster.as_deref().unwrap_or("the cluster");
        return Some(format!("`podIdentityProfile` of {cluster} is enabled"));
    }
    if let Some(program) = programs.iter().find(|program| program.is_of_aks) {
        return Some(format!("{} has the label `{}: {}`", program.id, MANAGED_BY.0, MANAGED_BY.1));
    }
    let has_mic = programs.iter().any(|program| program.name == "MIC");
    let is_exception = |(kind, name): &&(Kind, _)| {
        let name: &crate::operator::pod_identity::ObjectName = name;
        *kind == Kind::Exception && name.namespace == ADD_ON_NAMESPACE && name.name == ADD_ON_EXCEPTION
    };
    let found = all.declared.keys().find(is_exception).filter(|_| !has_mic);
    found.map(|(_, name)| format!("AzurePodIdentityException `{name}` is there, and no MIC"))
}

fn by_options(programs: &[Program<'_>]) -> (Matching, String) {
    for (option, _) in OPTIONS.iter().take(2) {
        if let Some(program) = programs
            .iter()
            .find(|program| program.options.contains(option))
        {
            return (Matching::Namespaced, format!("{} has the option `{option}`", program.id));
        }
    }
    let evidence = if programs.is_empty() {
        "no sign of managed mode or of `forceNamespaced` in what was read"
    } else {
        "its programs have neither `--operation-mode=managed` nor `--forceNamespaced`"
    };
    (Matching::Standard, evidence.to_owned())
}

impl Program<'_> {
    fn display(&self) -> String {
        let mut text = self.name.to_owned();
        if let Some(version) = &self.version {
            let _ = write!(text, " {version}");
        }
        let _ = write!(text, " ({})", self.id);
        for (option, meaning) in OPTIONS {
            if self.options.contains(&option) {
                let _ = write!(text, ", {meaning}");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::installation;
    use crate::operator::migrate::inventory::{collect::Collector, model::Origin};

    /// What is known of a cluster in which NMI or MIC runs as `container` says.
    fn known(container: &Value) -> String {
        let mut collector = Collector::default();
        let object = json!({
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "nmi", "namespace": "ids"},
            "spec": {"template": {"spec": {"containers": [container]}}},
        });
        collector.add(&object, &Origin { source: "cluster".to_owned(), line: None });
        let (found, _) = installation(&collector.all, None);
        format!("{}: {}; {}", found.matching, found.matching_evidence, found.programs.join("; "))
    }

    fn nmi(args: &Value) -> Value {
        json!({"name": "nmi", "image": "mcr.microsoft.com/oss/azure/aad-pod-identity/nmi:v1.8.17", "args": args})
    }

    #[test]
    fn options_show_where_bindings_are_looked_for() {
        insta::assert_snapshot!(known(&nmi(&json!([]))), @"standard: its programs have neither `--operation-mode=managed` nor `--forceNamespaced`; NMI v1.8.17 (DaemonSet ids/nmi)");
        let managed = known(&nmi(&json!(["--operation-mode=managed"])));
        insta::assert_snapshot!(managed, @"namespaced: DaemonSet ids/nmi has the option `--operation-mode=managed`; NMI v1.8.17 (DaemonSet ids/nmi), managed mode");
        assert_eq!(known(&nmi(&json!(["--operation-mode", "managed"]))), managed);
        let forced = known(&nmi(&json!(["--forceNamespaced"])));
        insta::assert_snapshot!(forced, @"namespaced: DaemonSet ids/nmi has the option `--forceNamespaced`; NMI v1.8.17 (DaemonSet ids/nmi), namespaced");
        assert_eq!(known(&nmi(&json!(["--forceNamespaced=true"]))), forced);
        let mut by_variable = nmi(&json!([]));
        by_variable["env"] =
            json!([{"name": "FORCENAMESPACED", "value": "true"}, {"name": "OTHER", "value": "marked"}]);
        assert_eq!(known(&by_variable), forced);
        assert!(known(&nmi(&json!(["--forceNamespaced=false"]))).starts_with("standard"));
        assert!(known(&json!({"name": "app", "image": "app:1"})).starts_with("standard: no sign"));
    }
}
