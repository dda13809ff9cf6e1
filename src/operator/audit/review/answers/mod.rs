//! How questions are answered, by their checklists.

pub(super) mod done;
pub(super) mod incident;
pub(super) mod security;
