//! When two names mean one identity.

/// A client id, object id or Azure resource id as it is compared: case does not matter, nor does a slash at either end.
pub(super) fn compared(id: &str) -> String {
    id.trim_matches('/').to_ascii_lowercase()
}
