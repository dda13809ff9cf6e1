//! The way of a pod's requests for 169.254.169.254 to wisp: what `wisp redirect` makes, proves and takes away again.
//!
//! - `plan`: what is to be made, and the same as text for people
//! - `strategy`: which backend is tried, what is proven, what is left behind when it fails
//! - `nftables`, `loopback`: the two backends, as netlink messages; `netlink`: how those are encoded and sent
//! - `capability`: the one right that is needed; `host_network`: where none of this may happen
//! - `verify`: a connection as an application makes it; `connections`: where the kernel says that it ended up
//! - `pod`: all of these against the kernel
//! - `error`: everything that can go wrong, with its fix
//!
//! Netlink and capabilities go through safe wrappers of system calls, so this room has no unsafe code either.

mod capability;
mod connections;
mod error;
mod host_network;
mod loopback;
mod netlink;
mod nftables;
mod plan;
mod pod;
mod strategy;
mod verify;

pub(crate) use error::RedirectError;
pub(crate) use host_network::{HOSTS_FILE, Network};
pub(crate) use plan::{Backend, Plan, TABLE};
pub(crate) use strategy::{ApplyError, Done, Mode};
pub(crate) use verify::Proof;

/// Makes the redirect in the network namespace of this process, and proves it.
pub(crate) async fn apply(plan: Plan, mode: Mode, proof: Proof) -> Result<Done, ApplyError> {
    capability::raise()?;
    strategy::apply(&mut pod::Pod::new(plan, proof), mode).await
}

/// Takes away what [`apply`] has made, by whichever backend; those by which something was there.
pub(crate) fn undo(plan: Plan) -> Result<Vec<Backend>, RedirectError> {
    capability::raise()?;
    strategy::undo(&mut pod::Pod::new(plan, Proof::Skipped))
}
