//! Whose clock is wrong when Entra says that a token is outside its time: three clocks have left their marks. The API server's
//! wrote the token's times, the node's is ours, and Entra's is the `Date` of its answer.

use std::time::Duration;

use crate::{assertion::human, clock::UnixTime, jwt::Claims};

/// Clocks nearer than that agree, as far as an answer that travelled can tell.
const AGREE: Duration = Duration::from_secs(60);

/// What to do, if the three times say it: the sentence that follows "Fix:".
pub(super) fn explain(claims: &Claims, entra: UnixTime, ours: UnixTime) -> Option<String> {
    let node = node_clock(entra, ours);
    if let Some(expires) = claims.expires.map(UnixTime::from_secs)
        && expires <= entra
    {
        let ago = human(entra.saturating_since(expires));
        return Some(match node {
            // By our clock it is still good: nothing here would have seen it.
            Some(off) if expires > ours => {
                format!(
                    "set the clock of this node: it is {off} Entra's, by which the token expired {ago} ago."
                )
            }
            _ => {
                let agreed = if node.is_none() { ", and the clocks agree" } else { "" };
                format!(
                    "the token is old: it expired {ago} ago{}{agreed}. Let the kubelet replace the file: no subPath mount, no copy; \
                     restart the pod if it does not.",
                    age(claims, entra)
                )
            }
        });
    }
    let begins = UnixTime::from_secs(claims.not_before.or(claims.issued)?);
    if begins <= entra {
        return None;
    }
    let ahead = human(begins.saturating_since(entra));
    Some(match node {
        Some(off) => format!(
            "set the clocks of the cluster: the token becomes valid only in {ahead} by Entra's clock, and the clock of this node \
             is {off} it."
        ),
        None => format!(
            "set the clock of the API server: it wrote a token that becomes valid only in {ahead}, and the clock of this node \
             agrees with Entra's."
        ),
    })
}

/// How this node's clock differs from Entra's, if it does.
fn node_clock(entra: UnixTime, ours: UnixTime) -> Option<String> {
    let (ahead, behind) = (ours.saturating_since(entra), entra.saturating_since(ours));
    if ahead > AGREE {
        Some(format!("{} ahead of", human(ahead)))
    } else if behind > AGREE {
        Some(format!("{} behind", human(behind)))
    } else {
        None
    }
}

/// When it was issued.
fn age(claims: &Claims, entra: UnixTime) -> String {
    let issued = claims
        .issued
        .map(UnixTime::from_secs)
        .filter(|issued| *issued <= entra);
    issued.map_or_else(String::new, |issued| {
        format!(" and was issued {} ago", human(entra.saturating_since(issued)))
    })
}

#[cfg(test)]
mod tests {
    use super::explain;
    use crate::{clock::UnixTime, jwt::Claims};

    const NOW: u64 = 1_700_000_000;

    fn message(issued: u64, expires: u64, entra: u64, ours: u64) -> String {
        let claims = Claims { issued: Some(issued), expires: Some(expires), ..Claims::default() };
        explain(&claims, UnixTime::from_secs(entra), UnixTime::from_secs(ours)).unwrap_or_default()
    }

    #[test]
    fn the_clock_that_is_wrong_is_named() {
        insta::assert_snapshot!(message(NOW - 9000, NOW - 5400, NOW, NOW + 20), @"the token is old: it expired 1 h 30 min ago and was issued 2 h 30 min ago, and the clocks agree. Let the kubelet replace the file: no subPath mount, no copy; restart the pod if it does not.");
        insta::assert_snapshot!(message(NOW - 9000, NOW - 5400, NOW, NOW - 7200), @"set the clock of this node: it is 2 h 0 min behind Entra's, by which the token expired 1 h 30 min ago.");
        insta::assert_snapshot!(message(NOW - 9000, NOW - 5400, NOW, NOW + 7200), @"the token is old: it expired 1 h 30 min ago and was issued 2 h 30 min ago. Let the kubelet replace the file: no subPath mount, no copy; restart the pod if it does not.");
        insta::assert_snapshot!(message(NOW + 1200, NOW + 4800, NOW, NOW + 1200), @"set the clocks of the cluster: the token becomes valid only in 20 min by Entra's clock, and the clock of this node is 20 min ahead of it.");
        insta::assert_snapshot!(message(NOW + 1200, NOW + 4800, NOW, NOW), @"set the clock of the API server: it wrote a token that becomes valid only in 20 min, and the clock of this node agrees with Entra's.");
        assert_eq!(message(NOW - 60, NOW + 3600, NOW, NOW), "", "nothing is wrong with these times");
    }

    #[test]
    fn a_token_without_times_explains_nothing() {
        let now = UnixTime::from_secs(NOW);
        assert_eq!(explain(&Claims::default(), now, now), None);
    }
}
