//! `wispctl inject` and `uninject` as a user runs them.

mod beside;
mod folders;
mod former;
mod golden;
mod hand_edits;
mod kinds;
mod streams;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::kit::{programs::WISPCTL, run};

/// The identity that most runs name.
const IDENTITY: [&str; 4] =
    ["--client-id", "11111111-1111-1111-1111-111111111111", "--tenant-id", "contoso.com"];

/// A pod without wisp.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  serviceAccountName: p\n  containers:\n  - name: a\n    image: b\n";

/// The folder of inputs and what becomes of them.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inject")
}

fn wispctl(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(WISPCTL);
    command
        .current_dir(folder)
        .args(arguments)
        .env_remove("WISP_IMAGE");
    command
}

/// Runs with `input` on standard input.
fn piped(arguments: &[&str], input: &[u8]) -> Output {
    run::piped(&mut wispctl(&data(), arguments), input)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
