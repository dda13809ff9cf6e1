//! What injection adds to a pod, as far as that depends on the pod: the placeholder, once for each combination of the things
//! that it depends on.

use serde_json::{Value, json};

use super::{
    cel::{Cel, Substitution},
    merge::{Merge, filled, union},
    pod,
};
use crate::operator::inject::{
    self, Options,
    options::Token,
    placeholder,
    webhook::{SKIP_CONTAINERS, USE_LABEL},
};

/// Something that a pod has or has not, and that makes a difference to what is added.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Trait {
    /// Its containers are not restarted.
    Never,
    /// Its class of quality of service is Guaranteed.
    Guaranteed,
    /// The workload identity webhook comes to it.
    Labelled,
    /// Somebody says its client id.
    ClientId,
    /// Somebody says its tenant.
    TenantId,
}

impl Trait {
    /// The condition in a policy.
    fn condition(self) -> &'static str {
        match self {
            Self::Never => pod::IS_NEVER,
            Self::Guaranteed => pod::IS_GUARANTEED,
            Self::Labelled => pod::IS_LABELLED,
            Self::ClientId => pod::HAS_CLIENT_ID,
            Self::TenantId => pod::HAS_TENANT_ID,
        }
    }

    /// Gives it to the placeholder, or to the choices for it.
    fn apply(self, pod: &mut Value, options: &mut Options) {
        match self {
            Self::Never => pod["spec"]["restartPolicy"] = json!("Never"),
            Self::Guaranteed => {
                let containers = pod
                    .pointer_mut("/spec/containers")
                    .and_then(Value::as_array_mut);
                for container in containers.into_iter().flatten() {
                    container["resources"] = json!({"limits": {"cpu": "1", "memory": "1Gi"}});
                }
            }
            Self::Labelled => pod["metadata"] = json!({"labels": {(USE_LABEL): "true"}}),
            Self::ClientId => options.client_id = Some(CLIENT_ID.to_owned()),
            Self::TenantId => options.tenant_id = Some(TENANT_ID.to_owned()),
        }
    }
}

// What stands for values that a policy finds in the pod or in its variables. None of them means anything to anybody.
const CLIENT_ID: &str = "c0ffee00-5eed-4bad-8bad-c11e27000001";
const TENANT_ID: &str = "c0ffee00-5eed-4bad-8bad-7e2a27000002";
const IMAGE: &str = "image.invalid/placeholder";
const AUDIENCE: &str = "audience.invalid/placeholder";
const TOKEN_LIFETIME: u32 = 77_777;
const SKIPPED: &str = "(skipped)";

/// The placeholder after injection, for each combination of traits.
pub(super) struct Variants {
    traits: Vec<Trait>,
    /// The place of a pod is the sum of the bits of its traits.
    pods: Vec<Value>,
    substitutions: Vec<Substitution>,
}

/// Injects the placeholder with these choices; the errors are those of injection.
pub(super) fn variants(options: &Options) -> Result<Variants, Vec<String>> {
    let mut options = options.clone();
    let mut traits = vec![Trait::Never, Trait::Guaranteed, Trait::Labelled];
    let mut substitutions = vec![
        substitution(IMAGE, "variables.image"),
        substitution(AUDIENCE, "variables.audience"),
        substitution(TOKEN_LIFETIME, "variables.tokenLifetime"),
        substitution(SKIPPED, pod::SKIPPED_TEXT),
    ];
    IMAGE.clone_into(&mut options.image);
    options.audience = Some(AUDIENCE.to_owned());
    options.token_lifetime = TOKEN_LIFETIME;
    if options.names_identity_alone() {
        for (named, is_given, text, variable) in [
            (Trait::ClientId, options.client_id.is_some(), CLIENT_ID, "variables.clientId"),
            (Trait::TenantId, options.tenant_id.is_some(), TENANT_ID, "variables.tenantId"),
        ] {
            substitutions.push(substitution(text, variable));
            // Without it a sidecar with a token of its own is refused, so that it is always there.
            if is_given || options.token == Token::Own {
                named.apply(&mut json!({}), &mut options);
            } else {
                traits.push(named);
            }
        }
    }
    let pods: Result<Vec<_>, _> = (0..1 << traits.len())
        .map(|bits| injected(&options, &traits, bits))
        .collect();
    Ok(Variants { traits, pods: pods?, substitutions })
}

fn substitution(value: impl Into<Value>, code: &str) -> Substitution {
    Substitution { value: value.into(), code: code.to_owned() }
}

/// The placeholder with these traits after injection.
fn injected(options: &Options, traits: &[Trait], bits: usize) -> Result<Value, Vec<String>> {
    let mut pod = placeholder::pod(&options.containers);
    let mut chosen = options.clone();
    let has = |index: usize| bits & (1 << index) != 0;
    for (_, given) in traits.iter().enumerate().filter(|(index, _)| has(*index)) {
        given.apply(&mut pod, &mut chosen);
    }
    let is_named = |named: Trait| {
        traits
            .iter()
            .position(|known| *known == named)
            .is_none_or(has)
    };
    let is_labelled = is_named(Trait::Labelled);
    if !is_labelled && options.token == Token::Auto {
        // Those are refused, whatever would be added to them.
        for named in [Trait::ClientId, Trait::TenantId] {
            if !is_named(named) {
                named.apply(&mut pod, &mut chosen);
            }
        }
    }
    placeholder::injected(pod, &chosen)
}

/// A list item that is added.
pub(super) struct Item {
    /// Its name.
    pub name: String,
    /// When it is; always if this is none.
    pub when: Option<String>,
    /// What it is.
    pub value: Cel,
}

impl Variants {
    /// What is added to the list `key` of the pod's `spec`, in its order.
    pub(super) fn items(&self, key: &str) -> Vec<Item> {
        let lists: Vec<_> = self
            .pods
            .iter()
            .map(|pod| {
                let list = pod
                    .pointer(&format!("/spec/{key}"))
                    .and_then(Value::as_array);
                list.cloned().unwrap_or_default()
            })
            .collect();
        let lists: Vec<_> = lists.iter().collect();
        let found = union(&lists).unwrap_or_default();
        found
            .into_iter()
            .map(|(name, items)| Item {
                name,
                when: self.when(items.iter().map(Option::is_some)),
                value: self.model().merge(&filled(&items)),
            })
            .collect()
    }

    /// The variables of the application's containers.
    pub(super) fn variables(&self) -> Vec<Value> {
        let env = self
            .pods
            .first()
            .and_then(|pod| pod.pointer("/spec/containers/0/env")?.as_array());
        env.cloned().unwrap_or_default()
    }

    /// The record of injection. What was written is not in it: a policy cannot make a digest of what it found in the pod, and
    /// nobody edits the containers of a pod that exists.
    pub(super) fn record(&self) -> Cel {
        self.merged(self.pods.iter().map(|pod| {
            let text = annotation(pod, inject::record::INJECTED).unwrap_or_default();
            let mut record: Value = serde_json::from_str(text).unwrap_or_default();
            if let Some(fields) = record.as_object_mut() {
                fields.remove("written");
                if let Some(skipped) = fields.get_mut("skipContainers") {
                    *skipped = json!(SKIPPED);
                }
            }
            json!(record.to_string())
        }))
    }

    /// When the webhook's label is added; never if this is none.
    pub(super) fn labels(&self) -> Option<String> {
        let is_added = |pod: &Value| {
            let text = annotation(pod, inject::record::INJECTED).unwrap_or_default();
            let record: Value = serde_json::from_str(text).unwrap_or_default();
            record.get("label") == Some(&json!(true))
        };
        let added: Vec<_> = self.pods.iter().map(is_added).collect();
        let when = || {
            self.when(added.iter().copied())
                .unwrap_or_else(|| "true".to_owned())
        };
        added.contains(&true).then(when)
    }

    /// Which of wisp's containers the webhook is to leave alone.
    pub(super) fn skipped(&self) -> Cel {
        self.merged(self.pods.iter().map(|pod| {
            let names = annotation(pod, SKIP_CONTAINERS)
                .unwrap_or_default()
                .split(';');
            let ours = names.filter(|name| inject::additions::CONTAINERS.contains(name));
            ours.collect()
        }))
    }

    /// When the webhook is to leave containers alone.
    pub(super) fn is_skipping(&self) -> Option<String> {
        self.when(
            self.pods
                .iter()
                .map(|pod| annotation(pod, SKIP_CONTAINERS).is_some()),
        )
    }

    /// What is added besides, under a key of the pod that no policy knows to fill.
    pub(super) fn unknown(&self) -> Option<String> {
        const KNOWN: [&str; 5] = ["containers", "initContainers", "volumes", "restartPolicy", "resources"];
        let specs = self
            .pods
            .iter()
            .filter_map(|pod| pod.get("spec")?.as_object());
        specs
            .flat_map(|spec| spec.keys())
            .find(|key| !KNOWN.contains(&key.as_str()))
            .cloned()
    }

    /// The condition that holds where these are true; none where they always are.
    fn when(&self, values: impl Iterator<Item = bool>) -> Option<String> {
        self.model().when(values)
    }

    /// One expression for the values of all variants.
    fn merged(&self, values: impl Iterator<Item = Value>) -> Cel {
        let values: Vec<_> = values.collect();
        self.model().merge(&values.iter().collect::<Vec<_>>())
    }

    fn model(&self) -> Merge<'_> {
        Merge {
            conditions: self.traits.iter().map(|given| given.condition()).collect(),
            substitutions: &self.substitutions,
        }
    }
}

fn annotation<'a>(pod: &'a Value, key: &str) -> Option<&'a str> {
    pod.get("metadata")?.get("annotations")?.get(key)?.as_str()
}
