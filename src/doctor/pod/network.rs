//! The way to Entra, by one request for a document that everybody may read: what it ends at is what fails.

use std::{fmt::Write as _, net::IpAddr, time::Duration};

use serde_json::Value;

use super::{
    Chain,
    genuine::{self, is_entras},
    settings::Configured,
    table::{
        AUTHORITY, AUTHORITY_CONNECT, AUTHORITY_NAME, AUTHORITY_PROXY, AUTHORITY_TLS, CLOCK, SETTINGS, TENANT,
    },
};
use crate::{
    assertion::human,
    clock::{Clock, UnixTime},
    doctor::{Check, Diagnosis, Finding},
    entra::{Look, LookError, Page, Step, aadsts, authority::cloud, parts},
    names::{Authority, TenantId},
};

pub(super) const CHECKS: &[&Check] =
    &[&AUTHORITY_NAME, &AUTHORITY_CONNECT, &AUTHORITY_PROXY, &AUTHORITY_TLS, &AUTHORITY, &TENANT, &CLOCK];

/// Clocks nearer than that agree; Entra itself tolerates [`SKEW`].
const AGREE: Duration = Duration::from_secs(60);
const SKEW: Duration = Duration::from_secs(5 * 60);

/// The tenant to ask about where none is known.
const NO_TENANT: &str = "common";

/// The most addresses that are shown.
const SHOWN_ADDRESSES: usize = 3;

/// Who inspects traffic, by what is in the names of their certificates.
const INSPECTORS: [&str; 14] = [
    "zscaler",
    "fortinet",
    "fortigate",
    "palo alto",
    "netskope",
    "blue coat",
    "symantec web",
    "umbrella",
    "sophos",
    "check point",
    "forcepoint",
    "mcafee",
    "squid",
    "mitmproxy",
];

/// What was met on the way.
#[derive(Default)]
pub(super) struct Path {
    /// Host, and port where it is not the usual one.
    pub(super) host: String,
    /// The HTTP proxy on the way, without its login.
    pub(super) proxy: Option<String>,
    /// Addresses of whom to connect to first.
    pub(super) addresses: Vec<IpAddr>,
    /// Who issued the certificates that were presented.
    pub(super) issuers: Vec<String>,
    /// The answers about each tenant; the first of them is the way.
    pub(super) answers: Vec<(String, Result<Page, LookError>)>,
    /// Our time when the first answer came.
    pub(super) ours: UnixTime,
    /// That roots and proxy do not fit together, in the words of a start.
    pub(super) unprepared: Option<String>,
}

impl Path {
    /// Entra's time, or that of whoever answers in its place.
    pub(super) fn entra_time(&self) -> Option<UnixTime> {
        self.first()?.as_ref().ok()?.date
    }

    fn first(&self) -> Option<&Result<Page, LookError>> {
        self.answers.first().map(|(_, answer)| answer)
    }
}

/// Goes the way.
pub(super) async fn look(configured: &Configured, clock: &impl Clock) -> Path {
    let settings = &configured.settings;
    let rules = &settings.rules;
    let look = match Look::authority(&settings.entra, &rules.authority, rules.via_token_proxy) {
        Ok(look) => look,
        Err(error) => return Path { unprepared: Some(error.to_string()), ..Path::default() },
    };
    let mut tenants: Vec<String> = Vec::new();
    let named = configured.identities.iter().map(|entry| &entry.tenant);
    for tenant in named.chain(&settings.tenant_id).map(TenantId::to_string) {
        if !tenants.contains(&tenant) {
            tenants.push(tenant);
        }
    }
    if tenants.is_empty() || rules.via_token_proxy {
        tenants = vec![NO_TENANT.to_owned()];
    }
    let ask = |tenant: String| {
        let look = &look;
        async move {
            let answer = look
                .get(&format!("/{tenant}/v2.0/.well-known/openid-configuration"))
                .await;
            (tenant, answer)
        }
    };
    let mut tenants = tenants.into_iter();
    let first = tenants.next().unwrap_or_default();
    let (addresses, first) = tokio::join!(look.addresses(), ask(first));
    let ours = clock.wall();
    let mut answers = vec![first];
    // One connection serves them all, unless there is none.
    if answers.iter().all(|(_, answer)| answer.is_ok()) {
        for tenant in tenants {
            answers.push(ask(tenant).await);
        }
    }
    Path {
        host: look.host().to_owned(),
        proxy: look.proxy().map(str::to_owned),
        addresses,
        issuers: look.issuers(),
        answers,
        ours,
        unprepared: None,
    }
}

/// Judges the way.
pub(super) fn judge(chain: &mut Chain, configured: &Configured, path: Option<&Path>) {
    let unseen = Path::default();
    let path = path.unwrap_or(&unseen);
    chain.check(&AUTHORITY_NAME, &[&SETTINGS], || name(path));
    chain.check(&AUTHORITY_CONNECT, &[&SETTINGS, &AUTHORITY_NAME], || connect(path));
    chain.check(&AUTHORITY_PROXY, &[&SETTINGS], || proxy(configured, path));
    let connected = [&SETTINGS, &AUTHORITY_NAME, &AUTHORITY_CONNECT, &AUTHORITY_PROXY];
    chain.check(&AUTHORITY_TLS, &connected, || tls(path));
    let mut answered: Vec<&Check> = connected.to_vec();
    answered.push(&AUTHORITY_TLS);
    chain.check(&AUTHORITY, &answered, || authority(configured, path));
    answered.push(&AUTHORITY);
    if let Some(in_the_way) = chain.before(&answered) {
        chain.note(TENANT.not_run(in_the_way.why, in_the_way.how));
    } else {
        for finding in tenants(configured, path) {
            chain.note(finding);
        }
    }
    chain.check(&CLOCK, &answered, || clock(path));
}

/// How far the way leads, against `step`: a trouble there, or not yet there.
fn error_at(path: &Path, step: Step) -> Option<&LookError> {
    path.first()?
        .as_ref()
        .err()
        .filter(|error| error.step == step)
}

fn diagnosis(error: &LookError) -> Diagnosis {
    Diagnosis::new(error.found.clone()).fix(error.fix.clone())
}

fn addresses(path: &Path) -> String {
    let shown: Vec<_> = path
        .addresses
        .iter()
        .take(SHOWN_ADDRESSES)
        .map(IpAddr::to_string)
        .collect();
    let more = path.addresses.len() - shown.len();
    let mut text = shown.join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    if text.is_empty() { "its addresses were not told in time".to_owned() } else { text }
}

fn name(path: &Path) -> Finding {
    match (error_at(path, Step::Name), &path.proxy) {
        (Some(error), _) => AUTHORITY_NAME.failed(diagnosis(error)),
        (None, Some(_)) => AUTHORITY_NAME.passed("that is left to the proxy"),
        (None, None) => AUTHORITY_NAME.passed(format!("{} is {}", path.host, addresses(path))),
    }
}

fn connect(path: &Path) -> Finding {
    match (error_at(path, Step::Connect), &path.proxy) {
        (Some(error), _) => {
            let location = format!("{} is {}", path.host, addresses(path));
            AUTHORITY_CONNECT.failed(diagnosis(error).evidence(location))
        }
        (None, Some(_)) => AUTHORITY_CONNECT.passed("that is left to the proxy"),
        (None, None) => AUTHORITY_CONNECT.passed(""),
    }
}

fn proxy(configured: &Configured, path: &Path) -> Finding {
    match (&path.proxy, error_at(path, Step::Proxy)) {
        (Some(proxy), Some(error)) => {
            let location = format!("HTTPS_PROXY is {proxy}, at {}", addresses(path));
            AUTHORITY_PROXY.failed(diagnosis(error).evidence(location))
        }
        (Some(proxy), None) => AUTHORITY_PROXY.passed(format!("{proxy}, at {}", addresses(path))),
        (None, _) if configured.settings.entra.https_proxy.is_some() => {
            AUTHORITY_PROXY.passed("HTTPS_PROXY is not used for it")
        }
        (None, _) => AUTHORITY_PROXY.passed("there is none"),
    }
}

fn tls(path: &Path) -> Finding {
    let issued = path.issuers.join("; ");
    let inspector = path.issuers.iter().find(|issuer| {
        let issuer = issuer.to_ascii_lowercase();
        INSPECTORS.iter().any(|name| issuer.contains(name))
    });
    if let Some(error) = &path.unprepared {
        let (found, fix) = parts(error);
        return AUTHORITY_TLS.failed(Diagnosis::new(found).fix(fix));
    }
    let Some(error) = error_at(path, Step::Tls).or_else(|| error_at(path, Step::Handshake)) else {
        return AUTHORITY_TLS.passed(match inspector {
            Some(inspector) => format!("issued by {inspector}, who inspects traffic"),
            None => format!(
                "issued by {}",
                path.issuers
                    .first()
                    .map_or("nobody who is named", String::as_str)
            ),
        });
    };
    let mut diagnosis = diagnosis(error);
    if !issued.is_empty() {
        diagnosis = diagnosis.evidence(format!("issued by {issued}"));
    }
    if let Some(inspector) = inspector {
        diagnosis = diagnosis.evidence("a firewall stands between, which inspects traffic").fix(format!(
            "name the root certificate of {inspector} in WISP_CA_FILE, or have the firewall leave {} alone.",
            path.host
        ));
    }
    AUTHORITY_TLS.failed(diagnosis)
}

fn authority(configured: &Configured, path: &Path) -> Finding {
    if let Some(error) = error_at(path, Step::Answer) {
        return AUTHORITY.failed(diagnosis(error));
    }
    let Some(Ok(page)) = path.first() else { return AUTHORITY.not_run("it was not asked", "run all checks") };
    let host = &path.host;
    if configured.settings.rules.via_token_proxy {
        return AUTHORITY.passed(format!("the token proxy {host} answers"));
    }
    if is_outage(page) {
        return AUTHORITY.warned(Diagnosis::new(format!("{host} answers {}", page.status)).fix(WAIT));
    }
    let authority = &configured.settings.rules.authority;
    let cloud = cloud(authority);
    if is_entras(page, authority) {
        let name = cloud.map_or("no cloud that is known here", |cloud| cloud.name);
        return AUTHORITY.passed(format!("{host}, {name}"));
    }
    let to = page
        .location
        .as_deref()
        .and_then(genuine::host)
        .map(|to| format!(", a redirect to {to}"))
        .unwrap_or_default();
    let diagnosis = Diagnosis::new(format!("{host} answers {}{to}, and not as Entra does", page.status));
    AUTHORITY.failed(match cloud {
        // The name is right, so it is not who answers.
        Some(_) => diagnosis.evidence("a proxy or portal answers in its place").fix(format!(
            "let the firewall or proxy on the way pass {host} without a login and without a page of its own."
        )),
        None => diagnosis,
    })
}

/// What to do where Entra has an outage, or too many requests.
const WAIT: &str = "wait: Entra has an outage or too many requests; wisp tries again by itself.";

fn is_outage(page: &Page) -> bool {
    page.status == 429 || page.status >= 500
}

fn tenants(configured: &Configured, path: &Path) -> Vec<Finding> {
    if configured.settings.rules.via_token_proxy {
        return vec![TENANT.passed("that is the token proxy's affair")];
    }
    let several = path.answers.len() > 1;
    let judged = path.answers.iter().map(|(name, answer)| {
        let finding = if name == NO_TENANT {
            TENANT.not_run("no tenant is configured", "set AZURE_TENANT_ID, or name one with --tenant-id")
        } else {
            tenant(&configured.settings.rules.authority, name, answer)
        };
        if several { finding.about(format!("tenant {name}")) } else { finding }
    });
    judged.collect()
}

fn tenant(authority: &Authority, name: &str, answer: &Result<Page, LookError>) -> Finding {
    let page = match answer {
        Ok(page) => page,
        Err(error) => return TENANT.not_run(error.found.clone(), error.fix.clone()),
    };
    if is_outage(page) {
        return TENANT.warned(Diagnosis::new(format!("the answer is {}", page.status)).fix(WAIT));
    }
    let document: Value = serde_json::from_slice(&page.body).unwrap_or_default();
    if page.status == 200 {
        return at_home(authority, name, &document);
    }
    let code = document
        .get("error_codes")
        .and_then(|codes| u32::try_from(codes.get(0)?.as_u64()?).ok());
    let row = code.and_then(aadsts::find);
    let diagnosis = match (code, row) {
        (Some(code), Some(row)) => Diagnosis::new(format!("AADSTS{code}: {}", row.meaning)).fix(row.fix),
        _ => Diagnosis::new(format!("the answer is {}", page.status)),
    };
    TENANT.failed(diagnosis.evidence(format!("tenant {name}, authority {authority}")))
}

/// Entra answers for tenants of other clouds too, and says whose they are.
fn at_home(authority: &Authority, name: &str, document: &Value) -> Finding {
    let instance = document
        .get("cloud_instance_name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let home = format!("https://login.{instance}")
        .parse::<Authority>()
        .ok();
    let home = home.as_ref().and_then(cloud);
    match (home, cloud(authority)) {
        (Some(home), Some(here)) if home != here => {
            let diagnosis =
                Diagnosis::new(format!("the tenant {name} belongs to {}, not to {}", home.name, here.name))
                    .evidence(format!("authority {authority}, the tenant's is https://login.{instance}"))
                    .fix(format!("set AZURE_AUTHORITY_HOST to https://login.{instance}"));
            TENANT.failed(diagnosis)
        }
        _ => TENANT.passed(name),
    }
}

fn clock(path: &Path) -> Finding {
    let Some(entra) = path.entra_time() else {
        return CLOCK.not_run(
            format!("the answer of {} has no Date", path.host),
            "compare `date -u` on the node with the time elsewhere",
        );
    };
    let (ahead, behind) = (path.ours.saturating_since(entra), entra.saturating_since(path.ours));
    let off = ahead.max(behind);
    if off <= AGREE {
        return CLOCK.passed(format!("to {} s", off.as_secs()));
    }
    let direction = if ahead > behind { "ahead of" } else { "behind" };
    let diagnosis = Diagnosis::new(format!("this node's clock is {} {direction} Entra's", human(off)));
    if off > SKEW { CLOCK.failed(diagnosis) } else { CLOCK.warned(diagnosis) }
}
