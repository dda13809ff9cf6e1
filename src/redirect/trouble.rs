//! Everything that can go wrong: the cause, and the way out.

use std::{fmt, io};

/// Where to go when a pod may not change its network.
const WITHOUT: &str = "or inject with the mode `env` or `http-proxy`, which need no privilege";

/// Why there is no redirect.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// The pod shares the network of its node, and would take the metadata service away from all of it.
    HostNetwork {
        /// The address that pod and node share.
        address: String,
    },
    /// In a cluster, and nobody has said whether the pod has a network of its own.
    NetworkUnknown,
    /// The container was not given the one capability.
    NoCapability,
    /// The container was given it, but the program does not get it.
    FileCapabilityLost {
        /// The user that it runs as.
        uid: u32,
    },
    /// The capability is there and the kernel still says no.
    Denied,
    /// The kernel has not what is needed.
    Unsupported {
        /// What that is.
        what: &'static str,
        /// The kernel's error number.
        error: i32,
    },
    /// The kernel said something else.
    Kernel {
        /// To what.
        what: &'static str,
        /// The kernel's error number.
        error: i32,
    },
    /// This process runs as the user that is exempt, so that its own connections prove nothing.
    Exempt {
        /// The user.
        uid: u32,
    },
    /// Another process of the pod listens where wisp is going to.
    PortTaken {
        /// The port.
        port: u16,
    },
    /// Port 80 needs a capability here that wisp will not have.
    PortForbidden,
    /// wisp could not listen, for another reason.
    NotListening {
        /// Where, and why.
        reason: String,
    },
    /// The pod has no route to the metadata service's address.
    Unreachable,
    /// The connection was refused.
    Refused,
    /// The connection was neither taken nor refused.
    Silent,
    /// The connection was taken by somebody else.
    Elsewhere,
    /// Connecting failed in another way.
    Unconnected {
        /// The kernel's error number.
        error: i32,
    },
}

impl Trouble {
    /// Whether another way may be without it.
    pub(super) const fn is_about_the_way(&self) -> bool {
        match self {
            Self::Unsupported { .. }
            | Self::Kernel { .. }
            | Self::Unreachable
            | Self::Refused
            | Self::Silent
            | Self::Elsewhere
            | Self::Unconnected { .. } => true,
            Self::HostNetwork { .. }
            | Self::NetworkUnknown
            | Self::NoCapability
            | Self::FileCapabilityLost { .. }
            | Self::Denied
            | Self::Exempt { .. }
            | Self::PortTaken { .. }
            | Self::PortForbidden
            | Self::NotListening { .. } => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNPROVEN: &str = "the redirect was made, did not prove itself and was taken away:";
        match self {
            Self::HostNetwork { address } => write!(
                f,
                "this pod uses the network of its node (both have the address {address}): a redirect would take the \
                 metadata service away from the whole node; take `hostNetwork` out of the pod, {WITHOUT}"
            ),
            Self::NetworkUnknown => f.write_str(
                "cannot tell whether this pod uses the network of its node, which must not be changed; set WISP_POD_IP \
                 and WISP_HOST_IP by `fieldRef` from status.podIP and status.hostIP",
            ),
            Self::NoCapability => write!(
                f,
                "this container may not change its network: it has not got the capability NET_ADMIN; give it \
                 `capabilities: {{drop: [ALL], add: [NET_ADMIN]}}`, {WITHOUT}"
            ),
            Self::FileCapabilityLost { uid } => write!(
                f,
                "the image lost its file capability: the container was given NET_ADMIN, but user {uid} only gets it \
                 through `cap_net_admin=p` on the program's file, which is not there; copy the image with a tool that keeps \
                 extended attributes, or set `runAsUser: 0` and `runAsNonRoot: false` for this init container alone"
            ),
            Self::Denied => write!(
                f,
                "the kernel refuses although NET_ADMIN is there: the pod's network belongs to another user namespace, or a \
                 seccomp, AppArmor or SELinux profile forbids netlink; use the profile RuntimeDefault for this init \
                 container, {WITHOUT}"
            ),
            Self::Unsupported { what, error } => write!(
                f,
                "this kernel has no {what} ({}); use `--mode auto` or `--mode lo`, {WITHOUT}",
                io::Error::from_raw_os_error(*error)
            ),
            Self::Kernel { what, error } => {
                write!(f, "the kernel refuses {what}: {}", io::Error::from_raw_os_error(*error))
            }
            Self::Exempt { uid } => write!(
                f,
                "this process runs as user {uid}, which the redirect exempts, and so cannot prove it; run the init \
                 container as another user than the sidecar (65533 by default), or name the sidecar's user in \
                 --exempt-uid"
            ),
            Self::PortTaken { port } => write!(
                f,
                "port {port} is taken by another process of this pod; if that is wisp itself, pass --no-verify, otherwise \
                 choose another one with --port and WISP_LISTEN"
            ),
            Self::PortForbidden => write!(
                f,
                "wisp could not listen on port 80 of the address on lo, which is for privileged users here; set the pod's \
                 sysctl `net.ipv4.ip_unprivileged_port_start` to 80, {WITHOUT}"
            ),
            Self::NotListening { reason } => write!(f, "wisp could not listen there: {reason}"),
            Self::Unreachable => write!(
                f,
                "{UNPROVEN} this pod has no route to 169.254.169.254; use `--mode auto` or `--mode lo`, which need none"
            ),
            Self::Refused => write!(
                f,
                "{UNPROVEN} a connection to 169.254.169.254:80 was refused; another rule of this pod comes first, see \
                 `nft list ruleset` in its network namespace"
            ),
            Self::Silent => write!(
                f,
                "{UNPROVEN} a connection to 169.254.169.254:80 was not answered; another rule of this pod comes first or \
                 drops it, see `nft list ruleset` in its network namespace"
            ),
            Self::Elsewhere => write!(
                f,
                "{UNPROVEN} a connection to 169.254.169.254:80 reached another process; another rule of this pod comes \
                 first, see `nft list ruleset` in its network namespace"
            ),
            Self::Unconnected { error } => write!(
                f,
                "{UNPROVEN} a connection to 169.254.169.254:80 failed: {}",
                io::Error::from_raw_os_error(*error)
            ),
        }
    }
}

impl std::error::Error for Trouble {}
