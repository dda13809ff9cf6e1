//! What Entra checks before it issues a token: one function for each step, called in order.
//!
//! A step that fails yields the AADSTS number to answer with. Entra does not document the order of the later steps; this
//! is a plausible one, and clients must not depend on it.

use std::time::Duration;

use super::{
    cloud::Cloud,
    config::{IdentityConfig, ResourceConfig, TenantConfig},
    directory::{self, Match, Named, ZERO_GUID},
    errors::Facts,
    faults::Effects,
    form::Form,
    jws::{Jws, Malformed},
    metadata::Unknown,
    time_text,
};
use crate::{
    clock::UnixTime,
    jwt::{self, Claims},
    names::is_guid,
};

/// The difference between clocks that Entra puts up with.
const SKEW: Duration = Duration::from_secs(300);

/// The longest lifetime of an external token (AADSTS70023).
const LONGEST_ASSERTION: Duration = Duration::from_secs(25 * 3600);

const GRANT: &str = "client_credentials";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const DEFAULT_SUFFIX: &str = "/.default";

/// Scopes of OpenID Connect that some SDKs add and that mean nothing here.
const OIDC_SCOPES: [&str; 4] = ["openid", "offline_access", "profile", "email"];

/// A request to the token endpoint.
#[derive(Clone, Copy)]
pub(super) struct GrantRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The tenant in the path, decoded.
    pub tenant: &'a str,
    /// Whether the content type is that of a form.
    pub is_form: bool,
    /// The body.
    pub form: &'a Form,
    /// Whether it came through the token proxy, which stands for the federated credential.
    pub via_proxy: bool,
}

/// A request that passed.
#[derive(Debug)]
pub(super) struct Granted<'a> {
    /// The tenant.
    pub tenant: &'a TenantConfig,
    /// Who gets the token.
    pub identity: &'a IdentityConfig,
    /// What it is for.
    pub resource: &'a ResourceConfig,
    /// The resource exactly as asked for, the scope without `/.default`.
    pub asked: String,
}

/// Why a request is refused: an AADSTS number.
pub(super) type Aadsts = u32;

/// Takes a request through every step. What `facts` needs beyond [`facts_of`] is added on the way.
pub(super) fn check<'a>(
    cloud: &'a Cloud,
    request: GrantRequest<'_>,
    effects: &Effects,
    now: UnixTime,
    facts: &mut Facts,
) -> Result<Granted<'a>, Aadsts> {
    post_and_form(request, facts)?;
    grant_type(request, facts)?;
    parameters(request, facts)?;
    let tenant = tenant(cloud, request)?;
    let identity = client(tenant, request)?;
    let jws = assertion(request, facts)?;
    claims(&jws.claims, facts)?;
    if !request.via_proxy {
        federated_credential(identity, &jws.claims, effects)?;
    }
    lifetime(&jws.claims)?;
    signature(cloud, &jws, effects, now)?;
    valid_now(&jws.claims, now)?;
    let (resource, asked) = scope(tenant, identity, request, facts)?;
    policy(identity, resource)?;
    Ok(Granted { tenant, identity, resource, asked })
}

fn post_and_form(request: GrantRequest<'_>, facts: &mut Facts) -> Result<(), Aadsts> {
    if request.method != "POST" {
        facts.learn("detail", request.method);
        return Err(900561);
    }
    if !request.is_form {
        return Err(missing("grant_type", facts));
    }
    Ok(())
}

fn grant_type(request: GrantRequest<'_>, facts: &mut Facts) -> Result<(), Aadsts> {
    match request.form.get("grant_type") {
        Some(GRANT) => Ok(()),
        Some(_) => Err(70003),
        None => Err(missing("grant_type", facts)),
    }
}

fn parameters(request: GrantRequest<'_>, facts: &mut Facts) -> Result<(), Aadsts> {
    if request.form.get("client_id").is_none() {
        return Err(missing("client_id", facts));
    }
    if request.form.get("resource").is_some() {
        return Err(901002);
    }
    if request.form.get("scope").is_none() {
        return Err(missing("scope", facts));
    }
    Ok(())
}

fn tenant<'a>(cloud: &'a Cloud, request: GrantRequest<'_>) -> Result<&'a TenantConfig, Aadsts> {
    match directory::tenant(&cloud.tenants, request.tenant) {
        Named::Known(tenant) => Ok(tenant),
        Named::Unknown => Err(90002),
        Named::Nobody => Err(50059),
        Named::Zero => Err(900021),
        Named::Malformed => Err(900023),
    }
}

fn client<'a>(tenant: &'a TenantConfig, request: GrantRequest<'_>) -> Result<&'a IdentityConfig, Aadsts> {
    let id = request.form.get("client_id").unwrap_or_default();
    if id == ZERO_GUID {
        return Err(700038);
    }
    let identity = tenant.identity(id).ok_or(700016_u32)?;
    if identity.disabled {
        return Err(7000112);
    }
    if identity.without_service_principal {
        return Err(7000229);
    }
    Ok(identity)
}

fn assertion<'a>(request: GrantRequest<'a>, facts: &mut Facts) -> Result<Jws<'a>, Aadsts> {
    let kind = request.form.get("client_assertion_type");
    let Some(text) = request.form.get("client_assertion") else {
        return Err(match (kind, request.form.get("client_secret")) {
            (_, Some(_)) => 7000215,
            // Present and empty, as when the token file is empty.
            (Some(_), None) if request.form.raw("client_assertion").is_none() => {
                missing("client_assertion", facts)
            }
            _ => 7000216,
        });
    };
    match kind {
        Some(ASSERTION_TYPE) => {}
        Some(_) => return Err(7000216),
        None => return Err(missing("client_assertion_type", facts)),
    }
    Jws::parse(text).map_err(|malformed| match malformed {
        Malformed::NotAJwt => 50027,
        Malformed::Type => 5002727,
        Malformed::Algorithm(name) => {
            facts.learn("detail", name);
            5002738
        }
        Malformed::KeyId => 5002723,
    })
}

fn claims(claims: &Claims, facts: &mut Facts) -> Result<(), Aadsts> {
    let there = [
        ("iss", claims.issuer.is_some()),
        ("sub", claims.subject.is_some()),
        ("aud", !claims.audiences.is_empty()),
        ("exp", claims.expires.is_some()),
    ];
    match there.into_iter().find(|(_, there)| !there) {
        Some((name, _)) => {
            facts.learn("detail", name);
            Err(90014)
        }
        None => Ok(()),
    }
}

fn federated_credential(identity: &IdentityConfig, claims: &Claims, effects: &Effects) -> Result<(), Aadsts> {
    let credentials = &identity.federated_credentials;
    if credentials.is_empty() {
        return Err(70025);
    }
    let text = |claim: &Option<String>| claim.clone().unwrap_or_default();
    let (issuer, subject) = (text(&claims.issuer), text(&claims.subject));
    let code = match directory::matching(credentials, &issuer, &subject, &claims.audiences) {
        Match::Found(found) => {
            let hidden = effects
                .hidden
                .iter()
                .find(|hidden| hidden.credential == found.name);
            return hidden.map_or(Ok(()), |hidden| Err(hidden.aadsts));
        }
        Match::Issuer => 700211,
        Match::Audience => 700212,
        Match::Subject => 700213,
        Match::SubjectCase => return Err(7002138),
    };
    Err(if effects.older_mismatch { 70021 } else { code })
}

fn lifetime(claims: &Claims) -> Result<(), Aadsts> {
    let (Some(from), Some(until)) = (claims.issued.or(claims.not_before), claims.expires) else {
        return Ok(());
    };
    if until.saturating_sub(from) > LONGEST_ASSERTION.as_secs() { Err(70023) } else { Ok(()) }
}

fn signature(cloud: &Cloud, jws: &Jws<'_>, effects: &Effects, now: UnixTime) -> Result<(), Aadsts> {
    let url = jws.claims.issuer.as_deref().unwrap_or_default();
    let issuer = cloud
        .issuers
        .iter()
        .find(|issuer| issuer.url() == url)
        .ok_or(501661_u32)?;
    let keys = cloud
        .metadata
        .keys(issuer, effects, now)
        .map_err(|unknown| match unknown {
            Unknown::Unreachable => 501661_u32,
            Unknown::Broken => 900612,
        })?;
    let key = keys.find(&jws.kid).ok_or(7000272_u32)?;
    if jws.verified_by(key) { Ok(()) } else { Err(700027) }
}

fn valid_now(claims: &Claims, now: UnixTime) -> Result<(), Aadsts> {
    let from = UnixTime::from_secs(claims.not_before.or(claims.issued).unwrap_or_default());
    let until = UnixTime::from_secs(claims.expires.unwrap_or_default());
    if now + SKEW < from || now > until + SKEW { Err(700024) } else { Ok(()) }
}

fn scope<'a>(
    tenant: &'a TenantConfig,
    identity: &IdentityConfig,
    request: GrantRequest<'_>,
    facts: &mut Facts,
) -> Result<(&'a ResourceConfig, String), Aadsts> {
    let mut scopes = scopes(request.form);
    let (Some(scope), None) = (scopes.next(), scopes.next()) else {
        return Err(70011);
    };
    let asked = scope.strip_suffix(DEFAULT_SUFFIX).ok_or(1002012_u32)?;
    let resource = tenant.resource(asked).ok_or(500011_u32)?;
    facts.learn("resource_name", &resource.name);
    if resource.app_id.eq_ignore_ascii_case(&identity.client_id) && !is_guid(asked) {
        return Err(90009);
    }
    Ok((resource, asked.to_owned()))
}

fn policy(identity: &IdentityConfig, resource: &ResourceConfig) -> Result<(), Aadsts> {
    let assigned = || {
        resource
            .assigned_to
            .iter()
            .any(|id| id.eq_ignore_ascii_case(&identity.client_id))
    };
    if resource.assignment_required && !assigned() {
        return Err(501051);
    }
    if identity.blocked_by_policy { Err(53003) } else { Ok(()) }
}

fn scopes(form: &Form) -> impl Iterator<Item = &str> {
    let all = form
        .get("scope")
        .unwrap_or_default()
        .split_ascii_whitespace();
    all.filter(|scope| !OIDC_SCOPES.contains(scope))
}

fn missing(parameter: &str, facts: &mut Facts) -> Aadsts {
    facts.learn("detail", parameter);
    900144
}

/// What a request tells about itself, for the texts of errors, whichever error it will be.
pub(super) fn facts_of(cloud: &Cloud, request: GrantRequest<'_>, now: UnixTime) -> Facts {
    let mut facts = Facts::default();
    let client = request.form.get("client_id").unwrap_or_default();
    facts.learn("client", client);
    facts.learn("tenant", request.tenant);
    facts.learn("grant", request.form.get("grant_type").unwrap_or_default());
    facts.learn("scope", request.form.get("scope").unwrap_or_default());
    let resource = scopes(request.form).next().unwrap_or_default();
    facts.learn("resource", resource.strip_suffix(DEFAULT_SUFFIX).unwrap_or(resource));
    facts.learn("now", time_text::iso(now));
    // Stands where no step said more: for an error that was asked for.
    facts.learn("detail", "client_assertion");
    if let Named::Known(tenant) = directory::tenant(&cloud.tenants, request.tenant)
        && let Some(identity) = tenant.identity(client)
    {
        facts.learn("name", &identity.name);
    }
    let text = request.form.get("client_assertion").unwrap_or_default();
    if let Ok(jws) = Jws::parse(text) {
        facts.learn("kid", jws.kid);
    }
    if let Ok(claims) = jwt::peek(text) {
        let iso = |secs: Option<u64>| time_text::iso(UnixTime::from_secs(secs.unwrap_or_default()));
        facts.learn("nbf", iso(claims.not_before.or(claims.issued)));
        facts.learn("exp", iso(claims.expires));
        facts.learn("iss", claims.issuer.unwrap_or_default());
        facts.learn("sub", claims.subject.unwrap_or_default());
        facts.learn("aud", claims.audiences.join(","));
    }
    facts
}
