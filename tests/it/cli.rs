//! `wisp`'s arguments, settings and exit codes: the real binary in an empty environment.

mod arguments;
mod check;
mod help;

use std::{path::Path, process::Command};

use tempfile::TempDir;

use crate::kit::{
    programs::WISP,
    run::{Ran, run},
};

const ID: &str = "11111111-1111-1111-1111-111111111111";
const TENANT: &str = "22222222-2222-2222-2222-222222222222";

/// Runs `wisp` in `directory` and shows exit code, stdout and stderr.
fn wisp_in(directory: &Path, arguments: &[&str], env: &[(&str, &str)]) -> String {
    let Ran { code, output, messages } = run(Command::new(WISP)
        .args(arguments)
        .env_clear()
        .envs(env.iter().copied())
        .current_dir(directory));
    let shown = format!("exit: {code}\n--- stdout\n{output}--- stderr\n{messages}");
    shown
        .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
        .replace(directory.to_str().unwrap(), "[DIR]")
}

fn wisp(arguments: &[&str], env: &[(&str, &str)]) -> String {
    wisp_in(TempDir::new().unwrap().path(), arguments, env)
}
