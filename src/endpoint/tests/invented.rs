//! Tokens, identities and clocks that are made up.

use std::{
    collections::HashMap,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use crate::{
    broker::{Freshness, Grant, Source, Tokens},
    clock::{Clock, Random, UnixTime},
    exchange::Key,
    failure::Failure,
    identity::{Entry, Learned, Registry, Rules},
    token::{Secret, Token},
};

pub(super) const API: &str = "aaaaaaaa-1111-2222-3333-444444444444";
pub(super) const BATCH: &str = "bbbbbbbb-1111-2222-3333-444444444444";
pub(super) const NOW: u64 = 1_800_000_000;

/// A wall clock that stands still until it is moved.
#[derive(Clone)]
pub(super) struct Hand(pub(super) Arc<AtomicU64>);

impl Hand {
    pub(super) fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds, Ordering::Relaxed);
    }

    pub(super) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(self.0.load(Ordering::Relaxed))
    }
}

pub(super) struct Zero;

impl Random for Zero {
    fn bits(&self) -> u64 {
        0
    }
}

/// Tokens for every key, except for resources that fail and for `api://slow`, which waits until it is released.
pub(super) struct Invented {
    pub(super) asked: Mutex<Vec<Key>>,
    pub(super) freshness_asked: Mutex<Vec<Freshness>>,
    pub(super) failures: HashMap<&'static str, Failure>,
    pub(super) release: Notify,
    pub(super) remaining: Duration,
}

impl Invented {
    pub(super) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Tokens for Invented {
    async fn fresh(&self, key: &Key, freshness: Freshness) -> Result<Grant, Failure> {
        self.freshness_asked.lock().unwrap().push(freshness);
        self.asked.lock().unwrap().push(key.clone());
        match key.resource.as_str() {
            "api://slow" => self.release.notified().await,
            "api://stuck" => pending().await,
            resource => {
                if let Some(failure) = self.failures.get(resource) {
                    return Err(failure.clone());
                }
            }
        }
        let token = Token {
            secret: Secret::new("eyJ.marked.secret".into()),
            requested_at: UnixTime::from_secs(NOW),
            expires_at: UnixTime::from_secs(NOW + 3600),
            extended_lifetime: Duration::from_secs(3600),
            refresh_in: None,
            correlation_id: None,
        };
        Ok(Grant { token: Arc::new(token), remaining: self.remaining, source: Source::Exchanged })
    }
}

pub(super) fn registry(names: &[(&str, &str)]) -> Arc<Registry> {
    let entries: Vec<_> = names
        .iter()
        .map(|(name, id)| Entry {
            name: (*name).into(),
            client_id: id.parse().unwrap(),
            tenant: "contoso.com".parse().unwrap(),
            object_id: None,
            resource_id: None,
        })
        .collect();
    let rules = Rules {
        authority: "https://login.microsoftonline.com".parse().unwrap(),
        via_token_proxy: false,
        default: if let [only] = &entries[..] { Some(only.client_id.clone()) } else { None },
        resources: Vec::new(),
    };
    Arc::new(Registry::new(entries, rules, Arc::new(Learned::default())))
}
