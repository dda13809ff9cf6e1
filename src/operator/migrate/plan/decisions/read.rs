//! A file of decisions, checked by itself. All that is wrong is told at once, each with its line.

use super::{
    API_VERSION, Decisions, KIND, Method, OfIdentity, OfNamespace, OfWorkload, Principal,
    raw::{RawDecisions, RawIdentity, RawNamespace, RawWorkload},
};
use crate::{
    names::ClientId,
    operator::{
        edit::Step,
        identity::{Account, model::ManagedIdentity},
        inject::Mode,
        manifest::{parsed::Parsed, tree::Node, values},
        migrate::plan::roads::Road,
    },
};

/// Reads the file `name` with this `text`. The error is all that is wrong.
pub(crate) fn read(name: &str, text: &str) -> Result<Decisions, Vec<String>> {
    let placed = |line: Option<usize>, what: &str| vec![format!("{name}:{}: {what}", line.unwrap_or(1))];
    let located = |error: crate::operator::manifest::LineDiagnostic| placed(error.line, &error.text);
    let (value, format) = values::read(text).map_err(located)?;
    let parsed = Parsed::new(text, value, format).map_err(located)?;
    let Some(Parsed { value, tree, .. }) = parsed else {
        return Err(placed(None, &format!("there is nothing in it; {}", expected())));
    };
    let word = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
    if word("kind") != Some(KIND) || word("apiVersion") != Some(API_VERSION) {
        return Err(placed(Some(tree.line), &expected()));
    }
    let raw: RawDecisions = values::read_as(text).map_err(located)?;
    debug_assert!(raw.kind == KIND && raw.api_version == API_VERSION);
    let mut reader = Reader { name, tree: &tree, wrong: Vec::new() };
    let decisions = Decisions {
        namespaces: reader.each("namespaces", &raw.namespaces, namespace),
        workloads: reader.each("workloads", &raw.workloads, workload),
        identities: reader.each("identities", &raw.identities, identity),
    };
    if reader.wrong.is_empty() { Ok(decisions) } else { Err(reader.wrong) }
}

fn expected() -> String {
    format!("expected decisions: `apiVersion: {API_VERSION}` and `kind: {KIND}`")
}

/// What is found wrong so far.
struct Reader<'a> {
    name: &'a str,
    tree: &'a Node,
    wrong: Vec<String>,
}

impl Reader<'_> {
    fn each<R, T>(
        &mut self,
        list: &'static str,
        raw: &[R],
        read: fn(&R, String) -> Result<T, String>,
    ) -> Vec<T> {
        let mut all = Vec::new();
        for (index, item) in raw.iter().enumerate() {
            let line = self.tree.line_of(&[Step::from(list), Step::from(index)]);
            let at = format!("{}:{line}", self.name);
            match read(item, at.clone()) {
                Ok(item) => all.push(item),
                Err(error) => self.wrong.push(format!("{at}: {error}")),
            }
        }
        all
    }
}

fn namespace(raw: &RawNamespace, at: String) -> Result<OfNamespace, String> {
    let method = method(raw.road.as_deref(), raw.mode.as_deref())?;
    if method.road.is_none() && method.mode.is_none() {
        return Err(format!(
            "nothing is decided of namespace `{}`; give `road` or `mode`",
            raw.name.escape_debug()
        ));
    }
    Ok(OfNamespace { name: raw.name.clone(), method, at })
}

fn workload(raw: &RawWorkload, at: String) -> Result<OfWorkload, String> {
    let method = method(raw.road.as_deref(), raw.mode.as_deref())?;
    let name = format!("{} `{}`", raw.kind.escape_debug(), raw.name.escape_debug());
    let client_id = raw.client_id.as_deref().map(client_id).transpose()?;
    let service_account = raw
        .service_account
        .as_deref()
        .map(service_account)
        .transpose()?;
    if method.road.is_none() && method.mode.is_none() && client_id.is_none() && service_account.is_none() {
        return Err(format!(
            "nothing is decided of {name}; give `road`, `mode`, `clientId` or `serviceAccount`"
        ));
    }
    if service_account.is_some() && method.road.is_some_and(Road::keeps_manifest) {
        return Err(format!(
            "`serviceAccount` of {name} cannot be changed by road `{}`, which leaves manifests as they are",
            method.road.map_or("", Road::name)
        ));
    }
    Ok(OfWorkload {
        namespace: raw.namespace.clone(),
        kind: raw.kind.clone(),
        name: raw.name.clone(),
        template: raw.template.clone(),
        method,
        client_id,
        service_account,
        at,
    })
}

fn identity(raw: &RawIdentity, at: String) -> Result<OfIdentity, String> {
    let client_id = client_id(&raw.client_id)?;
    let is = match (&raw.resource_id, raw.application) {
        (Some(id), false) => ManagedIdentity::parse(id)
            .map(|identity| Some(Principal::Managed(identity.id())))
            .ok_or_else(|| {
                format!(
                    "`resourceId` cannot be `{}`: expected /subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…",
                    id.escape_debug()
                )
            })?,
        (None, true) if raw.identity_binding => {
            return Err(format!("identity `{client_id}`: an app registration cannot be bound (`identityBinding`); keep one of both"));
        }
        (None, true) => Some(Principal::Application),
        (None, false) if raw.identity_binding => None,
        _ => {
            return Err(format!(
                "identity `{client_id}`: give `resourceId` of a managed identity, `application: true`, or `identityBinding: true`"
            ));
        }
    };
    Ok(OfIdentity { client_id, is, is_bound: raw.identity_binding, at })
}

/// Reads words.
fn method(road: Option<&str>, mode: Option<&str>) -> Result<Method, String> {
    let road = road
        .map(|word| {
            let found = Road::ALL.iter().find(|(name, _)| *name == word);
            let names = Road::ALL.map(|(name, _)| name).join(", ");
            found
                .map(|(_, road)| *road)
                .ok_or_else(|| format!("`road` cannot be `{}`: expected one of {names}", word.escape_debug()))
        })
        .transpose()?;
    let mode = mode
        .map(|word| {
            let names = Mode::ALL.map(Mode::name).join(", ");
            Mode::parse(word)
                .ok_or_else(|| format!("`mode` cannot be `{}`: expected one of {names}", word.escape_debug()))
        })
        .transpose()?;
    match (road, mode) {
        (Some(road), Some(mode)) if !road.has_wisp() => Err(format!(
            "`mode: {}` is for wisp, and road `{}` has none; leave one of them out",
            mode.name(),
            road.name()
        )),
        _ => Ok(Method { road, mode }),
    }
}

fn client_id(text: &str) -> Result<String, String> {
    text.parse::<ClientId>()
        .map(|id| id.as_str().to_owned())
        .map_err(|error| format!("`clientId` cannot be `{}`: {error}", text.escape_debug()))
}

fn service_account(text: &str) -> Result<String, String> {
    match Account::check_name(text) {
        Err(expected) => {
            Err(format!("`serviceAccount` cannot be `{}`: expected {expected}", text.escape_debug()))
        }
        Ok(()) if text == "default" => {
            Err("`serviceAccount` cannot be `default`: every pod of the namespace that names no account \
             would be the identity"
                .to_owned())
        }
        Ok(()) => Ok(text.to_owned()),
    }
}
