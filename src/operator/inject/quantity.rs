//! Amounts of CPU and memory as Kubernetes writes them, so that they can be compared and added up.

use std::ops::Add;

use serde_json::Value;

/// An amount, exact to a billionth as in Kubernetes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Quantity(i128);

/// Billionths in one.
const ONE: i128 = 1_000_000_000;
/// Billionths in a thousandth.
const MILLI: i128 = ONE / 1000;

/// What suffixes mean, in billionths.
const SUFFIXES: [(&str, i128); 16] = [
    ("n", 1),
    ("u", 1000),
    ("m", MILLI),
    ("", ONE),
    ("k", ONE * 1000),
    ("M", ONE * 1_000_000),
    ("G", ONE * 1_000_000_000),
    ("T", ONE * 1_000_000_000_000),
    ("P", ONE * 1_000_000_000_000_000),
    ("E", ONE * 1_000_000_000_000_000_000),
    ("Ki", ONE << 10),
    ("Mi", ONE << 20),
    ("Gi", ONE << 30),
    ("Ti", ONE << 40),
    ("Pi", ONE << 50),
    ("Ei", ONE << 60),
];

/// The most digits that are read on either side of the point: more is no amount of anything in a pod.
const MOST_DIGITS: usize = 18;

impl Quantity {
    /// The amount `ratio` times.
    #[must_use]
    pub(super) fn times(self, ratio: Self) -> Self {
        Self(self.0.saturating_mul(ratio.0) / ONE)
    }

    /// Nothing.
    pub(super) const ZERO: Self = Self(0);

    /// Reads `text`, which has no sign.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (number, unit) = match text.split_once(['e', 'E']) {
            // `1e3`, and not `1E`, which is a suffix.
            Some((number, exponent)) if !exponent.is_empty() => {
                (number, ONE.checked_mul(10_i128.checked_pow(exponent.parse().ok()?)?)?)
            }
            _ => {
                let suffix = text.strip_prefix(number)?;
                (number, SUFFIXES.iter().find(|(known, _)| *known == suffix)?.1)
            }
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let read = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let whole = read(whole)?.checked_mul(unit)?;
        // Kubernetes rounds up what is smaller than it counts.
        let fraction = read(fraction)?.checked_mul(unit)?;
        Some(Self(whole.checked_add((fraction + scale - 1) / scale)?))
    }

    /// Reads what a manifest has, where `cpu: 1` is a number.
    pub(super) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    /// The amount in thousandths, as CPU is usually written: `250m`, `2`.
    pub(super) fn in_thousandths(self) -> String {
        let milli = (self.0 + MILLI - 1) / MILLI;
        if milli % 1000 == 0 { (milli / 1000).to_string() } else { format!("{milli}m") }
    }

    /// The amount in the largest binary unit that shows it exactly, as memory is usually written: `288Mi`.
    pub(super) fn in_bytes(self) -> String {
        let bytes = (self.0 + ONE - 1) / ONE;
        for (unit, shift) in [("Gi", 30), ("Mi", 20), ("Ki", 10)] {
            if bytes != 0 && bytes % (1 << shift) == 0 {
                return format!("{}{unit}", bytes >> shift);
            }
        }
        bytes.to_string()
    }
}

impl Quantity {
    /// What is left of it without `other`.
    #[must_use]
    pub(super) fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

impl Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Quantity;

    fn of(text: &str) -> Quantity {
        Quantity::parse(text).unwrap()
    }

    #[test]
    fn spellings_of_one_amount_are_equal() {
        for (one, other) in [
            ("0.1", "100m"),
            (".5", "500m"),
            ("1.", "1"),
            ("1e3", "1k"),
            ("2E3", "2000"),
            ("1.5e3", "1500"),
            ("1024Ki", "1Mi"),
            ("0.5Gi", "512Mi"),
            ("128974848", "123Mi"),
            ("1000000n", "1m"),
            ("1000u", "1m"),
            ("1E", "1000P"),
        ] {
            assert_eq!(of(one), of(other), "{one} {other}");
        }
        assert_eq!(Quantity::read(&json!(0.25)), Some(of("250m")));
        assert_eq!(Quantity::read(&json!(2)), Some(of("2000m")));
        assert!(of("1Gi") > of("1G") && of("0") == Quantity::ZERO);
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for text in [
            "",
            "m",
            ".",
            "1x",
            "1 Mi",
            "-1",
            "+1",
            "1.2.3",
            "1e",
            "1ee3",
            "1e-3",
            "0x1",
            "1e99",
            "{{ .cpu }}",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
        assert_eq!(Quantity::read(&json!(null)), None);
    }

    #[test]
    fn sums_are_written_as_people_write_them() {
        assert_eq!((of("500m") + of("10m")).in_thousandths(), "510m");
        assert_eq!((of("0.9") + of("100m")).in_thousandths(), "1");
        assert_eq!((of("256Mi") + of("32Mi")).in_bytes(), "288Mi");
        assert_eq!((of("992Mi") + of("32Mi")).in_bytes(), "1Gi");
        assert_eq!((of("1G") + of("32Mi")).in_bytes(), "1033554432");
        assert_eq!(of("0").in_bytes(), "0");
    }
}
