//! Where this sidecar runs, for every line of the log: the service account stands in the projected token.

use crate::{
    assertion::{TokenFile, TokenFileError},
    entra::authority,
    observe::log::LogContext,
    settings::Settings,
};

/// Tells the log what is known. Whether the token says which service account this is.
pub(super) fn locate(settings: &Settings, context: &LogContext) -> Result<bool, TokenFileError> {
    let read = TokenFile::new(settings.entra.token_file.clone()).read();
    let subject = read.as_ref().ok().and_then(|a| a.claims.subject.clone());
    let (namespace, account) = subject
        .as_deref()
        .and_then(|subject| {
            subject
                .strip_prefix("system:serviceaccount:")?
                .split_once(':')
        })
        .unwrap_or_default();
    context.set([
        ("cloud", authority::cloud_name(&settings.rules.authority).to_owned()),
        ("cluster", settings.cluster.clone().unwrap_or_default()),
        ("namespace", namespace.to_owned()),
        ("serviceAccount", account.to_owned()),
    ]);
    read.map(|_| subject.is_some())
}
