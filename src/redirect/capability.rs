//! The one capability that a redirect needs, which a program file with `cap_net_admin=p` permits and does not yet have in
//! effect. (With `=ep` the same file could not even start where the capability is forbidden, so it could not be the
//! sidecar.)

use rustix::{
    process::geteuid,
    thread::{CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set, set_capabilities},
};

use super::error::RedirectError;

const NEEDED: CapabilitySet = CapabilitySet::NET_ADMIN;

/// Puts the capability into effect for this thread.
pub(super) fn raise() -> Result<(), RedirectError> {
    let failed = |errno: rustix::io::Errno| RedirectError::Kernel {
        what: "to tell the capabilities of this process",
        error: errno.raw_os_error(),
    };
    let sets = capabilities(None).map_err(failed)?;
    if sets.effective.contains(NEEDED) {
        return Ok(());
    }
    if !sets.permitted.contains(NEEDED) {
        let is_given = capability_is_in_bounding_set(NEEDED).map_err(failed)?;
        let uid = geteuid().as_raw();
        return Err(if is_given {
            RedirectError::FileCapabilityLost { uid }
        } else {
            RedirectError::NoCapability
        });
    }
    set_capabilities(None, CapabilitySets { effective: sets.effective | NEEDED, ..sets }).map_err(failed)
}
