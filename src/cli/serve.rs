//! `wisp serve`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use clap::{ArgMatches, Command};

use super::{
    args,
    command::{CliCommand, help_end},
    exit::{Exit, Outcome},
};
use crate::{
    assertion::TokenFile,
    clock::System,
    serve::{self, Prepared},
    settings::{
        self, Env, Flags, Settings, Sources,
        keys::{self, CONFIG, KEYS, Key},
    },
};

pub(super) const NAME: &str = "serve";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| Ok(run(Serve::of(matches), env, serve::run).report()),
};

/// The flags that are no settings.
const PRINT_CONFIG: &str = "print-config";
const CHECK: &str = "check";

/// The largest settings file, in bytes.
const MAX_FILE: u64 = 1 << 20;

const EXAMPLES: &[&str] = &[
    "wisp serve --check",
    "wisp serve --print-config --config wisp.toml",
    "AZURE_CLIENT_ID=GUID AZURE_TENANT_ID=GUID wisp serve --resources https://vault.azure.net --log debug",
];

fn arguments() -> Command {
    let switch = |name, help| args::switch(name, help).display_order(0);
    Command::new(NAME)
        .about("Answer token requests of the application beside it")
        .arg(args::setting(&CONFIG).display_order(0))
        .arg(switch(PRINT_CONFIG, "Print every effective setting and where it came from, then end"))
        .arg(switch(CHECK, "Validate the configuration, then end"))
        .args(
            KEYS.iter()
                .map(|key| args::setting(key).help_heading(key.group.title())),
        )
        .after_help(help_end("", EXAMPLES, &[(Exit::Failure, "it could not start, or could not go on")]))
}

/// The arguments of `wisp serve`. No `Debug`: a flag may hold a password.
pub struct Serve {
    /// The settings among them.
    pub flags: Flags,
    /// `--print-config`
    pub print_config: bool,
    /// `--check`
    pub check: bool,
}

impl Serve {
    fn of(matches: &ArgMatches) -> Self {
        Self {
            flags: args::settings(matches),
            print_config: matches.get_flag(PRINT_CONFIG),
            check: matches.get_flag(CHECK),
        }
    }
}

/// Runs the command. `start` serves until the end of the process's work.
pub fn run(
    arguments: Serve,
    env: Env,
    start: impl FnOnce(&Sources, &Settings, Prepared) -> anyhow::Result<()>,
) -> Outcome {
    let Serve { flags, print_config, check } = arguments;
    let sources = Sources::new(flags, env, Box::new(read_file));
    let output = if print_config { settings::print(&sources.layers().0) } else { String::new() };
    let settings = match sources.load() {
        Ok(settings) => settings,
        Err(errors) => return Outcome { output, ..Outcome::errors(Exit::Usage, errors.0) },
    };
    if print_config && !check {
        return Outcome::success(output).with_warnings(&settings.warnings);
    }
    let prepared = match Prepared::read(&settings, System, System) {
        Ok(prepared) => prepared,
        Err(errors) => {
            let outcome = Outcome { output, ..Outcome::errors(Exit::Usage, errors.0) };
            return outcome.with_warnings(if check { warnings(&settings) } else { Vec::new() });
        }
    };
    if check {
        return Outcome::success(output + "configuration is valid\n").with_warnings(warnings(&settings));
    }
    match start(&sources, &settings, prepared) {
        Ok(()) => Outcome::success(""),
        Err(error) => Outcome::errors(Exit::Failure, [format!("{error:#}")]),
    }
}

/// Reads a settings file.
pub fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_string(&mut text)?;
    if u64::try_from(read).is_ok_and(|read| read > MAX_FILE) {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(text)
}

/// What is valid but will not work now. Files may still come: the kubelet mounts and replaces them.
fn warnings(settings: &Settings) -> Vec<String> {
    let token_file = TokenFile::new(settings.entra.token_file.clone())
        .read()
        .err()
        .map(|error| error.to_string());
    let unreadable = |(key, path): (&'static Key, Option<&Path>)| {
        let path = path?;
        let error = File::open(path).err()?;
        Some(format!("`{}` cannot be read now: {}: {error}", key.name, path.display()))
    };
    let warnings = settings.warnings.iter().cloned();
    warnings
        .chain(token_file)
        .chain(bundles(settings).into_iter().filter_map(unreadable))
        .collect()
}

/// The files of root certificates.
fn bundles(settings: &Settings) -> [(&'static Key, Option<&Path>); 3] {
    let proxy_roots = settings
        .entra
        .token_proxy
        .as_ref()
        .and_then(|proxy| proxy.ca_file.as_deref());
    [
        (&keys::CA_FILE, settings.entra.ca_file.as_deref()),
        (&keys::SSL_CERT_FILE, settings.entra.ssl_cert_file.as_deref()),
        (&keys::TOKEN_PROXY_CA_FILE, proxy_roots),
    ]
}
