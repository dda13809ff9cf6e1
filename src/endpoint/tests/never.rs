//! What must not happen whatever is sent: a panic, or a token without the guard's consent.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use http_body_util::{BodyExt as _, Empty};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri, header::HeaderName, header::HeaderValue};
use proptest::prelude::*;

use super::{API, Setting, target};
use crate::endpoint::request::{Parameters, same_path};

fn methods() -> impl Strategy<Value = Method> {
    prop_oneof![
        Just(Method::GET),
        Just(Method::POST),
        Just(Method::HEAD),
        Just(Method::CONNECT),
        Just(Method::from_bytes(b"BREW").unwrap()),
    ]
}

fn targets() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(target("resource=api://x")),
        "[/A-Za-z0-9%.*]{0,40}(\\?[ -~]{0,60})?",
        "(/|//)[Mm]etadata/identity/oauth2/token/?\\?([a-z_-]{1,10}=[!-~]{0,12}&){0,6}",
        "(/metadata/identity/oauth2/token|/msi/token|/oauth2/token)\\?api-version=2018-02-01&resource=[!-~]{1,20}(&(client_id|object_id|mi_res_id)=[!-~]{0,12})?",
        "(http|https|ftp)://(u@)?(localhost|169\\.254\\.169\\.254)/metadata/identity/oauth2/token\\?api-version=2018-02-01&resource=x",
        "http://[a-z0-9.]{1,12}(:[0-9]{1,6})?/metadata/identity/oauth2/token\\?api-version=2018-02-01&resource=x",
    ]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop_oneof![
        Just("metadata".to_owned()),
        Just("host".to_owned()),
        Just("x-forwarded-for".to_owned()),
        Just("via".to_owned()),
        Just("origin".to_owned()),
        Just("sec-fetch-site".to_owned()),
        Just("x-ms-client-request-id".to_owned()),
        "[a-z-]{1,12}",
    ];
    let value = prop_oneof![
        Just(b"true".to_vec()),
        Just(b"True".to_vec()),
        Just(b"cross-site".to_vec()),
        Just(b"169.254.169.254".to_vec()),
        Just(b"[::1]:80".to_vec()),
        "[ -~]{0,20}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec((name, value), 0..6).prop_map(|pairs| {
        pairs
            .into_iter()
            .filter_map(|(n, v)| Some((HeaderName::try_from(n).ok()?, HeaderValue::from_bytes(&v).ok()?)))
            .fold(HeaderMap::new(), |mut map, (n, v)| {
                map.append(n, v);
                map
            })
    })
}

/// What the guard is for, said once more in other words.
fn is_entitled(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let metadata: Vec<_> = headers.get_all("metadata").iter().collect();
    let is_metadata = metadata.len() == 1 && metadata[0].as_bytes().eq_ignore_ascii_case(b"true");
    let is_marked = ["x-forwarded-for", "forwarded", "via", "origin"]
        .iter()
        .any(|mark| headers.contains_key(*mark))
        || headers
            .get_all("sec-fetch-site")
            .iter()
            .any(|v| v == "cross-site");
    let is_plain = uri
        .authority()
        .is_none_or(|authority| !authority.as_str().contains('@') && uri.scheme_str() == Some("http"));
    let host =
        |h: &str| ["169.254.169.254", "localhost", "[::1]", "[::1]:80"].contains(&h) || h.starts_with("127.");
    let hosts: Vec<_> = headers.get_all("host").iter().collect();
    *method == Method::GET
        && is_metadata
        && !is_marked
        && is_plain
        && hosts.len() == 1
        && hosts[0].to_str().is_ok_and(host)
        && uri.host().is_none_or(host)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_queries_and_paths(text in any::<String>()) {
        let _ = Parameters::parse(&text);
        prop_assert!(!same_path(&text, "/metadata/identity/oauth2/token"));
    }

    #[test]
    fn arbitrary_requests(method in methods(), target in targets(), headers in headers()) {
        let Ok(uri) = target.parse::<Uri>() else { return Ok(()) };
        let setting = Setting::with(&[("api", API)]);
        let entitled = is_entitled(&method, &uri, &headers);
        // Twice: the second time an answer of the first may be cached.
        for _ in 0..2 {
            let mut request = Request::new(());
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = headers.clone();
            let reply = pin!(setting.endpoint.answer(request.into_parts().0, Empty::new()));
            let Poll::Ready(response) = reply.poll(&mut Context::from_waker(Waker::noop())) else {
                panic!("nothing here has to wait");
            };
            let status = response.status();
            let mut body = pin!(response.into_body().collect());
            let Poll::Ready(Ok(body)) = body.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
                panic!("the body is complete");
            };
            let body = body.to_bytes();
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
            if !entitled {
                prop_assert_ne!(status, StatusCode::OK);
                prop_assert_eq!(setting.tokens.asked(), 0);
            }
        }
    }
}
