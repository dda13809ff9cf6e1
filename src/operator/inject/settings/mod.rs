//! Settings of `wisp serve` that are said at injection, checked by the table and the parsers of `serve` itself.
//!
//! - `said`: by `--set` and `--file`, or by an annotation
//! - `managed`: those that injection sets itself, with the choice that decides
//! - `reference`: ConfigMaps and Secrets, and keys of them
//! - `additions`: variables, volume and mount that come of it
//! - `identities`: ports of identities that containers have
//! - `environment`: the variables that the sidecar will have
//! - `file`: the settings file among what stands beside the pod
//! - `origin`: who said what `wisp serve` would refuse
//! - `bindings`: whether a token gets to whoever takes it, by AKS identity bindings
//! - `check`: whether `wisp serve` would start with them

pub(crate) mod additions;
mod bindings;
mod check;
mod chosen;
mod environment;
mod file;
pub(crate) mod identities;
mod managed;
mod origin;
mod reference;

pub(super) use check::check;
pub(crate) use chosen::{ChosenSettings, SetBy, SettingFlag, Text};
pub(crate) use reference::{Kind, Object};
