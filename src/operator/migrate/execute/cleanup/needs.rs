//! Who needs a binding.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::operator::{
    cluster::{Api, Collection, each_object},
    migrate::execute::{
        State,
        calls::Calls,
        context::{Settings, StepError, name_of},
        facts::Facts,
        record::{Entry, Record},
        rollout::is_finished,
        seen::see,
    },
    pod_identity::LABEL,
};

/// The most users that are named.
const MOST: usize = 5;

/// Who needs each binding, by its name with the namespace.
pub(super) struct Needs(BTreeMap<String, BTreeSet<String>>);

impl Needs {
    /// By what templates, pods and records say. What is `adopted` will not need them.
    pub(super) async fn find<A: Api>(
        calls: Calls<'_, A>,
        facts: &Facts,
        records: &[Record],
        adopted: &[(String, Entry)],
        settings: &Settings,
    ) -> Result<Self, StepError> {
        let mut needs = Self(BTreeMap::new());
        let inventory = &facts.inventory;
        let is_adopted = |namespace: &str, kind: &str, name: &str| {
            adopted.iter().any(|(of, entry)| {
                (of.as_str(), entry.kind.as_str(), entry.name.as_str()) == (namespace, kind, name)
            })
        };
        for workload in &inventory.workloads {
            if workload.state == "finished" || is_adopted(&workload.namespace, &workload.kind, &workload.name)
            {
                continue;
            }
            for binding in workload
                .identities
                .iter()
                .flat_map(|identity| &identity.bindings)
            {
                needs.add(binding, format!("{} {}/{}", workload.kind, workload.namespace, workload.name));
            }
        }
        for record in records {
            for entry in record.workloads.values() {
                let is_through = entry.state >= State::CutOver && entry.doing.is_none();
                if is_through
                    || entry.target.bindings.is_empty()
                    || is_adopted(&record.namespace, &entry.kind, &entry.name)
                {
                    continue;
                }
                let seen = see(calls, &record.namespace, entry, &settings.which).await?;
                if seen
                    .live
                    .as_ref()
                    .is_none_or(|live| is_finished(super::super::seen::kind(entry), &live.read))
                {
                    continue;
                }
                let state = entry.state.text();
                for binding in &entry.target.bindings {
                    needs.add(binding, format!("{} of {} ({state})", name_of(entry), record.namespace));
                }
            }
        }
        needs.pods(calls, facts, adopted).await?;
        Ok(needs)
    }

    /// Pods that run and have the label still, whatever their templates say by now.
    async fn pods<A: Api>(
        &mut self,
        calls: Calls<'_, A>,
        facts: &Facts,
        adopted: &[(String, Entry)],
    ) -> Result<(), StepError> {
        let mut labelled: Vec<(String, String, String)> = Vec::new();
        let collection = Collection::at("api/v1", "pods", "Pod", None);
        each_object(calls.api, &collection, |pod| {
            let text = |at: &str| {
                pod.pointer(at)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let label = pod
                .pointer("/metadata/labels")
                .and_then(|labels| labels.get(LABEL)?.as_str());
            if let (Some(label), false) = (label, is_finished("Pod", &pod)) {
                labelled.push((text("/metadata/namespace"), text("/metadata/name"), label.to_owned()));
            }
        })
        .await?;
        let is_namespaced = facts.inventory.installation.matching == "namespaced";
        for binding in &facts.inventory.bindings {
            let Some(selector) = &binding.selector else { continue };
            let name = format!("{}/{}", binding.namespace, binding.name);
            for (namespace, pod, label) in &labelled {
                let is_of_adopted = adopted.iter().any(|(of, entry)| {
                    of == namespace && (pod == &entry.name || pod.starts_with(&format!("{}-", entry.name)))
                });
                if label == selector && (!is_namespaced || *namespace == binding.namespace) && !is_of_adopted
                {
                    self.add(&name, format!("Pod {namespace}/{pod}"));
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, binding: &str, user: String) {
        self.0.entry(binding.to_owned()).or_default().insert(user);
    }

    /// Who needs `binding`, some of them by name.
    pub(super) fn of_binding(&self, binding: &str) -> Vec<String> {
        let Some(users) = self.0.get(binding) else { return Vec::new() };
        let mut named: Vec<_> = users.iter().take(MOST).cloned().collect();
        if users.len() > MOST {
            named.push(format!("{} more", users.len() - MOST));
        }
        named
    }
}
