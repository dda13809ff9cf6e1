//! Everything that speaks HTTP to the application: listeners, guard, dialects, answers.
//!
//! Knows no Entra: a question becomes an [`exchange::Key`](crate::exchange::Key), a [`Tokens`] answers it with a grant or a
//! typed failure, and a dialect renders that. The way of a request: an answer of this very second, if there is one and the
//! guard agrees (`recent`); else path → dialect → method → guard → parameters → identity → broker → rendering.

mod acquaint;
mod admin;
mod body;
mod counters;
mod dialect;
mod explain;
mod guard;
pub mod listen;
mod log_limits;
mod metadata;
#[cfg(target_os = "linux")]
mod probe_socket;
mod problem;
mod question;
mod reason;
mod recent;
mod record;
mod request;
mod response;
mod scrape;
mod tell;

#[cfg(test)]
mod tests;

use std::{
    error::Error,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::{Body, Incoming},
    http::request::Parts,
};
use tokio::{sync::watch, time::Instant};

pub use admin::{Admin, Flag, Holds, Readiness};
pub use counters::{Counters, Sample};
pub use dialect::Kind;
pub use listen::ListenError;
pub use metadata::{Document, Metadata, Node};
#[cfg(target_os = "linux")]
pub use probe_socket::{ProbeSocket, probe_socket_name};
pub use reason::Reason;

use crate::{
    broker::{Freshness, Source, Tokens},
    clock::{Clock, Random},
    exchange::Key,
    failure::Failure,
    identity::Registry,
    server::{ConnectionCounters, Crowded, Handler, Reply, Response, WaitLimits},
    token::Secret,
};
use dialect::{Ask, Dialect, FALLBACK, Granted};
use explain::Explanation;
use guard::{Envelope, Guard};
use problem::{Problem, Refused};
use question::Question;
use recent::{Generation, Recent};
use record::{AccessLog, Asked, Subject};
use request::Parameters;
use response::{RequestIds, client_request_id};

/// A token with less left than this is not kept rendered: within its second it could end.
const LEAST_LIFE_KEPT: Duration = Duration::from_secs(2);

/// The connections that requests share while nothing else is said.
const DEFAULT_CONNECTIONS: usize = 256;

/// How a client id or an object id is written in logs, whether configured or only asked for.
pub type ShowIdentity = Box<dyn Fn(&str) -> String + Send + Sync>;

/// The token endpoint. Answers "starting" until [`Endpoint::open`].
pub struct Endpoint<T, C> {
    live: OnceLock<Live<T>>,
    clock: C,
    guard: Arc<Guard>,
    ids: RequestIds,
    recent: Recent,
    metadata: Arc<RwLock<Option<Arc<Metadata>>>>,
    counters: Arc<Counters>,
    log: Arc<AccessLog>,
    waits: WaitLimits,
    ending: watch::Sender<bool>,
}

struct Live<T> {
    tokens: Arc<T>,
    registry: RwLock<Arc<Registry>>,
}

/// A request that may have its token.
struct Admitted<T> {
    dialect: &'static dyn Dialect,
    tokens: Arc<T>,
    generation: Generation,
    key: Key,
    freshness: Freshness,
}

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    /// An endpoint that is starting. `hosts` are accepted as `Host` besides the metadata service's address and loopback.
    pub fn new(clock: C, random: &impl Random, hosts: Vec<String>, show_identity: ShowIdentity) -> Self {
        Self {
            live: OnceLock::new(),
            clock,
            guard: Arc::new(Guard::new(hosts)),
            ids: RequestIds::new(random),
            recent: Recent::default(),
            metadata: Arc::default(),
            counters: Arc::default(),
            log: Arc::new(AccessLog::new(show_identity)),
            waits: WaitLimits::among(DEFAULT_CONNECTIONS),
            ending: watch::Sender::new(false),
        }
    }

    /// Another one that is starting, with the same clock, guard, metadata, counters and log. Its tokens, identities and limits
    /// are its own.
    #[must_use]
    pub fn beside(&self, random: &impl Random) -> Self
    where
        C: Clone,
    {
        Self {
            live: OnceLock::new(),
            clock: self.clock.clone(),
            guard: Arc::clone(&self.guard),
            ids: RequestIds::new(random),
            recent: Recent::default(),
            metadata: Arc::clone(&self.metadata),
            counters: Arc::clone(&self.counters),
            log: Arc::clone(&self.log),
            waits: WaitLimits::among(DEFAULT_CONNECTIONS),
            ending: watch::Sender::new(false),
        }
    }

    /// Gives requests that wait their share of so many connections.
    #[must_use]
    pub fn with_connections(self, connections: usize) -> Self {
        Self { waits: WaitLimits::among(connections), ..self }
    }

    /// Configuration is complete: from now on there are tokens. Called again, it only replaces the registry.
    pub fn open(&self, tokens: Arc<T>, registry: Arc<Registry>) {
        let live = self
            .live
            .get_or_init(|| Live { tokens, registry: RwLock::new(Arc::clone(&registry)) });
        *live
            .registry
            .write()
            .unwrap_or_else(PoisonError::into_inner) = registry;
        self.recent.clear();
    }

    /// Changes the secret of the App Service dialect (`IDENTITY_HEADER`); without one nobody is let in that way.
    pub fn set_identity_header(&self, secret: Option<Secret>) {
        self.guard.set_identity_header(secret);
    }

    /// What was answered so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many lines about requests were left out of the log, because there were too many of their kind.
    pub fn lines_suppressed(&self) -> u64 {
        self.log.limits.suppressed()
    }

    /// The answer to a request.
    fn answer<B>(self: &Arc<Self>, head: Parts, body: B) -> Reply
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let envelope = Envelope::read(&head);
        let client_id = client_request_id(envelope.client_request_id);
        if let Some((dialect, body)) = self.remembered(&head, &envelope) {
            let id = self.ids.next();
            self.counters
                .answered(dialect.kind(), StatusCode::OK, Some(Source::Hit));
            tracing::debug!(
                request_id = id.as_str(),
                dialect = dialect.kind().as_str(),
                "answered from memory"
            );
            return response::json(head.headers, StatusCode::OK, body, &id, client_id).into();
        }
        let asked = Asked {
            id: self.ids.next(),
            client_id,
            dialect: dialect::of(&head.uri, &head.method, &envelope),
            question: Question::of(&head),
            started: Instant::now(),
        };
        match self.let_in(&head, &envelope, asked.dialect) {
            Ok(dialect) => self.hear(head, body, asked, dialect),
            Err(Refused::UnknownPath) => self.tell(head, asked),
            Err(refused) => self.refuse(head.headers, asked, &refused).into(),
        }
    }

    /// The path of nearly all requests: no parsing, no rendering, no waiting.
    ///
    /// What the guard refuses here is seldom: the full path finds out anew and says why.
    fn remembered(&self, head: &Parts, envelope: &Envelope<'_>) -> Option<(&'static dyn Dialect, Bytes)> {
        if head.method != Method::GET {
            return None;
        }
        let target = head.uri.path_and_query()?.as_str();
        let (dialect, body) = self.recent.get(target, self.clock.wall().secs())?;
        if !dialect.fits(envelope) {
            return None;
        }
        dialect.admit(&self.guard, envelope).ok()?;
        Some((dialect, body))
    }

    /// Everything that is checked before the question is read, in the order that clients rely on.
    fn let_in(
        &self,
        head: &Parts,
        envelope: &Envelope<'_>,
        dialect: Option<&'static dyn Dialect>,
    ) -> Result<&'static dyn Dialect, Refused> {
        if head.method == Method::CONNECT || !self.guard.is_for_us(envelope) {
            return Err(Refused::Elsewhere);
        }
        let dialect = dialect.ok_or(Refused::UnknownPath)?;
        if !dialect.allows(&head.method) {
            return Err(Refused::Method(dialect.allow()));
        }
        dialect.admit(&self.guard, envelope)?;
        Ok(dialect)
    }

    /// Reads the question, from the query or from a form, and answers it.
    fn hear<B>(
        self: &Arc<Self>,
        head: Parts,
        body: B,
        mut asked: Asked,
        dialect: &'static dyn Dialect,
    ) -> Reply
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let endpoint = Arc::clone(self);
        if dialect.reads_form(&head.method) {
            if !request::is_form(&head.headers) {
                return self.refuse(head.headers, asked, &Refused::NotAForm).into();
            }
            return Reply::Later(Box::pin(async move {
                let form = match endpoint.form(body).await {
                    Ok(form) => form,
                    Err(refused) => return endpoint.refuse(head.headers, asked, &refused),
                };
                let beside = head.uri.query().unwrap_or_default().to_owned();
                match endpoint.understand(dialect, &form, &beside) {
                    Ok(admitted) => endpoint.obtain(head, asked, admitted).await,
                    Err(refused) => {
                        asked.question.form.clone_from(&form);
                        endpoint
                            .get_acquainted(head, asked, dialect, (&form, &beside), refused)
                            .await
                    }
                }
            }));
        }
        // A body is dropped unread: hyper then skips what of it has arrived, or closes the connection.
        match self.understand(dialect, head.uri.query().unwrap_or_default(), "") {
            Ok(admitted) => Reply::Later(Box::pin(endpoint.obtain(head, asked, admitted))),
            Err(refused) if refused.may_be_learned() => Reply::Later(Box::pin(async move {
                let question = head.uri.query().unwrap_or_default().to_owned();
                endpoint
                    .get_acquainted(head, asked, dialect, (&question, ""), refused)
                    .await
            })),
            Err(refused) => self.refuse(head.headers, asked, &refused).into(),
        }
    }

    /// `beside` is the query beside a form.
    fn understand(
        &self,
        dialect: &'static dyn Dialect,
        question: &str,
        beside: &str,
    ) -> Result<Admitted<T>, Refused> {
        let live = self.live.get().ok_or(Refused::Starting)?;
        let parameters = Parameters::parse(question)?.with_identity_of(beside, dialect::names_identity)?;
        let Ask { resource, selection, freshness } = dialect.ask(&parameters)?;
        // Taken before the registry is read: what is rendered with an old registry is not kept.
        let generation = self.recent.generation();
        let registry = Arc::clone(&live.registry.read().unwrap_or_else(PoisonError::into_inner));
        match registry.resolve(&selection, &resource) {
            Ok(identity) => {
                let (tokens, key) = (Arc::clone(&live.tokens), identity.key(resource));
                Ok(Admitted { dialect, tokens, generation, key, freshness })
            }
            Err(refusal) => Err(Refused::Identity(refusal, resource)),
        }
    }

    async fn obtain(self: Arc<Self>, head: Parts, asked: Asked, admitted: Admitted<T>) -> Response {
        let Admitted { dialect, tokens, generation, key, freshness } = admitted;
        let result = match self.wait(tokens.fresh(&key, freshness)).await {
            Ok(result) => result,
            Err(refused) => return self.refuse(head.headers, asked, &refused),
        };
        let subject = &Subject::new(&key, &self.log.show);
        match result {
            Ok(grant) => {
                let now = self.clock.wall();
                let body = dialect.success(&Granted::new(&grant, now, &key.client_id, &key.resource));
                if freshness != Freshness::Any {
                    // This answer may not be given again, nor one with the token that a new one has replaced.
                    if matches!(grant.source, Source::Exchanged | Source::Joined) {
                        self.recent.clear();
                    }
                } else if let Some(target) = head.uri.path_and_query()
                    && head.method == Method::GET
                    && grant.remaining >= LEAST_LIFE_KEPT
                {
                    self.recent
                        .put(generation, target.as_str(), now.secs(), dialect, &body);
                }
                asked.granted(&self.log, subject, grant.source);
                self.counters
                    .answered(dialect.kind(), StatusCode::OK, Some(grant.source));
                response::json(head.headers, StatusCode::OK, body, &asked.id, asked.client_id)
            }
            Err(failure) => self.fail(head.headers, asked, dialect, subject, &failure),
        }
    }

    async fn form<B>(&self, body: B) -> Result<String, Refused>
    where
        B: Body<Data = Bytes> + Send,
    {
        let read = self.before_the_end(request::form(body));
        self.waits.body(read).await??
    }

    /// What `future`, which somebody else has to answer, comes to, if it may wait and the end does not come
    /// first.
    async fn wait<O>(&self, future: impl Future<Output = O>) -> Result<O, Refused> {
        self.waits.upstream(self.before_the_end(future)).await?
    }

    async fn before_the_end<O>(&self, future: impl Future<Output = O>) -> Result<O, Refused> {
        let mut ending = self.ending.subscribe();
        tokio::select! {
            biased;
            output = future => Ok(output),
            _ = ending.wait_for(|ending| *ending) => Err(Refused::Ending),
        }
    }

    fn fail(
        &self,
        headers: HeaderMap,
        asked: Asked,
        dialect: &'static dyn Dialect,
        subject: &Subject<'_>,
        failure: &Failure,
    ) -> Response {
        let problem = Problem::from(failure);
        asked.failed(&self.log, subject, failure, &problem);
        self.counters.answered(dialect.kind(), problem.status, None);
        let body = dialect.failure(&problem, asked.id.as_str());
        let response = response::json(headers, problem.status, body, &asked.id, asked.client_id);
        response::with_advice(response, problem.retry_after, None)
    }

    fn refuse(&self, headers: HeaderMap, asked: Asked, refused: &Refused) -> Response {
        let mut problem = refused.problem();
        let registry = self.registry();
        let (registry, show) = (registry.as_deref(), &self.log.show);
        let explanation = Explanation::of(refused, asked.dialect, &asked.question, &headers, registry, show);
        asked.refused(&self.log, refused, &problem, &headers, registry, &explanation);
        problem.advice = explanation.answer;
        self.counters.refused(refused.reason());
        let kind = asked.dialect.map_or(Kind::Other, Dialect::kind);
        self.counters.answered(kind, problem.status, None);
        let dialect = asked.dialect.unwrap_or(FALLBACK);
        let body = dialect.failure(&problem, asked.id.as_str());
        let response = response::json(headers, problem.status, body, &asked.id, asked.client_id);
        let allow = if let Refused::Method(methods) = refused { Some(*methods) } else { None };
        response::with_advice(response, problem.retry_after, allow)
    }
}

impl<T: Tokens, C: Clock> Endpoint<T, C> {
    fn registry(&self) -> Option<Arc<Registry>> {
        self.live
            .get()
            .map(|live| Arc::clone(&live.registry.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl From<Crowded> for Refused {
    fn from(_: Crowded) -> Self {
        Self::Crowded
    }
}

impl<T: Tokens, C: Clock> Handler for Endpoint<T, C> {
    fn handle(self: &Arc<Self>, request: Request<Incoming>) -> Reply {
        let (head, body) = request.into_parts();
        self.answer(head, body)
    }

    fn connections(&self) -> &ConnectionCounters {
        &self.counters.connections
    }

    fn end(&self) {
        self.ending.send_replace(true);
    }
}
