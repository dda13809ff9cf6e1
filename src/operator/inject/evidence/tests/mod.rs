//! What is found in a pod and beside it, by whole injections.

mod account;
mod credentials;
mod labels;
mod leftovers;
mod namespace;
mod objects;
mod taken;

use serde_json::{Value, json};

use crate::operator::edit;
use crate::operator::inject::{Decision, Options, inject, surroundings::Surroundings};

const ID: &str = "11111111-1111-1111-1111-111111111111";
const OTHER: &str = "22222222-2222-2222-2222-222222222222";

/// A pod and what stands beside it, all in namespace `shop`.
struct Case {
    template: Value,
    beside: Vec<Value>,
    choices: Vec<(&'static str, String)>,
}

/// A pod of service account `orders` whose container `app` has these fields, with a chosen identity.
fn case(app: &Value) -> Case {
    let mut container = json!({"name": "app", "image": "registry.example/app"});
    for (key, value) in app.as_object().unwrap() {
        container[key] = value.clone();
    }
    let template =
        json!({"metadata": {}, "spec": {"serviceAccountName": "orders", "containers": [container]}});
    Case { template, beside: Vec::new(), choices: Vec::new() }
        .choose("image", "registry.example/wisp:1")
        .choose("client-id", ID)
        .choose("tenant-id", "contoso.com")
}

/// A container that sets these variables.
fn env(variables: &[(&str, &str)]) -> Value {
    let list: Vec<_> = variables
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    json!({"env": list})
}

/// An object of namespace `shop`.
fn object(kind: &str, name: &str, rest: &Value) -> Value {
    let mut object =
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}});
    for (key, value) in rest.as_object().unwrap() {
        match (key.as_str(), value) {
            ("annotations" | "labels", value) => object["metadata"][key] = value.clone(),
            _ => object[key] = value.clone(),
        }
    }
    object
}

impl Case {
    fn choose(mut self, name: &'static str, value: &str) -> Self {
        self.choices.retain(|(known, _)| *known != name);
        self.choices.push((name, value.to_owned()));
        self
    }

    fn unchosen(mut self) -> Self {
        self.choices
            .retain(|(name, _)| !["client-id", "tenant-id"].contains(name));
        self
    }

    fn beside(mut self, object: Value) -> Self {
        self.beside.push(object);
        self
    }

    fn with(mut self, at: &str, value: Value) -> Self {
        let (parent, key) = at.rsplit_once('/').unwrap();
        self.template.pointer_mut(parent).unwrap()[key] = value;
        self
    }

    /// The plan, or what is refused.
    fn plan(&self) -> Result<(String, Value), String> {
        let mut options = Options::default();
        for (name, value) in &self.choices {
            options.set(name, value).unwrap();
        }
        let mut all = Surroundings::default();
        for object in &self.beside {
            assert!(Surroundings::may_take(&object.to_string()), "{object}");
            all.add(object, 0);
        }
        match inject(&self.template, &options, all.beside(0, Some("shop")), &|_| None) {
            Ok(Decision::Inject(plan)) => {
                let mut edited = self.template.clone();
                edit::apply(&mut edited, &plan.edits).unwrap();
                let warnings = plan
                    .warnings
                    .iter()
                    .map(|warning| (&warning.at, &warning.text));
                let mut messages: Vec<_> = warnings
                    .map(|(at, text)| format!("{}: {text}", edit::display(at)))
                    .collect();
                messages.extend(plan.notes);
                Ok((messages.join("\n"), edited))
            }
            Ok(Decision::Skip(reason)) => Err(format!("skipped: {reason}")),
            Err(diagnostics) => {
                let messages: Vec<_> = diagnostics
                    .iter()
                    .map(|diagnostic| format!("{}: {}", edit::display(&diagnostic.at), diagnostic.text))
                    .collect();
                Err(messages.join("\n"))
            }
        }
    }

    /// What the owner is told of a pod that wisp gets into.
    fn messages(&self) -> String {
        self.plan().unwrap().0
    }

    fn refused(&self) -> String {
        self.plan().unwrap_err()
    }

    /// The variables of the sidecar.
    fn sidecar(&self) -> Value {
        let (_, edited) = self.plan().unwrap();
        let inits = edited["spec"]["initContainers"].as_array().unwrap();
        inits.last().unwrap()["env"].clone()
    }
}
