//! `wisp serve`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::exit::{Exit, Outcome};
use crate::settings::{self, Env, Flags, Settings, Sources};

/// The largest settings file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The arguments of `wisp serve`. No `Debug`: a flag may hold a password.
pub struct Serve {
    /// The settings among them.
    pub flags: Flags,
    /// `--print-config`
    pub print_config: bool,
    /// `--check`
    pub check: bool,
}

/// Runs the command. `start` serves until the end of the process's work.
pub fn run(
    arguments: Serve,
    env: Env,
    start: impl FnOnce(&Sources, &Settings) -> anyhow::Result<()>,
) -> Outcome {
    let Serve { flags, print_config, check } = arguments;
    let sources = Sources::new(flags, env, Box::new(read_file));
    let output = if print_config { settings::print(&sources.layers().0) } else { String::new() };
    let settings = match sources.load() {
        Ok(settings) => settings,
        Err(errors) => return Outcome { output, ..Outcome::errors(Exit::Usage, errors.0) },
    };
    if check {
        return Outcome::success(output + "configuration is valid\n").with_warnings(warnings(&settings));
    }
    if print_config {
        return Outcome::success(output);
    }
    match start(&sources, &settings) {
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
    let proxy_roots = settings
        .token_proxy
        .as_ref()
        .and_then(|proxy| proxy.ca_file.as_ref());
    let files = [
        ("token_file", Some(&settings.token_file)),
        ("ca_file", settings.ca_file.as_ref()),
        ("ssl_cert_file", settings.ssl_cert_file.as_ref()),
        ("token_proxy_ca_file", proxy_roots),
    ];
    let unreadable = |(name, path): (&str, Option<&std::path::PathBuf>)| {
        let path = path?;
        let error = File::open(path).err()?;
        Some(format!("`{name}` cannot be read now: {}: {error}", path.display()))
    };
    files.into_iter().filter_map(unreadable).collect()
}
