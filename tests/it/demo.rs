//! `wispctl demo` as a program: what it tells, what can be tried, and that nothing stays behind.

use std::{
    fs,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::kit::{
    process::{Process, Stream},
    programs::WISPCTL,
    run::{Ran, run},
};

/// A demo whose temporary files go to `temporary`.
fn demo(temporary: &TempDir) -> Command {
    let mut command = Command::new(WISPCTL);
    command
        .arg("demo")
        .env("TMPDIR", temporary.path())
        .env_remove("SSL_CERT_FILE");
    command
}

fn is_empty(folder: &TempDir) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// What the demo prints, with what differs from run to run replaced.
fn filtered(output: &str) -> String {
    let mut words = String::new();
    for line in output.split_inclusive('\n') {
        let mut line = line.to_owned();
        for (start, fits, name) in PATTERNS {
            line = replaced(&line, start, fits, name);
        }
        let line = line
            .split(' ')
            .map(|word| if is_random_guid(word) { "GUID" } else { word });
        words.push_str(line.collect::<Vec<_>>().join(" ").trim_end());
        words.push('\n');
    }
    words
}

/// The identifiers of the demo's own configuration start with one digit eight times.
fn is_random_guid(word: &str) -> bool {
    let word = word.trim_end();
    wisp::names::is_guid(word) && !word.starts_with(&word[..1].repeat(8))
}

/// After this text, as long as these characters follow, and at least one of them: put that instead.
type Pattern = (&'static str, fn(char) -> bool, &'static str);

const PATTERNS: [Pattern; 14] = [
    ("https://localhost:", |c| c.is_ascii_digit(), "PORT"),
    ("127.0.0.1:", |c| c.is_ascii_digit(), "PORT"),
    ("wisp-emulator-", |c| c.is_ascii_hexdigit(), "RANDOM"),
    ("eyJ", |c| c.is_ascii_alphanumeric(), "…"),
    ("(", |c| c.is_ascii_digit(), "N"),
    ("ext_expires_in     ", |c| c.is_ascii_digit(), "N"),
    ("expires_in         ", |c| c.is_ascii_digit(), "N"),
    ("expires_on         ", |c| c.is_ascii_digit(), "N"),
    ("not_before         ", |c| c.is_ascii_digit(), "N"),
    ("\"kid\":\"", |c| c != '"', "KEY"),
    ("after ", |c| c.is_ascii_digit() || c == '.', "N"),
    ("took               ", |c| c.is_ascii_digit() || c == '.', "N"),
    ("first time ", |c| c.is_ascii_digit() || c == '.', "N"),
    ("ends in            ", |c| c.is_ascii_digit(), "N"),
];

fn replaced(line: &str, start: &str, fits: fn(char) -> bool, name: &str) -> String {
    let Some((before, after)) = line.split_once(start) else { return line.into() };
    let rest = after.trim_start_matches(fits);
    let name = if rest.len() == after.len() { "" } else { name };
    format!("{before}{start}{name}{}", replaced(rest, start, fits, name))
}

#[test]
fn the_tour_tells_every_hop() {
    let temporary = TempDir::new().unwrap();
    let Ran { code, output, messages } = run(demo(&temporary).arg("--once"));
    assert_eq!(code, 0, "{messages}");
    assert!(is_empty(&temporary), "files were left behind");
    assert_eq!(messages, "");
    let shown = filtered(&output).replace(temporary.path().to_str().unwrap(), "TMP");
    insta::assert_snapshot!(shown, @r#"
An application that knows nothing but the managed-identity endpoint gets a token of Microsoft
Entra. All of it runs on this machine: Entra is an emulator, the token file is what a kubelet
would project.

    Entra              https://localhost:PORT
    wisp               http://127.0.0.1:PORT
    token file         TMP/wisp-emulator-RANDOM/projections/app/token

1  The application asks for a token

  app → wisp
    GET /metadata/identity/oauth2/token
        ?api-version=2018-02-01
        &resource=https://vault.azure.net HTTP/1.1
    Host: 127.0.0.1:PORT
    Metadata: true
    The same with curl:
    curl -sG -H 'Metadata: true' http://127.0.0.1:PORT/metadata/identity/oauth2/token \
        -d api-version=2018-02-01 \
        -d resource=https://vault.azure.net

  wisp reads the projected service-account token
    file               TMP/wisp-emulator-RANDOM/projections/app/token
    issuer             https://localhost:PORT/issuer/cluster/
    subject            system:serviceaccount:default:app
    audience           api://AzureADTokenExchange
    ends in            N min; the kubelet replaces the file in time

  wisp → Entra
    POST https://localhost:PORT
        /11111111-aaaa-4aaa-8aaa-111111111111/oauth2/v2.0/token
    client_id          22222222-bbbb-4bbb-8bbb-222222222222
    scope              https://vault.azure.net/.default
    assertion          the token from the file, in place of a secret

  Entra checks, and answers 200 with a token
    ✓ the tenant and the client id are known
    ✓ a federated credential of the identity has this issuer, subject and audience
    ✓ a key that the issuer publishes has signed the token, which is valid now
    ✓ the resource is installed in the tenant

  wisp → app, after N ms
    HTTP/1.1 200 OK
    access_token       eyJ…… (N characters)
    client_id          22222222-bbbb-4bbb-8bbb-222222222222
    expires_in         N
    expires_on         N
    ext_expires_in     N
    not_before         N
    resource           https://vault.azure.net
    token_type         Bearer
    What the access token says, signature left out:
    header             {"alg":"RS256","kid":"KEY","typ":"JWT"}
    iss                https://sts.windows.net/11111111-aaaa-4aaa-8aaa-111111111111/
    aud                https://vault.azure.net
    appid              22222222-bbbb-4bbb-8bbb-222222222222
    oid                33333333-cccc-4ccc-8ccc-333333333333
    tid                11111111-aaaa-4aaa-8aaa-111111111111

2  It asks again

  wisp → app
    200 OK with the same token, from the cache. Entra has still been asked only once.
    took               N ms; the first time N ms
    wisp replaces the token long before it ends, in the background; no request waits for that,
    and an outage of Entra takes no valid token away.

3  Something is set up wrongly
    The application asks as another identity, orders-identity. Its federated credential was made
    for another service account, the mistake that is made most often.

  app → wisp
    GET /metadata/identity/oauth2/token
        ?api-version=2018-02-01
        &resource=https://vault.azure.net
        &client_id=66666666-bbbb-4bbb-8bbb-666666666666 HTTP/1.1
    Host: 127.0.0.1:PORT
    Metadata: true
    The same with curl:
    curl -sG -H 'Metadata: true' http://127.0.0.1:PORT/metadata/identity/oauth2/token \
        -d api-version=2018-02-01 \
        -d resource=https://vault.azure.net \
        -d client_id=66666666-bbbb-4bbb-8bbb-666666666666

  wisp → Entra
    POST https://localhost:PORT
        /11111111-aaaa-4aaa-8aaa-111111111111/oauth2/v2.0/token
    client_id          66666666-bbbb-4bbb-8bbb-666666666666
    scope              https://vault.azure.net/.default
    assertion          the token from the file, in place of a secret

  Entra checks, and answers 401 with AADSTS700213
    ✓ the tenant and the client id are known
    ✓ the federated credential has this issuer and this audience
    ✗ but it has the subject system:serviceaccount:orders:api

  wisp → app, after N ms
    HTTP/1.1 400 Bad Request
    error              invalid_client
    error_description  AADSTS700213: No matching federated identity record found for presented
                       assertion subject 'system:serviceaccount:default:app'. Fix: set the
                       credential's subject to system:serviceaccount:NAMESPACE:NAME of this
                       pod's service account, as presented. Presented issuer
                       'https://localhost:PORT/issuer/cluster/', subject
                       'system:serviceaccount:default:app', audience
                       'api://AzureADTokenExchange'. Trace ID:
                       GUID Correlation ID:
                       GUID
    Fix: set the credential's subject to system:serviceaccount:NAMESPACE:NAME of this pod's
    service account, as presented.
    Here, with the Azure CLI:
    az identity federated-credential update --resource-group RESOURCE_GROUP \
        --identity-name orders-identity --name cluster-orders-api \
        --issuer https://localhost:PORT/issuer/cluster/ \
        --subject system:serviceaccount:default:app \
        --audiences api://AzureADTokenExchange
    The status is 400 and there is no Retry-After: SDKs show the text at once instead of
    retrying for minutes. (A new credential takes a while to spread, so wisp answers 503 in its
    first two minutes. Here this is switched off.)

  It asks again
    400 once more, from memory: a client that retries in a loop does not reach Entra.
    took               N ms
"#);
}

#[test]
fn without_a_terminal_it_ends_after_the_tour() {
    let temporary = TempDir::new().unwrap();
    let Ran { code, output: shown, .. } = run(demo(&temporary).stdin(Stdio::null()));
    assert_eq!(code, 0);
    assert!(shown.contains("\n3  Something is set up wrongly\n") && !shown.contains("Now you"), "{shown}");
    assert!(is_empty(&temporary), "files were left behind");
}

/// `script` of util-linux gives it a terminal, on which ^C is typed. It runs commands by a shell, and one that stays would take
/// the signal too.
#[test]
fn on_a_terminal_it_stays_until_ctrl_c() {
    let temporary = TempDir::new().unwrap();
    let process = Process::start(
        Command::new("script")
            .args(["--quiet", "--return", "--command"])
            .args([format!("exec {WISPCTL} demo"), "/dev/null".into()])
            .env("TMPDIR", temporary.path())
            .env_remove("SSL_CERT_FILE")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped()),
    );
    process.line("Ctrl-C ends").unwrap();
    process.feed(b"\x03");
    assert_eq!(code(&process), Some(0));
    assert!(is_empty(&temporary), "files were left behind");
}

/// A demo that has told all it has to tell, and runs on.
fn playing(temporary: &TempDir) -> Process {
    let process = Process::start(demo(temporary).arg("--stay"));
    process.line("Ctrl-C ends").unwrap();
    process
}

/// The exit code at its end.
fn code(process: &Process) -> Option<i32> {
    process.ended().unwrap().0.code()
}

/// The commands among the lines of `printed`, those of several lines put together.
fn commands(printed: &str) -> Vec<String> {
    let joined = printed.replace("\\\n", "");
    let curl = |line: &&str| line.starts_with("curl ");
    joined
        .lines()
        .map(str::trim)
        .filter(curl)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_it_shows_works() {
    let temporary = TempDir::new().unwrap();
    let process = playing(&temporary);
    let printed = process.text(Stream::Stdout);
    let (toured, playground) = printed.split_once("\nNow you\n").unwrap();
    let answer = |command: &str| {
        let ran = run(Command::new("sh").args(["-c", command]));
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
        ran.output
    };
    let answers = |printed| {
        commands(printed)
            .iter()
            .map(|c| answer(c))
            .collect::<Vec<_>>()
    };

    let toured = answers(toured);
    assert_eq!(toured.len(), 2);
    assert!(
        toured[0].starts_with(r#"{"access_token":""#) && toured[1].contains("AADSTS700213"),
        "{toured:?}"
    );

    let played = answers(playground);
    let expected = [
        r#"{"access_token":""#,
        r#""error":"invalid_resource""#,
        "Required metadata header not specified",
        r#""retry_after_seconds":5"#,
        "HTTP/1.1 429 Too Many Requests\r\n",
        r#""outcome":"throttle""#,
        "wisp_requests_total{",
        r#""ready":true"#,
    ];
    assert_eq!(played.len(), expected.len(), "{playground}");
    for (answer, expected) in played.iter().zip(expected) {
        assert!(answer.contains(expected), "{expected}: {answer}");
    }
    process.signal("INT");
    assert_eq!(code(&process), Some(0));
}

#[test]
fn a_signal_ends_it_and_nothing_stays_behind() {
    for signal in ["INT", "TERM", "HUP"] {
        let temporary = TempDir::new().unwrap();
        let process = playing(&temporary);
        assert!(!is_empty(&temporary));
        process.signal(signal);
        assert_eq!(code(&process), Some(0), "{signal}");
        assert!(is_empty(&temporary), "{signal}: files were left behind");
    }
}

#[test]
fn what_cannot_start_is_1() {
    let Ran { code, messages, .. } = run(demo(&TempDir::new().unwrap()).env("TMPDIR", "/nonexistent"));
    assert_eq!(code, 1);
    assert!(
        messages.starts_with("error: the emulated Entra does not start: /nonexistent/wisp-emulator-"),
        "{messages}"
    );
}

#[test]
fn a_reader_that_goes_away_ends_it_and_nothing_stays_behind() {
    let temporary = TempDir::new().unwrap();
    let mut child = demo(&temporary)
        .arg("--stay")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(code(&Process::of(child)), Some(1));
    assert!(is_empty(&temporary), "files were left behind");
}
