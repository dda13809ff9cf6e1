//! Probes and metrics, without TLS, on a port of their own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Method, Request, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
};

use super::{
    certificate::Serving,
    measures::{Gauges, Measures},
};
use crate::server::{ConnectionCounters, Handler, Limits, Pace, Reply, Response};

/// A kubelet and a scraper need two connections; other pods must not be able to take much.
pub(super) const LIMITS: Limits = Limits {
    connections: 32,
    connections_setting: None,
    pace: Some(Pace { every: Duration::from_millis(10), at_once: 32 }),
    idle: Duration::from_secs(5),
    drain: Duration::ZERO,
};

/// What is answered there.
pub(super) struct Admin {
    serving: Arc<Serving>,
    measures: Arc<Measures>,
    is_ending: AtomicBool,
    connections: ConnectionCounters,
}

impl Admin {
    pub(super) fn new(serving: Arc<Serving>, measures: Arc<Measures>) -> Self {
        Self {
            serving,
            measures,
            is_ending: AtomicBool::new(false),
            connections: ConnectionCounters::default(),
        }
    }

    /// From now on it is not ready.
    pub(super) fn end_soon(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    /// Status and text of an answer.
    fn answer(&self, method: &Method, path: &str) -> (StatusCode, String) {
        if method != Method::GET && method != Method::HEAD {
            return (StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n".to_owned());
        }
        match path {
            "/livez" => (StatusCode::OK, "ok\n".to_owned()),
            "/readyz" => self.readiness(),
            "/metrics" => {
                let readiness = self.serving.readiness();
                let gauges = Gauges { remaining: readiness.remaining, is_trusted: readiness.is_trusted };
                (StatusCode::OK, self.measures.render(gauges))
            }
            _ => (StatusCode::NOT_FOUND, "there are /livez, /readyz and /metrics here\n".to_owned()),
        }
    }

    fn readiness(&self) -> (StatusCode, String) {
        let readiness = self.serving.readiness();
        if self.is_ending.load(Ordering::Relaxed) {
            return (StatusCode::SERVICE_UNAVAILABLE, "the webhook is ending\n".to_owned());
        }
        if readiness.is_ready() {
            return (StatusCode::OK, "ok\n".to_owned());
        }
        let error = readiness
            .error
            .unwrap_or_else(|| "the certificate is not here yet, or has ended".to_owned());
        (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n"))
    }
}

impl Handler for Admin {
    fn handle(self: &Arc<Self>, request: Request<Incoming>) -> Reply {
        let (status, text) = self.answer(request.method(), request.uri().path());
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response.into()
    }

    fn connections(&self) -> &ConnectionCounters {
        &self.connections
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hyper::Method;

    use super::{Admin, Serving};

    #[tokio::test(start_paused = true)]
    async fn readiness_needs_a_certificate_and_liveness_does_not() {
        let admin = Admin::new(Arc::new(Serving::new("webhook".into())), Arc::default());
        let answer = |method, path| {
            let (status, text) = admin.answer(&method, path);
            format!("{} {text}", status.as_u16())
        };
        let mut texts = vec![
            answer(Method::GET, "/livez"),
            answer(Method::GET, "/readyz"),
            answer(Method::GET, "/mutate"),
            answer(Method::POST, "/readyz"),
        ];
        admin.end_soon();
        texts.push(answer(Method::GET, "/readyz"));
        insta::assert_snapshot!(texts.concat(), @r"
        200 ok
        503 the certificate is not here yet, or has ended
        404 there are /livez, /readyz and /metrics here
        405 only GET is answered here
        503 the webhook is ending
        ");
        assert!(
            admin
                .answer(&Method::GET, "/metrics")
                .1
                .contains("wisp_webhook_certificate_trusted 0\n")
        );
    }
}
