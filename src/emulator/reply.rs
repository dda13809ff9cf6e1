//! HTTP answers, the broken ones included.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    Response, StatusCode,
    body::{Body, Frame, SizeHint},
    header::{HeaderName, HeaderValue},
};
use serde_json::Value;
use tokio::time::{Sleep, sleep};

/// Into how many pieces a slow body is cut.
const PIECES: usize = 8;

/// How much of a huge body is sent at a time.
const CHUNK: usize = 64 * 1024;

/// A break at once would take along what is still in buffers.
const FLUSH: Duration = Duration::from_millis(20);

/// An answer before it is sent.
#[derive(Debug)]
pub(super) struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers. A name may come several times.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Script,
}

impl Reply {
    /// An answer in plain text or any other type.
    pub(super) fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: Script::whole(body) }
    }

    /// An answer in JSON.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Script::whole("") }
    }

    /// The same with one more header.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer as hyper sends it. A header value that HTTP does not allow is left out.
    pub(super) fn into_response(self) -> Response<Script> {
        let mut response = Response::new(self.body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response
                    .headers_mut()
                    .append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// A body that is sent step by step.
#[derive(Debug)]
pub(super) struct Script {
    steps: VecDeque<Step>,
    /// What `Content-Length` says, whatever the steps send.
    announced: u64,
    waiting: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
enum Step {
    Send(Bytes),
    Wait(Duration),
    /// So many bytes of filling.
    Fill(u64),
    /// The connection ends here.
    Break,
}

impl Script {
    /// An ordinary body.
    pub(super) fn whole(body: impl Into<Bytes>) -> Self {
        let body: Bytes = body.into();
        let announced = body.len() as u64;
        let steps = if body.is_empty() { VecDeque::new() } else { VecDeque::from([Step::Send(body)]) };
        Self { steps, announced, waiting: None }
    }

    /// A JSON object with so many bytes of filling in a string.
    pub(super) fn huge(filling: u64) -> Self {
        let (head, tail) = (r#"{"token_type":"Bearer","filling":""#, r#""}"#);
        let steps = [Step::Send(head.into()), Step::Fill(filling), Step::Send(tail.into())];
        let announced = filling.saturating_add((head.len() + tail.len()) as u64);
        Self { steps: steps.into(), announced, waiting: None }
    }

    /// The same, spread over `time`.
    #[must_use]
    pub(super) fn slowed(mut self, time: Duration) -> Self {
        let pause = time / u32::try_from(PIECES).unwrap_or(1);
        let mut steps = VecDeque::new();
        for step in self.steps {
            let Step::Send(bytes) = step else {
                steps.push_back(step);
                continue;
            };
            let size = bytes.len().div_ceil(PIECES).max(1);
            for piece in bytes.chunks(size) {
                steps.push_back(Step::Wait(pause));
                steps.push_back(Step::Send(Bytes::copy_from_slice(piece)));
            }
        }
        self.steps = steps;
        self
    }

    /// The same, broken off half-way.
    #[must_use]
    pub(super) fn truncated(mut self) -> Self {
        let half = self.steps.len() / 2;
        self.steps.truncate(half.max(1));
        if let [Step::Send(bytes)] = self.steps.make_contiguous() {
            bytes.truncate(bytes.len() / 2);
        }
        self.steps.push_back(Step::Wait(FLUSH));
        self.steps.push_back(Step::Break);
        self
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(cx));
                self.waiting = None;
            }
            return Poll::Ready(match self.steps.pop_front() {
                None => None,
                Some(Step::Send(bytes)) => Some(Ok(Frame::data(bytes))),
                Some(Step::Break) => Some(Err(io::ErrorKind::ConnectionAborted.into())),
                Some(Step::Wait(time)) => {
                    self.waiting = Some(Box::pin(sleep(time)));
                    continue;
                }
                Some(Step::Fill(0)) => continue,
                Some(Step::Fill(left)) => {
                    static FILLING: [u8; CHUNK] = [b'x'; CHUNK];
                    let size = left.min(CHUNK as u64);
                    self.steps.push_front(Step::Fill(left - size));
                    let filling = usize::try_from(size)
                        .ok()
                        .and_then(|size| FILLING.get(..size));
                    Some(Ok(Frame::data(Bytes::from_static(filling.unwrap_or_default()))))
                }
            });
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty() && self.waiting.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
