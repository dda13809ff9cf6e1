//! The pages in docs/ name everything that a user of the programs meets, and nothing that is not there.
//!
//! The lists come from the code itself. The tables of settings, metrics, refusals and AADSTS numbers are written by tests beside
//! the tables that they are made from.

mod choices;
mod emulator;
mod exit_codes;
mod layers;
mod log;
mod paths;

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages at the top and in docs/, by their path.
fn pages() -> Vec<PathBuf> {
    ["", "docs", "deploy"]
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// What stands in backticks on a page, apart from blocks of code.
fn quoted(page: &str) -> Vec<String> {
    let mut in_block = false;
    let text: Vec<_> = page
        .lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            in_block ^= fence;
            !in_block && !fence
        })
        .collect();
    let text = text.join("\n");
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The Rust files below a folder.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path {
            path if path.is_dir() => rust_files(&path),
            path if path.extension().is_some_and(|extension| extension == "rs") => vec![path],
            _ => Vec::new(),
        })
        .collect()
}
