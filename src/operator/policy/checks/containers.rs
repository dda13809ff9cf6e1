//! Containers and volumes that wisp cannot stand beside.

use super::{each, one};
use crate::operator::{
    inject::{
        Options,
        additions::{CONTAINERS, VOLUMES},
        options::Token,
        others::{AZWI_IMAGES, AZWI_NAMES, WISP_IMAGE},
        webhook::{OLD_VOLUME, SKIP_CONTAINERS, USE_LABEL, VOLUME_PREFIX},
    },
    policy::{
        cel::{list, quoted},
        pod,
    },
};

const ALL: &str = "variables.containers";

pub(super) fn checks(options: &Options) -> Vec<String> {
    let mut checks = names();
    checks.extend(ports(options));
    checks.extend(others());
    checks.extend(webhook(options));
    let missing: Vec<_> = options.containers.iter().map(String::as_str).collect();
    if !missing.is_empty() {
        checks.push(each(
            &list(missing),
            &format!("!{ALL}.exists(d, d.name == c)"),
            "'there is no container `' + c + '`, which `containers` names'",
        ));
    }
    checks
}

fn names() -> Vec<String> {
    vec![
        each(
            ALL,
            &format!("c.name in {}", list(CONTAINERS)),
            "'the pod already has a container `' + c.name + '`, which nobody injected; remove or rename it'",
        ),
        each(
            "variables.volumes",
            &format!("c.name in {}", list(VOLUMES)),
            "'the pod already has a volume `' + c.name + '`, which nobody injected; rename it'",
        ),
    ]
}

fn ports(options: &Options) -> Vec<String> {
    let ports = format!("[{}, {}]", options.token_port, options.admin_port);
    vec![each(
        ALL,
        &format!("has(c.ports) && c.ports.exists(p, p.containerPort in {ports})"),
        &format!(
            "'container `' + c.name + '` listens on port ' \
             + string(c.ports.filter(p, p.containerPort in {ports})[0].containerPort) \
             + ', which wisp needs in the same pod; move the application\\'s'"
        ),
    )]
}

/// The proxy that wisp takes the place of, and wisp itself under another name.
fn others() -> Vec<String> {
    let words = "((has(c.command) ? c.command : []) + (has(c.args) ? c.args : []))";
    let probe = "(has(c.lifecycle) && has(c.lifecycle.postStart) && has(c.lifecycle.postStart.exec) \
                 && c.lifecycle.postStart.exec.command.exists(w, w.startsWith('--proxy-port')) \
                 && c.lifecycle.postStart.exec.command.exists(w, w.startsWith('--probe')))";
    let flags = format!(
        "({words}.exists(w, w.matches('^--proxy-port(=|$)')) \
         && {words}.all(w, !w.startsWith('-') || w.matches('^--(proxy-port|log-level|probe)(=|$)')))"
    );
    let redirects = format!(
        "(variables.inits.exists(d, d.name == c.name) && has(c.env) && c.env.exists(e, e.name == 'PROXY_PORT' && has(e.value)) \
         && ({words}.size() == 0 || {words}.exists(w, w.contains('169.254.169.254'))) && has(c.securityContext) \
         && ((has(c.securityContext.privileged) && c.securityContext.privileged) \
         || (has(c.securityContext.runAsUser) && c.securityContext.runAsUser == 0) \
         || (has(c.securityContext.capabilities) && has(c.securityContext.capabilities.add) \
         && c.securityContext.capabilities.add.exists(a, a in ['NET_ADMIN', 'CAP_NET_ADMIN', 'ALL']))))"
    );
    let program = "(has(c.command) && c.command.size() > 0 && c.command[0] == '/wisp')";
    vec![
        each(
            ALL,
            &format!(
                "!({}) && (c.name in {} || {} || {probe} || {flags} || {redirects})",
                pod::IS_MESH,
                list(AZWI_NAMES),
                pod::is_of(&AZWI_IMAGES)
            ),
            "'container `' + c.name + '` belongs to the workload identity webhook\\'s proxy, which wisp replaces; remove it'",
        ),
        each(
            ALL,
            &format!(
                "!(c.name in {}) && has(c.args) && c.args.size() > 0 && c.args[0] in ['serve', 'redirect'] && ({program} || {})",
                list(CONTAINERS),
                pod::is_of(&[WISP_IMAGE])
            ),
            "'container `' + c.name + '` runs wisp already, and nobody injected it; remove it, or leave the pod alone with label \
             `wisp/inject: \"false\"`'",
        ),
    ]
}

/// What the workload identity webhook did, or was told.
fn webhook(options: &Options) -> Vec<String> {
    let mut checks = Vec::new();
    let skip = quoted(SKIP_CONTAINERS);
    let annotations = "variables.annotations";
    let takes_theirs = match options.token {
        Token::Own => None,
        Token::Auto => Some(pod::IS_LABELLED.to_owned()),
        Token::Webhook => Some("true".to_owned()),
    };
    if let Some(takes) = takes_theirs {
        checks.push(one(
            &format!("{takes} && {skip} in {annotations} && 'wisp' in {annotations}[{skip}].split(';').map(n, n.trim())"),
            &format!("'annotation `{SKIP_CONTAINERS}` names `wisp`, which needs the token'"),
        ));
    }
    if options.token == Token::Webhook {
        let label = quoted(USE_LABEL);
        checks.push(one(
            &format!("{label} in variables.labels && variables.labels[{label}] != 'true'"),
            &format!(
                "'label `{USE_LABEL}` is `' + variables.labels[{label}] + '`, but the token is to come from the webhook, which needs \"true\"'"
            ),
        ));
    }
    if !options.share_token {
        let comes = if options.token == Token::Webhook { "true" } else { pod::IS_LABELLED };
        checks.push(each(
            ALL,
            &format!(
                "{comes} && has(c.volumeMounts) && c.volumeMounts.exists(m, m.name == {} || m.name.startsWith({}))",
                quoted(OLD_VOLUME),
                quoted(VOLUME_PREFIX)
            ),
            "'container `' + c.name + '` has the token of the workload identity webhook mounted already; make the pod without it, or have \
             a policy with `--share-token true`'",
        ));
    }
    checks
}
