//! `POST /{tenant}/oauth2/v2.0/token`: faults, checks, token.

use super::{
    checks::{self, GrantRequest},
    cloud::Cloud,
    errors::{self, ErrorContext, Facts, Row},
    faults::{Effects, FaultKind},
    issue, proxy,
    reply::{Reply, Script},
    time_text::http_date,
};

/// What a request came to.
pub(super) struct Outcome {
    /// As the log names it.
    pub name: String,
    /// What the client gets.
    pub ending: Ending,
}

/// How a request ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// With an answer.
    Reply(Reply),
    /// With a reset of the connection.
    Reset,
    /// Not at all.
    Hang,
}

/// Answers a token request. `correlation_id` is the client's `client-request-id`, if it sent one.
pub(super) async fn answer(
    cloud: &Cloud,
    request: GrantRequest<'_>,
    correlation_id: Option<&str>,
) -> Outcome {
    let field = |name| request.form.get(name).unwrap_or_default();
    let effects = cloud
        .faults
        .apply(field("client_id"), field("scope"), cloud.now());
    tokio::time::sleep(effects.delay).await;

    let now = cloud.entra_now(effects.clock_offset);
    let trace_id = cloud.random.uuid();
    let fresh = cloud.random.uuid();
    let context = ErrorContext {
        origin: &cloud.origin,
        trace_id: &trace_id,
        correlation_id: correlation_id.unwrap_or(&fresh),
        now,
        older_form: effects.older_descriptions,
    };
    let mut facts = checks::facts_of(cloud, request, now);
    if let Some(proxy) = cloud.token_proxy.as_ref().filter(|_| request.via_proxy)
        && let Some(reply) = proxy::objection(proxy, request).await
    {
        return Outcome { name: "token_proxy".into(), ending: Ending::Reply(reply) };
    }
    let (name, ending) = match &effects.answer {
        Some(fault) => fault_ending(fault, cloud, &facts, &context),
        None => match checks::check(cloud, request, &effects, now, &mut facts) {
            Ok(granted) => {
                let body = issue::body(cloud, &granted, now, effects.string_numbers);
                ("issued".into(), Ending::Reply(Reply::json(200, &body)))
            }
            Err(code) => error_ending(code, &facts, &context),
        },
    };
    let ending = match ending {
        Ending::Reply(reply) => Ending::Reply(dressed(bent(reply, &effects), &effects, &context)),
        other => other,
    };
    Outcome { name, ending }
}

/// The answer that a fault puts in the endpoint's place, and its name.
fn fault_ending(
    fault: &FaultKind,
    cloud: &Cloud,
    facts: &Facts,
    context: &ErrorContext<'_>,
) -> (String, Ending) {
    const HTML: &str = "<!DOCTYPE html><html><head><title>Sign in to your account</title></head>\
        <body>Sorry, but we’re having trouble signing you in.</body></html>";
    let (name, reply) = match fault {
        FaultKind::Aadsts(code) => return error_ending(*code, facts, context),
        FaultKind::Throttle { retry_after_seconds } => {
            let reply = Reply::text(429, "text/plain", "Too Many Requests");
            ("throttle", reply.with("retry-after", retry_after_seconds.to_string()))
        }
        FaultKind::Unavailable { retry_after_seconds } => {
            let (_, reply) = error_reply(90033, facts, context);
            (
                "unavailable",
                match retry_after_seconds {
                    Some(seconds) => reply.with("retry-after", seconds.to_string()),
                    None => reply,
                },
            )
        }
        FaultKind::Backup { status } => ("backup", Reply::empty(*status).with("x-ms-gateway-slice", "CCS")),
        FaultKind::Hang => return ("hang".into(), Ending::Hang),
        FaultKind::Reset => return ("reset".into(), Ending::Reset),
        FaultKind::HtmlBody { status } => {
            ("html_body", Reply::text(*status, "text/html; charset=utf-8", HTML))
        }
        FaultKind::EmptyBody { status } => ("empty_body", Reply::empty(*status)),
        FaultKind::HugeBody { bytes } => {
            let mut reply = Reply::text(200, "application/json; charset=utf-8", "");
            reply.body = Script::huge(*bytes);
            ("huge_body", reply)
        }
        FaultKind::Redirect { location } => {
            let here = || format!("{}/_emulator/redirected", cloud.origin);
            ("redirect", Reply::empty(307).with("location", location.clone().unwrap_or_else(here)))
        }
        // The others never stand in the place of an answer.
        _ => ("unavailable", Reply::empty(503)),
    };
    (name.into(), Ending::Reply(reply))
}

fn error_ending(code: u32, facts: &Facts, context: &ErrorContext<'_>) -> (String, Ending) {
    let (name, reply) = error_reply(code, facts, context);
    (name, Ending::Reply(reply))
}

fn error_reply(code: u32, facts: &Facts, context: &ErrorContext<'_>) -> (String, Reply) {
    const NEVER: Row = Row {
        code: 50000,
        status: 500,
        error: "server_error",
        has_uri: false,
        text: "There was an error issuing a token.",
    };
    let row = errors::find(code).unwrap_or(&NEVER);
    (format!("AADSTS{}", row.code), Reply::json(row.status, &errors::body(row, facts, context)))
}

/// `reply` with its body bent as the faults want.
fn bent(mut reply: Reply, effects: &Effects) -> Reply {
    if let Some(time) = effects.slow_body {
        reply.body = reply.body.slowed(time);
    }
    if effects.truncated {
        reply.body = reply.body.truncated();
    }
    reply
}

/// `reply` with the headers that Entra puts on each answer.
fn dressed(reply: Reply, effects: &Effects, context: &ErrorContext<'_>) -> Reply {
    let is_backup = matches!(effects.answer, Some(FaultKind::Backup { .. }));
    let mut reply = reply
        .with("cache-control", "no-store, no-cache")
        .with("pragma", "no-cache")
        .with("expires", "-1")
        .with("date", http_date(context.now))
        .with("x-content-type-options", "nosniff")
        .with("x-ms-request-id", context.trace_id)
        .with("client-request-id", context.correlation_id);
    if !is_backup {
        reply = reply.with("x-ms-ests-server", "2.1.0 - EMULATOR ProdSlices");
    }
    if !effects.cookies {
        return reply;
    }
    reply
        .with("set-cookie", "fpc=AqXZ2XjZ5pJBl0eQ8sFeWgE; path=/; secure; HttpOnly; SameSite=None")
        .with("set-cookie", "x-ms-gateway-slice=estsfd; path=/; secure; httponly")
        .with("set-cookie", "stsservicecookie=estsfd; path=/; secure; httponly")
}
