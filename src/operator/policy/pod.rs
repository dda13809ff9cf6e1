//! What the expressions of a policy call the things of a pod.

use super::cel::{list, quoted};
use crate::operator::inject::{
    Options,
    additions::MESH_CONTAINERS,
    options::{Mode, Sidecar},
    others::MESH_IMAGES,
    webhook::USE_LABEL,
};

pub(super) const IS_NEVER: &str = "variables.isNever";
pub(super) const IS_GUARANTEED: &str = "variables.isGuaranteed";
pub(super) const IS_LABELLED: &str = "variables.isLabelled";
pub(super) const HAS_CLIENT_ID: &str = "(variables.clientId != '')";
pub(super) const HAS_TENANT_ID: &str = "(variables.tenantId != '')";
/// The containers that the workload identity webhook is to leave alone.
pub(super) const SKIPPED_TEXT: &str = "variables.skipped.join(';')";

/// A variable of a policy: its name and the expression.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Variable {
    pub name: &'static str,
    pub expression: String,
}

/// A variable.
pub(super) fn variable(name: &'static str, expression: impl Into<String>) -> Variable {
    Variable { name, expression: expression.into() }
}

/// The pod's annotations, labels and containers.
pub(super) fn basics() -> Vec<Variable> {
    vec![
        variable("annotations", "has(object.metadata.annotations) ? object.metadata.annotations : {}"),
        variable("labels", "has(object.metadata.labels) ? object.metadata.labels : {}"),
        variable("inits", "has(object.spec.initContainers) ? object.spec.initContainers : []"),
        variable("containers", "variables.inits + object.spec.containers"),
        variable("volumes", "has(object.spec.volumes) ? object.spec.volumes : []"),
        variable("meshes", format!("variables.containers.filter(c, {}).map(c, c.name)", belongs_to_mesh())),
        variable(
            "isLabelled",
            format!("{0} in variables.labels && variables.labels[{0}] == 'true'", quoted(USE_LABEL)),
        ),
    ]
}

/// What makes a difference to what is added.
pub(super) fn traits() -> Vec<Variable> {
    let fixed = |resources: &str| {
        format!(
            "['cpu', 'memory'].all(n, has({resources}.limits) && n in {resources}.limits \
             && quantity({resources}.limits[n]).isGreaterThan(quantity('0'))\n  \
             && (!has({resources}.requests) || !(n in {resources}.requests) \
             || quantity({resources}.requests[n]).compareTo(quantity({resources}.limits[n])) == 0))"
        )
    };
    let whole = "object.spec.resources";
    vec![
        variable("isNever", "has(object.spec.restartPolicy) && object.spec.restartPolicy == 'Never'"),
        variable(
            "isWhole",
            format!(
                "has({whole}) && ['cpu', 'memory'].exists(n, (has({whole}.limits) && n in {whole}.limits) \
                 || (has({whole}.requests) && n in {whole}.requests))"
            ),
        ),
        variable(
            "isGuaranteed",
            format!(
                "variables.isWhole\n? {}\n: variables.containers.all(c, has(c.resources) && {})",
                fixed(whole),
                fixed("c.resources")
            ),
        ),
    ]
}

/// Whether the container `c` belongs to a mesh.
pub(super) const IS_MESH: &str = "c.name in variables.meshes";

fn belongs_to_mesh() -> String {
    format!("c.name in {} || {}", list(MESH_CONTAINERS), is_of(&MESH_IMAGES))
}

/// Whether the image of the container `c` has a path that ends with one of `ends`, in any registry, of any tag and digest.
pub(super) fn is_of(ends: &[&str]) -> String {
    let ends: Vec<_> = ends.iter().map(|end| end.replace('-', "[-/._]")).collect();
    let pattern = format!("^([^@]*[-/._])?({})(:[^/@]*)?(@.*)?$", ends.join("|"));
    format!("(has(c.image) && c.image.lowerAscii().matches({}))", quoted(&pattern))
}

/// Whether the container `c` gets variables; none where no container does.
pub(super) fn gets_variables(options: &Options) -> Option<String> {
    debug_assert_eq!(options.sidecar, Sidecar::Native, "an ordinary sidecar is refused");
    if !options.mode.sets_variables() {
        return None;
    }
    Some(is_named(options).unwrap_or_else(|| format!("!({IS_MESH})")))
}

/// Whether the container `c` is one that is to get its tokens from wisp.
pub(super) fn is_served(options: &Options) -> String {
    let named = is_named(options).filter(|_| options.mode.sets_variables());
    named.map_or_else(|| format!("!({IS_MESH})"), |named| format!("!({IS_MESH}) && {named}"))
}

fn is_named(options: &Options) -> Option<String> {
    let names = options.containers.iter().map(String::as_str);
    (!options.containers.is_empty()).then(|| format!("c.name in {}", list(names)))
}

/// What of `c` is set as a variable named by one of `names`, with the variable as `e`.
pub(super) fn sets(names: &str) -> String {
    format!("has(c.env) && c.env.exists(e, e.name in {names})")
}

/// Whether mode `http-proxy` also has variables that may be there and are extended then.
pub(super) fn extends(mode: Mode) -> bool {
    mode == Mode::HttpProxy
}
