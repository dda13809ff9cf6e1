//! What applications ask: the listeners, the checks before every token, and whether wisp says that it is ready.

use std::{io, net::SocketAddr, time::Duration};

use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use super::{
    Chain,
    ask::{Answer, ask, reachable, silence},
    settings::Configured,
    table::{GUARD, LISTENER, READY, SETTINGS},
};
use crate::{
    doctor::{Check, Diagnosis, Finding},
    exchange::Key,
    failure::one_line,
};

pub(super) const CHECKS: &[&Check] = &[&LISTENER, &GUARD, &READY, &super::table::VERSION];

/// Both ends are in this pod; on a busy node an answer may take a while.
const NEAR: Duration = Duration::from_secs(2);

/// A token request as wisp must refuse it. The resource matters nowhere.
const FORGED: &str =
    "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F";

const METADATA: &str = "Metadata: true\r\n";

/// What was answered at the listeners.
#[derive(Default)]
pub(super) struct Listening {
    pub(super) asked: Vec<Asked>,
    /// What the admin listener says of readiness, and where; none where there is none.
    pub(super) ready: Option<(SocketAddr, io::Result<Answer>)>,
}

/// What was answered at one listener.
pub(super) struct Asked {
    pub(super) address: SocketAddr,
    /// A request without the header that applications send.
    pub(super) without_header: io::Result<Answer>,
}

impl Listening {
    /// The version of the wisp that answers, as it names itself.
    pub(super) fn version(&self) -> Option<&str> {
        self.asked
            .iter()
            .filter_map(|asked| asked.without_header.as_ref().ok())
            .find_map(|answer| answer.server.strip_prefix("wisp/"))
    }
}

/// Asks at every listener at once.
pub(super) async fn look(configured: &Configured, is_enabled: bool) -> Listening {
    if !is_enabled {
        return Listening::default();
    }
    let settings = &configured.settings;
    let own = settings.identity_listen.iter().map(|(_, address)| *address);
    let addresses: Vec<_> = settings.listen.iter().copied().chain(own).collect();
    let (asked, ready) = tokio::join!(ask_all(&addresses), async {
        match settings.admin_listen {
            Some(address) => Some(ready(address).await),
            None => None,
        }
    });
    Listening { asked, ready }
}

async fn ask_all(addresses: &[SocketAddr]) -> Vec<Asked> {
    let mut all = Vec::new();
    for address in addresses.iter().copied() {
        // Not with a header that proxies send too: that is what an alert watches for.
        let without_header = ask(address, FORGED, "", NEAR).await;
        all.push(Asked { address, without_header });
    }
    all
}

async fn ready(address: SocketAddr) -> (SocketAddr, io::Result<Answer>) {
    let mut last = (address, Err(io::ErrorKind::AddrNotAvailable.into()));
    for address in reachable(address) {
        last = (address, ask(address, "/readyz", "", NEAR).await);
        if last.1.is_ok() {
            break;
        }
    }
    last
}

/// Asks for a token as an application does, one that was just issued: what comes now comes from wisp and its cache.
pub(super) async fn ask_for_token(
    configured: &Configured,
    listening: &Listening,
    key: Option<&Key>,
) -> Option<(SocketAddr, io::Result<Answer>)> {
    let key = key?;
    let answers = |asked: &&Asked| asked.without_header.is_ok();
    let address = listening.asked.iter().find(answers)?.address;
    let resource: String = byte_serialize(key.resource.as_str().as_bytes()).collect();
    let target = format!(
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}&client_id={}",
        key.client_id
    );
    let limit = configured.settings.entra.attempt_timeout + NEAR;
    Some((address, ask(address, &target, METADATA, limit).await))
}

/// Judges the listeners.
pub(super) fn judge(
    chain: &mut Chain,
    configured: &Configured,
    listening: &Listening,
    served: Option<&(SocketAddr, io::Result<Answer>)>,
) {
    let present: Vec<_> = listening
        .asked
        .iter()
        .filter(|asked| !is_left_out(asked))
        .collect();
    if let Some(in_the_way) = chain.before(&[&SETTINGS]) {
        chain.note(LISTENER.not_run(in_the_way.why, in_the_way.how));
    } else if present.is_empty() {
        let found = "none of the addresses of `listen` is one of this pod";
        chain.note(LISTENER.failed(Diagnosis::new(found)));
    }
    for asked in present {
        let served = served
            .filter(|(address, _)| *address == asked.address)
            .map(|(_, answer)| answer);
        chain.note(listener(asked, served).about(asked.address.to_string()));
    }
    chain.check(&GUARD, &[&LISTENER], || guard(listening));
    chain.check(&READY, &[&SETTINGS, &LISTENER], || is_ready(configured, listening.ready.as_ref()));
}

/// Whether it is an address that this pod does not have, as where IPv6 is off: wisp leaves it out.
fn is_left_out(asked: &Asked) -> bool {
    asked.without_header.as_ref().err().is_some_and(|error| {
        matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::NetworkUnreachable)
    })
}

fn listener(asked: &Asked, served: Option<&io::Result<Answer>>) -> Finding {
    match &asked.without_header {
        Err(error) => LISTENER.failed(Diagnosis::new(silence(error))),
        Ok(answer) if !answer.is_wisp() => LISTENER.failed(
            Diagnosis::new("something else than wisp answers")
                .evidence(format!("status {}, server `{}`", answer.status, answer.server))
                .fix("let wisp have the port: stop what listens there, or set WISP_LISTEN."),
        ),
        Ok(_) => match served {
            None => LISTENER.passed(""),
            Some(Ok(answer)) if answer.status == 200 => LISTENER.passed("it hands out a token"),
            Some(Ok(answer)) => LISTENER.failed(
                Diagnosis::new(format!("it hands out no token: {}", explanation(answer)))
                    .evidence("the exchange itself works, as `exchange` says"),
            ),
            Some(Err(error)) => {
                LISTENER.failed(Diagnosis::new(format!("it hands out no token: {}", silence(error))))
            }
        },
    }
}

/// What an answer says that holds no token.
fn explanation(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let description = body
        .get("error_description")
        .and_then(Value::as_str)
        .unwrap_or("no explanation came with it");
    format!("status {}, {}", answer.status, one_line(description))
}

fn guard(listening: &Listening) -> Finding {
    for asked in &listening.asked {
        if let Ok(answer) = &asked.without_header
            && !(400..500).contains(&answer.status)
        {
            let found = format!("a request without the header Metadata is answered with {}", answer.status);
            return GUARD.failed(Diagnosis::new(found).evidence(format!("at {}", asked.address)));
        }
    }
    GUARD.passed("no header Metadata")
}

fn is_ready(configured: &Configured, ready: Option<&(SocketAddr, io::Result<Answer>)>) -> Finding {
    let Some((address, answer)) = ready else {
        let why = if configured.settings.admin_listen.is_some() {
            "it was not asked"
        } else {
            "`admin_listen` is off"
        };
        return READY.not_run(why, "set WISP_ADMIN_LISTEN to an address");
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            return READY.failed(
                Diagnosis::new(format!("nothing answers at {address}: {}", silence(error)))
                    .fix("set WISP_ADMIN_LISTEN here to what it is for `wisp serve`; see the log of the container wisp."),
            );
        }
    };
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    // The admin listener does not name itself in `Server`.
    if !body.get("ready").is_some_and(Value::is_boolean) {
        return READY.failed(
            Diagnosis::new(format!("something else than wisp answers at {address}"))
                .evidence(format!("status {}, server `{}`", answer.status, answer.server))
                .fix("let wisp have the port: stop what listens there, or set WISP_ADMIN_LISTEN."),
        );
    }
    let notes = |name: &str| -> Vec<String> {
        let notes = body.get(name).and_then(Value::as_array);
        notes.into_iter().flatten().map(note).collect()
    };
    let all = |found: String, notes: Vec<String>| {
        notes
            .into_iter()
            .fold(Diagnosis::new(found), Diagnosis::evidence)
    };
    match (answer.status, notes("degraded")) {
        (200, degraded) if degraded.is_empty() => READY.passed(""),
        (200, degraded) => {
            READY.warned(all("it is ready, and not everything is as it should be".into(), degraded))
        }
        (status, _) => READY.failed(all(format!("/readyz answers {status}"), notes("pending"))),
    }
}

/// One condition of readiness, with its reason.
fn note(note: &Value) -> String {
    let text = |name: &str| note.get(name).and_then(Value::as_str).map(one_line);
    let condition = text("condition").unwrap_or_default();
    text("reason").map_or_else(|| condition.clone(), |reason| format!("{condition}: {reason}"))
}
