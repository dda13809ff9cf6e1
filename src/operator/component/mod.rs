//! A Kustomize Component that puts wisp into pods as [`inject`](super::inject) does.
//!
//! What is added comes from the injection of a placeholder pod (`addition`), so there is no second description of it. Kustomize
//! adds the same to every workload and looks into none; what would need a look is refused here. `text` writes the file.

mod addition;
mod patch;
mod text;
mod variables;
mod workload_groups;

use super::{inject::Options, workload};
use addition::addition;

/// Which workloads: a label selector over their own labels, as Kubernetes writes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Selector(String);

impl Selector {
    /// What is selected when nobody says otherwise.
    pub(crate) const DEFAULT: &str = "wisp/inject=true";

    /// Reads a selector; the empty one selects every workload.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_./=!,() ".contains(c);
        if text.chars().all(fits) && text.trim() == text && workload::Selector::parse(text).is_some() {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "cannot be `{}`: expected a label selector such as {} or `app in (orders,bills)`",
            text.escape_debug(),
            Self::DEFAULT
        ))
    }

    /// The text; none when everything is selected.
    fn get(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|text| !text.is_empty())
    }
}

/// The `kustomization.yaml` of a component with these choices. `made_by` is the command that makes it again.
///
/// The errors are what a component cannot do, each with a way that can.
pub(crate) fn component(
    options: &Options,
    selector: &Selector,
    made_by: &str,
) -> Result<String, Vec<String>> {
    Ok(text::kustomization(&addition(options)?, selector, made_by))
}

#[cfg(test)]
mod tests;
