//! The certificates that the application trusts.

use crate::operator::inject::taken::Taken;
use serde_json::{Map, Value, json};

use super::{
    Offer,
    own::{OwnValue, own},
};
use crate::{
    operator::inject::{Beside, Diagnostic, additions, options::Options},
    settings::keys::{CA_FILE, Key, SSL_CERT_FILE},
};

/// Variables that name a file of certificates, and the setting of wisp that it becomes. Only the first of them certainly takes
/// the place of the system's; what the others name, wisp trusts besides.
pub(crate) const BUNDLES: [(&str, &Key); 4] = [
    ("SSL_CERT_FILE", &SSL_CERT_FILE),
    ("REQUESTS_CA_BUNDLE", &CA_FILE),
    ("CURL_CA_BUNDLE", &CA_FILE),
    ("NODE_EXTRA_CA_CERTS", &CA_FILE),
];

/// Volumes that are whole before the first container starts.
const VOLUMES: [&str; 3] = ["configMap", "secret", "projected"];

/// Where the system's certificates are in wisp's image.
const SYSTEM: &str = "/etc/ssl";

/// Takes over the first of [`BUNDLES`] that can be, with the mount that the file is in.
pub(super) fn take(
    offers: &[Offer<'_>],
    options: &Options,
    template: &Value,
    beside: Beside<'_>,
    taken: &mut Taken,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let own = own(&[&SSL_CERT_FILE, &CA_FILE], options, beside);
    if matches!(own, OwnValue::Set) {
        return;
    }
    for (name, key) in BUNDLES {
        let named: Vec<_> = offers
            .iter()
            .filter(|offer| offer.variable.name == name)
            .collect();
        let Some(first) = named.first() else { continue };
        if let OwnValue::Unseen(what) = &own {
            let reason = format!("{what} may set another one, which wispctl does not see");
            diagnostics.push(first.left(&reason, key));
            return;
        }
        let mut found = Vec::new();
        let mut reasons = Vec::new();
        for offer in named {
            match mount(offer, key, template) {
                Ok(mount) => found.push((offer, mount)),
                Err(reason) => reasons.push(offer.left(&reason, key)),
            }
        }
        let Some(((offer, mount), others)) = found.split_first() else {
            diagnostics.extend(reasons.into_iter().take(1));
            continue;
        };
        if let Some((other, _)) = others
            .iter()
            .find(|(other, theirs)| !offer.agrees(other) || mount != theirs)
        {
            diagnostics.push(offer.contradicted(other, key));
            return;
        }
        taken.variables.push(offer.called(key.variable()));
        taken.mounts.push(mount.clone());
        diagnostics.push(offer.taken(key));
        return;
    }
}

/// The mount that wisp needs to have the file of `offer` too, or why there is none.
fn mount(offer: &Offer<'_>, key: &'static Key, template: &Value) -> Result<Value, String> {
    if let Some(reason) = offer.unfit(key) {
        return Err(reason);
    }
    let path = offer.value().ok_or("its path is not known here")?;
    if !path.starts_with('/') || path.split('/').any(|segment| segment == "..") {
        return Err("it must be a plain path from the root".to_owned());
    }
    let theirs = list(offer.container.value, "volumeMounts");
    let (folder, mount) = theirs
        .filter_map(|mount| Some((mount.get("mountPath")?.as_str()?.trim_end_matches('/'), mount)))
        .filter(|(folder, _)| is_within(&path, folder))
        .max_by_key(|(folder, _)| folder.len())
        .ok_or("the file is in no volume of the container")?;
    if mount.get("subPathExpr").is_some() {
        return Err("where its volume is mounted depends on variables of the container".to_owned());
    }
    let taken = additions::FOLDERS
        .into_iter()
        .chain((key.name == CA_FILE.name).then_some(SYSTEM))
        .find(|ours| is_within(ours, folder) || is_within(folder, ours));
    if let Some(ours) = taken {
        let folder = if folder.is_empty() { "/" } else { folder };
        return Err(format!("its volume is mounted at `{folder}`, and wisp needs its own `{ours}`"));
    }
    let name = mount
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let spec = template.get("spec").unwrap_or(&Value::Null);
    let volume = list(spec, "volumes").find(|volume| volume.get("name") == Some(&name.into()));
    let source = volume
        .and_then(|volume| VOLUMES.into_iter().find_map(|kind| volume.get(kind)))
        .ok_or_else(|| format!("volume `{name}` is not made of ConfigMaps or Secrets"))?;
    if spec.pointer("/securityContext/fsGroup").is_none() && !is_readable(source) {
        return Err(format!("volume `{name}` lets only root read its files"));
    }
    let mut ours = Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("mountPath".to_owned(), mount.get("mountPath").cloned().unwrap_or_default()),
        ("readOnly".to_owned(), json!(true)),
    ]);
    if let Some(sub_path) = mount.get("subPath") {
        ours.insert("subPath".to_owned(), sub_path.clone());
    }
    Ok(Value::Object(ours))
}

/// Whether `path` is `folder` or in it.
fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether every user may read the files of a volume.
fn is_readable(source: &Value) -> bool {
    const OTHERS: u64 = 0o004;
    let may = |mode: Option<&Value>| {
        mode.and_then(Value::as_u64)
            .is_none_or(|mode| mode & OTHERS != 0)
    };
    let projected = list(source, "sources")
        .filter_map(Value::as_object)
        .flat_map(Map::values);
    let mut items = std::iter::once(source)
        .chain(projected)
        .flat_map(|source| list(source, "items"));
    may(source.get("defaultMode")) && items.all(|item| may(item.get("mode")))
}

fn list<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    of.get(key).and_then(Value::as_array).into_iter().flatten()
}
