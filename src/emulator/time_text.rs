//! Times as Entra and the kubelet write them.

use std::time::Duration;

use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::clock::UnixTime;

/// `2026-01-02 03:04:05Z`, the form of an error's timestamp.
pub(super) fn stamp(time: UnixTime) -> String {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    write(time, FORM)
}

/// `2026-01-02T03:04:05.0000000Z`, the form inside an error's text.
pub(super) fn iso(time: UnixTime) -> String {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].0000000Z");
    write(time, FORM)
}

/// `2026_01_02_03_04_05`, the form of the kubelet's data folders.
pub(super) fn folder(time: UnixTime) -> String {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[year]_[month]_[day]_[hour]_[minute]_[second]");
    write(time, FORM)
}

/// The time as HTTP writes it, which ends with the year 9999.
pub(super) fn http_date(time: UnixTime) -> String {
    const LAST: u64 = 253_402_300_799;
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(time.secs().min(LAST)))
}

/// A time beyond the year 9999 is written as the epoch: it can only come from an absurd claim.
fn write(time: UnixTime, form: &[BorrowedFormatItem<'_>]) -> String {
    i64::try_from(time.secs())
        .ok()
        .and_then(|secs| OffsetDateTime::from_unix_timestamp(secs).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .format(form)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{folder, iso, stamp};
    use crate::clock::UnixTime;

    #[test]
    fn forms() {
        let time = UnixTime::from_secs(1_767_323_045);
        assert_eq!(stamp(time), "2026-01-02 03:04:05Z");
        assert_eq!(iso(time), "2026-01-02T03:04:05.0000000Z");
        assert_eq!(folder(time), "2026_01_02_03_04_05");
        assert_eq!(stamp(UnixTime::from_secs(u64::MAX)), "1970-01-01 00:00:00Z");
    }
}
