//! What there is to know about a workload before it is moved.

use super::{
    draft::{Ask, Draft, is_immutable, short, why_not_served},
    known::Known,
    model::{Risk, State, WorkloadIdentity},
    modes, name_of,
    risks::RiskId,
};

impl Draft<'_> {
    /// Finds what to know about it, once it has a service account.
    pub(super) fn find_risks(&mut self, known: &Known<'_>) {
        let workload = self.workload;
        let mut found: Vec<(RiskId, String)> = Vec::new();
        if let Some(exception) = &workload.exception {
            found.push((RiskId::Exception, format!("exception {exception}")));
        }
        if self.state != State::LeftAlone {
            found.extend(modes::risks(workload).filter_map(|(id, reason)| {
                let level = workload.pod_security.as_deref().unwrap_or_default();
                match id {
                    // The next mode is for those that have wisp.
                    RiskId::PodSecurity | RiskId::HostNetwork if self.mode.is_none() => None,
                    RiskId::PodSecurity => Some((id, format!("level {level}"))),
                    RiskId::Windows if self.is_moved() => None,
                    _ => Some((id, reason.to_owned())),
                }
            }));
            found.extend(self.risks_of_manifest(known));
        }
        if let Some(account) = &self.account {
            let was = &account.current;
            match (account.is_new, was == "default") {
                (true, true) => found.push((RiskId::DefaultAccount, format!("new: {}", account.name))),
                (true, false) if self.decided.service_account.is_none() => {
                    found.push((RiskId::SharedAccount, format!("{was}; new: {}", account.name)));
                }
                (false, true) => {
                    let text = "the default account becomes the identity, for the manifest stays as it is";
                    found.push((RiskId::DefaultAccount, text.to_owned()));
                }
                _ => {}
            }
        }
        let about = name_of(workload);
        self.risks = found
            .into_iter()
            .map(|(id, found)| Risk::new(id, about.clone(), found))
            .collect();
    }

    /// Risks by what its manifest and its pods are.
    fn risks_of_manifest(&self, known: &Known<'_>) -> Vec<(RiskId, String)> {
        let workload = self.workload;
        let mut found = Vec::new();
        if known.flex.contains(short(workload).as_str()) {
            found.push((RiskId::FlexVolume, "driver azure/kv".to_owned()));
        }
        if let (Some(label), true) = (&workload.label, self.identities.is_empty()) {
            found.push((RiskId::NoIdentity, format!("label {label}")));
        }
        if let (Some(shown), false) = (&workload.shown_by, self.state == State::CannotBeMoved) {
            found.push((RiskId::OwnerUnknown, format!("seen by {shown}")));
        }
        if let Some(reason) = why_not_served(workload) {
            found.push((RiskId::KindNotServed, reason.to_owned()));
        }
        let source = workload
            .label
            .as_deref()
            .and_then(|label| known.labels.get(label));
        found.extend(source.map(|source| (RiskId::LabelInValues, source.clone())));
        if is_immutable(self) && self.is_moved() {
            found.push((RiskId::MadeAnew, format!("a {}", workload.kind)));
        }
        if workload.has_sidecar {
            found.push((RiskId::SidecarThere, "a sidecar in its pods".to_owned()));
        }
        let gives = |name: &String| {
            workload
                .identities
                .iter()
                .any(|identity| identity.identity == *name)
        };
        let strangers: Vec<_> = workload
            .seen_with
            .iter()
            .filter(|name| !gives(name))
            .cloned()
            .collect();
        if !strangers.is_empty() {
            found.push((RiskId::SeenWithAnother, strangers.join(", ")));
        }
        if self.identities.len() > 1 {
            let all: Vec<_> = self
                .identities
                .iter()
                .map(WorkloadIdentity::display)
                .collect();
            let chosen = self.chosen.as_ref().map(|id| format!("; chosen: {id}"));
            found.push((RiskId::SeveralIdentities, all.join(", ") + &chosen.unwrap_or_default()));
        }
        if !self.static_secrets.is_empty() {
            found.push((RiskId::StaticSecret, self.static_secrets.join("; ")));
        }
        if let Some(Ask { field: "resourceId", prompt, .. }) = &self.ask {
            found.push((RiskId::ResourceIdUnknown, prompt.clone()));
        }
        found
    }
}
