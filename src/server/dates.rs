//! Times that hyper can be run at.
//!
//! It writes every present second as an HTTP date, even with the header `Date` turned off, and panics where the year has not
//! four digits (RFC 9110 section 5.6.7).

use std::{ops::Range, time::Duration};

use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

use crate::clock::UnixTime;

/// The seconds since 1970 at which hyper may be polled. Zero stands for all times before 1970 too. The last minute is left
/// out, so that the limit is not passed during a poll.
const DATES: Range<u64> = 1..253_402_300_800 - 60;

/// The answer at any other time, which goes past hyper.
const NO_DATE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/json; charset=utf-8\r\n\
    retry-after: 10\r\n\
    connection: close\r\n\
    content-length: 135\r\n\r\n\
    {\"error\":\"temporarily_unavailable\",\"error_description\":\"The clock of this machine is not within the years 1970 \
    to 9999; set it right.\"}";

/// Whether hyper may be polled `now`.
pub(super) fn is_date(now: UnixTime) -> bool {
    DATES.contains(&now.secs())
}

/// Says on a new connection that the clock is wrong. So short an answer is taken at once, or within `patience`, or never.
pub(super) async fn refuse(mut stream: impl AsyncWrite + Unpin, patience: Duration) {
    let _ = timeout(patience, async {
        stream.write_all(NO_DATE).await?;
        stream.shutdown().await
    })
    .await;
}
