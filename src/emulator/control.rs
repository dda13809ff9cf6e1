//! The control path below `/_emulator/`: faults, request log, rotation, over the emulator's own listener.

use hyper::Method;
use serde_json::{Value, json};

use super::{cloud::Cloud, faults::Fault, form::Form, reply::Reply};

/// Where redirects lead unless they say otherwise: whoever comes here followed one.
pub(super) const REDIRECTED: &str = "redirected";

/// Answers a request for `/_emulator/{path}`.
pub(super) async fn answer(cloud: &Cloud, method: &Method, path: &str, query: &Form, body: &[u8]) -> Reply {
    match (path, method) {
        ("faults", &Method::GET) => faults(cloud),
        ("faults", &Method::PUT) => change(cloud, body, |new| cloud.faults.set(new, cloud.now())),
        ("faults", &Method::POST) => change(cloud, body, |new| {
            new.into_iter()
                .try_for_each(|fault| cloud.faults.add(fault, cloud.now()))
        }),
        ("faults", &Method::DELETE) => {
            cloud.faults.clear();
            faults(cloud)
        }
        ("requests", &Method::GET) => requests(cloud),
        ("requests", &Method::DELETE) => {
            cloud.log.clear();
            requests(cloud)
        }
        ("rotate-keys", &Method::POST) => match cloud.rotate_keys(query.get("issuer")).await {
            Ok(0) => error_reply(404, "no issuer of this name signs here"),
            Ok(rotated) => Reply::json(200, &json!({ "rotated": rotated })),
            Err(error) => error_reply(500, &error.to_string()),
        },
        ("rotate-token", &Method::POST) => match cloud.rotate_tokens(query.get("projection")) {
            Ok(0) => error_reply(404, "there is no projection of this name"),
            Ok(rotated) => Reply::json(200, &json!({ "rotated": rotated })),
            Err(error) => error_reply(500, &error.to_string()),
        },
        ("rotate-ca", &Method::POST) => match cloud.rotate_ca() {
            Ok(()) => Reply::json(200, &json!({ "rotated": 1 })),
            Err(error) => error_reply(500, &error.to_string()),
        },
        ("faults" | "requests" | "rotate-keys" | "rotate-token" | "rotate-ca", _) => {
            error_reply(405, "this path does not know the method")
        }
        _ => error_reply(404, "paths here are faults, requests, rotate-keys, rotate-token and rotate-ca"),
    }
}

fn faults(cloud: &Cloud) -> Reply {
    Reply::json(200, &json!(cloud.faults.list()))
}

fn requests(cloud: &Cloud) -> Reply {
    Reply::json(200, &json!({ "requests": cloud.log.entries(), "counts": cloud.log.counts() }))
}

/// Takes one fault or an array of faults.
fn change(cloud: &Cloud, body: &[u8], apply: impl FnOnce(Vec<Fault>) -> Result<(), String>) -> Reply {
    let parsed = serde_json::from_slice(body).and_then(|value: Value| match value {
        Value::Array(_) => serde_json::from_value::<Vec<Fault>>(value),
        one => serde_json::from_value::<Fault>(one).map(|fault| vec![fault]),
    });
    match parsed.map_err(|error| error.to_string()).and_then(apply) {
        Ok(()) => faults(cloud),
        Err(message) => error_reply(400, &message),
    }
}

fn error_reply(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "error": message }))
}
