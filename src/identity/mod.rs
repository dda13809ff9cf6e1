//! Which identities may be asked for, and by which names.
//!
//! Workload identity federation knows only client ids, while clients of the metadata service also choose by object id or
//! by Azure resource id. The [`Registry`] turns any of them into one configured [`Identity`](registry::Identity) and refuses everything else:
//! an identity is never silently replaced by another one. [`Learned`] adds the names that Entra itself gave to a
//! configured identity in tokens already issued to it.

mod comparison;
mod entry;
mod learned;
mod registry;
mod selection;
#[cfg(test)]
mod testing;

pub(crate) use entry::Entry;
pub(crate) use learned::{Learned, Learning};
pub(crate) use registry::{Registry, Rules};
pub(crate) use selection::{LookupError, Selection};
