//! What start-up waits for: the token file, root certificates, the first tokens. Readiness looks at it, tasks in the background
//! bring it about, and the log names what is missing, once.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use super::{
    config, location,
    reloadable::Reloadable,
    tokens::{Tokens, Upstream},
    verify::verify,
};
use crate::{
    assertion::TokenFile,
    broker::{Broker, Prefetch},
    clock::{Clock, Random},
    endpoint::{Flag, Holds, Readiness},
    failure::Failure,
    identity::Registry,
    observe::log::LogContext,
    settings::{Settings, Verify},
};

/// How soon to look again for a file that has not been mounted or written yet.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What is waited for, and the tasks that do. Dropping it ends them.
pub(super) struct Startup {
    pub(super) token_file: Reloadable<TokenFile>,
    /// Why there are no root certificates, until there are.
    roots: Reloadable<Option<String>>,
    /// The first tokens that readiness waits for.
    prefetched: Reloadable<Prefetch>,
    /// The token that proves that one is available, if readiness waits for it.
    verified: Reloadable<Prefetch>,
    background: JoinSet<()>,
}

impl Startup {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            token_file: Reloadable::new(TokenFile::new(settings.entra.token_file.clone())),
            roots: Reloadable::new(Some("they have not been read yet".to_owned())),
            prefetched: Reloadable::new(Prefetch::default()),
            verified: Reloadable::new(Prefetch::default()),
            background: JoinSet::new(),
        }
    }

    /// The conditions of readiness, and the one that ends with the first signal to end.
    pub(super) fn readiness<C: Clock + Clone, R: Random + Clone>(
        &self,
        tokens: &Arc<Tokens<C, R>>,
    ) -> (Readiness, Flag) {
        let mut readiness = Readiness::default();
        let (file, tokens) = (self.token_file.clone(), Arc::clone(tokens));
        readiness.checked("token file readable", move || match file.current().read() {
            Ok(_) => Holds::Yes,
            Err(error) if tokens.holds_tokens() => {
                Holds::Degraded(format!("{error} Tokens in hand are served until they end."))
            }
            Err(error) => Holds::No(error.to_string()),
        });
        let roots = self.roots.clone();
        readiness.checked("root certificates", move || unless(roots.current()));
        let prefetched = self.prefetched.clone();
        readiness.checked("prefetch", move || unless(prefetched.current().missing()));
        let verified = self.verified.clone();
        readiness.checked("verification", move || unless(verified.current().missing()));
        let not_ending = readiness.flag("not ending");
        not_ending.set(true);
        (readiness, not_ending)
    }

    /// Tells the log where this sidecar runs, now or once the kubelet has written the token that says so.
    pub(super) fn locate(&mut self, settings: &Settings, context: &LogContext) {
        let mut missing = Missing::default();
        match location::locate(settings, context) {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => missing.warn(&error.into()),
        }
        let (settings, context) = (settings.clone(), context.clone());
        self.background.spawn(async move {
            loop {
                tokio::time::sleep(LOOK_AGAIN).await;
                match location::locate(&settings, &context) {
                    Ok(located) => {
                        missing.found("the token file can be read now");
                        if located {
                            return;
                        }
                    }
                    Err(error) => missing.warn(&error.into()),
                }
            }
        });
    }

    /// Prepares TLS before the first request needs it, or says why that cannot be done yet.
    pub(super) fn warm<C: Clock + Clone, R: Random + Clone>(&mut self, upstream: &Upstream<C, R>) {
        let (upstream, roots) = (upstream.clone(), self.roots.clone());
        self.background.spawn(async move {
            let mut missing = Missing::default();
            while let Err(failure) = upstream.current().warm().await {
                missing.warn(&failure);
                roots.replace(Some(failure.description));
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            roots.replace(None);
            missing.found("the root certificates can be read now");
        });
    }

    /// Fetches the tokens that are wanted from the start, and holds readiness back until they are here if that is asked.
    pub(super) fn prefetch<C: Clock + Clone, R: Random + Clone>(
        &mut self,
        settings: &Settings,
        registry: &Registry,
        broker: &Arc<Tokens<C, R>>,
    ) {
        let here = broker.snapshot();
        let mut keys = config::prefetch(settings, registry);
        keys.retain(|key| here.iter().all(|token| token.key != *key));
        let progress = Prefetch::of(&keys);
        let awaited = if settings.ready_after_prefetch { progress.clone() } else { Prefetch::default() };
        self.prefetched.replace(awaited);
        if !keys.is_empty() {
            let broker = Arc::clone(broker);
            self.background
                .spawn(async move { broker.prefetch(keys, progress).await });
        }
    }

    /// Proves that a token is available, by getting one, and holds readiness back until then if that is asked. What is here
    /// already needs no proof.
    pub(super) fn verify<C: Clock + Clone, R: Random + Clone>(
        &mut self,
        settings: &Settings,
        registry: &Registry,
        broker: &Tokens<C, R>,
    ) {
        let here = broker.snapshot();
        let key =
            config::verified(settings, registry).filter(|key| here.iter().all(|token| token.key != *key));
        let progress = Prefetch::of(key.as_slice());
        let awaited = if settings.verify == Verify::Ready { progress.clone() } else { Prefetch::default() };
        self.verified.replace(awaited);
        if let Some(key) = key {
            self.background
                .spawn(verify(Broker::clone(broker), key, progress));
        }
    }

    /// Takes new settings, whose root certificates have been read. What still works with the old ones ends here.
    pub(super) fn begin_again(&mut self, settings: &Settings) {
        self.background = JoinSet::new();
        self.roots.replace(None);
        self.token_file
            .replace(TokenFile::new(settings.entra.token_file.clone()));
    }
}

/// Holds unless something is missing.
fn unless(missing: Option<String>) -> Holds {
    missing.map_or(Holds::Yes, Holds::No)
}

/// Something that start-up needs and cannot have yet: said once, and once more when it is here.
#[derive(Default)]
struct Missing {
    warned: bool,
}

impl Missing {
    fn warn(&mut self, failure: &Failure) {
        if !std::mem::replace(&mut self.warned, true) {
            let category = failure.category.as_str();
            tracing::warn!(operation = "start", result = "failure", errorCategory = category, "{failure}");
        }
    }

    fn found(&mut self, message: &str) {
        if std::mem::take(&mut self.warned) {
            tracing::info!(operation = "start", result = "success", "{message}");
        }
    }
}
