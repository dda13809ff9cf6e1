//! Variables of the application that are in the way of those that it gets, or that lead its requests elsewhere.

use serde_json::Value;

use super::{each, served};
use crate::operator::{
    inject::{
        Options,
        additions::{self, NO_PROXY},
        leftovers::{THUMBPRINT, endpoint_variables},
        options::Mode,
    },
    policy::{
        cel::{list, quoted},
        pod,
    },
};

pub(super) fn checks(options: &Options) -> Vec<String> {
    let ours = additions::variables(options.mode, options.token_port, &options.variables);
    let ours: Vec<_> = ours
        .iter()
        .filter_map(|variable| variable.get("name").and_then(Value::as_str))
        .collect();
    let mut checks = Vec::new();
    if let Some(gets) = pod::gets_variables(options) {
        checks.extend(refused(&ours, &gets));
        if options.mode == Mode::HttpProxy {
            checks.extend(NO_PROXY.iter().flat_map(|name| direct(name, &gets)));
        }
    }
    let others: Vec<_> = endpoint_variables()
        .filter(|name| !ours.contains(name))
        .collect();
    if !others.is_empty() {
        checks.push(nowhere(options, &others));
    }
    if ours.contains(&"IDENTITY_ENDPOINT") {
        checks.push(each(
            &served(options),
            &pod::sets(&list([THUMBPRINT])),
            &format!(
                "'container `' + c.name + '` sets `{THUMBPRINT}`, with which SDKs take wisp for Service Fabric and ask it by https; remove it'"
            ),
        ));
    }
    checks
}

/// Variables that are set already would hide ours, or be lost.
fn refused(ours: &[&str], gets: &str) -> Option<String> {
    let names: Vec<_> = ours
        .iter()
        .flat_map(|name| if *name == "http_proxy" { vec!["http_proxy", "HTTP_PROXY"] } else { vec![*name] })
        .collect();
    let names = list(names);
    (!ours.is_empty()).then(|| {
        each(
            "variables.containers",
            &format!("{gets} && {}", pod::sets(&names)),
            &format!(
                "'container `' + c.name + '` sets `' + c.env.filter(e, e.name in {names})[0].name + '` itself, which wisp needs to set; \
                 remove it, or use another mode'"
            ),
        )
    })
}

/// Hosts that are reached without the proxy.
fn direct(name: &str, gets: &str) -> [String; 2] {
    let set = format!("c.env.filter(e, e.name == {})[0]", quoted(name));
    let is_set = format!("{gets} && {}", pod::sets(&list([name])));
    [
        each(
            "variables.containers",
            &format!(
                "{is_set} && has({set}.value) && {set}.value.split(',').exists(h, h.trim() == '*' || h.trim().startsWith('169.254.'))"
            ),
            &format!(
                "'container `' + c.name + '` lists 169.254.169.254 in `{name}`, so its requests would not come to wisp; remove it there, or \
                 use another mode'"
            ),
        ),
        each(
            "variables.containers",
            &format!("{is_set} && has({set}.valueFrom)"),
            &format!(
                "'container `' + c.name + '` takes `{name}` from elsewhere, so nothing can be added to it; write it out, or use another mode'"
            ),
        ),
    ]
}

/// Variables of other ways to a managed identity, that lead to a port of the pod at which nothing listens.
fn nowhere(options: &Options, names: &[&str]) -> String {
    let names = list(names.iter().copied());
    let is_loopback = "(url(e.value).getHostname() == 'localhost' || url(e.value).getHostname() == '::1' \
                       || url(e.value).getHostname().startsWith('127.'))";
    let port = "(url(e.value).getPort() == '' ? (url(e.value).getScheme() == 'https' ? 443 : 80) : int(url(e.value).getPort()))";
    let leads = format!(
        "e.name in {names} && has(e.value) && isURL(e.value) && {is_loopback} && {port} != {} \
         && !variables.containers.exists(d, has(d.ports) && d.ports.exists(p, p.containerPort == {port}))",
        options.token_port
    );
    format!(
        "{}.map(c, has(c.env) ? c.env.filter(e, {leads}).map(e, 'container `' + c.name + '` sets `' + e.name + '`, where SDKs ask first, and \
         no container of the pod says that it listens there; remove it').join('; ') : '').filter(m, m != '')",
        served(options)
    )
}
