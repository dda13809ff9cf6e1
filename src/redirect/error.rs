//! Everything that can go wrong: the cause, and the fix.

use std::io;

/// Where to go when a pod may not change its network.
macro_rules! without {
    () => {
        "or inject with the mode `env` or `http-proxy`, which need no privilege"
    };
}

/// Why there is no redirect.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}; {}", self.cause(), self.fix())]
pub(crate) enum RedirectError {
    /// The pod shares the network of its node, and would take the metadata service away from all of it.
    HostNetwork {
        /// What shows it.
        evidence: String,
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
    /// The kernel lacks what is needed.
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

impl RedirectError {
    /// Whether the other backend may be free of it.
    pub(super) const fn depends_on_backend(&self) -> bool {
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
            | Self::PortTaken { .. }
            | Self::PortForbidden
            | Self::NotListening { .. } => false,
        }
    }
}

impl RedirectError {
    /// What is wrong.
    pub(crate) fn cause(&self) -> String {
        let unproven = |what: &str| {
            format!(
                "the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 {what}"
            )
        };
        match self {
            Self::HostNetwork { evidence } => format!(
                "this pod uses the network of its node ({evidence}): a redirect would take the \
                 metadata service away from the whole node"
            ),
            Self::NetworkUnknown => {
                "cannot tell whether this pod uses the network of its node, which must not be changed".into()
            }
            Self::NoCapability => {
                "this container may not change its network: it lacks the capability NET_ADMIN".into()
            }
            Self::FileCapabilityLost { uid } => format!(
                "the image lost its file capability: the container was given NET_ADMIN, but user {uid} only gets it \
                 through `cap_net_admin=p` on the program's file, which is not there"
            ),
            Self::Denied => {
                "the kernel refuses although NET_ADMIN is there: the pod's network belongs to another user \
                             namespace, or a seccomp, AppArmor or SELinux profile forbids netlink"
                    .into()
            }
            Self::Unsupported { what, error } => format!("the kernel lacks {what}: {}", text(*error)),
            Self::Kernel { what, error } => format!("the kernel refuses {what}: {}", text(*error)),
            Self::PortTaken { port } => format!("port {port} is taken by another process of this pod"),
            Self::PortForbidden => {
                "wisp could not listen on port 80 of the address on lo, which is for privileged users \
                                    here"
                    .into()
            }
            Self::NotListening { reason } => format!("wisp could not listen there: {reason}"),
            Self::Unreachable => unproven("found no route"),
            Self::Refused => unproven("was refused"),
            Self::Silent => unproven("was not answered"),
            Self::Elsewhere => unproven("reached another process"),
            Self::Unconnected { error } => unproven(&format!("failed: {}", text(*error))),
        }
    }

    /// What to do about it.
    pub(crate) const fn fix(&self) -> &'static str {
        match self {
            Self::HostNetwork { .. } => concat!("take `hostNetwork` out of the pod, ", without!()),
            Self::NetworkUnknown => {
                "set WISP_POD_IP and WISP_HOST_IP by `fieldRef` from status.podIP and status.hostIP"
            }
            Self::NoCapability => {
                concat!("give it `capabilities: {drop: [ALL], add: [NET_ADMIN]}`, ", without!())
            }
            Self::FileCapabilityLost { .. } => {
                "copy the image with a tool that keeps extended attributes, or set `runAsUser: 0` and `runAsNonRoot: \
                 false` for this init container alone"
            }
            Self::Denied => {
                concat!("use the seccomp profile RuntimeDefault for this init container, ", without!())
            }
            Self::Unsupported { .. } | Self::Unreachable => {
                concat!(
                    "use `--mode auto` or `--mode lo`, which need neither nftables nor a route, ",
                    without!()
                )
            }
            Self::Kernel { .. } | Self::Unconnected { .. } => {
                concat!("try the other `--mode`, ", without!())
            }
            Self::PortTaken { .. } => {
                "if that is wisp itself, start it after this command or pass --no-verify, \
                 otherwise choose another one with --port and WISP_LISTEN"
            }
            Self::PortForbidden => {
                concat!("set the pod's sysctl `net.ipv4.ip_unprivileged_port_start` to 80, ", without!())
            }
            Self::NotListening { .. } => "choose a free port with --port and WISP_LISTEN",
            Self::Refused | Self::Silent | Self::Elsewhere => {
                concat!(
                    "look for a rule that comes first, by `nft list ruleset` in the pod's network namespace, ",
                    without!()
                )
            }
        }
    }
}

fn text(error: i32) -> io::Error {
    io::Error::from_raw_os_error(error)
}
