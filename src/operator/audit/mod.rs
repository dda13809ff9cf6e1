//! What a cluster and Azure have of identities, and what is wrong with it: `wispctl identity audit`, `inventory` and `review`.
//!
//! - `facts`: what was read; `read`: dumps, one object after the other, and `live`: a cluster; what counts of an object is in `azure` and
//!   `kubernetes`, and of pods and static secrets in the inventory of [`migrate`](super::migrate)
//! - `table`: the checks, each with its stable id; `checks`: the checks themselves; `report`: what they found
//! - [`inventory`]: all identities in one table; [`review`]: checklists, answered with evidence, for which `evidence` has what else they ask

mod azure;
mod checks;
mod evidence;
mod facts;
pub(crate) mod inventory;
mod kubernetes;
mod live;
mod read;
mod report;
pub(crate) mod review;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use checks::audit;
pub(crate) use facts::{Credential, Facts, Identity};
pub(crate) use live::Extent;
pub(crate) use read::Reading;
pub(crate) use report::{json, text};
