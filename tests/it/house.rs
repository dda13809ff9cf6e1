//! The house: imports only ever point down, and `wisp` links nothing that only `wispctl` needs.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The floors from the top. A room may import rooms of lower floors, and the words of its own.
const FLOORS: &[&[&str]] = &[
    &["cli"],
    &["emulator", "operator"],
    &["serve", "redirect"],
    &["settings"],
    &["endpoint"],
    &["broker"],
    &["entra"],
    &["assertion", "identity"],
    &["observe"],
    &["exchange"],
    &["failure", "token", "jwt", "names"],
    &["clock"],
];

fn floor(room: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&room))
        .unwrap_or_else(|| panic!("no floor for the room {room}"))
}

#[test]
fn imports_only_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut arrows = BTreeSet::new();
    for file in rust_files(&root) {
        let inside = file.strip_prefix(&root).unwrap();
        let room = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        if ["main", "lib", "bin"].contains(&room) {
            continue;
        }
        // What tests import is their own business.
        let text = fs::read_to_string(&file).unwrap();
        let text = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        if inside
            .components()
            .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
        {
            continue;
        }
        arrows.extend(imported_rooms(text).map(|to| (room.to_owned(), to, inside.display().to_string())));
    }
    assert!(arrows.len() > 20, "the arrows are not found any more: {arrows:?}");
    let wrong: Vec<_> = arrows
        .iter()
        .filter(|(from, to, _)| from != to && floor(from) >= floor(to))
        .collect();
    assert!(wrong.is_empty(), "arrows that point up or sideways (room, import, file): {wrong:#?}");
}

/// Rooms named in `crate::room` and in `use crate::{room::…, …}`.
fn imported_rooms(text: &str) -> impl Iterator<Item = String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '_')
            .collect::<String>()
    };
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        // `pub(crate)` and macros aside, what follows is a room or a group of them.
        let after = &text[at + "crate::".len()..];
        let Some(group) = after.strip_prefix('{') else {
            rooms.push(word(after));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && c.is_ascii_lowercase() => {
                    rooms.push(word(&group[i..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    rooms.into_iter().filter(|room| !room.is_empty())
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn wisp_links_nothing_that_only_wispctl_needs() {
    let lean = dependencies(&["--no-default-features", "--features", "ring"]);
    let full = dependencies(&[]);
    assert!(lean.contains("hyper") && lean.contains("rustls"), "{lean:?}");
    for only_wispctl in ["rcgen", "rsa", "time", "rand_core", "serde-saphyr", "granit-parser"] {
        assert!(full.contains(only_wispctl), "wispctl no longer needs {only_wispctl}: take it off this list");
    }
    let never = [
        "rcgen",
        "rsa",
        "serde-saphyr",
        "granit-parser",
        "yaml-edit",
        "num-bigint-dig",
        "kube",
        "k8s-openapi",
        "aws-lc-rs",
        "openssl",
        "native-tls",
        "axum",
        "h2",
    ];
    let linked: Vec<_> = never.iter().filter(|name| lean.contains(**name)).collect();
    assert!(linked.is_empty(), "wisp links {linked:?}");
}

/// The names of the crates that are linked with these features.
fn dependencies(features: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}
