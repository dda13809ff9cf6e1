//! What an answer says of a token.

use std::time::Duration;

use crate::{
    broker::Grant,
    clock::UnixTime,
    names::{ClientId, Resource},
    token::Secret,
};

/// A token as it stands in an answer.
#[derive(Debug)]
pub(in crate::endpoint) struct Granted<'a> {
    pub(in crate::endpoint) access_token: &'a Secret,
    pub(in crate::endpoint) client_id: &'a ClientId,
    /// What is left of its life, in whole seconds.
    pub(in crate::endpoint) expires_in: u64,
    /// When it ends.
    pub(in crate::endpoint) expires_on: UnixTime,
    /// What is left of its life in an outage, in whole seconds.
    pub(in crate::endpoint) ext_expires_in: u64,
    pub(in crate::endpoint) not_before: UnixTime,
    pub(in crate::endpoint) resource: &'a Resource,
}

impl<'a> Granted<'a> {
    /// `grant`, made for `client_id` and `resource`, as it is `now`.
    pub(in crate::endpoint) fn new(
        grant: &'a Grant,
        now: UnixTime,
        client_id: &'a ClientId,
        resource: &'a Resource,
    ) -> Self {
        let token = &grant.token;
        // A zero is read as "never" by some clients, so what is left of the last second counts as one.
        let remaining = grant.remaining.max(Duration::from_secs(1));
        let expires_in = remaining.as_secs();
        let age = now.saturating_since(token.requested_at);
        let outage = token.extended_lifetime.saturating_sub(age).as_secs();
        Self {
            access_token: &token.secret,
            client_id,
            expires_in,
            // The grant may know that the wall clock is wrong.
            expires_on: token.expires_at.min(now + remaining),
            ext_expires_in: outage.max(expires_in),
            // The wall clock may have been set back since.
            not_before: token.requested_at.min(now),
            resource,
        }
    }
}
