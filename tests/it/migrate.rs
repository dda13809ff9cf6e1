//! `wispctl migrate` as a user runs it.

mod decisions;
mod input;
mod inventory;
mod live;
mod plan;
mod report;
mod scripts;
mod verify;
mod write;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::kit::{
    programs::WISPCTL,
    run::{Ran, run},
};

/// The folder of inputs and what becomes of them.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrate")
}

/// `wispctl migrate inventory` in `folder`.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    step("inventory", folder, arguments)
}

/// A step of `wispctl migrate` in `folder`.
fn step(name: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(WISPCTL);
    command
        .current_dir(folder)
        .args(["migrate", name])
        .args(arguments)
        .env_remove("KUBERNETES_SERVICE_HOST");
    command
}

/// Runs it to its end.
fn inventory(folder: &Path, arguments: &[&str]) -> Ran {
    run(&mut command(folder, arguments))
}
