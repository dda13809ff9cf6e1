//! Claims are read, and each is checked by itself. All that is wrong with one is told at once.

use super::{
    API_VERSION, AUDIENCE, AUDIENCES, Claim, KIND,
    access::roles,
    checks::Checks,
    identity::identity,
    raw::{OneOrMore, RawClaim},
};
use crate::operator::{
    identity::{Cloud, issuer_url, model::Account, naming},
    manifest::{LineDiagnostic, parsed::Parsed, values},
};

/// The audience of the token proxy of AKS.
const BINDING: &str = "api://AKSIdentityBinding";

/// Reads the document `text` as a claim in the public cloud.
pub(crate) fn read(text: &str) -> Result<Option<Claim>, Vec<LineDiagnostic>> {
    read_in(Cloud::default(), text)
}

/// Reads the document `text`. Where it names no audience, it is that of `cloud`. None when nothing is in it. Lines count from 1 at its start.
pub(crate) fn read_in(cloud: Cloud, text: &str) -> Result<Option<Claim>, Vec<LineDiagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let (value, format) = values::read(text).map_err(one)?;
    if value.is_null() {
        return Ok(None);
    }
    let Some(Parsed { value, tree, .. }) = Parsed::new(text, value, format).map_err(one)? else {
        return Ok(None);
    };
    let kind = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
    if kind("kind") != Some(KIND) || kind("apiVersion") != Some(API_VERSION) {
        let text = format!("expected a claim: `apiVersion: {API_VERSION}` and `kind: {KIND}`");
        return Err(one(LineDiagnostic::at(tree.line, text)));
    }
    let raw: RawClaim = values::read_as(text).map_err(one)?;
    debug_assert!(raw.kind == KIND && raw.api_version == API_VERSION);
    let mut checks = Checks::new(&tree);
    let claim = claim(&raw, cloud, &mut checks);
    let warnings = checks.end()?;
    // What is wrong was told.
    Ok(claim.map(|claim| Claim { line: tree.line, warnings, ..claim }))
}

fn claim(raw: &RawClaim, cloud: Cloud, checks: &mut Checks<'_>) -> Option<Claim> {
    let spec = &raw.spec;
    let account = account(raw, checks);
    let mut tag = |key: &str, value: &Option<String>| {
        value
            .as_ref()
            .and_then(|text| checks.name(&["spec", key], text, &naming::TAG))
    };
    let (owner, environment) = (tag("owner", &spec.owner), tag("environment", &spec.environment));
    let issuers = issuers(&spec.issuer, checks);
    let audience = audience(spec.audience.as_ref(), cloud, checks);
    let credential_name = spec
        .credential_name
        .as_ref()
        .and_then(|name| checks.name(&["spec", "credentialName"], name, &naming::CREDENTIAL));
    if credential_name.is_some() && issuers.len() > 1 {
        checks.wrong(
            &["spec", "credentialName"],
            "names one credential, and each of several issuers needs one; leave it out, and names are made",
        );
    }
    let tenant = checks.parsed(&["spec", "tenantId"], &spec.tenant_id);
    let identity = identity(spec, checks);
    let roles = roles(&spec.access, identity.as_ref().map(|identity| &identity.principal), checks);
    let identity = identity?;
    Some(Claim {
        line: 1,
        account: account?,
        owner,
        environment,
        issuers,
        audience: audience?,
        credential_name,
        tenant: tenant?,
        principal: identity.principal,
        client_id: identity.client_id,
        location: identity.location,
        roles,
        warnings: Vec::new(),
    })
}

fn account(raw: &RawClaim, checks: &mut Checks<'_>) -> Option<Account> {
    let namespace = checks.name(&["metadata", "namespace"], &raw.metadata.namespace, &naming::NAMESPACE);
    let claim_name = checks.name(&["metadata", "name"], &raw.metadata.name, &naming::ACCOUNT);
    let at = ["spec", "serviceAccountName"];
    let name = match &raw.spec.service_account_name {
        Some(name) => checks.name(&at, name, &naming::ACCOUNT),
        None => claim_name,
    }?;
    if name == "default" {
        checks.warn(
            &at,
            "is `default`, which every pod of the namespace has that names no other; give the workload an account of its own",
        );
    }
    Some(Account { namespace: namespace?, name })
}

fn issuers(given: &OneOrMore, checks: &mut Checks<'_>) -> Vec<String> {
    let at = ["spec", "issuer"];
    if given.texts().is_empty() {
        checks.wrong(&at, "is empty; name the issuer of the cluster");
    }
    let mut issuers: Vec<String> = Vec::new();
    for issuer in given.texts() {
        if let Err(what) = issuer_url::check(issuer) {
            checks.wrong(&at, what);
        } else if issuers
            .iter()
            .any(|known| known.trim_end_matches('/') == issuer.trim_end_matches('/'))
        {
            checks.wrong(&at, format!("names `{issuer}` twice, a slash at the end aside"));
        } else {
            issuers.push(issuer.clone());
        }
    }
    issuers
}

fn audience(given: Option<&OneOrMore>, cloud: Cloud, checks: &mut Checks<'_>) -> Option<String> {
    let at = ["spec", "audience"];
    let audience = match given.map(OneOrMore::texts) {
        None => cloud.audience,
        Some([audience]) => audience,
        Some(several) => {
            checks.wrong(
                &at,
                format!("has {} audiences, and a federated credential takes exactly one", several.len()),
            );
            return None;
        }
    };
    let is_text = !audience.is_empty()
        && audience.len() <= issuer_url::MAX_LENGTH
        && audience
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"'\"`$\\".contains(&b));
    if audience == BINDING {
        checks.wrong(
            &at,
            "is that of the token proxy of AKS, for which AKS makes the federated credential itself; leave out the claim, and bind the \
             identity with `az aks identity-binding create`",
        );
    } else if !is_text {
        checks.wrong(
            &at,
            format!("cannot be `{}`: expected a URI such as {AUDIENCE}", audience.escape_debug()),
        );
    } else {
        if !AUDIENCES.contains(&audience) {
            checks.warn(&at, format!("is `{audience}`, and Entra takes {}", AUDIENCES.join(", ")));
        }
        return Some(audience.to_owned());
    }
    None
}
