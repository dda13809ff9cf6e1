//! The wall clock and randomness, as things that are passed in.
//!
//! Monotonic time is always [`tokio::time::Instant`], which tests pause. Wall time and randomness have no such switch
//! in the standard library, so nothing but this file reads them.

use std::{
    fmt,
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

/// A day of the Gregorian calendar, in UTC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Date {
    /// The year.
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// 1 to 31.
    pub day: u64,
}

/// The time on a clock in UTC, written as `02:57:58`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
    second: u8,
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hour, minute, second } = self;
        write!(f, "{hour:02}:{minute:02}:{second:02}")
    }
}

const DAY: u64 = 24 * 60 * 60;

impl UnixTime {
    /// The day.
    ///
    /// Years are counted from March, so that the day a leap year adds comes last, and in eras of 400 of them.
    pub fn date(self) -> Date {
        const ERA: u64 = 146_097;
        const FROM_MARCH_OF_YEAR_ZERO: u64 = 719_468;
        let days = (self.secs() / DAY).saturating_add(FROM_MARCH_OF_YEAR_ZERO);
        let (era, day) = (days / ERA, days % ERA);
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let from_march = (5 * day + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Date {
            year: era * 400 + year + u64::from(month <= 2),
            month,
            day: day - (153 * from_march + 2) / 5 + 1,
        }
    }

    /// The time on the clock.
    pub fn time_of_day(self) -> TimeOfDay {
        let second = self.secs() % DAY;
        let narrow = |n: u64| u8::try_from(n).unwrap_or_default();
        TimeOfDay {
            hour: narrow(second / 3600),
            minute: narrow(second / 60 % 60),
            second: narrow(second % 60),
        }
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
    use super::{Date, Random, System, UnixTime};
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
    fn dates_are_those_of_the_calendar() {
        let written = |secs| {
            let time = UnixTime::from_secs(secs);
            let Date { year, month, day } = time.date();
            format!("{year:04}-{month:02}-{day:02} {}", time.time_of_day())
        };
        for (secs, date) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (951_868_800, "2000-03-01 00:00:00"),
            (1_560_999_478, "2019-06-20 02:57:58"),
            (1_767_225_599, "2025-12-31 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
            (253_402_300_799, "9999-12-31 23:59:59"),
        ] {
            assert_eq!(written(secs), date);
        }
        let _ = UnixTime::from_secs(u64::MAX).date();
    }

    #[test]
    fn time_never_runs_below_zero() {
        let early = UnixTime::from_secs(10);
        assert_eq!(early.saturating_since(early + Duration::from_secs(5)), Duration::ZERO);
    }
}
