//! Annotations and labels.

use super::{each, one};
use crate::operator::{
    inject::{
        Options,
        options::{CHOICES, INJECT, PREFIX, REPLACED},
        record::INJECTED,
    },
    policy::{
        cel::{Cel, list, quoted},
        identity::{self, Source},
        scope::Scope,
    },
};

pub(super) fn checks(options: &Options, scope: &Scope) -> Vec<String> {
    let annotations = "variables.annotations";
    let label = quoted(INJECT);
    let is_wrong = |map: &str| format!("{label} in {map} && !({map}[{label}] in ['true', 'false'])");
    let mut checks: Vec<_> = [("label", "variables.labels"), ("annotation", annotations)]
        .into_iter()
        .map(|(what, map)| {
            one(
                &is_wrong(map),
                &format!(
                    "'{what} `{INJECT}` cannot be `' + {map}[{label}] + '`: expected `true` or `false`'"
                ),
            )
        })
        .collect();
    checks.push(one(
        &format!(
            "{label} in variables.labels && {label} in {annotations} && {annotations}[{label}] == 'false' \
             && variables.labels[{label}] == 'true'"
        ),
        &format!("'annotation `{INJECT}` says `false` and the label of the same name `true`; keep one'"),
    ));
    let honoured = honoured(options);
    let replaced = format!("{PREFIX}{REPLACED}");
    let known: Vec<_> = [INJECT, INJECTED, &replaced]
        .into_iter()
        .chain(honoured.iter().copied())
        .collect();
    let is_ours = format!("c.startsWith({}) && !(c in {})", quoted(PREFIX), list(known));
    // Those that it honours come first in what is said, so that nobody looks for them among the others.
    let readable = if honoured.is_empty() { String::new() } else { format!(", `{}`", honoured.join("`, `")) };
    let is_choice =
        format!("(c in variables.choices || c.startsWith('{PREFIX}set.') || c.startsWith('{PREFIX}file.'))");
    checks.push(each(
        annotations,
        &format!("{is_ours} && {is_choice} && !(c in variables.choices && variables.choices[c] == {annotations}[c])"),
        &format!(
            "'annotation `' + c + '` is `' + {annotations}[c] + '`, and an admission policy gives every pod the same: {0} reads `{INJECT}`\
             {readable} only; remove it, have a policy with that choice for this namespace (`wispctl policy --namespaces`), or use \
             `wispctl inject`'",
            scope.name
        ),
    ));
    checks.push(each(
        annotations,
        &format!("{is_ours} && !{is_choice}"),
        &format!("'annotation `' + c + '` is not known; {} reads `{INJECT}`{readable}'", scope.name),
    ));
    checks
}

/// The choices as a map from the annotation that each would be: what the policy has chosen, so that an annotation that says the same
/// is harmless, or nothing. `fixed` has those that are text.
pub(in crate::operator::policy) fn choices(options: &Options, fixed: &[(&str, String)]) -> String {
    let honoured = honoured(options);
    let entries = CHOICES.iter().filter_map(|choice| {
        let key = format!("{PREFIX}{}", choice.name);
        let chosen = fixed.iter().find(|(name, _)| *name == choice.name);
        let value = chosen.map(|(_, value)| value.as_str()).unwrap_or_default();
        (!honoured.contains(&key.as_str())).then(|| (key, Cel::Text(quoted(value))))
    });
    Cel::Map(entries.collect()).code(0)
}

/// The annotations of wisp's own that a policy honours.
fn honoured(options: &Options) -> Vec<&'static str> {
    identity::sources(options)
        .iter()
        .filter_map(Source::own_annotation)
        .collect()
}
