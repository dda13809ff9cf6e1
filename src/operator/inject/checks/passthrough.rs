//! What is passed on to the node needs a way past the redirect, which wisp alone may have.

use serde_json::Value;

use crate::operator::edit::join;
use crate::operator::inject::container::Container;
use crate::{
    operator::inject::{
        Diagnostic,
        options::{Options, Redirect},
    },
    settings::keys,
};

/// Whether wisp needs a way past the redirect of the pod.
pub(in crate::operator::inject) fn is_set(options: &Options) -> bool {
    options.mode.redirects() && options.settings.get(&keys::PASSTHROUGH).is_some()
}

/// What keeps that way from wisp, or gives it to somebody else.
pub(super) fn diagnostics(spec: &Value, containers: &[Container<'_>], options: &Options) -> Vec<Diagnostic> {
    if !is_set(options) {
        return Vec::new();
    }
    let mut diagnostics = Vec::new();
    if options.redirect == Redirect::Lo {
        let text =
            "`redirect` `lo` leaves no way to the node, which WISP_PASSTHROUGH needs; use `redirect` `nft`";
        diagnostics.push(Diagnostic::new(join(&[], "spec"), text));
    }
    let runs_as = |container: &Container<'_>| {
        let own = container.value.pointer("/securityContext/runAsUser");
        own.filter(|user| !user.is_null())
            .or_else(|| spec.pointer("/securityContext/runAsUser"))
            .and_then(Value::as_u64)
    };
    for container in containers {
        if runs_as(container) == Some(options.user.into()) {
            let text = format!(
                "container `{}` runs as user {}, as wisp does, and WISP_PASSTHROUGH gives that user a way to the node; run it as \
                 another user, or wisp as another with `user`",
                container.name, options.user
            );
            diagnostics.push(Diagnostic::unsupported(container.at.clone(), text));
        }
    }
    diagnostics
}
