//! All identities in one table: who they are, who may be them, who uses them, and what they may do.
//!
//! - `model`: what it says; `assemble`: made of the facts; `render`: as people and programs read it

mod assemble;
pub(super) mod model;
mod render;
#[cfg(test)]
mod tests;

pub(crate) use assemble::inventory;
pub(super) use model::Inventory;
pub(crate) use render::render;
