//! Faults on demand: what can go wrong at the token endpoint, for whom, and how often.

mod kind;

use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

pub use kind::{Fault, FaultKind};

use crate::clock::UnixTime;

/// A credential that a request does not see, and the error it gets for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Hidden {
    /// The credential's name.
    pub credential: String,
    /// The AADSTS number.
    pub aadsts: u32,
}

/// All that goes wrong with one request.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each stands for a fault of its own, and any may be combined"
)]
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Effects {
    /// The answer in place of the endpoint's.
    pub answer: Option<FaultKind>,
    /// Wait before the answer.
    pub delay: Duration,
    /// Spread the body over this time.
    pub slow_body: Option<Duration>,
    /// Cut the body.
    pub truncated: bool,
    /// Numbers as strings.
    pub string_numbers: bool,
    /// Descriptions with line breaks.
    pub older_descriptions: bool,
    /// 70021 for every mismatch.
    pub older_mismatch: bool,
    /// Set cookies.
    pub cookies: bool,
    /// Seconds to add to the machine's clock.
    pub clock_offset: i64,
    /// How long an issuer's metadata is kept.
    pub metadata_cache: Duration,
    /// Credentials that are not seen.
    pub hidden: Vec<Hidden>,
    /// Issuers that cannot be reached.
    pub unreachable: Vec<String>,
    /// Issuers whose keys cannot be parsed.
    pub broken_keys: Vec<String>,
}

/// A fault in force.
#[derive(Debug)]
struct Active {
    fault: Fault,
    since: UnixTime,
    seen: u64,
}

/// The faults in force. The in-process handle and the control path share it.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Active>>);

impl Faults {
    /// Puts `faults` in place of those in force. Refuses all when one cannot be used.
    pub(super) fn set(&self, faults: Vec<Fault>, now: UnixTime) -> Result<(), String> {
        faults.iter().try_for_each(Fault::check)?;
        let active = |fault| Active { fault, since: now, seen: 0 };
        *self.lock() = faults.into_iter().map(active).collect();
        Ok(())
    }

    /// Adds one.
    pub(super) fn add(&self, fault: Fault, now: UnixTime) -> Result<(), String> {
        fault.check()?;
        self.lock().push(Active { fault, since: now, seen: 0 });
        Ok(())
    }

    /// Ends all.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// Those in force, with the requests that they have left. Spent ones are not listed.
    pub(super) fn list(&self) -> Vec<Fault> {
        self.lock()
            .iter()
            .map(|a| a.fault.clone())
            .filter(|f| f.requests != Some(0))
            .collect()
    }

    /// Applies the faults to a request, counted against their limits.
    pub(super) fn apply(&self, client_id: &str, scope: &str, now: UnixTime) -> Effects {
        let mut effects = Effects::default();
        for active in self.lock().iter_mut() {
            if !active.fault.fits(client_id, scope) {
                continue;
            }
            if active.fault.fault.is_answer() && effects.answer.is_some() {
                continue;
            }
            if let Some(left) = &mut active.fault.requests {
                *left -= 1;
            }
            active.seen += 1;
            effects.add(active, now);
        }
        effects
    }

    /// Seconds by which Entra's clock is ahead for those who ask for no token. Faults of some clients are not theirs, and none is counted.
    pub(super) fn clock_offset(&self) -> i64 {
        let faults = self.lock();
        let of_all = faults.iter().filter(|active| active.fault.fits_all());
        of_all.fold(0, |sum: i64, active| match active.fault.fault {
            FaultKind::ClockOffset { seconds } => sum.saturating_add(seconds),
            _ => sum,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Active>> {
        self.0.lock()
    }
}

impl Effects {
    fn add(&mut self, active: &Active, now: UnixTime) {
        match active.fault.fault.clone() {
            FaultKind::Delay { milliseconds } => self.delay += Duration::from_millis(milliseconds),
            FaultKind::SlowBody { milliseconds } => {
                self.slow_body = Some(Duration::from_millis(milliseconds));
            }
            FaultKind::TruncatedBody => self.truncated = true,
            FaultKind::StringNumbers => self.string_numbers = true,
            FaultKind::OlderDescriptions => self.older_descriptions = true,
            FaultKind::OlderMismatch => self.older_mismatch = true,
            FaultKind::Cookies => self.cookies = true,
            FaultKind::ClockOffset { seconds } => {
                self.clock_offset = self.clock_offset.saturating_add(seconds);
            }
            FaultKind::MetadataCache { seconds } => self.metadata_cache = Duration::from_secs(seconds),
            FaultKind::Propagation { credential, seconds, aadsts } => {
                if now.saturating_since(active.since) < Duration::from_secs(seconds) {
                    self.hidden.push(Hidden { credential, aadsts });
                }
            }
            FaultKind::Flapping { credential, aadsts } => {
                if !active.seen.is_multiple_of(2) {
                    self.hidden.push(Hidden { credential, aadsts });
                }
            }
            FaultKind::IssuerUnreachable { issuer } => self.unreachable.push(issuer),
            FaultKind::IssuerKeysBroken { issuer } => self.broken_keys.push(issuer),
            answer => self.answer = Some(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind, Faults};
    use crate::clock::UnixTime;

    const NOW: UnixTime = UnixTime::from_secs(1000);

    #[test]
    fn a_limit_counts_only_the_requests_that_fit() {
        let faults = Faults::default();
        faults
            .add(
                Fault::from(FaultKind::Hang)
                    .times(2)
                    .client("AB")
                    .scope("s"),
                NOW,
            )
            .unwrap();
        assert_eq!(faults.apply("other", "s", NOW).answer, None);
        assert_eq!(faults.apply("ab", "t", NOW).answer, None);
        assert_eq!(faults.apply("ab", "s", NOW).answer, Some(FaultKind::Hang));
        assert_eq!(faults.list()[0].requests, Some(1));
        assert_eq!(faults.apply("ab", "s", NOW).answer, Some(FaultKind::Hang));
        assert_eq!(faults.apply("ab", "s", NOW).answer, None);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn the_first_answer_wins_and_the_second_waits_its_turn() {
        let faults = Faults::default();
        let first = Fault::from(FaultKind::Aadsts(90033)).times(1);
        let second = Fault::from(FaultKind::Throttle { retry_after_seconds: 1 }).times(1);
        faults
            .set(vec![first, FaultKind::StringNumbers.into(), second.clone()], NOW)
            .unwrap();
        let effects = faults.apply("a", "s", NOW);
        assert_eq!((effects.answer, effects.string_numbers), (Some(FaultKind::Aadsts(90033)), true));
        let effects = faults.apply("a", "s", NOW);
        assert_eq!((effects.answer, effects.string_numbers), (Some(second.fault), true));
        assert_eq!(faults.apply("a", "s", NOW).answer, None);
    }

    #[test]
    fn propagation_ends_and_flapping_alternates() {
        let faults = Faults::default();
        let propagation = FaultKind::Propagation { credential: "c".into(), seconds: 30, aadsts: 70021 };
        faults.add(propagation.into(), NOW).unwrap();
        assert_eq!(
            faults
                .apply("a", "s", UnixTime::from_secs(1029))
                .hidden
                .len(),
            1
        );
        assert_eq!(
            faults
                .apply("a", "s", UnixTime::from_secs(1030))
                .hidden
                .len(),
            0
        );

        let flapping = FaultKind::Flapping { credential: "c".into(), aadsts: 700213 };
        faults.set(vec![flapping.into()], NOW).unwrap();
        let hidden: Vec<_> = (0..4)
            .map(|_| faults.apply("a", "s", NOW).hidden.len())
            .collect();
        assert_eq!(hidden, [1, 0, 1, 0]);
    }

    #[test]
    fn json_is_the_same_as_toml() {
        let read = |text: &str| serde_json::from_str::<Fault>(text).map_err(|e| e.to_string());
        assert_eq!(
            read(r#"{"fault":{"throttle":{}},"requests":3}"#).unwrap(),
            Fault::from(FaultKind::Throttle { retry_after_seconds: 60 }).times(3)
        );
        assert_eq!(read(r#"{"fault":"reset"}"#).unwrap(), FaultKind::Reset.into());
        insta::assert_snapshot!(read(r#"{"fault":"boom"}"#).unwrap_err(), @"unknown variant `boom`, expected one of `aadsts`, `throttle`, `unavailable`, `backup`, `hang`, `reset`, `html_body`, `empty_body`, `huge_body`, `redirect`, `delay`, `slow_body`, `truncated_body`, `string_numbers`, `older_descriptions`, `older_mismatch`, `cookies`, `clock_offset`, `metadata_cache`, `propagation`, `flapping`, `issuer_unreachable`, `issuer_keys_broken` at line 1 column 15");
        insta::assert_snapshot!(read(r#"{"fault":{"delay":{"ms":1}}}"#).unwrap_err(), @"unknown field `ms`, expected `milliseconds` at line 1 column 23");
        insta::assert_snapshot!(Fault::from(FaultKind::EmptyBody { status: 99 }).check().unwrap_err(), @"status 99 is not in 200 to 599");
    }
}
