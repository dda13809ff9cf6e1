//! Which containers get variables.

use super::{
    container::Container,
    options::{Options, Sidecar},
    others,
};

/// Whether the container gets variables, in the modes that have some.
pub(super) fn gets_variables(container: &Container<'_>, options: &Options) -> bool {
    if options.containers.is_empty() {
        // An ordinary sidecar is not there yet while init containers run.
        let in_time = options.sidecar == Sidecar::Native || !container.is_init;
        in_time && !others::is_mesh(container)
    } else {
        options.containers.iter().any(|name| name == container.name)
    }
}
