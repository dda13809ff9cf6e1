//! Durations and sizes as people write them.

use std::time::Duration;

/// Units of time, largest first, in milliseconds.
const TIME_UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Units of size, largest first, in bytes.
const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Reads `500ms`, `8s`, `2m`, `1h30m`, and `0`. None for anything else. Whole numbers, each with its unit, larger units first.
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = 0_u64;
    let mut smallest = u64::MAX;
    while !rest.is_empty() {
        let (number, after) = split_number(rest)?;
        let unit_end = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, tail) = after.split_at_checked(unit_end)?;
        let (_, millis) = TIME_UNITS.into_iter().find(|(name, _)| *name == unit)?;
        if millis >= smallest {
            return None;
        }
        smallest = millis;
        total = total.checked_add(number.checked_mul(millis)?)?;
        rest = tail;
    }
    (smallest != u64::MAX).then(|| Duration::from_millis(total))
}

/// Reads `65536`, `64KiB`, `2MiB`.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split_number(text)?;
    if unit.is_empty() {
        return Some(number);
    }
    let (_, bytes) = SIZE_UNITS.into_iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(bytes)
}

/// The shortest text that [`parse_duration`] reads as `duration`.
pub fn show_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".into();
    }
    let term = |(unit, millis): (&str, u64)| {
        let count = rest / millis;
        rest %= millis;
        if count == 0 { String::new() } else { format!("{count}{unit}") }
    };
    TIME_UNITS.map(term).concat()
}

/// `bytes` in the largest unit that divides it.
pub(super) fn show_size(bytes: u64) -> String {
    SIZE_UNITS
        .into_iter()
        .find(|(_, unit)| bytes != 0 && bytes.is_multiple_of(*unit))
        .map_or_else(|| bytes.to_string(), |(name, unit)| format!("{}{name}", bytes / unit))
}

fn split_number(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{any, proptest};

    use super::{parse_duration, parse_size, show_duration, show_size};

    #[test]
    fn durations_have_units() {
        for (text, millis) in [
            ("500ms", 500),
            ("8s", 8_000),
            ("2m", 120_000),
            ("1h30m", 5_400_000),
            ("1m0s500ms", 60_500),
            ("0", 0),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for bad in [
            "",
            "8",
            "s",
            "1.5s",
            "-1s",
            "8 s",
            "1s1h",
            "1s1s",
            "8S",
            "99999999999999999999s",
            "9999999999999999h",
        ] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn sizes_have_binary_units() {
        for (text, bytes) in [("65536", 65_536), ("64KiB", 65_536), ("2MiB", 2 << 20), ("0", 0), ("7B", 7)] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
        for bad in ["", "KiB", "2MB", "2 MiB", "-1", "1.5MiB", "99999999999999999999", "99999999999999999GiB"]
        {
            assert_eq!(parse_size(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(millis in 0..u64::from(u32::MAX), bytes in any::<u64>()) {
            let duration = Duration::from_millis(millis);
            assert_eq!(parse_duration(&show_duration(duration)), Some(duration));
            assert_eq!(parse_size(&show_size(bytes)), Some(bytes));
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            parse_duration(&text);
            parse_size(&text);
        }
    }
}
