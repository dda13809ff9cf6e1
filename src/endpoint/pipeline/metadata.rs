//! Metadata that is not about identities, asked for where no dialect lives.

use std::sync::Arc;

use hyper::StatusCode;

use super::super::{
    context::RequestContext,
    dialect::{FALLBACK, Kind},
    error_response::ErrorResponse,
    metadata::{self, Answer, Found, MetadataAnswer},
    token_endpoint::Endpoint,
};
use crate::{
    broker::Tokens,
    clock::Clock,
    failure::Failure,
    names::MetadataPath,
    server::{Reply, Response},
};

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// Answers a request that no dialect has a path for.
    pub(super) fn answer_with_metadata(self: &Arc<Self>, context: RequestContext) -> Reply {
        let metadata = self.metadata.read().clone();
        let Some(metadata) = metadata else {
            let refused = metadata::unserved(context.head.uri.path());
            return self.render_error(context, &refused).into();
        };
        match metadata.find(&self.guard, &context.head) {
            Ok(MetadataAnswer::Document(Found { content_type, body }, path)) => {
                self.log
                    .metadata(&context, &path, "document", StatusCode::OK);
                self.counters.answered(Kind::Metadata, StatusCode::OK, None);
                context
                    .respond_with(StatusCode::OK, content_type, body)
                    .into()
            }
            Ok(MetadataAnswer::Node(target, path)) => {
                let endpoint = Arc::clone(self);
                Reply::Later(Box::pin(async move {
                    match endpoint.wait(metadata.node().get(target)).await {
                        Ok(answer) => endpoint.forward_response(context, &path, answer),
                        Err(refused) => endpoint.render_error(context, &refused),
                    }
                }))
            }
            Err(refused) => self.render_error(context, &refused).into(),
        }
    }

    /// Answers as the node did.
    fn forward_response(
        &self,
        context: RequestContext,
        path: &MetadataPath,
        answer: Result<Answer, Failure>,
    ) -> Response {
        match answer {
            Ok(answer) => {
                self.log.metadata(&context, path, "node", answer.status);
                self.counters.answered(Kind::Metadata, answer.status, None);
                metadata::response(context, answer)
            }
            Err(failure) => {
                let error = ErrorResponse::from(&failure);
                self.log.metadata_failed(&context, path, &failure, &error);
                self.counters.answered(Kind::Metadata, error.status, None);
                context.respond_error(FALLBACK, &error)
            }
        }
    }
}
