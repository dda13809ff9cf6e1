//! The application: it speaks HTTP/1.1 to the managed-identity endpoint as programs have done for years.

use std::{fmt::Write as _, net::SocketAddr, time::Duration};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};

/// Longer than wisp lets a request wait for Entra.
const PATIENCE: Duration = Duration::from_secs(15);

/// More than any answer has.
const LARGEST_ANSWER: u64 = 64 * 1024;

/// The path of the endpoint, as Azure's instance metadata service has it.
pub(super) const PATH: &str = "/metadata/identity/oauth2/token";

/// The version that nearly every client sends.
pub(super) const VERSION: &str = "api-version=2018-02-01";

/// A request for a token.
pub(super) struct AppRequest {
    /// Where wisp listens.
    pub to: SocketAddr,
    /// What the token is for.
    pub resource: &'static str,
    /// The identity it is for; none means the only or default one.
    pub client_id: Option<&'static str>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status code and its phrase.
    pub status: (u16, String),
    /// The lines of the head, without the first.
    pub headers: Vec<(String, String)>,
    /// The body, a JSON object.
    pub body: Value,
    /// The time from connecting to the last byte.
    pub took: Duration,
}

impl AppRequest {
    /// The query. The resource stands in it unescaped, as most clients send it.
    pub(super) fn query(&self) -> String {
        let mut query = format!("{VERSION}&resource={}", self.resource);
        if let Some(id) = self.client_id {
            query.push_str("&client_id=");
            query.push_str(id);
        }
        query
    }

    /// The headers that matter.
    pub(super) fn headers(&self) -> [(&'static str, String); 2] {
        [("Host", self.to.to_string()), ("Metadata", "true".into())]
    }

    /// Asks, and reads the answer.
    pub(super) async fn ask(&self) -> anyhow::Result<Answer> {
        let mut request = format!("GET {PATH}?{} HTTP/1.1\r\n", self.query());
        for (name, value) in self.headers() {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        request.push_str("Connection: close\r\n\r\n");

        let started = Instant::now();
        let exchange = async {
            let mut stream = TcpStream::connect(self.to).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream
                .take(LARGEST_ANSWER)
                .read_to_string(&mut answer)
                .await?;
            std::io::Result::Ok(answer)
        };
        let answer = timeout(PATIENCE, exchange)
            .await
            .with_context(|| format!("wisp did not answer within {} s", PATIENCE.as_secs()))?
            .context("the connection to wisp broke")?;
        Answer::parse(&answer, started.elapsed())
    }
}

impl Answer {
    fn parse(text: &str, took: Duration) -> anyhow::Result<Self> {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .context("the answer has no end of its head")?;
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default();
        let (code, phrase) = first
            .strip_prefix("HTTP/1.1 ")
            .and_then(|status| status.split_once(' '))
            .with_context(|| format!("`{first}` is no status line"))?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        let body: Value = serde_json::from_str(body).context("the body is not JSON")?;
        ensure!(body.is_object(), "the body is not a JSON object");
        Ok(Self {
            status: (code.parse().context("the status is no number")?, phrase.to_owned()),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body,
            took,
        })
    }

    /// A text of the body; empty where there is none of this name.
    pub(super) fn text(&self, name: &str) -> &str {
        self.body
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether a header of this name came.
    pub(super) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, AppRequest};
    use std::time::Duration;

    #[test]
    fn reads_status_headers_and_body() {
        let answer = Answer::parse(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{\"error\":\"e\"}",
            Duration::ZERO,
        )
        .unwrap();
        assert_eq!(answer.status, (400, "Bad Request".into()));
        assert_eq!((answer.text("error"), answer.text("none")), ("e", ""));
        assert!(answer.has("content-type") && !answer.has("retry-after"));
    }

    #[test]
    fn what_is_no_such_answer_is_an_error() {
        for text in ["", "SSH-2.0\r\n\r\n{}", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n[]"] {
            assert!(Answer::parse(text, Duration::ZERO).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_identity_is_named_by_its_client_id() {
        let mut request = AppRequest { to: ([127, 0, 0, 1], 1).into(), resource: "r", client_id: None };
        assert_eq!(request.query(), "api-version=2018-02-01&resource=r");
        request.client_id = Some("c");
        assert_eq!(request.query(), "api-version=2018-02-01&resource=r&client_id=c");
    }
}
