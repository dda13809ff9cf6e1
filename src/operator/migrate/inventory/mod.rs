//! What a cluster has of pod-managed identity, and of static secrets: `wispctl migrate inventory`.
//!
//! Objects are read one after the other, from files, dumps and clusters (`files`, `live`); of each is kept what counts (`collect`), and
//! at the end all of it is joined (`assemble`) to an [`Inventory`], which is written as text, Markdown or JSON ([`render`]). Values of
//! secrets are looked at while their object is read, and are in none of what is kept.

mod assemble;
mod collect;
mod files;
mod live;
pub(crate) mod model;
mod progress;
pub(crate) mod render;

pub(crate) use assemble::{PodsOf, Usage};
pub(crate) use collect::{KeptObject, is_live};
pub(crate) use live::collections;
pub(crate) use live::{OTHERS, OWN, SECRETS};
pub(crate) use model::Inventory;
pub(crate) use progress::Progress;

use serde_json::Value;

use crate::operator::{cluster::Stored, pod_identity::Matching, workload::Which};
use collect::{Collector, ObjectId, Sort};
use model::Origin;

/// What an inventory is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// Kinds of the user's own, and which objects.
    pub which: Which,
    /// Workloads of this namespace alone, and the namespace of what names none.
    pub namespace: Option<String>,
    /// Where bindings are looked for, if the user knows.
    pub matching: Option<Matching>,
}

/// Reads what there is.
pub(crate) struct Reader {
    request: Request,
    collector: Collector,
    progress: Progress,
}

impl Reader {
    /// Nothing is read yet.
    pub(crate) fn new(request: Request, progress: Progress) -> Self {
        let collector = Collector {
            which: request.which.clone(),
            namespace: request.namespace.clone().unwrap_or_default(),
            only: request.namespace.clone(),
            ..Collector::default()
        };
        Self { request, collector, progress }
    }

    /// Takes in an object that was read at `origin`.
    pub(crate) fn take(&mut self, object: &Value, origin: &Origin) {
        self.collector.add(object, origin);
    }

    /// What was read of service accounts and static secrets, and nothing else.
    pub(crate) fn usage(self) -> Usage {
        assemble::usage(self.collector.all)
    }

    /// The same, keeping workloads and objects of pod-managed identity as they are read.
    pub(crate) fn keeping(mut self) -> Self {
        self.collector.all.kept = Some(Vec::new());
        self
    }

    /// The same, storing what shows how far workloads are moved.
    pub(crate) fn storing(mut self) -> Self {
        self.collector.all.stored = Some(Stored::default());
        self
    }

    /// The inventory of what was read.
    pub(crate) fn finish(self) -> Inventory {
        self.finish_with_objects().0
    }

    /// The inventory of what was read, and what was stored of it.
    pub(crate) fn finish_with_stored(mut self) -> (Inventory, Stored) {
        let stored = self.collector.all.stored.take().unwrap_or_default();
        (self.finish(), stored)
    }

    /// The inventory of what was read, and the objects that were kept, in the order of their reading.
    pub(crate) fn finish_with_objects(mut self) -> (Inventory, Vec<KeptObject>) {
        self.progress.end();
        let kept = self.collector.all.kept.take().unwrap_or_default();
        let mut inventory = assemble::assemble(self.collector.all, self.request.matching);
        inventory.only = self.request.namespace;
        (inventory, kept)
    }
}

/// The namespace, kind and name of `object`, as inventories have them; what names no namespace is in `namespace`.
pub(crate) fn identify(object: &Value, namespace: &str) -> Option<(String, String, String)> {
    let id = ObjectId::of(&Sort::of(object), object, namespace)?;
    Some((id.namespace.clone(), id.kind_name(), id.name))
}
