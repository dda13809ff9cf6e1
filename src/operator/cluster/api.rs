//! One call to an API server, and what comes of it.
//!
//! - `error`: why there is no answer, and what to do

mod error;
#[cfg(test)]
mod tests;

use std::{future::Future, time::Duration};

use serde_json::Value;

use super::{Collection, Object};
use crate::clock::UnixTime;
pub(crate) use error::ApiError;

/// What is done with an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verb {
    /// Read.
    Get,
    /// Made; it must not be there yet.
    Create,
    /// Replaced; the new one names the resource version of the old one, or there is a conflict.
    Update,
    /// Changed as the body says: a JSON Patch where that is a list, else a JSON Merge Patch.
    Patch,
    /// Taken away; the body has options.
    Delete,
}

impl Verb {
    /// As RBAC names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// A call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// What is done.
    pub verb: Verb,
    /// With which object.
    pub object: &'a Object,
    /// The object as it is to be, the patch, or the options of a deletion; none to read it.
    pub body: Option<&'a Value>,
    /// How long the whole may take.
    pub timeout: Duration,
}

/// A request for one page of a collection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page<'a> {
    /// What is listed.
    pub collection: &'a Collection,
    /// The most objects of the page.
    pub limit: usize,
    /// Where the page before has ended, in the API server's own words.
    pub after: Option<&'a str>,
    /// How long it may take.
    pub timeout: Duration,
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// The object, or the list.
    pub object: Value,
    /// The API server's own time, if it gave one.
    pub date: Option<UnixTime>,
}

/// Who answers calls: an API server, or a test in its stead.
pub(crate) trait Api: Send + Sync + 'static {
    /// Makes one call. It is not repeated: whoever calls knows better when that is worth it.
    fn call(&self, call: Call<'_>) -> impl Future<Output = Result<Answer, ApiError>> + Send;

    /// Reads what is no JSON, such as a log. Verb and body of the call say nothing.
    fn text(&self, call: Call<'_>) -> impl Future<Output = Result<String, ApiError>> + Send;

    /// Lists one page.
    fn list(&self, page: Page<'_>) -> impl Future<Output = Result<Answer, ApiError>> + Send;
}
