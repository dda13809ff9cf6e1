//! Text of flags and annotations as values; none for what is not valid.

pub(super) fn strict_bool(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

pub(super) fn word(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

/// The name of an object, which for most kinds is an RFC 1123 subdomain.
pub(in crate::operator::inject) fn object_name(text: &str) -> Option<String> {
    const LONGEST: usize = 253;
    (text.len() <= LONGEST && text.split('.').all(is_label)).then(|| text.to_owned())
}

/// The name of a container, an RFC 1123 label.
pub(super) fn container_name(text: &str) -> Option<String> {
    const LONGEST: usize = 63;
    (text.len() <= LONGEST && is_label(text)).then(|| text.to_owned())
}

/// Containers and the identity that each has: a name in the table of identities, or a client id.
pub(super) fn container_identities(text: &str) -> Option<Vec<(String, String)>> {
    let mut all: Vec<(String, String)> = Vec::new();
    for pair in text.split(',') {
        let (container, identity) = pair.split_once('=')?;
        let (container, identity) = (container_name(container.trim())?, word(identity.trim())?);
        if all.iter().any(|(earlier, _)| *earlier == container) {
            return None;
        }
        all.push((container, identity));
    }
    Some(all)
}

fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(inner) && text.ends_with(inner) && text.chars().all(|c| inner(c) || c == '-')
}

pub(super) fn quantity(text: &str, units: &[&str]) -> Option<String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.strip_suffix(unit)?;
    (digits.bytes().any(|digit| digit != b'0') && units.contains(&unit)).then(|| text.to_owned())
}

/// A port that no privilege is needed for.
pub(super) fn port(text: &str) -> Option<u16> {
    const FIRST: u16 = 1024;
    // Clients take a machine that listens there for an Azure Arc server.
    const ARC: u16 = 40_342;
    number(text).filter(|port| *port >= FIRST && *port != ARC)
}

/// A user that is not root, and after whom there is another one. Kubernetes takes 31 bits.
pub(super) fn user(text: &str) -> Option<u32> {
    const LAST: u32 = i32::MAX.unsigned_abs() - 1;
    number(text).filter(|user| (1..=LAST).contains(user))
}

/// A whole number without sign.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// How long a token lives, in seconds. Kubernetes makes none that lives shorter than ten minutes; a day is the most that the
/// workload identity webhook takes.
pub(super) fn lifetime(text: &str) -> Option<u32> {
    number(text).filter(|seconds| (600..=86_400).contains(seconds))
}

/// The same as the workload identity webhook takes it.
pub(super) fn expiration(text: &str) -> Option<u32> {
    lifetime(text).filter(|seconds| *seconds >= 3600)
}
