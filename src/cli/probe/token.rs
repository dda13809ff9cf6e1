//! `wisp probe token`: tries a token where there is no shell, as the application would, and never shows it.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use crate::{
    cli::{
        exit::{Exit, Outcome},
        serve::read_file,
    },
    failure::one_line,
    names::Resource,
    settings::{Env, Flags, Sources, show_duration},
};

/// What an answer may take beyond the time that wisp waits for Entra.
const MARGIN: Duration = Duration::from_secs(2);

/// The longest answer read, in bytes.
const MAX_ANSWER: u64 = 512 * 1024;

/// The arguments of `wisp probe token`.
pub(super) struct TryToken {
    /// What the token is for; none means what `WISP_VERIFY` would take.
    pub(super) resource: Option<Resource>,
    /// The settings among the arguments.
    pub(super) flags: Flags,
}

/// Runs the command.
pub(super) fn run(arguments: TryToken, env: Env) -> Outcome {
    let settings = match Sources::new(arguments.flags, env, Box::new(read_file)).load() {
        Ok(settings) => settings,
        Err(errors) => return Outcome::errors(Exit::Usage, errors.0),
    };
    let Some(resource) = arguments.resource.or_else(|| settings.verified_resource()) else {
        let reason = "a resource is missing: name one with --resource, such as https://vault.azure.net";
        return Outcome::errors(Exit::Usage, [reason]);
    };
    let Some(address) = settings.listen.first().copied() else {
        return Outcome::errors(Exit::Failure, ["nothing serves tokens: `listen` is empty"]);
    };
    match ask(address, &resource, settings.broker.request_budget + MARGIN) {
        Ok(answer) => shown(address, &resource, &answer),
        Err(error) => Outcome::errors(Exit::Failure, [format!("http://{address} does not answer: {error}")]),
    }
}

fn ask(address: SocketAddr, resource: &Resource, limit: Duration) -> io::Result<String> {
    let resource: String = url::form_urlencoded::byte_serialize(resource.as_str().as_bytes()).collect();
    let mut stream = TcpStream::connect_timeout(&address, MARGIN)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    let request = format!(
        "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource} HTTP/1.1\r\n\
         Host: {address}\r\nMetadata: true\r\nUser-Agent: wisp-probe\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// What came, without the token.
fn shown(address: SocketAddr, resource: &Resource, answer: &str) -> Outcome {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.lines().next());
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let (Some("200 OK"), Some(_)) = (status, text("access_token")) {
        let lasts = text("expires_in")
            .and_then(|seconds| seconds.parse().ok())
            .map(Duration::from_secs);
        return Outcome::success(format!(
            "a token for {resource} was handed out by http://{address}\nidentity: {}\nexpires in: {}\n",
            text("client_id").unwrap_or("not given"),
            lasts.map_or_else(|| "not given".to_owned(), show_duration),
        ));
    }
    let status = status.unwrap_or("something that is not HTTP");
    let why = text("error_description").unwrap_or("no explanation came with it");
    Outcome::errors(Exit::Failure, [format!("http://{address} answers {status}: {}", one_line(why))])
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_came_is_shown_without_the_token() {
        let message = |answer: &str| {
            let outcome =
                shown("127.0.0.1:4254".parse().unwrap(), &"https://vault.azure.net".parse().unwrap(), answer);
            format!("{:?}\n{}{}", outcome.exit, outcome.output, outcome.messages)
        };
        let body = r#"{"access_token":"eyJ.hunter2.x","client_id":"aaaaaaaa-1111-2222-3333-444444444444","expires_in":"3599"}"#;
        insta::assert_snapshot!(message(&format!("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{body}")), @"
Success
a token for https://vault.azure.net was handed out by http://127.0.0.1:4254
identity: aaaaaaaa-1111-2222-3333-444444444444
expires in: 59m59s
");
        let refused =
            r#"{"error":"invalid_client","error_description":"AADSTS700213: No. Fix: set the subject."}"#;
        insta::assert_snapshot!(message(&format!("HTTP/1.1 400 Bad Request\r\n\r\n{refused}")), @"
Failure
error: http://127.0.0.1:4254 answers 400 Bad Request: AADSTS700213: No. Fix: set the subject.
");
        insta::assert_snapshot!(message("SSH-2.0-x"), @"
Failure
error: http://127.0.0.1:4254 answers something that is not HTTP: no explanation came with it
");
        assert!(!message(&format!("HTTP/1.1 500 X\r\n\r\n{body}")).contains("hunter2"));
    }
}
