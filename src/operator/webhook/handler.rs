//! Reviews over HTTP: `POST /mutate`.

use std::{fmt::Display, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, StatusCode,
    body::{Body as _, Incoming},
    header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::json;
use tokio::{sync::Semaphore, time::Instant};

use super::{
    admission::{Admission, Decided},
    measures::Measures,
    outcome::Outcome,
    review::{self, Denial},
};
use crate::{
    observe::milliseconds,
    operator::cluster::Api,
    server::{ConnectionCounters, Handler, LogLimiter, Reply, Response},
};

/// Where reviews are sent.
pub(crate) const PATH: &str = "/mutate";

/// The largest review that is read. etcd takes objects up to 1.5 MiB, and a review can have two of them.
const MAX_BODY: usize = 3 << 20;

/// What is larger is large. Pods rarely have more than 20 KiB.
const LARGE: usize = 128 << 10;

/// So many large reviews are read at once; others wait, so that memory has a bound.
const MAX_LARGE: usize = 2;

/// How long a body may take.
const SLOWEST: Duration = Duration::from_secs(5);

/// The most bytes of a message in the log.
const LONGEST_LOGGED: usize = 1024;

/// Answers reviews.
pub(crate) struct Reviews<A> {
    admission: Admission<A>,
    measures: Arc<Measures>,
    large: Semaphore,
    connections: ConnectionCounters,
    malformed: LogLimiter,
    notes: LogLimiter,
}

/// A request that is no review.
struct Unreviewed {
    status: StatusCode,
    outcome: Outcome,
    message: String,
}

impl<A: Api> Reviews<A> {
    /// Answers as `admission` decides, and counts in `measures`.
    pub(crate) fn new(admission: Admission<A>, measures: Arc<Measures>) -> Self {
        Self {
            admission,
            measures,
            large: Semaphore::new(MAX_LARGE),
            connections: ConnectionCounters::default(),
            malformed: LogLimiter::default(),
            notes: LogLimiter::default(),
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response {
        let start = Instant::now();
        let (outcome, response) = match self.review(request, start).await {
            Ok(answered) => answered,
            Err(unreviewed) => {
                if let Some(suppressed) = self.malformed.allow() {
                    tracing::warn!(
                        operation = "admission",
                        result = "error",
                        reason = unreviewed.outcome.labels().1,
                        errorCategory = "request",
                        suppressed,
                        "{}",
                        unreviewed.message
                    );
                }
                (unreviewed.outcome, status(unreviewed.status, &unreviewed.message))
            }
        };
        self.measures.answered(outcome, start.elapsed());
        response
    }

    async fn review(
        &self,
        request: Request<Incoming>,
        start: Instant,
    ) -> Result<(Outcome, Response), Unreviewed> {
        check(request.method(), request.uri().path(), request.headers())?;
        let body = self.body(request.into_body()).await?;
        let request = review::read(&body).map_err(|error| Unreviewed::malformed(&error))?;
        drop(body);
        let decided = self.admission.decide(&request).await;
        if let Some(adoption) = decided.adoption {
            self.measures.adopted(adoption);
        }
        self.log(&request, &decided, start.elapsed());
        let review = decided.response.review(&request.uid).to_string();
        Ok((decided.outcome, json_response(StatusCode::OK, review)))
    }

    /// The whole body, within its bounds.
    async fn body(&self, body: Incoming) -> Result<Bytes, Unreviewed> {
        let too_large = || Unreviewed {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            outcome: Outcome::TooLarge,
            message: format!("the review is larger than {} MiB", MAX_BODY >> 20),
        };
        if body.size_hint().lower() > MAX_BODY as u64 {
            return Err(too_large());
        }
        let read = async {
            let mut body = body;
            let mut bytes = BytesMut::new();
            let mut permit = None;
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|_| Unreviewed::cut_off())?;
                let Ok(data) = frame.into_data() else { continue };
                if bytes.len() + data.len() > MAX_BODY {
                    return Err(too_large());
                }
                if permit.is_none() && bytes.len() + data.len() > LARGE {
                    // An error would mean that it was closed, and nobody does that.
                    permit = self.large.acquire().await.ok();
                }
                bytes.extend_from_slice(&data);
            }
            Ok(bytes.freeze())
        };
        tokio::time::timeout(SLOWEST, read)
            .await
            .unwrap_or_else(|_| {
                Err(Unreviewed {
                    status: StatusCode::REQUEST_TIMEOUT,
                    outcome: Outcome::TooSlow,
                    message: format!("the review did not arrive within {} s", SLOWEST.as_secs()),
                })
            })
    }

    /// One line for each answer that changes something or lets something not in.
    fn log(&self, request: &review::Request, decided: &Decided, took: Duration) {
        let (result, reason) = decided.outcome.labels();
        let audit = |name: &str| decided.response.audit.get(name).map(String::as_str);
        let (namespace, pod) = (shortened(&request.namespace), shortened(request.object_name()));
        let dry_run = request.dry_run == Some(true);
        let latency_ms = milliseconds(took);
        match (&decided.response.denial, decided.outcome) {
            (Some(Denial { message, .. }), _) => tracing::warn!(
                operation = "admission",
                result,
                reason,
                errorCategory = "configuration",
                namespace,
                pod,
                dry_run,
                latency_ms,
                "{}",
                shortened(message)
            ),
            (None, Outcome::Injected(_)) => tracing::info!(
                operation = "admission",
                result,
                reason,
                namespace,
                pod,
                dry_run,
                latency_ms,
                serviceAccount = shortened(crate::operator::inject::account(&request.object)),
                managedIdentityClientId = audit("identity"),
                adopted = audit("adopted").map(shortened),
                warnings = decided.response.warnings.len(),
                "wisp goes into the pod"
            ),
            _ => tracing::debug!(
                operation = "admission",
                result,
                reason,
                namespace,
                pod,
                dry_run,
                latency_ms,
                "{}",
                audit("reason").unwrap_or("unchanged")
            ),
        }
        if !decided.notes.is_empty()
            && let Some(suppressed) = self.notes.allow()
        {
            tracing::warn!(operation = "admission", suppressed, "{}", shortened(&decided.notes.join("; ")));
        }
    }
}

impl<A: Api> Handler for Reviews<A> {
    fn handle(self: &Arc<Self>, request: Request<Incoming>) -> Reply {
        let reviews = Arc::clone(self);
        Reply::Later(Box::pin(async move { reviews.answer(request).await }))
    }

    fn connections(&self) -> &ConnectionCounters {
        &self.connections
    }
}

impl Unreviewed {
    fn malformed(error: &dyn Display) -> Self {
        Self { status: StatusCode::BAD_REQUEST, outcome: Outcome::Malformed, message: error.to_string() }
    }

    fn cut_off() -> Self {
        Self::malformed(&"the body ended before all of it was here")
    }
}

/// Whether this can be a review.
fn check(method: &Method, path: &str, headers: &HeaderMap) -> Result<(), Unreviewed> {
    let wrong = |status, message: String| Unreviewed { status, outcome: Outcome::NotFound, message };
    if path != PATH {
        let message = format!("there is nothing at this path; reviews go to {PATH}");
        return Err(wrong(StatusCode::NOT_FOUND, message));
    }
    if method != Method::POST {
        return Err(wrong(StatusCode::METHOD_NOT_ALLOWED, format!("reviews are sent to {PATH} by POST")));
    }
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = media_type
        .and_then(|text| text.split(';').next())
        .unwrap_or_default();
    if !essence.trim().eq_ignore_ascii_case("application/json") {
        let message = "reviews are JSON: Content-Type has to be application/json".to_owned();
        return Err(wrong(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    Ok(())
}

/// A failure in the form in which API servers read it, and repeat its message.
fn status(code: StatusCode, message: &str) -> Response {
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code.as_u16(), "message": message,
    });
    let mut response = json_response(code, status.to_string());
    if code == StatusCode::METHOD_NOT_ALLOWED {
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn json_response(code: StatusCode, body: String) -> Response {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = code;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_LOGGED))
        .unwrap_or_default()
}
