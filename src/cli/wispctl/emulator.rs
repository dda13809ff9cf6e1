//! `wispctl emulator`: a local Entra for tests, until a signal ends it, or a program for which it is there.

mod program;

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;
use clap::{ArgMatches, Command, value_parser};

use self::program::Program;
use super::signals::End;
use crate::{
    cli::{
        args::{option, switch},
        command::{CliCommand, CliError, help_end},
        exit::Exit,
    },
    clock::System,
    emulator::{Config, DEFAULT_CONFIG, Emulator, Entry, KeySupply, Options, StartError},
    settings::Env,
};

const NAME: &str = "emulator";

pub(super) const COMMAND: CliCommand = CliCommand { name: NAME, arguments, run };

/// Loopback, any free port: two emulators never get into each other's way.
const LISTEN: &str = "127.0.0.1:0";

/// The file in the state folder that a shell reads. It is written last: once it is there, the emulator answers.
const ENV_FILE: &str = "env";

const MORE: &str = "\
With a program, standard output is the program's alone, and so is the exit code (128 and the number of the signal, if one
ended it). `wispctl emulator -- bash` is a shell to try things in: leaving it ends the emulator, and nothing is left behind.";

const EXAMPLES: &[&str] = &[
    "wispctl emulator",
    "wispctl emulator -- pytest tests/",
    "wispctl emulator --print-config > entra.toml",
    "wispctl emulator --config entra.toml --listen 127.0.0.1:8443 --state-dir /tmp/entra",
];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Run a local Microsoft Entra, with OIDC issuer and projected token, for tests")
        .arg(
            option("config", "FILE", "Configuration in TOML [default: built in]")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option("listen", "ADDRESS:PORT", "Where to listen; port 0 picks a free one")
                .default_value(LISTEN)
                .value_parser(value_parser!(SocketAddr)),
        )
        .arg(
            option("state-dir", "FOLDER", "Where to put CA and tokens [default: a temporary folder]")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(switch("print-config", "Print the built-in configuration and end"))
        .arg(program::argument())
        .after_help(help_end(MORE, EXAMPLES, &[(Exit::Failure, "it could not start")]))
}

fn run(matches: &ArgMatches, _: Env) -> Result<ExitCode, CliError> {
    if matches.get_flag("print-config") {
        return print(io::stdout(), DEFAULT_CONFIG).map(|()| ExitCode::SUCCESS);
    }
    let program = Program::of(matches);
    let config = match matches.get_one::<PathBuf>("config") {
        Some(path) => Config::load(path).map_err(|error| CliError::Usage(error.to_string()))?,
        None => Config::default(),
    };
    let options = Options {
        listen: matches
            .get_one("listen")
            .copied()
            .unwrap_or_else(|| Options::default().listen),
        state: matches.get_one("state-dir").cloned(),
        keys: KeySupply::fresh(),
        rotate_tokens: true,
        on_request: Some(Arc::new(|entry| {
            let _ = writeln!(io::stderr(), "{}", request_line(entry));
        })),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(serve(config, options, program));
    // Nothing that still runs is worth waiting for.
    runtime.shutdown_background();
    outcome
}

async fn serve(config: Config, options: Options, program: Option<Program>) -> Result<ExitCode, CliError> {
    let mut end = End::new()?;
    let start = async {
        // A file of an earlier run would tell waiting scripts that this one answers already.
        if let Some(state) = &options.state {
            remove_if_there(&state.join(ENV_FILE))?;
        }
        let emulator = Emulator::start_with(config, options, Arc::new(System))
            .await
            .map_err(|error| match error {
                StartError::Config(_) | StartError::Fault(_) => CliError::Usage(error.to_string()),
                other => CliError::Failed(other.into()),
            })?;
        match &program {
            Some(program) => print(io::stderr(), &banner(&emulator, Some(&program.name())))?,
            None => print(io::stdout(), &banner(&emulator, None))?,
        }
        emulator
            .write_state(ENV_FILE, &environment(&emulator))
            .map_err(|error| CliError::Failed(error.into()))?;
        Ok::<_, CliError>(emulator)
    };
    let emulator = tokio::select! {
        started = start => started?,
        _ = end.asked_for() => return Ok(ExitCode::SUCCESS),
    };
    let outcome = if let Some(program) = program {
        program.run(emulator.environment(), &mut end).await
    } else {
        end.asked_for().await;
        Ok(ExitCode::SUCCESS)
    };
    remove_if_there(&emulator.state_path().join(ENV_FILE))?;
    outcome
}

fn remove_if_there(path: &Path) -> Result<(), CliError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CliError::Failed(
            anyhow::Error::new(error).context(format!("cannot remove {}", path.display())),
        )),
        _ => Ok(()),
    }
}

fn print(mut out: impl Write, text: &str) -> Result<(), CliError> {
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written
        .context("cannot write to standard output or standard error")
        .map_err(CliError::Failed)
}

/// What to know about a running emulator, for a person; `program` is the one that it is there for.
fn banner(emulator: &Emulator, program: Option<&str>) -> String {
    let mut lines = vec![
        ("authority", emulator.authority().to_owned()),
        ("CA", emulator.ca_path().display().to_string()),
    ];
    for issuer in emulator.issuers() {
        lines.push(("issuer", issuer.url().to_owned()));
    }
    for projection in emulator.projections() {
        let path = projection.token_path();
        lines.push(("token", format!("{} ({})", path.display(), projection.config().subject())));
    }
    for tenant in emulator.tenants() {
        lines.push(("tenant", tenant.id.clone()));
        for identity in &tenant.identities {
            lines.push(("identity", format!("{} ({})", identity.client_id, identity.name)));
        }
    }
    lines.push(("control", format!("{}/_emulator/", emulator.authority())));
    let ending =
        program.map_or_else(|| "Ctrl-C ends it".into(), |program| format!("It ends with `{program}`"));
    let mut text = format!("The Entra emulator is running. {ending}.\n\n");
    for (what, value) in lines {
        let _ = writeln!(text, "  {what:<10} {value}");
    }
    let env = emulator.state_path().join(ENV_FILE);
    let header = program.map_or_else(|| "Clients need".into(), |program| format!("`{program}` has"));
    let _ = write!(text, "\n{header} this environment, which is also in {}:\n\n", env.display());
    text + &environment(emulator)
}

/// The environment of clients, as a shell reads it.
fn environment(emulator: &Emulator) -> String {
    let mut text = String::new();
    for (name, value) in emulator.environment() {
        let _ = writeln!(text, "export {name}='{}'", value.replace('\'', r"'\''"));
    }
    text
}

/// One request, for a person.
fn request_line(entry: &Entry) -> String {
    let mut line = format!("{} {} {} {}", entry.method, entry.path, entry.status, entry.outcome);
    let more = [("client", &entry.client_id), ("scope", &entry.scope), ("id", &entry.client_request_id)];
    for (name, value) in more {
        if let Some(value) = value {
            let _ = write!(line, " {name}={value}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Entry, banner, request_line};
    use crate::{
        clock::System,
        emulator::{Config, Emulator},
    };
    use std::sync::Arc;

    #[tokio::test]
    async fn the_banner_says_what_to_export() {
        let emulator = Emulator::start(Config::default(), Arc::new(System))
            .await
            .unwrap();
        let text = |program| {
            banner(&emulator, program)
                .replace(emulator.authority(), "https://localhost:PORT")
                .replace(emulator.state_path().to_str().unwrap(), "STATE")
        };
        let for_a_program = text(Some("pytest"));
        let sentences = for_a_program
            .lines()
            .filter(|line| line.ends_with(['.', ':']));
        insta::assert_snapshot!(sentences.collect::<Vec<_>>().join("\n"), @r"
The Entra emulator is running. It ends with `pytest`.
`pytest` has this environment, which is also in STATE/env:
");
        let text = text(None);
        insta::assert_snapshot!(text, @r"
The Entra emulator is running. Ctrl-C ends it.

  authority  https://localhost:PORT
  CA         STATE/ca.pem
  issuer     https://localhost:PORT/issuer/cluster/
  token      STATE/projections/app/token (system:serviceaccount:default:app)
  tenant     11111111-aaaa-4aaa-8aaa-111111111111
  identity   22222222-bbbb-4bbb-8bbb-222222222222 (app-identity)
  control    https://localhost:PORT/_emulator/

Clients need this environment, which is also in STATE/env:

export AZURE_AUTHORITY_HOST='https://localhost:PORT/'
export AZURE_TENANT_ID='11111111-aaaa-4aaa-8aaa-111111111111'
export AZURE_CLIENT_ID='22222222-bbbb-4bbb-8bbb-222222222222'
export AZURE_FEDERATED_TOKEN_FILE='STATE/projections/app/token'
export SSL_CERT_FILE='STATE/ca.pem'
export REQUESTS_CA_BUNDLE='STATE/ca.pem'
export NODE_EXTRA_CA_CERTS='STATE/ca.pem'
");
    }

    #[test]
    fn a_request_is_one_line() {
        let mut entry = Entry {
            method: "POST".into(),
            path: "/t/oauth2/v2.0/token".into(),
            outcome: "AADSTS700016".into(),
            status: 400,
            client_id: Some("c".into()),
            ..Entry::default()
        };
        insta::assert_snapshot!(request_line(&entry), @"POST /t/oauth2/v2.0/token 400 AADSTS700016 client=c");
        entry.scope = Some("s".into());
        entry.client_request_id = Some("i".into());
        insta::assert_snapshot!(request_line(&entry), @"POST /t/oauth2/v2.0/token 400 AADSTS700016 client=c scope=s id=i");
    }
}
