//! Names that are not known yet.
//!
//! Federation knows client ids only. An object id or a resource id that nobody configured is known once a token has told
//! it, and a client that sends nothing else (ODBC, Fluentd) must not depend on who asked first. So before such a name is
//! refused, tokens of the identities that it might belong to are asked for, and the question is looked at again.

use std::sync::{Arc, PoisonError};

use hyper::http::request::Parts;

use super::{
    Ask, Endpoint, Parameters,
    dialect::{self, Dialect},
    problem::Refused,
    record::{Asked, Subject},
};
use crate::{
    broker::Tokens,
    clock::Clock,
    exchange::Key,
    failure::{Class, Failure},
    server::Response,
};

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// Answers a question that was `refused` because the identity it names is unknown. `question` is the query or form,
    /// and what stands beside a form.
    pub(super) async fn get_acquainted(
        self: Arc<Self>,
        head: Parts,
        asked: Asked,
        dialect: &'static dyn Dialect,
        (question, beside): (&str, &str),
        refused: Refused,
    ) -> Response {
        let mut trouble = None;
        for (tokens, key) in self.candidates(dialect, question, beside) {
            match self.wait(tokens.token(&key)).await {
                Err(refused) => return self.refuse(head.headers, asked, &refused),
                Ok(Err(failure)) => trouble = Some(worse(trouble, (key, failure))),
                Ok(Ok(_)) => {}
            }
            if let Ok(admitted) = self.understand(dialect, question, beside) {
                return self.obtain(head, asked, admitted).await;
            }
        }
        // Where a token could not be had, the name may be right: only the failure is certain.
        let Some((key, failure)) = trouble else {
            return self.refuse(head.headers, asked, &refused);
        };
        let subject = Subject::new(&key, &self.log.show);
        self.fail(head.headers, asked, dialect, &subject, &failure)
    }

    /// What to ask for to learn names. Empty when the question is wrong in another way.
    fn candidates(&self, dialect: &'static dyn Dialect, question: &str, beside: &str) -> Vec<(Arc<T>, Key)> {
        let Some(live) = self.live.get() else { return Vec::new() };
        let parameters =
            Parameters::parse(question).and_then(|p| p.with_identity_of(beside, dialect::names_identity));
        let Ok(parameters) = parameters else { return Vec::new() };
        let Ok(Ask { resource, selection, .. }) = dialect.ask(&parameters) else { return Vec::new() };
        let registry = Arc::clone(&live.registry.read().unwrap_or_else(PoisonError::into_inner));
        let key = |identity: Arc<crate::identity::Identity>| {
            (Arc::clone(&live.tokens), identity.key(resource.clone()))
        };
        registry
            .candidates(&selection, &resource)
            .into_iter()
            .map(key)
            .collect()
    }
}

/// Of two troubles the one to tell: what may pass is tried again by clients, what is permanent is not.
fn worse(known: Option<(Key, Failure)>, new: (Key, Failure)) -> (Key, Failure) {
    match known {
        Some(known) if known.1.class != Class::Permanent || new.1.class == Class::Permanent => known,
        _ => new,
    }
}
