//! The application's proxy.

use super::{
    Offer, agreed,
    own::{OwnValue, own},
};
use crate::operator::inject::taken::Taken;
use crate::{
    operator::inject::{Beside, Diagnostic, options::Options},
    settings::keys::{HTTPS_PROXY, Key, NO_PROXY},
};

/// Takes over `HTTPS_PROXY`, and what the same containers have as `NO_PROXY`: both or, where something is in the way, neither.
pub(super) fn take(
    offers: &[Offer<'_>],
    options: &Options,
    beside: Beside<'_>,
    taken: &mut Taken,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let proxies = called(&HTTPS_PROXY, offers);
    let Some(first) = proxies.first() else { return };
    match own(&[&HTTPS_PROXY], options, beside) {
        OwnValue::Set => return,
        OwnValue::Unseen(what) => {
            let reason = format!("{what} may set another one, which wispctl does not see");
            diagnostics.push(first.left(&reason, &HTTPS_PROXY));
            return;
        }
        OwnValue::Unset => {}
    }
    let behind = |offer: &&Offer<'_>| {
        proxies
            .iter()
            .any(|proxy| proxy.container.at == offer.container.at)
    };
    let mut exceptions = called(&NO_PROXY, offers);
    exceptions.retain(behind);
    if !matches!(own(&[&NO_PROXY], options, beside), OwnValue::Unset) {
        exceptions.clear();
    }
    let mut both = Vec::new();
    for (key, offers) in [(&HTTPS_PROXY, proxies), (&NO_PROXY, exceptions)] {
        match agreed(&offers, key) {
            Err(diagnostic) => return diagnostics.push(diagnostic),
            Ok(None) => {}
            Ok(Some(offer)) => match offer.unfit(key) {
                Some(reason) => return diagnostics.push(offer.left(&reason, key)),
                None => both.push((offer, key)),
            },
        }
    }
    for (offer, key) in both {
        taken.variables.push(offer.called(&offer.variable.name));
        diagnostics.push(offer.taken(key));
    }
}

/// The offers under a name of `key`; in each container, the name that wisp itself prefers comes first.
fn called<'a>(key: &Key, offers: &'a [Offer<'a>]) -> Vec<&'a Offer<'a>> {
    key.env
        .iter()
        .flat_map(|name| {
            offers
                .iter()
                .filter(move |offer| offer.variable.name == *name)
        })
        .collect()
}
