//! What the workload identity webhook is told: by its label to come, by its annotation whom to leave alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Draft;
use crate::operator::edit::{Edit, join};
use crate::operator::inject::{
    Diagnostic,
    additions::{self, CHECK, INIT, SIDECAR},
    container::Container,
    options::{Options, annotation},
    webhook::{OLD_VOLUME, SKIP_CONTAINERS, USE_LABEL, VOLUME_PREFIX},
};

impl Draft<'_> {
    /// Has the webhook come to a pod that it would leave alone.
    pub(super) fn call(&mut self, labels: &Map<String, Value>, new: &mut BTreeMap<String, Value>) {
        let Some(other) = labels.get(USE_LABEL) else {
            new.insert(USE_LABEL.to_owned(), json!("true"));
            self.record.label = true;
            return;
        };
        let at = join(&join(&join(&[], "metadata"), "labels"), USE_LABEL);
        let text = format!(
            "label `{USE_LABEL}` is {other}, but the token is to come from the webhook, which needs \"true\""
        );
        self.diagnostics.push(Diagnostic::new(at, text));
    }

    /// Keeps the webhook from giving the token to containers that have wisp for it, and to those of wisp that need none of it.
    pub(super) fn skip(
        &mut self,
        containers: &[Container<'_>],
        own_token: bool,
        options: &Options,
        annotations: &Map<String, Value>,
        new: &mut BTreeMap<String, Value>,
    ) {
        let there = match annotations.get(SKIP_CONTAINERS) {
            None => None,
            Some(Value::String(text)) => Some(text.as_str()),
            Some(_) => {
                let text = format!("annotation `{SKIP_CONTAINERS}` must be text; put its value in quotes");
                self.diagnostics
                    .push(Diagnostic::new(annotation(SKIP_CONTAINERS), text));
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
            self.diagnostics
                .push(Diagnostic::new(annotation(SKIP_CONTAINERS), text));
            return;
        }
        let theirs = if options.share_token { &[] } else { containers };
        self.diagnostics.extend(theirs.iter().filter_map(has_token));
        let spec = self.template.get("spec").unwrap_or(&Value::Null);
        let ours = [
            (INIT, options.mode.redirects()),
            (SIDECAR, own_token),
            (CHECK, own_token && additions::is_checked(options, spec)),
        ];
        let ours = ours
            .into_iter()
            .filter_map(|(name, skipped)| skipped.then_some(name));
        let names: Vec<_> = theirs
            .iter()
            .map(|container| container.name)
            .chain(ours)
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

/// A container that the webhook has given the token already, as it does with pods and never with what they are made from.
fn has_token(container: &Container<'_>) -> Option<Diagnostic> {
    let mounts = container.value.get("volumeMounts")?.as_array()?;
    let is_webhooks = |mount: &Value| {
        let name = mount.get("name").and_then(Value::as_str);
        name.is_some_and(|name| name == OLD_VOLUME || name.starts_with(VOLUME_PREFIX))
    };
    let index = mounts.iter().position(is_webhooks)?;
    let text = format!(
        "container `{}` has the token of the workload identity webhook mounted already; inject what the pod is made from, before \
         the webhook sees it, or let the application keep the token with `share-token`",
        container.name
    );
    Some(Diagnostic::new(join(&join(&container.at, "volumeMounts"), index), text))
}
