//! Plays the Rust clients of managed identities: one JSON object a line in, one a line out, until the input ends.
//!
//! The first argument says which client it plays. There is nothing here beyond what an application writes.

mod client;

use std::{
    collections::HashMap,
    io::{BufRead, Write},
};

use client::{Client, Credential, Failure, Identity};
use serde::{Deserialize, Serialize};
use tokio::{runtime::Runtime, task::JoinSet, time::Instant};

/// The calls to make at the same time with one credential object; its name makes it at first sight.
#[derive(Deserialize)]
struct Request {
    credential: String,
    kind: Kind,
    identity: Option<Identity>,
    resource: String,
    calls: usize,
}

/// No chains: azure_identity's has only the credentials of developers' tools in it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    ManagedIdentity,
}

#[derive(Serialize)]
struct Response {
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Outcome {
    #[serde(flatten)]
    answer: Answer,
    seconds: f64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Token { token: String, expires_on: Option<i64> },
    Error { error: String },
}

fn main() -> Result<(), Failure> {
    let client = Client::named(&std::env::args().nth(1).unwrap_or_default())?;
    client::trust_ring();
    let runtime = Runtime::new()?;
    let mut credentials = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let Request { credential: name, kind: Kind::ManagedIdentity, identity, resource, calls } =
            serde_json::from_str(&line?)?;
        // Clients hold tasks of their runtime, so they are made inside.
        let made = {
            let _inside = runtime.enter();
            credentials
                .entry(name)
                .or_insert_with(|| client.credential(identity.as_ref()).map_err(text))
        };
        let results = runtime.block_on(ask(made, &resource, calls));
        let mut output = std::io::stdout().lock();
        serde_json::to_writer(&mut output, &Response { results })?;
        writeln!(output)?;
    }
    Ok(())
}

async fn ask(credential: &Result<Credential, String>, resource: &str, calls: usize) -> Vec<Outcome> {
    let mut asked = JoinSet::new();
    for _ in 0..calls {
        let credential = credential.clone();
        let resource = resource.to_owned();
        asked.spawn(async move {
            let start = Instant::now();
            let answer = match credential {
                Ok(credential) => credential.token(&resource).await.map_err(text),
                Err(error) => Err(error),
            };
            let answer = match answer {
                Ok((token, expires_on)) => Answer::Token { token, expires_on },
                Err(error) => Answer::Error { error },
            };
            Outcome { answer, seconds: start.elapsed().as_secs_f64() }
        });
    }
    asked.join_all().await
}

/// The message with its causes, as error reporters print them, but none that is already in what stands before it.
#[expect(clippy::needless_pass_by_value, reason = "what map_err gives")]
fn text(failure: Failure) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}
