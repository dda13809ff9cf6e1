//! `wispctl inject` and `uninject` as a user runs them.

mod beside;
mod folders;
mod golden;
mod hand_edits;
mod kinds;
mod streams;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

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
    let mut command = Command::new(env!("CARGO_BIN_EXE_wispctl"));
    command
        .current_dir(folder)
        .args(arguments)
        .env_remove("WISP_IMAGE");
    command
}

/// Runs with `input` on standard input.
fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = wispctl(&data(), arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // A program that refuses need not read all of it.
    let _ = writer.join().unwrap();
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
