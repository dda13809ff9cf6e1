//! What was chosen for all pods and does not fit the cluster that these go to, as far as one can tell.

use super::{Findings, Pod};
use crate::operator::inject::options::Sidecar;

/// The first minor version of Kubernetes 1 with native sidecars.
const NATIVE: u32 = 29;

/// Looks at the image and the kind of sidecar.
pub(super) fn look(pod: &Pod<'_>, findings: &mut Findings) {
    findings.notes.extend(local_image(&pod.options.image));
    if pod.options.sidecar == Sidecar::Native
        && let Some(outdated) = pod
            .beside
            .outdated()
            .filter(|outdated| outdated.last < NATIVE)
    {
        findings.notes.push(format!(
            "{} was served up to Kubernetes 1.{}, and native sidecars need 1.{NATIVE}: on such a cluster pods would wait for ever; \
             choose `--sidecar container` for it",
            outdated.kind, outdated.last
        ));
    }
}

/// An image that no cluster can pull, because its name has no registry or one that is each machine's own.
fn local_image(image: &str) -> Option<String> {
    let (registry, _) = image.split_once('/').unwrap_or_default();
    let host = registry.split(':').next().unwrap_or_default();
    let why = match host {
        "localhost" | "127.0.0.1" => "names a registry that every node takes for its own",
        "" => "has no registry in its name, and nodes look for it at docker.io/library",
        _ => return None,
    };
    Some(format!(
        "image `{image}` {why}; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE"
    ))
}

#[cfg(test)]
mod tests {
    use super::local_image;

    #[test]
    fn images_that_cannot_be_pulled_are_told() {
        insta::assert_snapshot!(local_image("wisp:0.1.0").unwrap(), @"image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE");
        insta::assert_snapshot!(local_image("localhost:5000/wisp").unwrap(), @"image `localhost:5000/wisp` names a registry that every node takes for its own; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE");
        assert!(local_image("localhost/wisp").is_some() && local_image("wisp@sha256:00").is_some());
        for image in ["registry.example/wisp", "me/wisp:1", "registry.example:5000/tools/wisp@sha256:00"] {
            assert_eq!(local_image(image), None, "{image}");
        }
    }
}
