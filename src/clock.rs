//! The wall clock and randomness, as things that are passed in.
//!
//! Monotonic time is always [`tokio::time::Instant`], which tests pause. Wall time and randomness have no such switch
//! in the standard library, so nothing but this file reads them.

use std::{
    ops::Add,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A point in wall time: the time since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixTime(Duration);

impl UnixTime {
    /// The point `secs` whole seconds after the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// Whole seconds since the epoch, the unit of JWT claims and of `expires_on`.
    pub const fn secs(self) -> u64 {
        self.0.as_secs()
    }

    /// The time from `earlier` to `self`, or zero when `earlier` is later.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for UnixTime {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(rhs))
    }
}

impl From<SystemTime> for UnixTime {
    fn from(value: SystemTime) -> Self {
        Self(value.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

/// Wall time, wherever it comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn wall(&self) -> UnixTime;
}

/// Randomness for jitter and identifiers. Never for keys.
pub trait Random: Send + Sync + 'static {
    /// Sixty-four uniformly distributed bits.
    fn bits(&self) -> u64;

    /// A number in `0.0..1.0`.
    fn unit(&self) -> f64 {
        const TWO_TO_THE_53: f64 = 9_007_199_254_740_992.0;
        // The 53 bits that an `f64` can hold exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let numerator = (self.bits() >> 11) as f64;
        numerator / TWO_TO_THE_53
    }

    /// A version 4 UUID in its usual text form (RFC 9562 section 5.4).
    fn uuid(&self) -> String {
        let high = (self.bits() & !0xf000) | 0x4000;
        let low = (self.bits() & (u64::MAX >> 2)) | (1 << 63);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

/// The machine's clock and a pseudo-random generator seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    fn wall(&self) -> UnixTime {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
        let now = SystemTime::now();
        now.into()
    }
}

impl Random for System {
    fn bits(&self) -> u64 {
        fastrand::u64(..)
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, System, UnixTime};
    use std::time::Duration;

    struct Fixed(u64);

    impl Random for Fixed {
        fn bits(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn unit_stays_below_one() {
        assert!(Fixed(u64::MAX).unit() < 1.0);
        assert!(Fixed(0).unit().abs() < f64::EPSILON);
    }

    #[test]
    fn uuid_has_version_and_variant() {
        assert_eq!(Fixed(0).uuid(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(Fixed(u64::MAX).uuid(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_ne!(System.uuid(), System.uuid());
    }

    #[test]
    fn time_never_runs_below_zero() {
        let early = UnixTime::from_secs(10);
        assert_eq!(early.saturating_since(early + Duration::from_secs(5)), Duration::ZERO);
    }
}
