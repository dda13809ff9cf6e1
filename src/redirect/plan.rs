//! What is to be made.

use std::{fmt, net::Ipv4Addr};

use crate::names::{IMDS_ADDRESS, PASSTHROUGH_DSCP};

/// The name of the nftables table, in the family `ip`.
pub(crate) const TABLE: &str = "wisp_redirect";

/// The name of its chain.
pub(super) const CHAIN: &str = "output";

/// The priority of the chain among those of type `nat`. The first of them to decide about a connection decides alone: this
/// one comes before the chains of iptables and of service meshes, which stand at -100, and after connection tracking at
/// -200, which it needs.
pub(super) const PRIORITY: i32 = -110;

/// The metadata service, which is asked by address and port and nothing else.
pub(super) const TARGET: (Ipv4Addr, u16) = (IMDS_ADDRESS, 80);

/// A redirect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Plan {
    /// The port of 127.0.0.1 where wisp is going to listen.
    pub port: u16,
    /// The user whose marked connections go to the real metadata service: the one wisp is going to run as, where it passes
    /// something on. Nobody's do while this is `None`.
    pub passthrough_uid: Option<u32>,
}

/// How it is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Backend {
    /// A table of nftables, which sends connections to wisp's port.
    Nft,
    /// The metadata service's own address on `lo`, where wisp listens too.
    Lo,
}

impl Plan {
    /// The commands that make it by `backend`: for `nft -f` and for `ip -batch`.
    pub(crate) fn commands(&self, backend: Backend) -> String {
        let Self { port, passthrough_uid } = self;
        let (address, target) = TARGET;
        match backend {
            Backend::Nft => {
                let to_target = format!("ip daddr {address} tcp dport {target}");
                let passthrough = passthrough_uid.map_or_else(String::new, |uid| {
                    format!(
                        "\t\t{to_target} meta skuid {uid} ip dscp {PASSTHROUGH_DSCP:#04x} dnat to {address}:{target}\n"
                    )
                });
                format!(
                    "\
table ip {TABLE}
delete table ip {TABLE}
table ip {TABLE} {{
	chain {CHAIN} {{
		type nat hook output priority {PRIORITY}; policy accept;
{passthrough}\t\t{to_target} redirect to :{port}
	}}
}}
"
                )
            }
            Backend::Lo => format!("address replace {address}/32 dev lo scope host\n"),
        }
    }

    /// The commands that take away what `backend` has made.
    pub(crate) fn undo_commands(backend: Backend) -> String {
        match backend {
            Backend::Nft => format!("table ip {TABLE}\ndelete table ip {TABLE}\n"),
            Backend::Lo => format!("address delete {}/32 dev lo\n", TARGET.0),
        }
    }
}

impl Backend {
    /// Both, the better one first.
    pub(crate) const ALL: [Self; 2] = [Self::Nft, Self::Lo];

    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Nft => Self::Lo,
            Self::Lo => Self::Nft,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nft => "nftables",
            Self::Lo => "the address on lo",
        })
    }
}
