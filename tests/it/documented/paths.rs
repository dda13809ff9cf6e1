//! Files, folders, modules and types of the code that the pages name are there.

use std::path::Path;

use super::{pages, quoted, read, root, rust_files};

/// Where paths may begin besides the repository: the code's modules are named without `src/`.
const BASES: [&str; 2] = ["", "src"];

/// Pages for those who change the code.
const ABOUT_CODE: [&str; 2] = ["architecture.md", "CONTRIBUTING.md"];

#[test]
fn paths_on_the_pages_exist() {
    let mut wrong = Vec::new();
    for page in pages() {
        for name in quoted(&read(&page)) {
            let found = match kind(&name) {
                Kind::File => BASES.iter().any(|base| exists(&root().join(base), &name)),
                Kind::Item => is_item(&name),
                Kind::Type if ABOUT_CODE.iter().any(|about| page.ends_with(about)) => {
                    defines(&root().join("src"), &name)
                }
                Kind::Type | Kind::Neither => continue,
            };
            if !found {
                wrong.push(format!("{}: `{name}`", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "paths that lead nowhere: {wrong:#?}");
}

enum Kind {
    /// A file or a folder of the repository.
    File,
    /// A module of the code, or something in it.
    Item,
    /// A word that is spelt as types are; in pages for users it may be one of Kubernetes.
    Type,
    Neither,
}

fn kind(name: &str) -> Kind {
    let is_plain = |extra: &str| {
        name.chars()
            .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    let first = name.split(['/', ':']).next().unwrap_or_default();
    if first.is_empty() || first == "target" {
        Kind::Neither
    } else if name.contains('/') && is_plain("_-./*") {
        let is_ours = BASES
            .iter()
            .any(|base| root().join(base).join(first).is_dir());
        if is_ours { Kind::File } else { Kind::Neither }
    } else if name.contains("::") && is_plain("_:") && root().join("src").join(first).is_dir() {
        Kind::Item
    } else if is_plain("")
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.contains(|c: char| c.is_ascii_lowercase())
    {
        Kind::Type
    } else {
        Kind::Neither
    }
}

/// Whether a path is there; `*` stands for a part of any name.
fn exists(base: &Path, path: &str) -> bool {
    let Some((folder, rest)) = path.trim_end_matches('/').split_once('*') else {
        return base.join(path).exists();
    };
    let folder = base.join(folder.rsplit_once('/').map_or("", |(folder, _)| folder));
    let rest = rest.rsplit('/').next().unwrap_or_default();
    std::fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().ends_with(rest)))
    })
}

/// `module::inner::Item`: folders and files as far as there are any, and then a name that these define.
fn is_item(name: &str) -> bool {
    let mut path = root().join("src");
    let mut names = name.split("::").peekable();
    while let Some(name) = names.peek() {
        let (folder, file) = (path.join(name), path.join(format!("{name}.rs")));
        if folder.is_dir() {
            path = folder;
        } else if file.is_file() {
            path = file;
        } else {
            break;
        }
        names.next();
    }
    let Some(item) = names.next() else { return true };
    defines(&path, item)
}

/// Whether a file, or one in a folder, defines something of this name.
fn defines(path: &Path, item: &str) -> bool {
    let files = if path.is_dir() { rust_files(path) } else { vec![path.to_owned()] };
    let keywords = ["struct", "enum", "trait", "fn", "const", "static", "type", "mod"];
    let definitions = keywords.map(|keyword| format!("{keyword} {item}"));
    files.iter().any(|file| {
        let text = read(file);
        definitions
            .iter()
            .any(|definition| text.contains(definition))
    })
}
