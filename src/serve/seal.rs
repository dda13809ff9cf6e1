//! Keeps the memory of this process, which holds tokens and assertions, from all who are not root.

use std::io;

/// From now on this process leaves no core dump, and other processes of its user can neither read its memory nor trace it: a user
/// that applications may share is no reason to share tokens. What the kernel writes about the process in `/proc` is root's then.
#[cfg(target_os = "linux")]
pub(super) fn seal() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // Also where a collector of core dumps would write what is not dumpable, for root.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

/// Only Linux knows it so, and only there wisp stands beside applications.
#[cfg(not(target_os = "linux"))]
pub(super) fn seal() -> io::Result<()> {
    Ok(())
}
