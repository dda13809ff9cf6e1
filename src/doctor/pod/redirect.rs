//! Where requests for the metadata service's own address go: to wisp, to the node, or nowhere.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{
    Chain,
    ask::{Answer, ask, silence},
    table::{LISTENER, NODE_ENDPOINT, REDIRECT},
};
use crate::{
    doctor::{Check, Diagnosis, Finding},
    names::IMDS_ADDRESS,
};

pub(super) const CHECKS: &[&Check] = &[&REDIRECT, &NODE_ENDPOINT];

const PORT: u16 = 80;

/// The node is one hop away; what takes longer is not there.
const NEAR: Duration = Duration::from_secs(2);

/// A token request without the header that it needs: whoever answers refuses it.
const REFUSED: &str =
    "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F";

/// Tells whether the node has an identity, and gives no token.
const INFO: &str = "/metadata/identity/info?api-version=2018-02-01";

/// What was answered at the metadata service's address.
pub(super) struct Imds {
    /// As applications ask it.
    pub(super) plain: io::Result<Answer>,
    /// By a socket of IPv6, which spells it differently.
    pub(super) mapped: io::Result<Answer>,
    /// What somebody else than wisp says of the node's identity.
    pub(super) info: Option<io::Result<Answer>>,
}

/// Asks at the metadata service's address.
pub(super) async fn look(is_enabled: bool) -> Imds {
    if !is_enabled {
        let nothing = || Err(io::ErrorKind::NotConnected.into());
        return Imds { plain: nothing(), mapped: nothing(), info: None };
    }
    let plain = SocketAddr::new(IMDS_ADDRESS.into(), PORT);
    let mapped = SocketAddr::new(IpAddr::V6(IMDS_ADDRESS.to_ipv6_mapped()), PORT);
    let (plain_answer, mapped_answer) =
        tokio::join!(ask(plain, REFUSED, "", NEAR), ask(mapped, REFUSED, "", NEAR));
    let stranger = [(plain, &plain_answer), (mapped, &mapped_answer)]
        .into_iter()
        .find(|(_, answer)| answer.as_ref().is_ok_and(|answer| !answer.is_wisp()));
    let info = match stranger {
        Some((address, _)) => Some(ask(address, INFO, "Metadata: true\r\n", NEAR).await),
        None => None,
    };
    Imds { plain: plain_answer, mapped: mapped_answer, info }
}

/// Judges where they go. Whether they should come to wisp only the manifest knows.
pub(super) fn judge(chain: &mut Chain, imds: &Imds, is_meant: bool) {
    chain.check(&REDIRECT, &[&LISTENER], || redirect(imds, is_meant));
    chain.note(node(imds));
}

fn redirect(imds: &Imds, is_meant: bool) -> Finding {
    let found = match (&imds.plain, &imds.mapped) {
        (Ok(plain), Ok(mapped)) if plain.is_wisp() && !mapped.is_wisp() => {
            return REDIRECT.failed(Diagnosis::new(
                "as [::ffff:169.254.169.254] the address leads to somebody else than wisp",
            ));
        }
        (Ok(plain), _) if plain.is_wisp() => return REDIRECT.passed("wisp answers there"),
        (Ok(_), _) => "somebody else answers there".to_owned(),
        (Err(error), _) => format!("nobody answers there: {}", silence(error)),
    };
    if is_meant {
        return REDIRECT.failed(Diagnosis::new(found));
    }
    REDIRECT.not_run(
        format!(
            "{found}, as in the modes env and http-proxy, where applications ask wisp at its own address"
        ),
        "if this pod is meant to be redirected, ask with --redirected",
    )
}

fn node(imds: &Imds) -> Finding {
    let by_others = [&imds.plain, &imds.mapped]
        .into_iter()
        .flatten()
        .any(|answer| !answer.is_wisp());
    if !by_others {
        return NODE_ENDPOINT.passed("nobody but wisp answers at 169.254.169.254");
    }
    let has_identity = matches!(&imds.info, Some(Ok(answer)) if answer.status == 200);
    let (found, evidence) = if has_identity {
        ("this pod can ask the node's metadata service, and get tokens of the node's identity", "it has one")
    } else {
        ("this pod can ask the node's metadata service", "it tells of no identity of the node")
    };
    NODE_ENDPOINT.warned(Diagnosis::new(found).evidence(evidence))
}
