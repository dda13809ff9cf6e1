//! The service account that each workload has afterwards.
//!
//! An account names one identity, and whoever has the account may be it. So workloads share one only where they have the same
//! identities; the account that a namespace has by default is nobody's.

use std::collections::{BTreeMap, BTreeSet};

use super::{draft::Draft, model::ServiceAccount, name_of, roads::Road};
use crate::operator::identity::{Account, digest};

/// The account of pods that name none.
const DEFAULT: &str = "default";

/// The identities of a workload, and the one that comes first.
type Identities = (BTreeSet<String>, Option<String>);

/// Gives each workload that is moved its account. The error is what is wrong with those that the user names.
pub(super) fn assign(drafts: &mut [Draft<'_>]) -> Result<(), Vec<String>> {
    let shared = shared(drafts);
    let mut names = Names::of(drafts);
    for draft in drafts.iter_mut().filter(|draft| draft.is_moved()) {
        let workload = draft.workload;
        let current = workload.service_account.clone();
        let is_kept = draft.road.is_some_and(Road::keeps_manifest);
        let owner = (workload.namespace.clone(), current.clone());
        let name = match draft.decided.service_account {
            Some(name) => name.to_owned(),
            None if is_kept || (current != DEFAULT && !shared.contains(&owner)) => current.clone(),
            None => names.new_name(draft),
        };
        draft.account = Some(ServiceAccount { is_new: name != current, name, current });
    }
    wrong(drafts)
}

/// Accounts of workloads with different identities. Workloads that stay count too: whoever has the account may be its identity.
fn shared(drafts: &[Draft<'_>]) -> BTreeSet<(String, String)> {
    let mut moved: BTreeMap<(String, String), BTreeSet<Identities>> = BTreeMap::new();
    let mut all: BTreeMap<(String, String), BTreeSet<BTreeSet<String>>> = BTreeMap::new();
    for draft in drafts {
        let owner = (draft.workload.namespace.clone(), draft.workload.service_account.clone());
        let identities = identities(draft);
        all.entry(owner.clone())
            .or_default()
            .insert(identities.0.clone());
        if draft.is_moved() {
            moved.entry(owner).or_default().insert(identities);
        }
    }
    let by_identity = all.into_iter().filter(|(_, sets)| sets.len() > 1);
    let by_choice = moved.into_iter().filter(|(_, sets)| sets.len() > 1);
    by_identity
        .map(|(owner, _)| owner)
        .chain(by_choice.map(|(owner, _)| owner))
        .collect()
}

fn identities(draft: &Draft<'_>) -> Identities {
    let all = draft.identities.iter();
    (all.map(|identity| identity.client_id.clone()).collect(), draft.chosen.clone())
}

/// Names of new accounts.
struct Names {
    taken: BTreeSet<(String, String)>,
    given: BTreeMap<(String, Identities), String>,
}

impl Names {
    /// Names that are in use are taken.
    fn of(drafts: &[Draft<'_>]) -> Self {
        let names = drafts.iter().flat_map(|draft| {
            let workload = draft.workload;
            let decided = draft.decided.service_account;
            [Some(workload.service_account.as_str()), decided]
                .into_iter()
                .flatten()
                .map(|name| (workload.namespace.clone(), name.to_owned()))
        });
        Self { taken: names.collect(), given: BTreeMap::new() }
    }

    /// The name for workloads of this namespace with these identities: that of the AzureIdentity, told apart where it is taken.
    fn new_name(&mut self, draft: &Draft<'_>) -> String {
        let workload = draft.workload;
        let key = (workload.namespace.clone(), identities(draft));
        if let Some(name) = self.given.get(&key) {
            return name.clone();
        }
        let first = draft
            .identities
            .iter()
            .find(|identity| Some(&identity.client_id) == draft.chosen.as_ref());
        let base = first
            .and_then(|identity| identity.azure_identity.as_deref()?.rsplit('/').next())
            .filter(|name| Account::check_name(name).is_ok())
            .unwrap_or(&workload.name);
        let key_of = |name: &str| (workload.namespace.clone(), name.to_owned());
        let name = if base == DEFAULT || self.taken.contains(&key_of(base)) {
            let (all, chosen) = &key.1;
            let all: Vec<_> = all.iter().map(String::as_str).collect();
            let text = format!("{}\n{}", all.join("\n"), chosen.as_deref().unwrap_or_default());
            format!("{base}-{}", digest(&text))
        } else {
            base.to_owned()
        };
        self.taken.insert(key_of(&name));
        self.given.insert(key, name.clone());
        name
    }
}

/// What is wrong with the accounts that the user names.
fn wrong(drafts: &[Draft<'_>]) -> Result<(), Vec<String>> {
    let mut first: BTreeMap<(&str, &str), &Draft<'_>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for draft in drafts {
        let Some(account) = &draft.account else { continue };
        let owner = (draft.workload.namespace.as_str(), account.name.as_str());
        let other = *first.entry(owner).or_insert(draft);
        let is_decided = draft
            .decided
            .service_account
            .or(other.decided.service_account);
        if is_decided.is_some() && identities(other) != identities(draft) {
            let at = draft.decided.at.or(other.decided.at).unwrap_or_default();
            wrong.push(format!(
                "{at}: service account `{}` would be that of {} and of {}, which have different identities; give each its own",
                account.name,
                name_of(other.workload),
                name_of(draft.workload)
            ));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
