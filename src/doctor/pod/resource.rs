//! What comes after the token: the resource itself, asked with it.

use std::net::IpAddr;

use url::Url;

use super::{
    Chain,
    exchange::Exchanged,
    settings::Configured,
    table::{EXCHANGE, PROBE_ANSWER, PROBE_CONNECT, PROBE_NAME},
};
use crate::{
    doctor::{
        Check, Diagnosis, Finding,
        resource::{
            Answer, Asked,
            address::{self, Names},
            answer, service,
        },
    },
    entra::{Look, LookError, Page, Step},
    jwt,
    names::Authority,
    token::Secret,
};

pub(super) const CHECKS: &[&Check] = &[&PROBE_NAME, &PROBE_CONNECT, &PROBE_ANSWER];

/// Storage takes tokens only from those who name a version of its interface that knows them.
const STORAGE_VERSION: (&str, &str) = ("x-ms-version", "2021-12-02");

/// What was seen of a resource.
pub(super) struct Probed {
    host: String,
    /// What the token is for.
    resource: String,
    /// What it was asked with.
    token: Secret,
    /// Whose it is.
    object_id: Option<String>,
    /// The HTTP proxy on the route, which looks up names itself.
    proxy: Option<String>,
    addresses: Vec<IpAddr>,
    has_private_endpoint: bool,
    page: Result<Page, LookError>,
}

/// Asks `url` with the first token that came. None where there is no token, or the route cannot be built.
pub(super) async fn look(configured: &Configured, url: &Url, exchanged: &[Exchanged]) -> Option<Probed> {
    let (key, token) = exchanged
        .iter()
        .find_map(|exchanged| match &exchanged.result {
            Some(Ok(token)) => Some((&exchanged.key, token)),
            _ => None,
        })?;
    let host = url.host_str()?.to_owned();
    let route = route_to(configured, &url.origin().ascii_serialization())?;
    let bearer = zeroize::Zeroizing::new(format!("Bearer {}", token.secret.expose()));
    let headers = [("authorization", bearer.as_str()), STORAGE_VERSION];
    let query = url
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    let path = format!("{}{query}", url.path());
    let private = service::known(&host).and_then(|known| known.private_name(&host));
    let private = private.and_then(|name| route_to(configured, &format!("https://{name}")));
    let is_proxied = route.proxy().is_some();
    let (addresses, has_private_endpoint, page) = tokio::join!(
        async { if is_proxied { Vec::new() } else { route.addresses().await } },
        async {
            match &private {
                Some(private) if !is_proxied => !private.addresses().await.is_empty(),
                _ => false,
            }
        },
        route.probe(&path, &headers),
    );
    let object_id = jwt::peek(token.secret.expose())
        .ok()
        .and_then(|claims| claims.object_id);
    let proxy = route.proxy().map(ToOwned::to_owned);
    let resource = key.resource.to_string();
    let token = token.secret.clone();
    Some(Probed { host, resource, token, object_id, proxy, addresses, has_private_endpoint, page })
}

fn route_to(configured: &Configured, origin: &str) -> Option<Look> {
    let origin: Authority = origin.parse().ok()?;
    Look::other(&configured.settings.entra, &origin, "--probe").ok()
}

/// Judges what was seen.
pub(super) fn judge(chain: &mut Chain, configured: &Configured, url: &Url, probed: Option<&Probed>) {
    let authority = configured.settings.rules.authority.to_string();
    let elsewhere = address::elsewhere(url.host_str().unwrap_or_default(), &authority);
    let unasked =
        |check: &'static Check| check.not_run("no token came to ask with", "mend what is before it");
    // No token has to come for that: for a resource of another cloud none does.
    match elsewhere {
        Some(finding) => chain.note(finding),
        None => chain.check(&PROBE_NAME, &[&EXCHANGE], || probed.map_or_else(|| unasked(&PROBE_NAME), name)),
    }
    chain.check(&PROBE_CONNECT, &[&EXCHANGE, &PROBE_NAME], || {
        probed.map_or_else(|| unasked(&PROBE_CONNECT), connection)
    });
    chain.check(&PROBE_ANSWER, &[&EXCHANGE, &PROBE_NAME, &PROBE_CONNECT], || {
        probed.map_or_else(|| unasked(&PROBE_ANSWER), answered)
    });
}

fn name(probed: &Probed) -> Finding {
    if let Some(proxy) = &probed.proxy {
        return PROBE_NAME.passed(format!("the proxy {proxy} looks it up"));
    }
    let Probed { host, addresses, has_private_endpoint, .. } = probed;
    address::judge(Names { host, addresses, has_private_endpoint: *has_private_endpoint })
}

fn connection(probed: &Probed) -> Finding {
    match &probed.page {
        Err(error) if error.step != Step::Answer => {
            let diagnosis = silence(error);
            let addresses: Vec<_> = probed.addresses.iter().map(ToString::to_string).collect();
            PROBE_CONNECT.failed(diagnosis.evidence(format!("{} {}", probed.host, addresses.join(", "))))
        }
        _ => PROBE_CONNECT.passed(""),
    }
}

/// Why there is no answer. wisp never asks a resource, so it does not try again either.
fn silence(error: &LookError) -> Diagnosis {
    let fix = error.fix.replace("; wisp tries again by itself", "");
    Diagnosis::new(&error.found).fix(fix)
}

fn answered(probed: &Probed) -> Finding {
    let page = match &probed.page {
        Ok(page) => page,
        Err(error) => return PROBE_ANSWER.failed(silence(error)),
    };
    let body = String::from_utf8_lossy(&page.body);
    let asked = Asked {
        host: &probed.host,
        resource: &probed.resource,
        object_id: probed.object_id.as_deref(),
        token: &probed.token,
    };
    let answer = Answer {
        status: page.status,
        challenge: page.challenge.as_deref(),
        error_code: page.error_code.as_deref(),
        body: &body,
        is_html: page.is_html,
        has_azure_header: page.has_azure_header,
    };
    answer::judge(asked, answer)
}
