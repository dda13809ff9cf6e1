//! The way of a pod's requests for 169.254.169.254 to wisp: what `wisp redirect` makes, proves and takes away again.
//!
//! - `plan`: what is to be made, and the same as text for people
//! - `order`: which way is tried, what is proven, what is left behind when it fails
//! - `nftables`, `loopback`: the two ways, as netlink messages; `netlink`: how those are encoded and sent
//! - `capability`: the one right that is needed; `host_network`: where none of this may happen
//! - `verify`: a connection that goes the way an application's would
//! - `pod`: all of these against the kernel
//! - `trouble`: everything that can go wrong, with its way out
//!
//! Netlink and capabilities go through safe wrappers of system calls, so this room has no unsafe code either.

mod capability;
mod host_network;
mod loopback;
mod netlink;
mod nftables;
mod order;
mod plan;
mod pod;
mod trouble;
mod verify;

pub use host_network::{InvalidAddress, Network};
pub use order::{Done, Failed, Mode};
pub use plan::{Plan, TABLE, Way};
pub use trouble::Trouble;

/// Makes the redirect in the network namespace of this process, and proves it unless `is_verified` is false.
pub async fn establish(plan: Plan, mode: Mode, is_verified: bool) -> Result<Done, Failed> {
    capability::raise()?;
    order::establish(&mut pod::Pod::new(plan, is_verified), mode).await
}

/// Takes away what [`establish`] has made, whichever way; the ways by which something was there.
pub fn undo(plan: Plan) -> Result<Vec<Way>, Trouble> {
    capability::raise()?;
    order::undo(&mut pod::Pod::new(plan, false))
}
