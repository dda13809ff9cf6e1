//! `wisp doctor`: the chain from settings to token, looked at from within the pod.
//!
//! What can be asked at once is asked at once, and judged afterwards in the order of the chain: each of `settings`,
//! `token_file`, `issuer`, `network`, `exchange`, `endpoint`, `redirect`, `process` and `resource` has a function that looks and one that
//! judges what was seen, which touches nothing. `chain` knows what did not hold before, `ask` is HTTP as an application speaks it,
//! `inner` says which hosts only a cluster knows, and `genuine` whether it is Entra that answers.

mod ask;
mod chain;
mod endpoint;
mod exchange;
mod genuine;
mod inner;
mod issuer;
mod network;
mod process;
mod redirect;
mod resource;
mod settings;
#[cfg(test)]
mod tests;
mod token_file;

use std::{path::PathBuf, time::Duration};

use super::{
    Check, Choice, Finding,
    table::{Category, pod as table},
};
use crate::{
    clock::{Clock, Random},
    names::Resource,
    settings::Sources,
};
use chain::Chain;
use url::Url;

/// What is to be looked at.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// Which checks are wanted.
    pub(crate) choice: Choice,
    /// The resources to ask for; none means those of the settings.
    pub(crate) resources: Vec<Resource>,
    /// The identity to ask for, by its name or client id; none means each.
    pub(crate) identity: Option<String>,
    /// Whether the pod is meant to be redirected, where that is known.
    pub(crate) is_redirected: bool,
    /// The resource to ask with a token, if one is to be asked.
    pub(crate) probe: Option<Url>,
    /// The longest time for one question to the network.
    pub(crate) patience: Duration,
}

/// Where this process is.
#[derive(Clone, Debug)]
pub(crate) struct Context<C, R> {
    pub(crate) clock: C,
    pub(crate) random: R,
    /// Where the kernel shows the control group of this container.
    pub(crate) control_group: PathBuf,
    /// How many files a process may have open here; none means any number.
    pub(crate) open_files: Option<u64>,
    /// The version of this program.
    pub(crate) version: &'static str,
}

/// All checks that it has, in the order in which they run.
pub(crate) fn checks() -> impl Iterator<Item = &'static Check> {
    table::ALL.iter().copied()
}

/// Looks at everything that is wanted, in the order of the chain.
pub(crate) async fn examine<C: Clock + Clone, R: Random + Clone>(
    order: &Order,
    sources: &Sources,
    context: &Context<C, R>,
) -> Vec<Finding> {
    let mut chain = Chain::new(order.choice.clone());
    let configured = settings::read(sources, context, order);
    settings::judge(&mut chain, &configured);
    if !configured.is_usable() {
        let others = checks().filter(|check| {
            check.category != Category::Settings
                && (check.category != Category::Resource || order.probe.is_some())
        });
        for check in others {
            chain.note(check.not_run("the settings are not valid", "correct them first, as `settings` says"));
        }
        return chain.findings();
    }
    let token = token_file::read(&configured);
    let claims = token.as_ref().ok().map(|token| &token.claims);
    let (path, published, listening, imds) = tokio::join!(
        async {
            let is_enabled = chain.wants_any(network::CHECKS);
            if is_enabled { Some(network::look(&configured, &context.clock).await) } else { None }
        },
        async {
            let issuer = claims?.issuer.as_deref()?;
            let is_enabled = chain.wants_any(issuer::CHECKS);
            if is_enabled { issuer::look(&configured, issuer).await } else { None }
        },
        endpoint::look(&configured, chain.wants_any(endpoint::CHECKS)),
        redirect::look(chain.wants_any(redirect::CHECKS)),
    );
    let entra_time = path.as_ref().and_then(network::Path::entra_time);
    token_file::judge(&mut chain, &configured, &token, context.clock.wall(), entra_time);
    issuer::judge(&mut chain, &configured, token.as_ref().ok(), published.as_ref());
    network::judge(&mut chain, &configured, path.as_ref());
    let is_for_something = chain.wants_any(exchange::CHECKS) || order.probe.is_some();
    let exchanged = if is_for_something && chain.before(exchange::NEEDS).is_none() {
        exchange::exchange(&configured, context).await
    } else {
        Vec::new()
    };
    exchange::judge(&mut chain, &configured, &exchanged);
    let served = endpoint::ask_for_token(&configured, &listening, exchange::first_success(&exchanged)).await;
    endpoint::judge(&mut chain, &configured, &listening, served.as_ref());
    redirect::judge(&mut chain, &imds, order.is_redirected);
    process::judge(&mut chain, &configured, &process::look(context), &listening, context.version);
    if let Some(url) = order
        .probe
        .as_ref()
        .filter(|_| chain.wants_any(resource::CHECKS))
    {
        let probed = resource::look(&configured, url, &exchanged).await;
        resource::judge(&mut chain, &configured, url, probed.as_ref());
    }
    chain.findings()
}
