//! Space for all connections among the files that this process may have open.
//!
//! Every connection is an open file. Where none is left, neither listener takes another connection, no probe is answered, and
//! no token can be exchanged. So the limit is raised as far as it may be, and shared out where that is not far enough.

use crate::server::Limits;

/// Files besides connections: listeners, events, the log, the token file, exchanges, look-ups of names, probes.
const OWN: u64 = 32;

/// How many files all these connections need open, and the rest besides.
pub(crate) fn needed(token: usize, admin: usize) -> u64 {
    OWN + (token + admin) as u64
}

/// Raises the limit to what `token` and `admin` connections need, and lowers those to what is left.
pub(super) fn fit(token: &mut Limits, admin: &mut Limits) {
    let needed = needed(token.connections, admin.connections);
    let Some(limit) = raise(needed).filter(|limit| *limit < needed) else { return };
    (token.connections, admin.connections) = share(limit, token.connections, admin.connections);
    tracing::warn!(
        limit,
        needed,
        token_connections = token.connections,
        admin_connections = admin.connections,
        "this process may have fewer files open than it takes connections, so it takes fewer; raise the limit \
         (RLIMIT_NOFILE, `ulimit -n`) of the container runtime"
    );
}

/// Connections for tokens and for probes and scrapes, of which the latter get a quarter at most.
fn share(limit: u64, token: usize, admin: usize) -> (usize, usize) {
    let left = usize::try_from(limit.saturating_sub(OWN)).unwrap_or(usize::MAX);
    let admin = admin.min(left / 4).max(1);
    (token.min(left.saturating_sub(admin)).max(1), admin)
}

/// The limit, raised to `wanted` if it may be. None where there is none.
#[cfg(target_os = "linux")]
fn raise(needed: u64) -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let current = current?;
    let better = maximum.map_or(needed, |maximum| maximum.min(needed));
    if current >= needed || better <= current {
        return Some(current);
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(better), maximum });
    Some(raised.map_or(current, |()| better))
}

#[cfg(not(target_os = "linux"))]
fn raise(_: u64) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn each_side_has_its_share_and_neither_goes_without() {
        for (limit, expected) in [
            (1024, (256, 64)),
            (352, (256, 64)),
            (256, (168, 56)),
            (64, (24, 8)),
            (40, (6, 2)),
            (33, (1, 1)),
            (3, (1, 1)),
        ] {
            assert_eq!(share(limit, 256, 64), expected, "{limit}");
        }
    }
}
