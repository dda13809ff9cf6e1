//! `wisp probe`: an exec probe for an image that has no shell and no curl.
//!
//! - `ask`: one question over HTTP: at a socket of its own, which nobody outside the container can fill, and at the admin
//!   listener where that socket does not answer
//! - `own_socket`: that socket
//! - `patience`: the question again, while the answer is no
//! - `token`: `wisp probe token`, which tries a token

mod ask;
#[cfg(target_os = "linux")]
mod own_socket;
mod patience;
mod token;

use std::{net::SocketAddr, time::Duration};

use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser, value_parser};
use tokio::time::Instant;

use self::{ask::ask, patience::patiently, token::TryToken};
use super::{
    args::{self, option},
    command::{CliCommand, CliError, help_end},
    exit::{Exit, Outcome},
    serve::read_file,
};
use crate::settings::{Env, Flags, Sources, keys::CONFIG};

const NAME: &str = "probe";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| {
        let outcome = match ProbeCheck::of(matches)? {
            ProbeCheck::Status(probe) => run(probe, env),
            ProbeCheck::Token(arguments) => token::run(arguments, env),
        };
        Ok(outcome.report())
    },
};

/// The checks of wisp itself, and the paths of the admin listener that answer them. A process that answers has started.
const STATUS_CHECKS: [(&str, &str); 3] = [("started", "/livez"), ("ready", "/readyz"), ("live", "/livez")];

/// The check that gets a token.
const TOKEN: &str = "token";

/// The longest time to wait.
const MAX_WAIT: Duration = Duration::from_secs(3600);

const EXAMPLES: &[&str] = &[
    "wisp probe started --wait 1m",
    "wisp probe ready",
    "wisp probe token --resource https://vault.azure.net",
];

fn arguments() -> Command {
    let names = STATUS_CHECKS.iter().map(|(word, _)| *word).chain([TOKEN]);
    Command::new(NAME)
        .about("Ask a running wisp how it is, or for a token")
        .arg(
            Arg::new("question")
                .value_name("QUESTION")
                .required(true)
                .value_parser(PossibleValuesParser::new(names))
                .help("What to ask: has it started, is it ready, is it alive; or for a token, which is not shown"),
        )
        .arg(
            option(
                "resource",
                "RESOURCE",
                "What the token is for [default: the first of WISP_PREFETCH, of WISP_RESOURCES, or Azure Resource Manager]",
            )
            .value_parser(args::resource),
        )
        .arg(
            option("admin", "ADDR", "Address of the admin listener [default: where the settings say]")
                .value_parser(value_parser!(SocketAddr)),
        )
        .arg(args::duration("wait", MAX_WAIT, "How long to ask again while the answer is no [default: 0s]"))
        .arg(args::setting(&CONFIG))
        .after_help(help_end("", EXAMPLES, &[(Exit::Failure, "the answer is no, or there is none")]))
}

/// What is asked.
enum ProbeCheck {
    /// How wisp is.
    Status(Probe),
    /// `token`
    Token(TryToken),
}

/// The arguments of `wisp probe`.
struct Probe {
    /// The path to ask for.
    path: &'static str,
    /// Where to ask; none means where the settings say.
    admin: Option<SocketAddr>,
    /// How long to ask again while the answer is no.
    wait: Duration,
    /// The settings among the arguments.
    flags: Flags,
}

impl ProbeCheck {
    fn of(matches: &ArgMatches) -> Result<Self, CliError> {
        let word = matches.get_one::<String>("question").map(String::as_str);
        let path = STATUS_CHECKS
            .into_iter()
            .find(|(name, _)| Some(*name) == word);
        let flags = args::settings(matches);
        let Some((_, path)) = path else {
            if ["admin", "wait"]
                .iter()
                .any(|name| matches.contains_id(name))
            {
                return Err(CliError::Usage("`wisp probe token` takes neither --admin nor --wait".into()));
            }
            return Ok(Self::Token(TryToken { resource: matches.get_one("resource").cloned(), flags }));
        };
        Ok(Self::Status(Probe {
            path,
            admin: matches.get_one("admin").copied(),
            wait: matches.get_one("wait").copied().unwrap_or_default(),
            flags,
        }))
    }
}

/// Asks whether wisp is ready, until it is or `wait` is over.
pub(super) fn ready(wait: Duration, env: Env) -> Outcome {
    run(Probe { path: "/readyz", admin: None, wait, flags: Vec::new() }, env)
}

/// Runs the command.
fn run(arguments: Probe, env: Env) -> Outcome {
    let Probe { path, admin, wait, flags } = arguments;
    let address = match admin {
        Some(address) => address,
        None => match Sources::new(flags, env, Box::new(read_file)).admin_listen() {
            Ok(Some(address)) => address,
            Ok(None) => {
                let reason = "nothing answers probes: `admin_listen` is `off` (WISP_ADMIN_LISTEN)";
                return Outcome::errors(Exit::Failure, [reason]);
            }
            Err(errors) => return Outcome::errors(Exit::Usage, errors.0),
        },
    };
    #[expect(clippy::disallowed_methods, reason = "this process has nothing else to do meanwhile")]
    let rest = std::thread::sleep;
    match patiently(wait, |deadline| ask(address, path, deadline), rest, Instant::now) {
        Ok(()) => Outcome::success(""),
        Err(reason) => Outcome::errors(Exit::Failure, [reason]),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::{SocketAddr, TcpListener},
        thread,
        time::Duration,
    };

    use tokio::time::Instant;

    use super::{Probe, run};
    use crate::{
        cli::exit::Exit,
        settings::{Env, keys},
    };

    /// Answers one connection with `answer`.
    fn admin(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:"));
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    fn probe(admin: SocketAddr) -> Probe {
        Probe { path: "/readyz", admin: Some(admin), wait: Duration::ZERO, flags: Vec::new() }
    }

    #[test]
    fn ready_is_success() {
        let address = admin("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        assert_eq!(run(probe(address), Env::default()).exit, Exit::Success);
    }

    #[test]
    fn not_ready_is_failure_and_says_why() {
        let address = admin("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"pending\":[\"prefetch\"]}\n");
        let outcome = run(probe(address), Env::default());
        assert_eq!(outcome.exit, Exit::Failure);
        let shown = outcome.messages.replace(&address.to_string(), "ADDR");
        insta::assert_snapshot!(shown, @r#"error: http://ADDR answers /readyz with 503 Service Unavailable {"pending":["prefetch"]}"#);
    }

    #[test]
    fn nonsense_is_failure() {
        let outcome = run(probe(admin("SSH-2.0-x\r\n")), Env::default());
        assert_eq!(outcome.exit, Exit::Failure);
        assert!(outcome.messages.contains("not HTTP"), "{}", outcome.messages);
    }

    #[test]
    fn silence_is_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let outcome = run(probe(address), Env::default());
        assert_eq!(outcome.exit, Exit::Failure);
        assert!(outcome.messages.contains("does not answer"), "{}", outcome.messages);
    }

    #[test]
    fn it_says_why_before_it_is_killed() {
        const KILLED: Duration = Duration::from_secs(1);
        const PAUSE: Duration = Duration::from_millis(100);
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let trickling = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = [&silent, &trickling].map(|listener| listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = trickling.accept().unwrap();
            stream.set_read_timeout(Some(PAUSE)).unwrap();
            // Each read but the first waits for the pause, because nothing more is sent.
            while stream.write_all(b"H").is_ok() {
                let _ = stream.read(&mut [0; 512]);
            }
        });
        for address in addresses {
            let started = Instant::now();
            let outcome = run(probe(address), Env::default());
            let took = started.elapsed();
            assert!(outcome.exit == Exit::Failure && took < KILLED, "{outcome:?} after {took:?}");
            assert_eq!(
                outcome.messages,
                format!(
                    "error: http://{address}/readyz: no answer within 0.9 s; there is no socket for probes\n"
                )
            );
        }
    }

    #[test]
    fn the_settings_say_where_to_ask() {
        let address = admin("HTTP/1.1 200 OK\r\n\r\n");
        let env = Env::from_iter([("WISP_ADMIN_LISTEN", format!("0.0.0.0:{}", address.port()))]);
        let unset = || Probe { path: "/readyz", admin: None, wait: Duration::ZERO, flags: Vec::new() };
        assert_eq!(run(unset(), env).exit, Exit::Success);
        let env = Env::from_iter([("WISP_ADMIN_LISTEN", "off")]);
        insta::assert_snapshot!(run(unset(), env).messages, @"error: nothing answers probes: `admin_listen` is `off` (WISP_ADMIN_LISTEN)");
        let env = Env::from_iter([(keys::ADMIN_LISTEN.variable(), "here")]);
        insta::assert_snapshot!(run(unset(), env).messages, @"error: `admin_listen` cannot be `here` (from environment WISP_ADMIN_LISTEN): expected one address with port, such as [::]:4255, or `off`");
    }
}
