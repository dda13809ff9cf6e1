//! One POST over https: no redirects, no cookies, no retries, and nothing unbounded.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::{
    Client, Proxy, RequestBuilder,
    dns::Resolve,
    header::{ACCEPT, CONTENT_TYPE, DATE, HOST, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE},
};
use tokio::{sync::Mutex, task::spawn_blocking, time::Instant};
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::{
    lookup::Lookup,
    proxy::{NoProxy, ProxyUrl},
    response::Reply,
    silence::Watched,
    tls::{self, Witness},
    transport_error::{Destination, TransportError},
    trust::{Fingerprint, Trust},
};
use crate::failure::{Category, Class, Failure};

/// The longest answer read, in bytes. Tokens have a few KiB, even with hundreds of group claims.
pub(super) const MAX_BODY: usize = 256 * 1024;

/// How long a connection waits for a second request. Exchanges for several resources at start share one; an hour later
/// there is nothing to share.
const IDLE: Duration = Duration::from_secs(30);

/// What becomes of an answer that is longer than what is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Excess {
    /// It is no answer.
    Refused,
    /// Its beginning is all that counts.
    Cut,
}

/// Headers that Azure's own services send, beside those that begin with `x-ms-`.
const AZURE_HEADERS: [&str; 5] =
    ["request-id", "apim-request-id", "activityid", "x-azure-ref", "docker-distribution-api-version"];

/// How requests travel.
#[derive(Clone)]
pub(super) struct Route {
    /// Whom to trust.
    pub(super) trust: Trust,
    /// The HTTP proxy to tunnel through.
    pub(super) https_proxy: Option<ProxyUrl>,
    /// The hosts that are reached without it.
    pub(super) no_proxy: NoProxy,
    /// Looks names up in place of the system.
    pub(super) resolver: Option<Arc<dyn Resolve>>,
    /// The limit for name, TCP and TLS.
    pub(super) connect_timeout: Duration,
    /// The limit for everything.
    pub(super) attempt_timeout: Duration,
    /// Is told what servers present in TLS.
    pub(super) witness: Option<Witness>,
}

/// A client that is built when it is first needed, and again when its trusted roots change.
pub(super) struct Transport {
    route: Arc<Route>,
    lookups: Watched,
    built: Mutex<Built>,
}

#[derive(Default)]
struct Built {
    client: Option<(Fingerprint, Client)>,
    /// When the log last said that the roots cannot be read again.
    warned: Option<Instant>,
}

/// How often the log says that the roots cannot be read again.
const WARN_EVERY: Duration = Duration::from_secs(5 * 60);

/// A token request.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) url: &'a str,
    /// The `Host` header, where it is not the host of the URL.
    pub(super) host: Option<&'a str>,
    pub(super) form: &'a [(&'a str, &'a str)],
    /// The `client-request-id`, a new one for each request.
    pub(super) id: &'a str,
    /// For error messages.
    pub(super) to: Destination<'a>,
}

impl Transport {
    /// Builds nothing yet.
    pub(super) fn new(route: Route) -> Self {
        let system = || -> Arc<dyn Resolve> { Arc::new(Lookup::of_process()) };
        let lookups = Watched::new(route.resolver.clone().unwrap_or_else(system));
        Self { route: Arc::new(route), lookups, built: Mutex::default() }
    }

    /// Sends `request` and reads the whole answer. Answers with any status are answers.
    pub(super) async fn post(&self, request: Request<'_>) -> Result<Reply, Failure> {
        let client = self.client().await?;
        let replied = self.replied(form(&client, request), Excess::Refused).await;
        replied.map_err(|error| error.failure(request.to, request.id))
    }

    /// Fetches `url` with these headers and reads the answer, unless the trusted roots cannot be read.
    pub(super) async fn get(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
        excess: Excess,
    ) -> Result<Result<Reply, TransportError>, Failure> {
        let client = self.client().await?;
        let get = client.get(url).header(ACCEPT, "application/json");
        let get = headers
            .iter()
            .fold(get, |get, (name, value)| get.header(*name, *value));
        Ok(self.replied(get, excess).await)
    }

    /// The answer, with the silence of DNS told from that of others.
    async fn replied(&self, request: RequestBuilder, excess: Excess) -> Result<Reply, TransportError> {
        let given_up = self.lookups.given_up();
        send(request, excess).await.map_err(|error| {
            let is_silence = matches!(error, TransportError::ConnectTimeout | TransportError::Timeout)
                && self.lookups.given_up() > given_up;
            if is_silence { TransportError::DnsSilence } else { error }
        })
    }

    /// What the files behind the trusted roots look like now.
    pub(super) fn versions(&self) -> impl Iterator<Item = u64> {
        self.route.trust.versions()
    }

    /// The client with the roots that are trusted now. While they cannot be read, the client with the roots before them.
    pub(super) async fn client(&self) -> Result<Client, Failure> {
        let mut built = self.built.lock().await;
        let seen = built.client.as_ref().map(|(fingerprint, _)| *fingerprint);
        if let Some((_, client)) = &built.client
            && !self.route.trust.may_change()
        {
            return Ok(client.clone());
        }
        // Reading and parsing the system's roots takes milliseconds, too long for the only worker thread.
        let (route, lookups) = (Arc::clone(&self.route), self.lookups.clone());
        let fresh = spawn_blocking(move || route.build(seen, lookups))
            .await
            .unwrap_or_else(|error| Err(cannot_build(&error)));
        match fresh {
            // The old client closes its idle connections as it goes; requests under way keep theirs.
            Ok(Some(fresh)) => *built = Built { client: Some(fresh), warned: None },
            Ok(None) => built.warned = None,
            Err(failure) if built.client.is_none() => return Err(failure),
            Err(failure) => built.warn_limited(&failure),
        }
        match &built.client {
            Some((_, client)) => Ok(client.clone()),
            None => Err(cannot_build(&"no client")),
        }
    }
}

impl Built {
    fn warn_limited(&mut self, failure: &Failure) {
        let now = Instant::now();
        if self
            .warned
            .is_some_and(|last| now.saturating_duration_since(last) < WARN_EVERY)
        {
            return;
        }
        self.warned = Some(now);
        tracing::warn!(
            operation = "trust",
            result = "failure",
            errorCategory = failure.category.as_str(),
            "{failure} The roots read before stay in use."
        );
    }
}

impl Route {
    fn build(
        &self,
        seen: Option<Fingerprint>,
        lookups: Watched,
    ) -> Result<Option<(Fingerprint, Client)>, Failure> {
        let Some((fingerprint, roots)) = self.trust.load(seen).map_err(Failure::from)? else {
            return Ok(None);
        };
        let tls = tls::client_config(roots, self.witness.as_ref()).map_err(|error| cannot_build(&error))?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            // Turns off the reading of proxy variables from the environment.
            .no_proxy()
            .connect_timeout(self.connect_timeout)
            .timeout(self.attempt_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(1)
            .user_agent(concat!("wisp/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &self.https_proxy {
            let proxy =
                Proxy::https(proxy.url().clone()).map_err(|_| cannot_build(&"HTTPS_PROXY is not usable"))?;
            let direct = reqwest::NoProxy::from_string(&self.no_proxy.as_text());
            builder = builder.proxy(proxy.no_proxy(direct));
        }
        let client = builder
            .dns_resolver(Arc::new(lookups))
            .build()
            .map_err(|error| cannot_build(&error))?;
        Ok(Some((fingerprint, client)))
    }
}

/// The request that posts a form.
fn form(client: &Client, request: Request<'_>) -> RequestBuilder {
    let mut post = client
        .post(request.url)
        .header(ACCEPT, "application/json")
        .header("client-request-id", request.id)
        .header("return-client-request-id", "true")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(encoded(request.form));
    if let Some(host) = request.host {
        post = post.header(HOST, host);
    }
    post
}

async fn send(request: RequestBuilder, excess: Excess) -> Result<Reply, TransportError> {
    let mut response = request
        .send()
        .await
        .map_err(|error| TransportError::of(&error))?;
    let header = |name| {
        response
            .headers()
            .get(name)?
            .to_str()
            .ok()
            .map(str::to_owned)
    };
    let mut reply = Reply {
        status: response.status().as_u16(),
        retry_after: header(RETRY_AFTER.as_str()),
        location: header(LOCATION.as_str()),
        request_id: header("x-ms-request-id"),
        date: header(DATE.as_str()),
        gateway_slice: header("x-ms-gateway-slice"),
        server: header("x-ms-ests-server"),
        challenge: header(WWW_AUTHENTICATE.as_str()),
        error_code: header("x-ms-error-code"),
        content_type: header(CONTENT_TYPE.as_str()),
        has_azure_header: response
            .headers()
            .keys()
            .any(|name| is_azures(name.as_str()))
            || header("server").is_some_and(|server| server.starts_with("Microsoft-HTTPAPI/")),
        body: Zeroizing::new(Vec::with_capacity(expected(response.content_length()))),
    };
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| TransportError::of(&error))?
    {
        let capacity = MAX_BODY - reply.body.len();
        if chunk.len() > capacity {
            if excess == Excess::Refused {
                return Err(TransportError::TooLarge);
            }
            append(&mut reply.body, chunk.get(..capacity).unwrap_or_default());
            break;
        }
        append(&mut reply.body, &chunk);
    }
    Ok(reply)
}

/// Whether a header of this name is one of Azure's own services.
fn is_azures(name: &str) -> bool {
    name.starts_with("x-ms-") || AZURE_HEADERS.contains(&name)
}

/// The form as it is sent. It is wiped once it has been, and never copied by growing.
fn encoded(form: &[(&str, &str)]) -> Bytes {
    /// A byte becomes three at most.
    const MOST: usize = 3;
    let capacity = form
        .iter()
        .map(|(name, value)| MOST * (name.len() + value.len()) + "=&".len());
    let mut text = Serializer::new(String::with_capacity(capacity.sum()));
    text.extend_pairs(form);
    Bytes::from_owner(Zeroizing::new(text.finish()))
}

/// How much capacity to make for a body. What the other side announces may be anything.
fn expected(announced: Option<u64>) -> usize {
    const USUAL: usize = 8 * 1024;
    announced.map_or(USUAL, |length| usize::try_from(length).unwrap_or(MAX_BODY).min(MAX_BODY))
}

/// Appends to a body that may hold a token, without leaving a copy behind where it has to grow.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    let length = body.len() + chunk.len();
    if length > body.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(length.next_power_of_two()));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(chunk);
}

fn cannot_build(error: &dyn std::fmt::Display) -> Failure {
    let description = format!(
        "The TLS client could not be set up: {error}. Fix: check WISP_CA_FILE, SSL_CERT_FILE and HTTPS_PROXY."
    );
    Failure::new(Class::Permanent, Category::Configuration, "invalid_request", description)
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use reqwest::dns::{Name, Resolve, Resolving};
    use zeroize::Zeroizing;

    use super::{Destination, MAX_BODY, Request, Route, Transport, Trust, append, encoded, expected};
    use crate::entra::proxy::NoProxy;

    /// A name server whose packets are dropped.
    struct Silent;

    impl Resolve for Silent {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(std::future::pending())
        }
    }

    async fn message(host: &str, connect: u64, attempt: u64) -> String {
        let transport = Transport::new(Route {
            trust: Trust::System { bundle: None, extra: None },
            https_proxy: None,
            no_proxy: NoProxy::default(),
            resolver: Some(Arc::new(Silent)),
            connect_timeout: Duration::from_millis(connect),
            attempt_timeout: Duration::from_millis(attempt),
            witness: None,
        });
        let to = Destination { host, proxy: None, setting: "AZURE_AUTHORITY_HOST" };
        let url = format!("https://{host}/");
        let request = Request { url: &url, host: None, form: &[], id: "id", to };
        transport
            .post(request)
            .await
            .err()
            .map(|failure| failure.description)
            .unwrap_or_default()
    }

    #[tokio::test]
    async fn a_silent_dns_is_told_as_that() {
        for (connect, attempt) in [(50, 5000), (5000, 50)] {
            let message = message("login.example", connect, attempt).await;
            assert!(
                message.starts_with("DNS gave no answer when the name of login.example was looked up. Fix: "),
                "{message}"
            );
        }
        // A documentation address (RFC 5737) has no name to look up, and does not answer either.
        let message = message("192.0.2.1:9", 50, 5000).await;
        assert!(!message.contains("DNS"), "{message}");
    }

    #[test]
    fn forms_are_encoded_as_forms_are() {
        let form = [("scope", "api://x y/.default"), ("client_assertion", "a-b_c.d"), ("é", "&=+%")];
        assert_eq!(
            encoded(&form),
            "scope=api%3A%2F%2Fx+y%2F.default&client_assertion=a-b_c.d&%C3%A9=%26%3D%2B%25"
        );
        assert_eq!(encoded(&[]), "");
    }

    #[test]
    fn bodies_grow_whatever_was_announced() {
        assert_eq!([Some(5), Some(u64::MAX), None].map(expected), [5, MAX_BODY, 8192]);
        let mut body = Zeroizing::new(Vec::with_capacity(expected(Some(3))));
        for chunk in [&b"abc"[..], b"", b"defg", b"h"] {
            append(&mut body, chunk);
        }
        assert_eq!(&**body, b"abcdefgh");
    }
}
