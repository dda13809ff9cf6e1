//! Whether workloads can leave pod-managed identity, and have left it: `wispctl migrate verify`.
//!
//! A cluster is asked and nothing in it is changed: the service account, a token of it, and what Entra gives for that (`account`,
//! `evidence`, `before`, `proof`); whether the old way gives a token of the same identity (`parallel`, `old_way`); whether nobody goes the old way any more
//! (`after`, `nmi`; `native` for workloads without wisp). What no right or no network allows to see is said, with the right. Entra is asked by wisp's own exchange. Tokens are
//! looked at where they arrive, and of them only claims are kept (`asked`).

mod account;
mod after;
pub(crate) mod ask;
mod asked;
mod before;
mod check;
mod discovery;
mod evidence;
mod job;
mod job_manifest;
mod metrics;
mod model;
mod native;
mod nmi;
mod old_way;
mod parallel;
mod patience;
mod pods;
mod proof;
pub(crate) mod render;
mod world;

#[cfg(test)]
mod tests;

pub(crate) use job::Jobs;
pub(crate) use model::Verification;
pub(crate) use world::{Outside, Request, Stage, Time, World};

use super::{inventory::Inventory, plan::Plan};
use crate::operator::cluster::Api;

/// Verifies all that `plan` has. `inventory` is what it was made of. Jobs that are made stand in `jobs` until they are removed.
pub(crate) async fn verify<A: Api, O: Outside, T: Time>(
    world: World<'_, A, O, T>,
    jobs: &Jobs,
    (inventory, plan): (&Inventory, &Plan),
    request: &Request,
) -> Verification {
    let mut verification = match request.stage {
        Stage::Before => before::verify(world, jobs, plan, request).await,
        Stage::Parallel => parallel::verify(world, jobs, (inventory, plan), request).await,
        Stage::After => after::verify(world, plan, request).await,
    };
    verification.leftovers = jobs.sweep(world.api).await;
    verification
}
