//! What says which identity wisp has.

use super::one;
use crate::operator::{
    inject::{
        Options,
        options::{PREFIX, STANDARD, Token},
    },
    policy::{cel::quoted, identity::sources, pod},
};

pub(super) fn checks(options: &Options) -> Vec<String> {
    let annotations = "variables.annotations";
    let mut checks = Vec::new();
    for source in sources(options) {
        for key in &source.annotations {
            let found = format!("{annotations}[{}]", quoted(key));
            checks.push(one(
                &format!(
                    "{0} in {annotations} && !{found}.matches({1})",
                    quoted(key),
                    quoted(source.pattern)
                ),
                &format!("'annotation `{key}` cannot be `' + {found} + '`: expected {}'", source.accepts),
            ));
        }
        let is_missing = match options.token {
            _ if source.chosen != "''" => continue,
            Token::Own => format!("variables.{} == ''", source.variable),
            Token::Auto => format!("variables.{} == '' && !{}", source.variable, pod::IS_LABELLED),
            Token::Webhook => continue,
        };
        let keys: Vec<_> = source
            .annotations
            .iter()
            .map(|key| format!("`{key}`"))
            .collect();
        checks.push(one(
            &is_missing,
            &format!(
                "'no {}: give the pod annotation {}, or make the policy with `--{}`, or with `--config-map` and a ConfigMap of each \
                 namespace that has it'",
                source.what,
                keys.join(" or "),
                source.choice
            ),
        ));
    }
    // Where something else says it, two would.
    if !options.names_identity_alone() {
        for (theirs, name) in STANDARD {
            for key in [format!("{PREFIX}{name}"), theirs.to_owned()] {
                checks.push(one(
                    &format!("{} in {annotations}", quoted(&key)),
                    &format!(
                        "'annotation `{key}` names an identity, and this policy takes it from {}; remove the annotation, or have a policy \
                         without that for this namespace'",
                        from(options)
                    ),
                ));
            }
        }
    }
    checks
}

/// What else says who wisp is.
fn from(options: &Options) -> String {
    match &options.config_map {
        Some(name) => format!("ConfigMap `{name}`"),
        None => "its own settings".to_owned(),
    }
}
