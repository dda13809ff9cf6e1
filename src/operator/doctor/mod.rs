//! What is wrong with a workload, a namespace or a cluster, from outside: `wispctl doctor`.
//!
//! - `facts`: what was read, and what could not be; `read`: dumps, logs and what the Azure CLI lists; `live`: a cluster; `kinds`: of
//!   what; `kept`: what is kept of an object, without what may be a secret
//! - `workload`: what has pods, and whose pods they are; `case`: one workload, as checks look at it
//! - `checks`: the checks, by category; [`diagnose`] puts together what they find; `summary`: bounded, for many workloads
//! - `waited`: the same again, until nothing is wrong
//! - `vault`: Key Vaults; `tree`, `spelling`, `meant`: parts of objects, texts that are nearly the same, and labels that are

mod case;
mod checks;
mod facts;
mod kept;
mod kinds;
mod live;
mod meant;
mod read;
mod spelling;
mod summary;
#[cfg(test)]
mod tests;
mod tree;
mod vault;
mod waited;
mod workload;

use crate::{
    doctor::{
        Choice, Diagnosis, Finding,
        table::cluster::{READABLE, WORKLOAD},
    },
    settings::suggest_word,
};
use case::Case;
pub(crate) use facts::Facts;
pub(crate) use waited::until_well;
use workload::workloads;

/// What is looked at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Request {
    /// Kind and name of one workload, or all that have to do with identities.
    pub(crate) workload: Option<(String, String)>,
    /// The namespace; none for all.
    pub(crate) namespace: Option<String>,
    /// The resource that a role is expected at, as an Azure resource id.
    pub(crate) resource: Option<String>,
}

/// The kinds that can be named, with the words for them.
pub(crate) const WORDS: [(&str, &[&str]); 8] = [
    ("CronJob", &["cronjob", "cronjobs", "cj"]),
    ("DaemonSet", &["daemonset", "daemonsets", "ds"]),
    ("Deployment", &["deployment", "deployments", "deploy"]),
    ("Job", &["job", "jobs"]),
    ("Pod", &["pod", "pods", "po"]),
    ("ReplicaSet", &["replicaset", "replicasets", "rs"]),
    ("ReplicationController", &["replicationcontroller", "replicationcontrollers", "rc"]),
    ("StatefulSet", &["statefulset", "statefulsets", "sts"]),
];

/// The groups of these kinds, as kubectl prints them behind a kind.
const GROUPS: [&str; 2] = [".apps", ".batch"];

impl Request {
    /// Kind and name of `KIND/NAME`; none where it is something else, such as a file.
    pub(crate) fn parse(text: &str) -> Option<(String, String)> {
        let (word, name) = text.split_once('/')?;
        if name.is_empty() || name.contains('/') {
            return None;
        }
        Some((Self::kind(word)?.to_owned(), name.to_owned()))
    }

    /// The kind that `word` is for, which may have the group that kubectl prints: `deployment.apps`.
    fn kind(word: &str) -> Option<&'static str> {
        let word = word.to_ascii_lowercase();
        let bare = GROUPS
            .iter()
            .find_map(|group| word.strip_suffix(group))
            .unwrap_or(&word);
        let found = WORDS.iter().find(|(_, words)| words.contains(&bare));
        found.map(|(kind, _)| *kind)
    }

    /// What is wrong with `text`, which is neither a workload nor a file that is there.
    pub(crate) fn wrong(text: &str) -> Option<String> {
        if let Some(kind) = Self::kind(text) {
            return Some(format!("`{text}` is a kind; write {}/NAME", kind.to_ascii_lowercase()));
        }
        let (word, name) = text.split_once('/')?;
        if word.is_empty() || word.contains('.') || name.is_empty() || name.contains(['/', '.']) {
            return None;
        }
        let all: Vec<_> = WORDS
            .iter()
            .flat_map(|(_, words)| *words)
            .copied()
            .collect();
        let lower = word.to_ascii_lowercase();
        let meant = suggest_word(&lower, &all).and_then(Self::kind);
        let kinds: Vec<_> = WORDS
            .iter()
            .map(|(kind, _)| kind.to_ascii_lowercase())
            .collect();
        Some(match meant {
            Some(kind) => format!(
                "`{text}` is no file, and `{word}` no kind; did you mean `{}/{name}`?",
                kind.to_ascii_lowercase()
            ),
            None => format!(
                "`{text}` is no file, and `{word}` no kind with pods of its own; the kinds are {}",
                kinds.join(", ")
            ),
        })
    }
}

/// What `request` is about, link by link, as far as `choice` wants it.
pub(crate) fn diagnose(facts: &Facts, request: &Request, choice: &Choice) -> Vec<Finding> {
    let workloads = workloads(facts, request);
    let cases: Vec<_> = workloads
        .iter()
        .map(|workload| Case { facts, workload, resource: request.resource.as_deref() })
        .collect();
    let mut findings = vec![readable(facts), there(facts, request, &cases)];
    for case in &cases {
        for look in checks::of_workloads() {
            findings.extend(look(case).map(|finding| finding.about(case.workload.display())));
        }
    }
    findings.extend(checks::of_cluster(facts, &cases));
    findings.retain(|finding| choice.wants(finding.check));
    summary::summarised(findings, cases.len())
}

fn readable(facts: &Facts) -> Finding {
    if facts.is_nothing() {
        let found = "nothing was read: what was given has no object that is looked at";
        let fix = "look at what is in the files; `wispctl doctor --help` has the commands that write them.";
        return READABLE.failed(Diagnosis::new(found).fix(fix));
    }
    if facts.unread.is_empty() {
        return READABLE.passed("");
    }
    let mut diagnosis =
        Diagnosis::new(format!("{} could not be read", summary::counted(facts.unread.len(), "part")));
    let lines = facts.unread.iter().take(summary::MOST_LINES);
    diagnosis.evidence = lines.map(|line| tree::quoted(line)).collect();
    READABLE.failed(diagnosis)
}

/// What is looked at.
fn there(facts: &Facts, request: &Request, cases: &[Case<'_>]) -> Finding {
    let names: Vec<_> = cases.iter().map(|case| case.workload.display()).collect();
    let location = match &request.namespace {
        Some(namespace) => format!("namespace {namespace}"),
        None => "what was read".to_owned(),
    };
    match (&request.workload, names.as_slice()) {
        (_, [_, ..]) => WORKLOAD.passed(tree::names(&names, summary::MOST_NAMES)),
        (None, []) => match facts.lacks(kinds::PODS, request.namespace.as_deref().unwrap_or_default()) {
            Some(lack) => WORKLOAD.not_run(lack.why, lack.how),
            None => WORKLOAD.passed(format!("none of {location} has to do with identities")),
        },
        (Some((kind, name)), []) => {
            let known = kinds::WORKLOADS.iter().find(|known| known.name == kind);
            let lack =
                known.and_then(|known| facts.lacks(*known, request.namespace.as_deref().unwrap_or_default()));
            match lack {
                Some(lack) if facts.is_live => WORKLOAD.not_run(lack.why, lack.how),
                _ => WORKLOAD.failed(Diagnosis::new(format!("there is no {kind} {name} in {location}"))),
            }
        }
    }
}
