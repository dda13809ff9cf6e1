//! The admin listener: liveness, readiness, metrics. It hands out no tokens, so it may bind an address of the pod.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, StatusCode,
    body::Incoming,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
};

use super::{readiness::Readiness, scrape::Scrapes};
use crate::server::{ConnectionCounters, Handler, Limits, Pace, Reply, Response};

/// Connections to the admin listener open at once. A kubelet and a scraper need two; whoever else can reach the pod must
/// not be able to take much memory.
const MAX_CONNECTIONS: usize = 64;

/// How long one may do nothing. Probes and scrapes ask at once.
const IDLE: Duration = Duration::from_secs(2);

/// How fast they may come. A hundred in a second cost about a hundredth of a processor.
const PACE: Pace = Pace { every: Duration::from_millis(10), at_once: 64 };

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// The Prometheus text format.
const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// What the admin listener serves.
pub(crate) struct Admin {
    readiness: Readiness,
    scrapes: Arc<Scrapes>,
    connections: ConnectionCounters,
}

impl Admin {
    /// `metrics` renders the Prometheus text, once a second at most. It may take its time: it runs on a thread of its own,
    /// so that no token waits for it.
    pub(crate) fn new(readiness: Readiness, metrics: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self {
            readiness,
            scrapes: Arc::new(Scrapes::new(metrics)),
            connections: ConnectionCounters::default(),
        }
    }

    /// The bounds of its connections: tighter than those of the token listeners, because it may be reached from other pods.
    /// It ends after them, and nothing that it answers takes longer than the grace that every drain has.
    pub(crate) const fn limits() -> Limits {
        Limits {
            connections: MAX_CONNECTIONS,
            connections_setting: None,
            pace: Some(PACE),
            idle: IDLE,
            drain: Duration::ZERO,
        }
    }

    pub(super) fn answer(&self, method: &Method, path: &str) -> Response {
        let known = matches!(path, "/livez" | "/readyz" | "/metrics");
        if known && !matches!(*method, Method::GET | Method::HEAD) {
            let mut response =
                respond(StatusCode::METHOD_NOT_ALLOWED, JSON, r#"{"error":"method_not_allowed"}"#.into());
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match path {
            "/livez" => respond(StatusCode::OK, JSON, r#"{"live":true}"#.into()),
            "/readyz" => self.ready(),
            _ => respond(StatusCode::NOT_FOUND, JSON, r#"{"error":"not_found"}"#.into()),
        }
    }

    fn scrape(&self) -> Reply {
        let scrapes = Arc::clone(&self.scrapes);
        Reply::Later(Box::pin(async move {
            match scrapes.text().await {
                Some(text) => respond(StatusCode::OK, METRICS, text),
                None => respond(StatusCode::SERVICE_UNAVAILABLE, JSON, r#"{"error":"ending"}"#.into()),
            }
        }))
    }

    fn ready(&self) -> Response {
        let report = self.readiness.report();
        let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        respond(status, JSON, serde_json::to_vec(&report).unwrap_or_default().into())
    }
}

impl Handler for Admin {
    fn handle(self: &Arc<Self>, request: Request<Incoming>) -> Reply {
        let (method, path) = (request.method(), request.uri().path());
        if path == "/metrics" && matches!(*method, Method::GET | Method::HEAD) {
            return self.scrape();
        }
        self.answer(method, path).into()
    }

    fn connections(&self) -> &ConnectionCounters {
        &self.connections
    }
}

fn respond(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests {
    use super::{Admin, Method, Readiness, Response};
    use crate::endpoint::Holds;
    use http_body_util::BodyExt as _;

    fn shown(response: Response) -> String {
        let (head, body) = response.into_parts();
        // The body is complete: collecting it never waits.
        let body = futures_now(body.collect()).to_bytes();
        format!("{} {}", head.status.as_u16(), String::from_utf8_lossy(&body))
    }

    fn futures_now<T, E: std::fmt::Debug>(future: impl Future<Output = Result<T, E>>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
            .unwrap()
    }

    #[test]
    fn readiness_names_what_is_pending() {
        let mut readiness = Readiness::default();
        let listening = readiness.flag("listening");
        let prefetch = readiness.flag("prefetch");
        readiness.checked("token file", || Holds::No("/x is missing".into()));
        readiness.checked("fine", || Holds::Yes);
        let admin = Admin::new(readiness, String::new);
        listening.set(true);
        insta::assert_snapshot!(shown(admin.answer(&Method::GET, "/readyz")), @r#"503 {"ready":false,"pending":[{"condition":"prefetch"},{"condition":"token file","reason":"/x is missing"}]}"#);
        prefetch.set(true);
        assert!(shown(admin.answer(&Method::GET, "/livez")).starts_with("200 "));

        let mut readiness = Readiness::default();
        readiness.flag("listening").set(true);
        let admin = Admin::new(readiness, String::new);
        insta::assert_snapshot!(shown(admin.answer(&Method::GET, "/readyz")), @r#"200 {"ready":true,"pending":[]}"#);

        let mut readiness = Readiness::default();
        readiness.checked("token file", || Holds::Degraded("/x is gone".into()));
        let admin = Admin::new(readiness, String::new);
        insta::assert_snapshot!(shown(admin.answer(&Method::GET, "/readyz")), @r#"200 {"ready":true,"pending":[],"degraded":[{"condition":"token file","reason":"/x is gone"}]}"#);
    }

    #[test]
    fn nothing_else_is_served() {
        let admin = Admin::new(Readiness::default(), || "wisp_up 1\n".into());
        assert_eq!(shown(admin.answer(&Method::HEAD, "/livez")), "200 {\"live\":true}");
        let post = admin.answer(&Method::POST, "/metrics");
        assert_eq!(post.headers()["allow"], "GET, HEAD");
        assert_eq!(post.status(), 405);
        for path in ["/", "/metadata/identity/oauth2/token", "/livez/", "/debug"] {
            assert_eq!(shown(admin.answer(&Method::GET, path)), r#"404 {"error":"not_found"}"#);
        }
    }
}
