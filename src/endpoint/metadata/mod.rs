//! Metadata that is not about identities: a document of the configuration, or some paths passed on to the node's own
//! metadata service. Nothing of it is there unless it was asked for.
//!
//! What is passed on is decided on a [`MetadataPath`], which has one spelling only and never leads to an identity, and that
//! spelling is what is sent: whatever the node's service makes of dots, slashes and encodings, it never sees any.

mod document;
mod node;

use std::net::SocketAddr;

use hyper::{
    Method, Uri,
    header::{HeaderValue, RETRY_AFTER},
    http::{request::Parts, uri::PathAndQuery},
};

pub(crate) use document::Document;
pub(crate) use node::Node;

use super::{
    context::RequestContext,
    dialect::versions,
    guard::{Guard, GuardHeaders},
    request::{MAX_QUERY, Parameters},
    request_error::RequestError,
};
use crate::{names::MetadataPath, server::Response};
pub(super) use document::Found;
pub(super) use node::{Answer, IS_PASSED_ON};

/// Where the document is.
const INSTANCE: &str = "/metadata/instance";

/// What is answered besides tokens.
pub(crate) struct Metadata {
    document: Option<(MetadataPath, Document)>,
    passed_on: Vec<MetadataPath>,
    node: Node,
}

/// An answer that is not about identities.
pub(super) enum MetadataAnswer {
    /// It is here.
    Document(Found, MetadataPath),
    /// The node has it.
    Node(PathAndQuery, MetadataPath),
}

/// Where an answer comes from.
enum Route<'a> {
    Document(&'a Document, MetadataPath, &'a MetadataPath),
    Node(MetadataPath),
}

impl Metadata {
    /// A document for `/metadata/instance`, which takes precedence, and the paths that are passed on to the node with all
    /// below them.
    pub(crate) fn new(document: Option<Document>, passed_on: Vec<MetadataPath>, node: Node) -> Self {
        let document = document.and_then(|document| Some((INSTANCE.parse().ok()?, document)));
        Self { document, passed_on, node }
    }

    /// Whether nothing but tokens is answered.
    pub(crate) fn is_empty(&self) -> bool {
        self.document.is_none() && self.passed_on.is_empty()
    }

    /// Whether something is passed on, which cannot work if `addresses` are wisp's own.
    pub(crate) fn would_loop(&self, addresses: &[SocketAddr]) -> bool {
        !self.passed_on.is_empty() && addresses.contains(&self.node.address())
    }

    pub(super) const fn node(&self) -> &Node {
        &self.node
    }

    /// The answer to a request, if the guard lets it through.
    pub(super) fn find(&self, guard: &Guard, head: &Parts) -> Result<MetadataAnswer, RequestError> {
        let route = self
            .route(head.uri.path())
            .ok_or_else(|| unserved(head.uri.path()))?;
        if head.method != Method::GET {
            return Err(RequestError::Method("GET"));
        }
        guard.metadata(&GuardHeaders::read(head))?;
        if head.headers.contains_key(IS_PASSED_ON) {
            return Err(RequestError::Loop);
        }
        match route {
            Route::Document(document, path, root) => {
                let steps = path.below(root).into_iter().flatten();
                let found = look_up(document, steps, head.uri.query().unwrap_or_default())?;
                Ok(MetadataAnswer::Document(found, path))
            }
            Route::Node(path) => Ok(MetadataAnswer::Node(target(&path, &head.uri)?, path)),
        }
    }

    fn route(&self, path: &str) -> Option<Route<'_>> {
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
pub(super) fn unserved(path: &str) -> RequestError {
    let first = path.split('/').find(|segment| !segment.is_empty());
    if first.is_some_and(|first| first.eq_ignore_ascii_case("metadata")) {
        RequestError::NotServed
    } else {
        RequestError::UnknownPath
    }
}

/// The answer of the document to a query, by the rules of the service.
fn look_up<'a>(
    document: &Document,
    steps: impl Iterator<Item = &'a str>,
    query: &str,
) -> Result<Found, RequestError> {
    let parameters = Parameters::parse(query)?;
    if !parameters
        .get("api-version")
        .is_some_and(versions::is_known)
    {
        return Err(RequestError::ApiVersion);
    }
    let is_text = parameters
        .get("format")
        .is_some_and(|format| format.eq_ignore_ascii_case("text"));
    document
        .find(steps, is_text)
        .ok_or(RequestError::NotInDocument)
}

/// The target to ask the node for: the path in its one spelling, the query as it is.
fn target(path: &MetadataPath, asked: &Uri) -> Result<PathAndQuery, RequestError> {
    let query = asked.query().unwrap_or_default();
    if query.len() > MAX_QUERY {
        return Err(RequestError::TooLong);
    }
    if !query.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(RequestError::Encoding);
    }
    let target = if query.is_empty() { path.to_string() } else { format!("{path}?{query}") };
    target.parse().map_err(|_| RequestError::Encoding)
}

/// The node's answer, as the client gets it.
pub(super) fn response(context: RequestContext, answer: Answer) -> Response {
    const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");
    let content_type = answer.content_type.unwrap_or(UNKNOWN);
    let mut response = context.respond_with(answer.status, content_type, answer.body);
    if let Some(wait) = answer.retry_after {
        response.headers_mut().insert(RETRY_AFTER, wait);
    }
    response
}
