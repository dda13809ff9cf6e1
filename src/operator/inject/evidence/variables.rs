//! What a container's environment says, as far as the pod and what stands beside it show.

use serde_json::Value;

use crate::operator::edit::{Path, join};
use crate::operator::inject::{Beside, container::Container};

/// A variable of a container.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Variable {
    /// Its name.
    pub name: String,
    /// What it is, or where that is kept.
    pub content: Content,
    /// Where the pod says so.
    pub at: Path,
}

/// What is known of a variable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Content {
    /// Its value, and the ConfigMap that it comes from if it is not written in the pod.
    Value(String, Option<String>),
    /// It comes from here, where nobody looks into.
    From(String),
}

impl Variable {
    /// The value, if it is known.
    pub(super) fn value(&self) -> Option<&str> {
        match &self.content {
            Content::Value(value, _) => Some(value),
            Content::From(_) => None,
        }
    }

    /// The variable and what it says, for people: `NAME` to `value`.
    pub(super) fn display(&self) -> String {
        match &self.content {
            Content::Value(value, None) => format!("`{}` to `{}`", self.name, shown(value)),
            Content::Value(value, Some(from)) => {
                format!("`{}` to `{}` (from {from})", self.name, shown(value))
            }
            Content::From(from) => format!("`{}` (from {from})", self.name),
        }
    }

    /// The variable without what it says, which may be a secret.
    pub(super) fn display_without_value(&self) -> String {
        match &self.content {
            Content::Value(_, None) => format!("`{}`", self.name),
            Content::Value(_, Some(from)) | Content::From(from) => format!("`{}` (from {from})", self.name),
        }
    }
}

/// A value in one line and of bounded length, without what may be a user and a password in it: all before its last `@`, for
/// passwords have that sign too, but a scheme.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 120;
    let public = value.rsplit_once('@').map_or_else(
        || value.to_owned(),
        |(secret, rest)| {
            let scheme = secret.split_once("://").map(|(scheme, _)| scheme);
            let scheme = scheme.filter(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            scheme.map_or_else(|| format!("***@{rest}"), |scheme| format!("{scheme}://***@{rest}"))
        },
    );
    public.escape_debug().take(LONGEST).collect()
}

/// The variables of `container`: what it lists wins over what it takes in whole.
pub(super) fn variables(container: &Container<'_>, beside: Beside<'_>) -> Vec<Variable> {
    let mut all = listed(container, beside);
    for variable in whole(container, beside) {
        if !all.iter().any(|known| known.name == variable.name) {
            all.push(variable);
        }
    }
    all
}

fn list<'a>(container: &Container<'a>, key: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    let list = container.value.get(key).and_then(Value::as_array);
    list.into_iter().flatten().enumerate()
}

/// Those of `env`.
fn listed(container: &Container<'_>, beside: Beside<'_>) -> Vec<Variable> {
    let at = join(&container.at, "env");
    list(container, "env")
        .filter_map(|(index, set)| {
            let name = set.get("name")?.as_str()?.to_owned();
            Some(Variable { name, content: content(set, beside), at: join(&at, index) })
        })
        .collect()
}

fn content(set: &Value, beside: Beside<'_>) -> Content {
    let Some(from) = set.get("valueFrom") else {
        let value = set.get("value").and_then(Value::as_str).unwrap_or_default();
        return Content::Value(value.to_owned(), None);
    };
    let text = |at: &str| from.pointer(at).and_then(Value::as_str);
    if let (Some(name), Some(key)) = (text("/configMapKeyRef/name"), text("/configMapKeyRef/key")) {
        let value = beside
            .config_maps(name)
            .first()
            .and_then(|map| map.is.data.get(key).cloned());
        let from = format!("ConfigMap `{name}`");
        return match value {
            Some(value) => Content::Value(value, Some(from)),
            None => Content::From(from),
        };
    }
    Content::From(match text("/secretKeyRef/name") {
        Some(name) => format!("Secret `{name}`"),
        None => "a field of the pod".to_owned(),
    })
}

/// Those of `envFrom`, as far as its ConfigMaps and Secrets stand beside the pod. Later ones win.
fn whole(container: &Container<'_>, beside: Beside<'_>) -> Vec<Variable> {
    let at = join(&container.at, "envFrom");
    let mut all = Vec::new();
    for (index, from) in list(container, "envFrom") {
        let prefix = from
            .get("prefix")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let named = |key: &str| from.get(key)?.get("name")?.as_str();
        let mut add = |key: &str, content: Content| {
            all.insert(0, Variable { name: format!("{prefix}{key}"), content, at: join(&at, index) });
        };
        if let Some(name) = named("configMapRef")
            && let Some(map) = beside.config_maps(name).first()
        {
            for (key, value) in &map.is.data {
                add(key, Content::Value(value.clone(), Some(format!("ConfigMap `{name}`"))));
            }
        }
        if let Some(name) = named("secretRef")
            && let Some(secret) = beside.secrets(name).first()
        {
            for key in &secret.is.keys {
                add(key, Content::From(format!("Secret `{name}`")));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn passwords_are_not_shown() {
        let long = format!("http://user:{}@host", "x".repeat(200));
        for value in ["http://u:p@host", "http://u:p@x@host", long.as_str()] {
            assert_eq!(shown(value), "http://***@host");
        }
        for value in ["u:p@host", "u:p://x@host"] {
            assert_eq!(shown(value), "***@host");
        }
        assert_eq!(shown("http://127.0.0.1:4254/msi/token"), "http://127.0.0.1:4254/msi/token");
    }
}
