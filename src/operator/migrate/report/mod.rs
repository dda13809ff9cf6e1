//! One document of a migration, for those who decide and for those who do it: `wispctl migrate report`.
//!
//! It is made of an inventory and its plan (`made`): figures, risks first, what has to be decided, each workload with its place and
//! state, the bindings that give identities, stages and their steps, static secrets, and what could not be read. It is written as one
//! page of HTML (`html`) with pictures of the bindings (`graph`), as Markdown, and as JSON with a schema ([`render`]).

mod chains;
mod graph;
mod html;
mod made;
mod markdown;
mod model;
pub(crate) mod render;
mod summary;

pub(crate) use made::report;
