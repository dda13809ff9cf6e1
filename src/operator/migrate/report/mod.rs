//! One document of a migration, for those who decide and for those who do it: `wispctl migrate report`.
//!
//! It is made of an inventory, its plan, and how far workloads are (`made`, `workloads`, `figures`): figures, risks first, what has to be
//! decided, each workload with its place and state, the bindings that give identities, stages and their steps, static secrets, and what
//! could not be read. It is written as one page of HTML (`html`) with pictures of the bindings (`graph`), as Markdown, and as JSON with a schema ([`render`]).

mod chains;
mod figures;
mod graph;
mod html;
mod made;
mod markdown;
mod model;
mod progress;
pub(crate) mod render;
mod summary;
mod workloads;

pub(crate) use made::report;
