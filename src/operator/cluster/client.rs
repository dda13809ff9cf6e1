//! Calls over HTTPS.
//!
//! The client of the `kube` crate would add 35 crates, which take as long to build as all that it shares with wisp. What is asked
//! for here are a few kinds of objects by name, and `reqwest`, which wisp has anyway, does that as well.

mod body;
#[cfg(test)]
mod tests;

use std::{collections::hash_map::DefaultHasher, hash::Hasher as _, sync::Arc, time::Duration};

use parking_lot::Mutex;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use super::{
    Access, AccessError, Answer, Api, ApiError, Call, Page, Verb,
    access::{Credential, certificates, private_key},
};
use crate::{clock::UnixTime, entra};
use body::{as_go_writes, content_type};

/// The largest answer that is read, in bytes: twice what etcd takes for an object.
const MAX_ANSWER: usize = 3 << 20;

/// What the fields that are written are marked with as their owner, unless another name is given.
const FIELD_MANAGER: &str = "wispctl-webhook";

/// What is asked for: objects, and what pods say.
const JSON: &str = "application/json";
const ANYTHING: &str = "*/*";

/// An answer as it came.
struct Reply {
    status: u16,
    /// The API server's time.
    date: Option<UnixTime>,
    /// How long it asks not to be asked again.
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

/// A client of one API server.
#[derive(Debug)]
pub(crate) struct Client {
    access: Access,
    /// What the fields that are written are marked with.
    field_manager: &'static str,
    /// Made of files that are replaced; these were their contents.
    current: Mutex<Option<(u64, reqwest::Client)>>,
}

impl Client {
    /// A client, once its files were found to be of use.
    pub(crate) fn new(access: Access) -> Result<Self, AccessError> {
        let client = Self { access, field_manager: FIELD_MANAGER, current: Mutex::new(None) };
        client.http()?;
        client.authorization()?;
        Ok(client)
    }

    /// The same, whose fields are marked with `field_manager`.
    pub(crate) fn named(self, field_manager: &'static str) -> Self {
        Self { field_manager, ..self }
    }

    /// Connections as the files of this moment say.
    fn http(&self) -> Result<reqwest::Client, AccessError> {
        let roots = self
            .access
            .roots
            .read("the certificate authority of the API server")?;
        let mut hasher = DefaultHasher::new();
        hasher.write(roots.expose().as_bytes());
        let user = match &self.access.credential {
            Credential::Token(_) => None,
            Credential::Certificate { chain, key } => {
                let pair = (chain.read("the certificate of the user")?, key.read("the key of the user")?);
                hasher.write(pair.0.expose().as_bytes());
                Some(pair)
            }
        };
        let fingerprint = hasher.finish();
        let mut current = self.current.lock();
        if let Some((known, client)) = &*current
            && *known == fingerprint
        {
            return Ok(client.clone());
        }
        let malformed = |what, reason: String| AccessError::Malformed { what, reason };
        let what = "the certificate authority of the API server";
        let mut store = RootCertStore::empty();
        for root in certificates(what, &roots)? {
            store
                .add(root)
                .map_err(|error| malformed(what, error.to_string()))?;
        }
        let builder = ClientConfig::builder_with_provider(entra::crypto_provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| malformed("TLS", error.to_string()))?
            .with_root_certificates(Arc::new(store));
        let tls = match user {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder
                .with_client_auth_cert(
                    certificates("the certificate of the user", &chain)?,
                    private_key("the key of the user", &key)?,
                )
                .map_err(|error| malformed("the certificate of the user", error.to_string()))?,
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // The API server is near, and a proxy of the environment is not meant for it.
            .no_proxy()
            .user_agent(concat!("wispctl/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| malformed("TLS", error.to_string()))?;
        *current = Some((fingerprint, client.clone()));
        Ok(client)
    }

    /// The header that says who is asking, if that is said by one.
    fn authorization(&self) -> Result<Option<HeaderValue>, AccessError> {
        let Credential::Token(content) = &self.access.credential else { return Ok(None) };
        let what = "the token for the API server";
        let token = content.read(what)?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose().trim()))
            .map_err(|_| AccessError::Malformed { what, reason: "it is not one line of text".to_owned() })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// The path of a write.
    fn written(&self, path: &str) -> String {
        format!("{path}?fieldManager={}", self.field_manager)
    }

    /// The answer to a request for one of `accepted`.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        accepted: &'static str,
    ) -> Result<Reply, ApiError> {
        let unreachable =
            |reason: String| ApiError::Unreachable { server: self.access.server.clone(), reason };
        let client = self
            .http()
            .map_err(|error| unreachable(error.to_string()))?;
        let authorization = self
            .authorization()
            .map_err(|error| unreachable(error.to_string()))?;
        let mut request = client
            .request(method.clone(), format!("{}{path}", self.access.server))
            .header(ACCEPT, accepted);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, content_type(&method, body))
                .body(as_go_writes(body));
        }
        let mut response = request
            .send()
            .await
            .map_err(|error| unreachable(innermost(&error)))?;
        let status = response.status().as_u16();
        let (date, retry_after) = (date(response.headers()), retry_after(response.headers()));
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(innermost(&error)))?
        {
            if body.len() + chunk.len() > MAX_ANSWER {
                let server = self.access.server.clone();
                return Err(ApiError::TooLarge { server, mebibytes: MAX_ANSWER >> 20 });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, date, retry_after, body })
    }

    /// The answer to a request, unless it is an error that `failed` makes of status and message.
    async fn answer(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        failed: impl Fn(u16, &str) -> ApiError,
    ) -> Result<Answer, ApiError> {
        let Reply { status, date, retry_after, body } = self.send(method, path, body, JSON).await?;
        match (status, serde_json::from_slice(&body)) {
            (200..300, Ok(object)) => Ok(Answer { object, date }),
            (200..300, Err(_)) => Err(failed(status, "this is no JSON")),
            (_, object) => Err(failed(status, &message(object.ok().as_ref())).with_pause(retry_after)),
        }
    }

    /// The text of an answer.
    async fn plain(&self, call: Call<'_>) -> Result<String, ApiError> {
        let Reply { status, body, .. } = self
            .send(Method::GET, &call.object.path(), None, ANYTHING)
            .await?;
        if (200..300).contains(&status) {
            return Ok(String::from_utf8_lossy(&body).into_owned());
        }
        let object = serde_json::from_slice(&body).ok();
        Err(ApiError::of(call, status, &message(object.as_ref())))
    }
}

/// What the API server says of an error.
fn message(object: Option<&Value>) -> String {
    let text = object.and_then(|object| object.get("message")?.as_str());
    text.unwrap_or_default().to_owned()
}

impl Api for Client {
    async fn call(&self, call: Call<'_>) -> Result<Answer, ApiError> {
        let (method, path) = match call.verb {
            Verb::Get => (Method::GET, call.object.path()),
            Verb::Create => (Method::POST, self.written(&call.object.collection())),
            Verb::Update => (Method::PUT, self.written(&call.object.path())),
            Verb::Patch => (Method::PATCH, self.written(&call.object.path())),
            Verb::Delete => (Method::DELETE, call.object.path()),
        };
        let failed = |status, message: &str| ApiError::of(call, status, message);
        tokio::time::timeout(call.timeout, self.answer(method, &path, call.body, failed))
            .await
            .unwrap_or_else(|_| Err(ApiError::timed_out(call)))
    }

    async fn text(&self, call: Call<'_>) -> Result<String, ApiError> {
        tokio::time::timeout(call.timeout, self.plain(call))
            .await
            .unwrap_or_else(|_| Err(ApiError::timed_out(call)))
    }

    async fn list(&self, page: Page<'_>) -> Result<Answer, ApiError> {
        let mut path = format!("{}?limit={}", page.collection.path(), page.limit);
        if let Some(selector) = page.collection.selector() {
            path.push_str("&labelSelector=");
            path.extend(utf8_percent_encode(selector, NON_ALPHANUMERIC));
        }
        if let Some(after) = page.after {
            path.push_str("&continue=");
            path.extend(utf8_percent_encode(after, NON_ALPHANUMERIC));
        }
        let failed = |status, message: &str| ApiError::of_page(page, status, message);
        tokio::time::timeout(page.timeout, self.answer(Method::GET, &path, None, failed))
            .await
            .unwrap_or_else(|_| Err(ApiError::page_timed_out(page)))
    }
}

/// The cause at the bottom: the outer errors repeat the address.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn date(headers: &HeaderMap) -> Option<UnixTime> {
    let value = headers.get(DATE)?;
    httpdate::parse_http_date(value.to_str().ok()?)
        .ok()
        .map(Into::into)
}

/// In seconds, as API servers give it.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
