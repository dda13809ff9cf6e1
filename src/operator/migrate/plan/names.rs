//! Names that no cluster has: placeholders of what is not rendered yet, and worse. Nothing is planned for them: a credential for such a
//! subject is nobody's, and names go into paths and scripts.

use crate::operator::{identity::Account, migrate::inventory::model::Workload};

/// Why nothing can be planned for `workload` by what it is called; none where all its names are possible. A namespace may still be missing.
pub(super) fn wrong(workload: &Workload) -> Option<String> {
    let Workload { namespace, kind, name, service_account, .. } = workload;
    let checks = [
        ("kind", kind, is_kind(kind), "letters and digits, and the name of an API group"),
        ("namespace", namespace, is_namespace(namespace), "up to 63 lower-case letters, digits and `-`"),
        ("name", name, is_begun(name), NAME),
        ("service account", service_account, is_name(service_account), NAME),
    ];
    let (what, text, _, expected) = checks.into_iter().find(|(_, _, is_right, _)| !is_right)?;
    Some(format!("its {what} is `{}`, and clusters take {expected}", text.escape_debug()))
}

const NAME: &str = "up to 253 lower-case letters, digits, `-` and `.`";

/// Whether a cluster can have an object of this name in this namespace; it may be in none.
pub(crate) fn is_possible(namespace: &str, name: &str) -> bool {
    is_namespace(namespace) && is_name(name)
}

fn is_namespace(namespace: &str) -> bool {
    namespace.is_empty() || Account::check_namespace(namespace).is_ok()
}

fn is_name(name: &str) -> bool {
    Account::check_name(name).is_ok()
}

/// Whether it is a name, or the beginning of one, the rest of which the API server makes up (`generateName`).
fn is_begun(name: &str) -> bool {
    is_name(name.strip_suffix(['-', '.']).unwrap_or(name))
}

/// Whether it is a kind, with its API group where that is not Kubernetes' own.
fn is_kind(kind: &str) -> bool {
    let (kind, group) = kind.split_once('.').unwrap_or((kind, "apps"));
    !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) && is_name(group)
}
