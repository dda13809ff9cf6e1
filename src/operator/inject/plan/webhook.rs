//! What the workload identity webhook is told: by its label to come, by its annotation whom to leave alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Draft;
use crate::operator::inject::{
    Problem,
    checks::Container,
    edit::{Edit, below},
    options::annotation,
    pieces::{INIT, SIDECAR},
};

/// The label by which the webhook finds pods.
pub(in crate::operator::inject) const USE_LABEL: &str = "azure.workload.identity/use";
/// The annotation with the containers that it leaves alone.
pub(in crate::operator::inject) const SKIP_CONTAINERS: &str = "azure.workload.identity/skip-containers";

impl Draft<'_> {
    /// Has the webhook come to a pod that it would leave alone.
    pub(super) fn call(&mut self, labels: &Map<String, Value>, new: &mut BTreeMap<String, Value>) {
        let Some(other) = labels.get(USE_LABEL) else {
            new.insert(USE_LABEL.to_owned(), json!("true"));
            self.record.label = true;
            return;
        };
        let at = below(&below(&below(&[], "metadata"), "labels"), USE_LABEL);
        let text = format!(
            "label `{USE_LABEL}` is {other}, but the token is to come from the webhook, which needs \"true\""
        );
        self.problems.push(Problem::new(at, text));
    }

    /// Keeps the webhook from giving the token to containers that have wisp for it.
    pub(super) fn skip(
        &mut self,
        containers: &[Container<'_>],
        own_token: bool,
        annotations: &Map<String, Value>,
        new: &mut BTreeMap<String, Value>,
    ) {
        let there = match annotations.get(SKIP_CONTAINERS) {
            None => None,
            Some(Value::String(text)) => Some(text.as_str()),
            Some(_) => {
                let text = format!("annotation `{SKIP_CONTAINERS}` is no text; put its value in quotes");
                self.problems
                    .push(Problem::new(annotation(SKIP_CONTAINERS), text));
                return;
            }
        };
        let listed: Vec<_> = there
            .unwrap_or_default()
            .split(';')
            .map(str::trim)
            .collect();
        if !own_token && listed.contains(&SIDECAR) {
            let text = format!("annotation `{SKIP_CONTAINERS}` names `{SIDECAR}`, which needs the token");
            self.problems
                .push(Problem::new(annotation(SKIP_CONTAINERS), text));
            return;
        }
        let ours = if own_token { [INIT, SIDECAR].as_slice() } else { [INIT].as_slice() };
        let names: Vec<_> = containers
            .iter()
            .map(|container| container.name)
            .chain(ours.iter().copied())
            .filter(|name| !listed.contains(name))
            .collect();
        if names.is_empty() {
            return;
        }
        let names = names.join(";");
        if there.is_some() {
            self.edits
                .push(Edit::Extend { at: annotation(SKIP_CONTAINERS), suffix: format!(";{names}") });
        } else {
            new.insert(SKIP_CONTAINERS.to_owned(), json!(names));
        }
        self.record.skip_containers = Some(names);
    }
}
