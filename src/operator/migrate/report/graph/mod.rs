//! Pictures of bindings: from the label of a pod to an identity in Azure, and to the workloads that get it.
//!
//! - `network`: what is drawn of the bindings of a namespace, in five columns, and what is only counted
//! - `lines`: names in lines of a fixed width
//! - `layout`: where everything is

mod layout;
mod lines;
mod network;

pub(super) use layout::Picture;

use super::model::Chain;

/// The columns, from the left.
pub(super) const COLUMNS: [&str; 5] =
    ["Label of pods", "AzureIdentityBinding", "AzureIdentity", "Identity in Azure", "Workloads"];

/// The bindings of `namespace`, drawn.
pub(super) fn picture(namespace: &str, chains: &[&Chain]) -> Picture {
    layout::layout(network::network(namespace, chains))
}

#[cfg(test)]
mod tests;
