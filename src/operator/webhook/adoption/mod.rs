//! Adopting pods of pod-managed identity: they get wisp with the identities that their bindings name.
//!
//! - `listing`: the objects of the cluster, listed and kept for seconds
//! - `opt_in`: which pods are adopted
//! - `identities`: what an adopted pod gets, as choices of the injection
//! - `result`: what came of it, in one word

mod identities;
mod listing;
mod opt_in;
mod result;

use std::sync::Arc;

use serde_json::{Map, Value};

pub(super) use identities::{Adopted, Given, adopted};
pub(super) use listing::{ListError, Listing};
pub(crate) use opt_in::ADOPT;
pub(super) use opt_in::opt_in;
pub(super) use result::Adoption;

use crate::operator::{
    cluster::Api,
    inject::Mode,
    pod_identity::{Assignment, Matching, Objects},
};

/// How pods are adopted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct AdoptionConfig {
    /// Where bindings are looked for.
    pub matching: Matching,
    /// How requests of adopted pods get to wisp. Their applications know the address of the metadata service and nothing else.
    pub mode: Mode,
}

/// Adopts pods.
pub(super) struct Adopting<A> {
    pub(super) config: AdoptionConfig,
    listing: Listing<A>,
}

impl<A: Api> Adopting<A> {
    /// Lists the objects by `api`.
    pub(super) fn new(config: AdoptionConfig, api: Arc<A>) -> Self {
        Self { config, listing: Listing::new(api) }
    }

    /// The objects that may concern the pod with these `labels` in `namespace`, one of them with the value `selector`.
    pub(super) async fn objects(
        &self,
        namespace: &str,
        labels: &Map<String, Value>,
        selector: &str,
    ) -> Result<Arc<Objects>, ListError> {
        let matching = self.config.matching;
        let listed = (matching == Matching::Namespaced).then_some(namespace);
        let objects = self.listing.get(listed, false).await?;
        let has_none = match objects.assignment(namespace, labels, selector, matching) {
            Assignment::Unbound(_) => true,
            Assignment::Assigned(assigned) => assigned.identities.is_empty(),
            Assignment::Excepted(_) | Assignment::Unknown(_) => false,
        };
        if has_none { self.listing.get(listed, true).await } else { Ok(objects) }
    }
}

/// The labels of a pod.
pub(super) fn labels(pod: &Value) -> Option<&Map<String, Value>> {
    pod.pointer("/metadata/labels")?.as_object()
}
