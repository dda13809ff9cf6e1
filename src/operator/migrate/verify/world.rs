//! What verification asks, and what it is asked: all that is around it is passed in.

use std::{future::Future, time::Duration};

use serde::Serialize;
use serde_json::Value;

use crate::{
    assertion::Assertion,
    clock::{Clock, Random, System, UnixTime},
    entra::Entra,
    exchange::Key,
    failure::Failure,
    names::{Authority, Resource},
    token::Token,
};

/// Whom verification asks.
#[derive(Debug)]
pub(crate) struct World<'a, A, O, T> {
    /// The cluster.
    pub api: &'a A,
    /// Entra and issuers.
    pub outside: &'a O,
    /// Time and chance.
    pub time: &'a T,
}

impl<A, O, T> Clone for World<'_, A, O, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, O, T> Copy for World<'_, A, O, T> {}

/// When it is asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Before the workload is touched.
    #[default]
    Before,
    /// While it has wisp, and its label still.
    Parallel,
    /// Once the label is gone.
    After,
}

impl Stage {
    /// All, by name.
    pub(crate) const ALL: [(&'static str, Self); 3] =
        [("before", Self::Before), ("parallel", Self::Parallel), ("after", Self::After)];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, stage)| *stage == self);
        found.map_or("", |(name, _)| name)
    }
}

/// What is verified, and how.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// When.
    pub stage: Stage,
    /// Pods of this namespace alone.
    pub namespace: Option<String>,
    /// Where Entra is.
    pub authority: Authority,
    /// What tokens are asked for.
    pub resource: Resource,
    /// How long in all is waited for what may still spread.
    pub timeout: Duration,
    /// Whether a Job of each service account asks, in place of TokenRequest.
    pub by_job: bool,
    /// Whether a Job with the label `aadpodidbinding` asks the old way.
    pub old_by_pod: bool,
    /// The image of such Jobs, with `wispctl` in it.
    pub image: Option<String>,
    /// Where NMI gives its metrics, where its arguments do not say so.
    pub nmi_port: Option<u16>,
}

/// Time and chance, as things that are passed in.
pub(crate) trait Time: Clock + Random {
    /// Lets so much time pass.
    fn pause(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

impl Time for System {
    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// An answer to a question of [`Outside::fetch`].
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// The time by the other side's clock.
    pub date: Option<UnixTime>,
    /// The JSON of its body, if it is any.
    pub body: Option<Value>,
}

/// What is outside of the cluster.
pub(crate) trait Outside: Sync {
    /// One token request.
    fn exchange(
        &self,
        key: &Key,
        assertion: &Assertion,
    ) -> impl Future<Output = Result<Token, Failure>> + Send;

    /// Reads a public document. The error says why there is none.
    fn fetch(&self, url: &str) -> impl Future<Output = Result<Fetched, String>> + Send;
}

/// The most bytes of a document that are read. Key sets have a few KiB.
const MAX_DOCUMENT: usize = 256 * 1024;

impl<C: Clock, R: Random> Outside for Entra<C, R> {
    async fn exchange(&self, key: &Key, assertion: &Assertion) -> Result<Token, Failure> {
        self.exchange_with(key, assertion).await
    }

    async fn fetch(&self, url: &str) -> Result<Fetched, String> {
        let client = self.http().await.map_err(|failure| failure.description)?;
        let answer = client
            .get(url)
            .header(reqwest::header::ACCEPT, "application/json");
        let mut answer = answer.send().await.map_err(|error| innermost(&error))?;
        let date = answer.headers().get(reqwest::header::DATE);
        let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| innermost(&error))? {
            if body.len() + chunk.len() > MAX_DOCUMENT {
                return Err(format!("the answer is larger than {} KiB", MAX_DOCUMENT / 1024));
            }
            body.extend_from_slice(&chunk);
        }
        let body = serde_json::from_slice(&body).ok();
        Ok(Fetched { status: answer.status().as_u16(), date: date.map(UnixTime::from), body })
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
