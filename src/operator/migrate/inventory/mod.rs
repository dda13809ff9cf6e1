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
pub(crate) use live::{OTHERS, OWN, SECRETS};
pub(crate) use model::Inventory;
pub(crate) use progress::Progress;

use serde_json::Value;

use crate::operator::{pod_identity::Matching, workload::Which};
use collect::Collector;
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

    /// The inventory of what was read.
    pub(crate) fn finish(mut self) -> Inventory {
        self.progress.end();
        assemble::assemble(self.collector.all, self.request.matching)
    }
}
