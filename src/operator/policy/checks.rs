//! What keeps wisp out of a pod, as expressions: what injection refuses, and what it can do and a policy cannot.
//!
//! Each check is a list of messages, empty where all is well; together they are the variable `errors` of the policy that injects
//! and of the one that refuses.

mod annotations;
mod containers;
mod identity;
mod taken;
mod variables;

pub(super) use annotations::choices;

use super::{pod, scope::Scope};
use crate::operator::inject::Options;
use crate::settings::keys::PASSTHROUGH;

/// The expression of all of them.
pub(super) fn errors(options: &Options, scope: &Scope) -> String {
    let mut checks = annotations::checks(options, scope);
    checks.extend(identity::checks(options));
    checks.extend(containers::checks(options));
    checks.extend(whole(options));
    checks.extend(variables::checks(options));
    checks.extend(taken::checks(options));
    let half = one(
        "!variables.containers.exists(c, c.name == 'wisp')",
        "'annotation `wisp/injected` says that wisp is in the pod, and there is no container `wisp`: it is half of an injected pod; \
         remove the annotation and what else of wisp is in the pod, or inject it anew by `wispctl inject`'",
    );
    format!("variables.isInjected\n? {half}\n: {}", checks.join("\n+ "))
}

/// What concerns the pod as a whole.
fn whole(options: &Options) -> Vec<String> {
    let mut checks = vec![one(
        "(has(object.spec.os) && object.spec.os.name == 'windows') || (has(object.spec.nodeSelector) \
         && 'kubernetes.io/os' in object.spec.nodeSelector && object.spec.nodeSelector['kubernetes.io/os'] == 'windows')",
        "'a Windows pod: wisp runs on Linux only; leave it out with label `wisp/inject: \"false\"`'",
    )];
    if options.mode.redirects() {
        checks.push(one(
            "has(object.spec.hostNetwork) && object.spec.hostNetwork",
            "'the pod uses the node\\'s network (hostNetwork), where a redirect would reach every process of the node; use mode `env`, \
             or leave it out with label `wisp/inject: \"false\"`'",
        ));
    }
    if options.mode.redirects() && options.settings.get(&PASSTHROUGH).is_some() {
        let user = options.user;
        let of_pod = "(has(object.spec.securityContext) && has(object.spec.securityContext.runAsUser) \
                      ? object.spec.securityContext.runAsUser : -1)";
        checks.push(each(
            "variables.containers",
            &format!(
                "(has(c.securityContext) && has(c.securityContext.runAsUser) ? c.securityContext.runAsUser : {of_pod}) == {user}"
            ),
            &format!(
                "'container `' + c.name + '` runs as user {user}, as wisp does, and WISP_PASSTHROUGH gives that user a way to the node; \
                 run it as another user'"
            ),
        ));
    }
    checks
}

/// `message` where `condition` holds.
fn one(condition: &str, message: &str) -> String {
    format!("({condition} ? [{message}] : [])")
}

/// `message` for each `c` of `list` for which `condition` holds.
fn each(list: &str, condition: &str, message: &str) -> String {
    format!("{list}.filter(c, {condition}).map(c, {message})")
}

/// The containers that are to get their tokens from wisp.
fn served(options: &Options) -> String {
    format!("variables.containers.filter(c, {})", pod::is_served(options))
}
