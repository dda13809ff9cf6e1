//! Paths to identities in disguise, none of which reaches the node.

use proptest::prelude::*;

use super::{super::request, FOUND, METADATA, Recorder, passing_on};

/// What a careless server might make of a path: decoded again and again, slashes turned, parameters cut off, dots resolved.
fn carelessly_read(path: &str) -> String {
    let mut bytes = path.as_bytes().to_vec();
    for _ in 0..4 {
        let mut decoded = Vec::new();
        let mut i = 0;
        while i < bytes.len() {
            let pair = bytes
                .get(i + 1..i + 3)
                .and_then(|p| std::str::from_utf8(p).ok());
            match pair.and_then(|p| u8::from_str_radix(p, 16).ok()) {
                Some(byte) if bytes[i] == b'%' => {
                    decoded.push(byte);
                    i += 3;
                }
                _ => {
                    decoded.push(bytes[i]);
                    i += 1;
                }
            }
        }
        bytes = decoded;
    }
    let text = String::from_utf8_lossy(&bytes)
        .replace('\\', "/")
        .to_lowercase();
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.split('/') {
        match segment.split(';').next().unwrap_or_default().trim() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            plain => segments.push(plain),
        }
    }
    segments.join("/")
}

/// Paths to identities, and ways around to them, in every disguise.
fn disguised() -> impl Strategy<Value = String> {
    let path = prop_oneof![
        Just("/metadata/identity/oauth2/token".to_owned()),
        Just("/metadata/identity/info".to_owned()),
        Just("/metadata/instance/../identity/oauth2/token".to_owned()),
        Just("/metadata/instance/compute/../../identity/oauth2/token".to_owned()),
        Just("/metadata/instance/compute".to_owned()),
        Just("/metadata/versions".to_owned()),
        Just("/msi/token".to_owned()),
        Just("/metadata/instance/..%2fidentity%2foauth2%2ftoken".to_owned()),
        "/metadata/(instance|versions|attested)/[a-z./%;]{0,20}",
    ];
    let disguise = prop::collection::vec((any::<prop::sample::Index>(), 0..14usize), 0..5);
    let prefix =
        prop_oneof![4 => Just(""), 1 => Just("http://169.254.169.254"), 1 => Just("http://localhost:80")];
    let query = prop_oneof![
        Just(""),
        Just("?api-version=2018-02-01&resource=x"),
        Just("?/../identity/oauth2/token"),
        Just("?x=%2e%2e/identity"),
    ];
    (path, disguise, prefix, query).prop_map(|(mut path, disguises, prefix, query)| {
        for (at, kind) in disguises {
            let at = at.index(path.len());
            let (Some(before), Some(byte), Some(after)) =
                (path.get(..at), path.as_bytes().get(at), path.get(at + 1..))
            else {
                continue;
            };
            let same = char::from(*byte);
            let changed = match kind {
                0 => same.to_ascii_uppercase().to_string(),
                1 => format!("%{byte:02x}"),
                2 => format!("%25{byte:02X}"),
                3 => format!("%2525{byte:02x}"),
                4 if same == '/' => "\\".into(),
                5 if same == '/' => "//".into(),
                6 if same == '/' => "/./".into(),
                7 if same == '/' => "/x/../".into(),
                8 if same == '/' => ";a=b/".into(),
                9 if same == '/' => "%c0%af".into(),
                10 if same == '/' => "/%2e%2e/metadata/".into(),
                11 => format!("{same}."),
                12 => format!("{same}\u{130}"),
                _ => same.to_string(),
            };
            path = format!("{before}{changed}{after}");
        }
        format!("{prefix}{path}{query}")
    })
}

const ALL: [&str; 3] = ["/metadata/instance", "/metadata/versions", "/metadata/attested"];

#[test]
fn no_spelling_of_an_identity_path_reaches_the_node() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (recorder, server) = runtime.block_on(async {
        let recorder = Recorder::answering(FOUND).await;
        let server = passing_on(&ALL, recorder.address);
        (recorder, server)
    });
    let config = ProptestConfig { failure_persistence: None, cases: 3000, ..ProptestConfig::default() };
    let passed_on = std::cell::Cell::new(0);
    proptest!(config, |(target in disguised())| {
        recorder.heads.lock().unwrap().clear();
        runtime.block_on(server.raw(request("GET", &target, &[METADATA])));
        for head in recorder.heads() {
            let line = head.lines().next().unwrap_or_default();
            let sent = line.strip_prefix("GET ").and_then(|l| l.strip_suffix(" HTTP/1.1")).unwrap();
            let path = sent.split('?').next().unwrap();
            prop_assert!(path.starts_with('/') && !path.contains(['%', '\\', ';', '.']), "{target} became {line}");
            let read = carelessly_read(path);
            let is_listed = ALL.iter().any(|listed| {
                let listed = &listed[1..];
                read == listed || read.starts_with(&format!("{listed}/"))
            });
            prop_assert!(is_listed && !read.contains("identity"), "{target} became {line}");
            passed_on.set(passed_on.get() + 1);
        }
    });
    // The property says something only if paths that may pass do.
    assert!(passed_on.get() > 100, "{}", passed_on.get());
}
