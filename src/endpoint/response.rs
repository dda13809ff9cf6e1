//! The response around a body: its headers, and the id that every answer carries.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, StatusCode,
    header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, SERVER},
};

use crate::{clock::Random, server::Response};

/// The request id, made here, by which an answer is found in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// The request id that the client made; given back to it.
pub(super) const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// The longest client request id given back or logged, in bytes. It is a GUID with every known client.
const MAX_CLIENT_REQUEST_ID: usize = 128;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const NAME: HeaderValue = HeaderValue::from_static(concat!("wisp/", env!("CARGO_PKG_VERSION")));

/// A request id in UUID form.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestId([u8; 36]);

impl RequestId {
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Makes request ids: a random part that is the same for the whole life of the process, and a counter. Unique is all
/// they need to be, and this costs next to nothing.
#[derive(Debug)]
pub(super) struct RequestIds {
    first: [u8; 36],
    next: AtomicU64,
}

/// How many hexadecimal digits at the end of a UUID are the counter.
const COUNTER_DIGITS: u32 = 12;

impl RequestIds {
    pub(super) fn new(random: &impl Random) -> Self {
        let mut first = [b'0'; 36];
        for (to, from) in first.iter_mut().zip(random.uuid().bytes()) {
            *to = from;
        }
        Self { first, next: AtomicU64::new(1) }
    }

    pub(super) fn next(&self) -> RequestId {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut id = self.first;
        let mut count = self.next.fetch_add(1, Ordering::Relaxed);
        for byte in id.iter_mut().rev().take(COUNTER_DIGITS as usize) {
            *byte = DIGITS[(count & 15) as usize];
            count >>= 4;
        }
        RequestId(id)
    }
}

/// The client's request id, if it is one that can be repeated without risk.
pub(super) fn client_request_id(given: Option<&HeaderValue>) -> Option<HeaderValue> {
    given
        .filter(|id| {
            let bytes = id.as_bytes();
            bytes.len() <= MAX_CLIENT_REQUEST_ID && bytes.iter().all(u8::is_ascii_graphic)
        })
        .cloned()
}

/// The answer with a JSON `body`. `headers` is the map of the request, emptied and used again: hyper keeps a response's
/// map for the next request on the connection, so a kept-alive connection allocates none at all.
pub(super) fn json(
    headers: HeaderMap,
    status: StatusCode,
    body: Bytes,
    id: &RequestId,
    client_request_id: Option<HeaderValue>,
) -> Response {
    whole(headers, status, JSON, body, id, client_request_id)
}

/// The answer with any body; `headers` as in [`json`].
#[inline]
pub(super) fn whole(
    mut headers: HeaderMap,
    status: StatusCode,
    content_type: HeaderValue,
    body: Bytes,
    id: &RequestId,
    client_request_id: Option<HeaderValue>,
) -> Response {
    headers.clear();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(SERVER, NAME);
    if let Ok(id) = HeaderValue::from_bytes(&id.0) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(id) = client_request_id {
        headers.insert(CLIENT_REQUEST_ID, id);
    }
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Says when to ask again.
pub(super) fn with_retry_after(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Says which methods there are.
pub(super) fn with_allow(mut response: Response, methods: Option<&'static str>) -> Response {
    if let Some(methods) = methods {
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static(methods));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{RequestIds, client_request_id};
    use crate::clock::Random;
    use hyper::header::HeaderValue;

    struct Fixed;

    impl Random for Fixed {
        fn bits(&self) -> u64 {
            u64::MAX
        }
    }

    #[test]
    fn ids_count_up_in_uuid_form() {
        let ids = RequestIds::new(&Fixed);
        assert_eq!(ids.next().as_str(), "ffffffff-ffff-4fff-bfff-000000000001");
        let later = (0..300).map(|_| ids.next()).last().unwrap();
        assert_eq!(later.as_str(), "ffffffff-ffff-4fff-bfff-00000000012d");
    }

    #[test]
    fn only_a_plain_client_request_id_is_given_back() {
        let echo = |value: &[u8]| {
            let value = HeaderValue::from_bytes(value).unwrap();
            client_request_id(Some(&value)).is_some()
        };
        assert!(echo(b"0b1e5e1f-1111-2222-3333-444444444444"));
        assert!(!echo(b"two words") && !echo(b"caf\xe9") && !echo(&[b'x'; 129]));
    }
}
