//! Metadata that is not about identities: a document of the configuration, or some paths passed on to the node's own
//! metadata service. Nothing of it is there unless it was asked for.
//!
//! What is passed on is decided on a [`MetadataPath`], which has one spelling only and never leads to an identity, and that
//! spelling is what is sent: whatever the node's service makes of dots, slashes and encodings, it never sees any.

mod document;
mod node;

use std::net::SocketAddr;

use hyper::{
    HeaderMap, Uri,
    header::{HeaderValue, RETRY_AFTER},
    http::uri::PathAndQuery,
};

pub use document::Document;
pub use node::Node;

use super::{
    dialect::versions,
    problem::Refused,
    request::{MAX_QUERY, Parameters},
    response::{self, RequestId},
};
use crate::{names::MetadataPath, server::Response};
pub(super) use document::Found;
pub(super) use node::{Answer, IS_PASSED_ON};

/// Where the document is.
const INSTANCE: &str = "/metadata/instance";

/// What is answered besides tokens.
pub struct Metadata {
    document: Option<(MetadataPath, Document)>,
    passed_on: Vec<MetadataPath>,
    node: Node,
}

/// Where an answer comes from.
pub(super) enum Route<'a> {
    Document(&'a Document, MetadataPath, &'a MetadataPath),
    Node(MetadataPath),
}

impl Metadata {
    /// A document for `/metadata/instance`, which takes precedence, and the paths that are passed on to the node with all
    /// below them.
    pub fn new(document: Option<Document>, passed_on: Vec<MetadataPath>, node: Node) -> Self {
        let document = document.and_then(|document| Some((INSTANCE.parse().ok()?, document)));
        Self { document, passed_on, node }
    }

    /// Whether nothing but tokens is answered.
    pub fn is_empty(&self) -> bool {
        self.document.is_none() && self.passed_on.is_empty()
    }

    /// Whether something is passed on, which cannot work if `addresses` are wisp's own.
    pub fn would_loop(&self, addresses: &[SocketAddr]) -> bool {
        !self.passed_on.is_empty() && addresses.contains(&self.node.address())
    }

    pub(super) const fn node(&self) -> &Node {
        &self.node
    }

    pub(super) fn route(&self, path: &str) -> Option<Route<'_>> {
        let path: MetadataPath = path.parse().ok()?;
        if let Some((root, document)) = &self.document
            && path.below(root).is_some()
        {
            return Some(Route::Document(document, path, root));
        }
        let is_passed_on = self
            .passed_on
            .iter()
            .any(|prefix| path.below(prefix).is_some());
        is_passed_on.then_some(Route::Node(path))
    }
}

/// Why nothing is served on `path`.
pub(super) fn unserved(path: &str) -> Refused {
    let first = path.split('/').find(|segment| !segment.is_empty());
    if first.is_some_and(|first| first.eq_ignore_ascii_case("metadata")) {
        Refused::NotServed
    } else {
        Refused::UnknownPath
    }
}

/// The answer of the document to a query, by the rules of the service.
pub(super) fn look_up<'a>(
    document: &Document,
    steps: impl Iterator<Item = &'a str>,
    query: &str,
) -> Result<Found, Refused> {
    let parameters = Parameters::parse(query)?;
    if !parameters
        .get("api-version")
        .is_some_and(versions::is_known)
    {
        return Err(Refused::ApiVersion);
    }
    let is_text = parameters
        .get("format")
        .is_some_and(|format| format.eq_ignore_ascii_case("text"));
    document.find(steps, is_text).ok_or(Refused::NotInDocument)
}

/// The target to ask the node for: the path in its one spelling, the query as it is.
pub(super) fn target(path: &MetadataPath, asked: &Uri) -> Result<PathAndQuery, Refused> {
    let query = asked.query().unwrap_or_default();
    if query.len() > MAX_QUERY {
        return Err(Refused::TooLong);
    }
    if !query.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Refused::Encoding);
    }
    let target = if query.is_empty() { path.to_string() } else { format!("{path}?{query}") };
    target.parse().map_err(|_| Refused::Encoding)
}

/// The node's answer, as the client gets it.
pub(super) fn response(
    headers: HeaderMap,
    answer: Answer,
    id: &RequestId,
    client_request_id: Option<HeaderValue>,
) -> Response {
    const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");
    let content_type = answer.content_type.unwrap_or(UNKNOWN);
    let mut response =
        response::whole(headers, answer.status, content_type, answer.body, id, client_request_id);
    if let Some(wait) = answer.retry_after {
        response.headers_mut().insert(RETRY_AFTER, wait);
    }
    response
}
