//! The variables that the kubelet injects for each Service of the namespace.
//!
//! A Service called `wisp` or `wisp-metrics` puts `WISP_SERVICE_HOST`, `WISP_PORT_80_TCP_ADDR`,
//! `WISP_METRICS_SERVICE_PORT_HTTP` and the like into every pod (Kubernetes: "environment variables" of Services). They
//! are no settings, so they are ignored; and no setting may have such a name.

/// Whether a Service could make the kubelet inject `name` with `value`.
pub fn is_one(name: &str, value: &str) -> bool {
    // `…_PORT` is also what someone writes who guesses at a setting; the kubelet's value is always a URL.
    has_form(name)
        && (!name.ends_with("_PORT")
            || name.ends_with("_SERVICE_PORT")
            || is_numbered(name)
            || value.contains("://"))
}

/// Whether `name` looks like one of the variables of a Service, whatever its value.
pub fn has_form(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_PORT")
        || name.contains("_SERVICE_PORT_")
        || is_numbered(name)
}

/// Whether `name` ends in `_PORT_80_TCP`, `_PORT_80_TCP_ADDR`, `…_PORT` or `…_PROTO`.
fn is_numbered(name: &str) -> bool {
    let Some((_, tail)) = name.rsplit_once("_PORT_") else {
        return false;
    };
    let mut parts = tail.split('_');
    let number = parts
        .next()
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let protocol = matches!(parts.next(), Some("TCP" | "UDP" | "SCTP"));
    number
        && protocol
        && matches!(parts.next(), None | Some("ADDR" | "PORT" | "PROTO"))
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::is_one;

    #[test]
    fn variables_of_services_are_recognised() {
        for (name, value) in [
            ("WISP_SERVICE_HOST", "10.0.0.1"),
            ("WISP_SERVICE_PORT", "80"),
            ("WISP_SERVICE_PORT_HTTP", "80"),
            ("WISP_METRICS_SERVICE_PORT_HTTP_ALT", "80"),
            ("WISP_PORT", "tcp://10.0.0.1:80"),
            ("WISP_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("WISP_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("WISP_PORT_80_TCP_PORT", "80"),
            ("WISP_PORT_53_UDP_PROTO", "udp"),
            ("WISP_ADMIN_PORT", "tcp://10.0.0.1:80"),
            ("WISP_PORT_1_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ] {
            assert!(is_one(name, value), "{name}");
        }
        for (name, value) in [
            ("WISP_ADMIN_PORT", "4255"),
            ("WISP_PORT", "4254"),
            ("WISP_LISTEN", "127.0.0.1:1"),
            ("WISP_PORT_X_TCP", "1"),
            ("WISP_PORT_80_TCP_NAME", "1"),
        ] {
            assert!(!is_one(name, value), "{name}");
        }
    }
}
