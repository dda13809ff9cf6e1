//! What runs in a Job of a verification: it asks for tokens as the pod that it is, and prints whose they are.

use std::{fmt::Write as _, io, net::SocketAddr, path::PathBuf, time::Duration};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use zeroize::Zeroizing;

use super::{
    asked::{Asked, AskedToken, PresentedToken, TokenClaims},
    patience::Patience,
    world::{Outside, Time},
};
use crate::{
    assertion::TokenFile,
    exchange::Key,
    names::{Authority, ClientId, IMDS_ADDRESS, Resource, TenantId},
    token::Secret,
};

/// How long the old way may take: NMI itself waits for an identity that is being assigned.
const OLD_TIMEOUT: Duration = Duration::from_secs(100);

/// The most bytes of an answer that are read.
const MAX_ANSWER: u64 = 64 * 1024;

/// The longest message of the old way that is repeated, in bytes.
const LONGEST: usize = 300;

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Needs {
    /// The identities, each with its tenant.
    pub identities: Vec<(ClientId, TenantId)>,
    /// What the tokens are for.
    pub resource: Resource,
}

/// Asks Entra with the token in `file`, and waits as long as `timeout` for what may still spread.
pub(crate) async fn new_way(
    outside: &impl Outside,
    time: &impl Time,
    needs: &Needs,
    (file, authority, timeout): (PathBuf, Authority, Duration),
) -> Asked {
    let file = TokenFile::new(file);
    let presented = file
        .read()
        .ok()
        .and_then(|assertion| PresentedToken::of(&assertion.secret).ok());
    let mut patience = Patience::new(timeout);
    let mut tokens = Vec::new();
    for (client_id, tenant) in &needs.identities {
        let key = Key {
            authority: authority.clone(),
            via_token_proxy: false,
            tenant: tenant.clone(),
            client_id: client_id.clone(),
            resource: needs.resource.clone(),
        };
        let (answer, waited) = patience
            .until(time, async || outside.exchange(&key, &file.read()?).await)
            .await;
        let answer = answer.as_ref().map(|token| &token.secret);
        tokens.push(AskedToken::new(client_id.as_str(), answer, waited));
    }
    Asked { presented, at: time.wall().secs(), tokens }
}

/// Where pod-managed identity answers in a pod.
pub(crate) const OLD_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(IMDS_ADDRESS), 80);

/// Asks the metadata service at `address`, which pod-managed identity answers for pods with its label.
pub(crate) async fn old_way(time: &impl Time, needs: &Needs, address: SocketAddr) -> Asked {
    let mut tokens = Vec::new();
    for (client_id, _) in &needs.identities {
        let answer = match tokio::time::timeout(OLD_TIMEOUT, ask(address, client_id, &needs.resource)).await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(format!("{address} did not answer within {} s", OLD_TIMEOUT.as_secs())),
        };
        tokens.push(AskedToken {
            client_id: client_id.as_str().to_owned(),
            claims: answer.as_ref().ok().map(TokenClaims::of),
            error: None,
            description: answer.err(),
            waited_seconds: 0,
        });
    }
    Asked { presented: None, at: time.wall().secs(), tokens }
}

/// One request, as programs have made it for years.
async fn ask(address: SocketAddr, client_id: &ClientId, resource: &Resource) -> Result<Secret, String> {
    let resource = resource.as_str();
    let resource = resource.strip_suffix("/.default").unwrap_or(resource);
    let resource = utf8_percent_encode(resource, NON_ALPHANUMERIC);
    let mut request = String::new();
    let _ = write!(
        request,
        "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}&client_id={client_id} HTTP/1.1\r\n\
         Host: {IMDS_ADDRESS}\r\nMetadata: true\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    );
    let failed = |error: io::Error| format!("{address} does not answer: {error}");
    let mut stream = TcpStream::connect(address).await.map_err(failed)?;
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    // With room for all of it: growing would leave a copy of a token behind.
    let mut answer = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_ANSWER).unwrap_or_default()));
    stream
        .take(MAX_ANSWER)
        .read_to_end(&mut answer)
        .await
        .map_err(failed)?;
    read(&String::from_utf8_lossy(&answer))
}

/// The token in an answer. The error is what stands there in its place.
fn read(answer: &str) -> Result<Secret, String> {
    if answer.is_empty() {
        return Err("the old way closes the connection without an answer".to_owned());
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.split(' ').nth(1).unwrap_or("nothing");
    // A body in chunks is one chunk here, and what stands around an object is no part of it.
    let object = body
        .find('{')
        .zip(body.rfind('}'))
        .and_then(|(from, to)| body.get(from..=to));
    let mut object: Value = object
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    if let (true, Some(Value::String(token))) =
        (status == "200", object.get_mut("access_token").map(Value::take))
    {
        return Ok(Secret::new(token));
    }
    let message = ["error_description", "error"]
        .iter()
        .find_map(|key| object.get(*key)?.as_str());
    let message = message.unwrap_or(if status == "200" { "there is no token in it" } else { body });
    let message = message
        .get(..message.floor_char_boundary(LONGEST))
        .unwrap_or_default()
        .trim();
    Err(format!("the old way answers with status {status}: {}", message.escape_debug()))
}
