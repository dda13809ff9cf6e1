//! What wisp takes over from the application to reach Entra: its proxy, and the certificates that it trusts.
//!
//! - `proxy`: `HTTPS_PROXY` and `NO_PROXY`
//! - `bundle`: `SSL_CERT_FILE` and its like, with the mount of the file
//! - `own`: what was said for wisp itself, which counts more

mod bundle;
mod own;
mod proxy;

use serde_json::{Map, Value, json};

pub(crate) use bundle::BUNDLES;

use super::variables::{Content, Variable, variables};
use crate::operator::edit::{Step, get};
use crate::{
    operator::inject::{Beside, Diagnostic, container::Container, options::Options, others, taken::Taken},
    settings::{self, keys::Key},
};

/// Adds what is taken over to `options`, and tells what that is and what could not be.
pub(in crate::operator::inject) fn complete(
    options: &mut Options,
    template: &Value,
    containers: &[Container<'_>],
    beside: Beside<'_>,
) -> Vec<Diagnostic> {
    if options.taken.is_none() {
        return Vec::new();
    }
    let offers: Vec<_> = containers
        .iter()
        .filter(|container| !others::is_mesh(container))
        .flat_map(|container| offers(container, template, beside))
        .collect();
    let mut diagnostics = Vec::new();
    let mut taken = Taken::default();
    proxy::take(&offers, options, beside, &mut taken, &mut diagnostics);
    bundle::take(&offers, options, template, beside, &mut taken, &mut diagnostics);
    options.taken = Some(taken);
    diagnostics
}

/// A variable of a container of the application.
struct Offer<'a> {
    container: &'a Container<'a>,
    variable: Variable,
    /// `value` or `valueFrom`, as the sidecar may have it too.
    definition: Map<String, Value>,
}

impl Offer<'_> {
    /// The variable for the sidecar, under the name `name`.
    fn called(&self, name: &str) -> Value {
        let mut variable = Map::from_iter([("name".to_owned(), json!(name))]);
        variable.extend(self.definition.clone());
        Value::Object(variable)
    }

    /// The value that the container gets, if it is known.
    fn value(&self) -> Option<String> {
        let value = self.variable.value()?;
        Some(if self.is_literal() { value.replace("$$", "$") } else { value.to_owned() })
    }

    fn is_literal(&self) -> bool {
        !self.definition.contains_key("valueFrom")
    }

    /// Whether both say the same, as far as can be seen.
    fn agrees(&self, other: &Self) -> bool {
        match (self.value(), other.value()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.definition == other.definition,
            _ => false,
        }
    }

    /// Why the sidecar cannot have it, if it cannot.
    fn unfit(&self, key: &'static Key) -> Option<String> {
        const ANYWHERE: [&str; 3] = ["configMapKeyRef", "secretKeyRef", "fieldRef"];
        let from = self.definition.get("valueFrom");
        if from.is_some_and(|from| ANYWHERE.iter().all(|kind| from.get(kind).is_none())) {
            return Some("only its container can read where it comes from".to_owned());
        }
        let value = self.variable.value()?;
        if self.is_literal() && value.replace("$$", "").contains("$(") {
            return Some("it refers to other variables of its container".to_owned());
        }
        let reason = settings::check(key, &self.value()?).err()?;
        Some(format!("wisp cannot use `{}`: {reason}", settings::presentable(key, value)))
    }

    /// The variable and its container, for people.
    fn display(&self) -> String {
        format!("`{}` of container `{}`", self.variable.name, self.container.name)
    }

    /// That it is taken over.
    fn taken(&self, key: &Key) -> Diagnostic {
        let what = match &self.variable.content {
            Content::Value(value, None) => format!(": `{}`", settings::presentable(key, value)),
            Content::Value(value, Some(from)) => {
                format!(": `{}` (from {from})", settings::presentable(key, value))
            }
            Content::From(from) => format!(" (from {from})"),
        };
        self.diagnostic(format!("{} is taken over for wisp{what}", self.display()))
    }

    /// That it is not taken over, and why.
    fn left(&self, reason: &str, key: &Key) -> Diagnostic {
        self.diagnostic(format!("{} is not taken over for wisp: {reason}; {}", self.display(), remedy(key)))
    }

    /// That it is not taken over, because `other` says something else.
    fn contradicted(&self, other: &Self, key: &Key) -> Diagnostic {
        let text = format!(
            "{} and {} differ, so wisp takes over neither; {}",
            self.display(),
            other.display(),
            remedy(key)
        );
        other.diagnostic(text)
    }

    fn diagnostic(&self, text: String) -> Diagnostic {
        Diagnostic::new(self.variable.at.clone(), text)
    }
}

/// How else wisp gets the setting, or no more is said of it.
fn remedy(key: &Key) -> String {
    let variable = key.variable();
    let how = if key.placeholder == "FILE" {
        format!("`--file {variable}=configmap/NAME/KEY`")
    } else {
        format!("`--set {variable}=VALUE`")
    };
    format!("choose wisp's by {how}, or leave it without by `--take-proxy false`")
}

/// The first of `offers`, if all of them agree.
fn agreed<'a>(offers: &[&'a Offer<'a>], key: &Key) -> Result<Option<&'a Offer<'a>>, Diagnostic> {
    let Some((first, others)) = offers.split_first() else { return Ok(None) };
    match others.iter().find(|other| !first.agrees(other)) {
        Some(other) => Err(first.contradicted(other, key)),
        None => Ok(Some(first)),
    }
}

/// The variables of a container that say something. What is empty does not.
fn offers<'a>(container: &'a Container<'a>, template: &Value, beside: Beside<'_>) -> Vec<Offer<'a>> {
    let offer = |variable: Variable| {
        let content = get(template, &variable.at)?;
        let is_whole = variable
            .at
            .iter()
            .any(|step| *step == Step::from("envFrom"));
        let definition = if is_whole { key_of(content, &variable.name)? } else { definition(content)? };
        let has_value = variable.value() != Some("");
        has_value.then_some(Offer { container, variable, definition })
    };
    variables(container, beside)
        .into_iter()
        .filter_map(offer)
        .collect()
}

/// What an item of `env` says, without the name.
fn definition(item: &Value) -> Option<Map<String, Value>> {
    let mut definition = item.as_object()?.clone();
    definition.remove("name");
    Some(definition)
}

/// The one key that the item `from` of `envFrom` gives to `variable`.
fn key_of(from: &Value, variable: &str) -> Option<Map<String, Value>> {
    let prefix = from
        .get("prefix")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let key = variable.strip_prefix(prefix)?;
    let (whole, one) = [("configMapRef", "configMapKeyRef"), ("secretRef", "secretKeyRef")]
        .into_iter()
        .find(|(whole, _)| from.get(whole).is_some())?;
    let mut reference = from.get(whole)?.as_object()?.clone();
    reference.insert("key".to_owned(), json!(key));
    let value_from = json!({(one): reference});
    Some(Map::from_iter([("valueFrom".to_owned(), value_from)]))
}
