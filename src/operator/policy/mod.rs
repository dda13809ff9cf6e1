//! Admission policies, by which an API server itself puts wisp into pods or refuses them; nothing else has to run for that.
//!
//! - `injection`: a `MutatingAdmissionPolicy` made from the injection of a placeholder pod, so that there is no second description
//!   of what is added, and a `ValidatingAdmissionPolicy` that refuses what it could not do, by name
//! - `guard_rails`: policies that refuse what nobody should do, whoever injects
//! - `kyverno`: the same guard rails for Kyverno
//! - `variants`, `merge`, `mutation`, `checks`: what is added, how, and to which pods it is not
//! - `cel`, `yaml`: the two languages

mod cel;
mod checks;
mod guard_rails;
mod identity;
mod injection;
mod kyverno;
mod merge;
mod mutation;
mod objects;
mod pod;
mod scope;
mod variants;
mod yaml;

use super::inject::Options;
pub(crate) use guard_rails::{Action, GuardRail};
pub(crate) use objects::ApiVersion;
pub(crate) use scope::{OWN_NAMESPACE, Scope};

/// What prints the policies, and how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Engine {
    /// The API server.
    #[default]
    Kubernetes,
    /// Kyverno, for guard rails.
    Kyverno,
}

/// The policies that put wisp into pods, with these choices. `made_by` is the command that makes them again, and `fixed` the
/// choices as text.
///
/// The errors are what a policy cannot do, each with a way that can.
pub(crate) fn injection(
    options: &Options,
    fixed: &[(&str, String)],
    scope: &Scope,
    version: ApiVersion,
    made_by: &str,
) -> Result<String, Vec<String>> {
    let objects = injection::objects(options, fixed, scope, version)?;
    Ok(stream("wisp in pods, by the API server itself.", made_by, &objects))
}

/// The policies of a guard rail. `options` say what wisp's token and image are.
pub(crate) fn guard_rail(
    rail: GuardRail,
    options: &Options,
    scope: &Scope,
    engine: Engine,
    action: Action,
    made_by: &str,
) -> String {
    let rule = rail.policy(options);
    match engine {
        Engine::Kubernetes => {
            stream(&format!("A guard rail: {}.", rail.about()), made_by, &rule.objects(scope, action))
        }
        Engine::Kyverno => stream(
            &format!(
                "A guard rail for Kyverno: {}.\n# Its schema is checked; it was not run in a cluster with Kyverno.",
                rail.about()
            ),
            made_by,
            &[kyverno::object(&rule, scope, action)],
        ),
    }
}

/// Objects as a stream of documents.
fn stream(about: &str, made_by: &str, objects: &[serde_json::Value]) -> String {
    let documents: Vec<_> = objects.iter().map(yaml::document).collect();
    format!(
        "# {about} This command wrote it; run it again instead of editing:\n# {made_by}\n{}",
        documents.join("---\n")
    )
}

#[cfg(test)]
mod tests;
