//! References of images: `registry/path:tag@digest`.

use crate::operator::inject::container::Container;

/// Whether the image of `container` has a path that ends with `end`, in any registry, of any tag and digest. Mirrors flatten
/// paths in many ways, so `/`, `.`, `_` and `-` are one.
pub(super) fn is_of(container: &Container<'_>, end: &str) -> bool {
    let Some(image) = container
        .value
        .get("image")
        .and_then(|image| image.as_str())
    else {
        return false;
    };
    let path = flat(path(image));
    path == end
        || path
            .strip_suffix(end)
            .is_some_and(|before| before.ends_with('-'))
}

/// The image without tag and digest.
fn path(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        // The colon of a registry's port has a path after it.
        Some((path, tag)) if !tag.contains('/') => path,
        _ => image,
    }
}

fn flat(path: &str) -> String {
    path.to_ascii_lowercase().replace(['/', '.', '_'], "-")
}
