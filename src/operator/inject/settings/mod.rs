//! Settings of `wisp serve` that are said at injection, checked by the table and the parsers of `serve` itself.
//!
//! - `said`: by `--set` and `--file`, or by an annotation
//! - `managed`: those that injection sets itself, with the choice that decides
//! - `reference`: ConfigMaps and Secrets, and keys of them
//! - `pieces`: variables, volume and mount that come of it
//! - `identities`: ports of identities that containers have
//! - `check`: whether `wisp serve` would start with what was written

mod check;
pub mod identities;
mod managed;
pub mod pieces;
mod reference;
mod said;

pub(super) use check::check;
pub use reference::{KeyOf, Kind, Object};
pub use said::{By, Said, Text, Way};
