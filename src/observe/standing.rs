//! How each identity stands with Entra: when it last got a token, and the failure that has stood since.

use parking_lot::Mutex;

use super::{
    Identifiers, Sample,
    code::Code,
    table::{LAST_FAILURE, LAST_SUCCESS},
};
use crate::{
    clock::UnixTime,
    failure::{Category, Class, Failure},
    names::ClientId,
};

/// Identities that have series of their own; those configured after them share [`OTHER`]. Real pods have a handful.
const MAX_IDENTITIES: usize = 64;

/// The label of all others.
const OTHER: &str = "other";

/// The standing of every configured identity.
#[derive(Debug, Default)]
pub(super) struct Standings(Mutex<Vec<Standing>>);

#[derive(Clone, Debug)]
struct Standing {
    /// None for all others together.
    client_id: Option<ClientId>,
    last_success: Option<UnixTime>,
    failure: Option<(Class, Category, Code)>,
}

impl Standings {
    /// Takes the identities that are configured now. What is known of those that stay is kept; the rest is forgotten.
    pub(super) fn configure<'a>(&self, configured: impl IntoIterator<Item = &'a ClientId>) {
        let mut standings = self.0.lock();
        let mut configured = configured.into_iter();
        let own = configured.by_ref().take(MAX_IDENTITIES).map(Some);
        let mut ids: Vec<_> = own.collect();
        ids.extend(configured.next().map(|_| None));
        let known = |id: Option<&ClientId>| {
            let found = standings
                .iter()
                .find(|standing| standing.client_id.as_ref() == id);
            found.cloned().unwrap_or_else(|| Standing {
                client_id: id.cloned(),
                last_success: None,
                failure: None,
            })
        };
        *standings = ids.into_iter().map(known).collect();
    }

    /// A token came.
    pub(super) fn succeeded(&self, client_id: &ClientId, now: UnixTime) {
        self.change(client_id, |standing| {
            standing.last_success = Some(now);
            standing.failure = None;
        });
    }

    /// None came.
    pub(super) fn failed(&self, client_id: &ClientId, failure: &Failure) {
        let failure = (failure.class, failure.category, Code::of(failure));
        self.change(client_id, |standing| standing.failure = Some(failure));
    }

    /// As metrics, with the ids as `identifiers` show them.
    pub(super) fn samples(&self, identifiers: Identifiers) -> Vec<Sample> {
        let standings = self.0.lock();
        standings
            .iter()
            .flat_map(|standing| standing.samples(identifiers))
            .collect()
    }

    /// What is no longer configured has no standing.
    fn change(&self, client_id: &ClientId, change: impl FnOnce(&mut Standing)) {
        let mut standings = self.0.lock();
        let at = standings
            .iter()
            .position(|standing| standing.client_id.as_ref() == Some(client_id))
            .or_else(|| {
                standings
                    .iter()
                    .position(|standing| standing.client_id.is_none())
            });
        if let Some(standing) = at.and_then(|at| standings.get_mut(at)) {
            change(standing);
        }
    }
}

impl Standing {
    fn samples(&self, identifiers: Identifiers) -> impl Iterator<Item = Sample> + use<> {
        let client_id = self
            .client_id
            .as_ref()
            .map_or_else(|| OTHER.to_owned(), |id| identifiers.show(id));
        let failure = self.failure.map(|(class, category, code)| {
            let labels =
                vec![client_id.clone(), class.as_str().into(), category.as_str().into(), code.label()];
            Sample::gauge(LAST_FAILURE, labels, 1.0)
        });
        let at = self.last_success.map_or(0, UnixTime::secs);
        #[expect(clippy::cast_precision_loss, reason = "seconds of any year that comes")]
        let success = Sample::gauge(LAST_SUCCESS, vec![client_id], at as f64);
        [success].into_iter().chain(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{ExchangeStats, Metrics, log::LogContext};

    fn id(n: usize) -> ClientId {
        format!("aaaaaaaa-1111-2222-3333-{n:012}").parse().unwrap()
    }

    fn refused(code: Option<u32>) -> Failure {
        let mut failure = Failure::new(Class::Propagation, Category::FederatedCredential, "e", "d");
        failure.code = code;
        failure
    }

    /// The series as they are scraped.
    fn shown(standings: &Standings) -> String {
        let metrics = Metrics::new(<_>::default(), LogContext::default(), Vec::new());
        let text = metrics.render(standings.samples(Identifiers::Full)).text;
        let mut lines: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("wisp_last_"))
            .collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    #[test]
    fn a_failure_stands_until_a_token_comes() {
        let standings = Standings::default();
        standings.configure(&[id(1), id(2)]);
        assert_eq!(
            shown(&standings),
            "wisp_last_success_timestamp_seconds{client_id=\"aaaaaaaa-1111-2222-3333-000000000001\"} 0\n\
             wisp_last_success_timestamp_seconds{client_id=\"aaaaaaaa-1111-2222-3333-000000000002\"} 0"
        );
        standings.succeeded(&id(2), UnixTime::from_secs(1_700_000_000));
        standings.failed(&id(1), &refused(None));
        standings.failed(&id(1), &refused(Some(700_213)));
        insta::assert_snapshot!(shown(&standings), @r#"
        wisp_last_failure_info{client_id="aaaaaaaa-1111-2222-3333-000000000001",class="propagation",category="federated_credential",aadsts="700213"} 1
        wisp_last_success_timestamp_seconds{client_id="aaaaaaaa-1111-2222-3333-000000000001"} 0
        wisp_last_success_timestamp_seconds{client_id="aaaaaaaa-1111-2222-3333-000000000002"} 1700000000
        "#);
        standings.succeeded(&id(1), UnixTime::from_secs(1_700_000_001));
        assert!(!shown(&standings).contains("wisp_last_failure_info"));
    }

    #[test]
    fn what_is_no_longer_configured_is_forgotten_and_the_rest_kept() {
        let standings = Standings::default();
        standings.configure(&[id(1), id(2)]);
        standings.failed(&id(1), &refused(Some(1)));
        standings.failed(&id(2), &refused(Some(2)));
        standings.configure(&[id(3), id(2)]);
        standings.failed(&id(1), &refused(Some(3)));
        insta::assert_snapshot!(shown(&standings), @r#"
        wisp_last_failure_info{client_id="aaaaaaaa-1111-2222-3333-000000000002",class="propagation",category="federated_credential",aadsts="2"} 1
        wisp_last_success_timestamp_seconds{client_id="aaaaaaaa-1111-2222-3333-000000000002"} 0
        wisp_last_success_timestamp_seconds{client_id="aaaaaaaa-1111-2222-3333-000000000003"} 0
        "#);
    }

    #[test]
    fn series_are_bounded() {
        let standings = Standings::default();
        let many: Vec<_> = (0..1000).map(id).collect();
        standings.configure(&many);
        for id in &many {
            standings.failed(id, &refused(None));
        }
        let text = shown(&standings);
        assert_eq!(text.lines().count(), 2 * (MAX_IDENTITIES + 1));
        assert!(text.contains(r#"wisp_last_failure_info{client_id="other""#), "{text}");
    }

    #[test]
    fn ids_are_shown_as_elsewhere() {
        let stats = ExchangeStats::default();
        stats.configure(&["aaaaaaaa-1111-2222-3333-444444444444".parse().unwrap()]);
        let samples = stats.standings(Identifiers::Hashed);
        assert_eq!(samples, [Sample::gauge(LAST_SUCCESS, vec!["61eef8f68895".into()], 0.0)]);
    }
}
