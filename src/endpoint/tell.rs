//! Requests for metadata that is not about identities, which only configuration lets through.

use std::sync::{Arc, PoisonError};

use hyper::{
    HeaderMap, Method, StatusCode,
    http::{request::Parts, uri::PathAndQuery},
};

use super::{
    Endpoint,
    dialect::{FALLBACK, Kind},
    guard::Envelope,
    metadata::{self, Answer, Found, Metadata, Route},
    problem::{Problem, Refused},
    record::Asked,
    response,
};
use crate::{
    broker::Tokens,
    clock::Clock,
    failure::Failure,
    names::MetadataPath,
    server::{Reply, Response},
};

/// Metadata that may be told.
enum Told {
    Here(Found, MetadataPath),
    ByNode(PathAndQuery, MetadataPath),
}

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// Changes what is answered besides tokens.
    pub fn set_metadata(&self, metadata: Metadata) {
        let metadata = (!metadata.is_empty()).then(|| Arc::new(metadata));
        *self
            .metadata
            .write()
            .unwrap_or_else(PoisonError::into_inner) = metadata;
    }

    /// Answers a request that no dialect has a path for.
    pub(super) fn tell(self: &Arc<Self>, head: Parts, asked: Asked) -> Reply {
        let metadata = self
            .metadata
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Some(metadata) = metadata else {
            let refused = metadata::unserved(head.uri.path());
            return self.refuse(head.headers, asked, &refused).into();
        };
        let refused = match self.may_be_told(&metadata, &head) {
            Ok(Told::Here(found, path)) => {
                asked.told(&self.log, &path, "document", StatusCode::OK);
                self.counters.answered(Kind::Metadata, StatusCode::OK, None);
                let Found { content_type, body } = found;
                let Asked { id, client_id, .. } = asked;
                return response::whole(head.headers, StatusCode::OK, content_type, body, &id, client_id)
                    .into();
            }
            Ok(Told::ByNode(target, path)) => {
                let endpoint = Arc::clone(self);
                return Reply::Later(Box::pin(async move {
                    match endpoint.wait(metadata.node().get(target)).await {
                        Ok(answer) => endpoint.pass_back(head.headers, asked, &path, answer),
                        Err(refused) => endpoint.refuse(head.headers, asked, &refused),
                    }
                }));
            }
            Err(refused) => refused,
        };
        self.refuse(head.headers, asked, &refused).into()
    }

    fn may_be_told(&self, metadata: &Metadata, head: &Parts) -> Result<Told, Refused> {
        let route = metadata
            .route(head.uri.path())
            .ok_or_else(|| metadata::unserved(head.uri.path()))?;
        if head.method != Method::GET {
            return Err(Refused::Method("GET"));
        }
        self.guard.metadata(&Envelope::read(head))?;
        if head.headers.contains_key(metadata::IS_PASSED_ON) {
            return Err(Refused::Loop);
        }
        match route {
            Route::Document(document, path, root) => {
                let steps = path.below(root).into_iter().flatten();
                let query = head.uri.query().unwrap_or_default();
                let found = metadata::look_up(document, steps, query)?;
                Ok(Told::Here(found, path))
            }
            Route::Node(path) => Ok(Told::ByNode(metadata::target(&path, &head.uri)?, path)),
        }
    }

    fn pass_back(
        &self,
        headers: HeaderMap,
        asked: Asked,
        path: &MetadataPath,
        answer: Result<Answer, Failure>,
    ) -> Response {
        match answer {
            Ok(answer) => {
                asked.told(&self.log, path, "node", answer.status);
                self.counters.answered(Kind::Metadata, answer.status, None);
                metadata::response(headers, answer, &asked.id, asked.client_id)
            }
            Err(failure) => {
                let problem = Problem::from(&failure);
                asked.not_told(&self.log, path, &failure, &problem);
                self.counters.answered(Kind::Metadata, problem.status, None);
                let body = FALLBACK.failure(&problem, asked.id.as_str());
                let response = response::json(headers, problem.status, body, &asked.id, asked.client_id);
                response::with_advice(response, problem.retry_after, None)
            }
        }
    }
}
