//! The files among what a run is given.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{STDIN, report::FileDiagnostic};

/// The names of files that a folder is searched for.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// The deepest folder looked into.
const MAX_DEPTH: usize = 32;

/// The files among `inputs`, and those in the folders among them, in the order of their names.
pub(super) fn expand(inputs: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<FileDiagnostic>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut errors = Vec::new();
    for input in inputs {
        let mut found = Vec::new();
        if input != Path::new(STDIN) && input.is_dir() {
            if let Err((path, error)) = search(input, &mut found, 0) {
                errors.push(diagnostic(&path, &format!("cannot be read: {error}")));
            } else if found.is_empty() {
                errors.push(diagnostic(input, "there is no file in it that ends in .yaml, .yml or .json"));
            }
        } else {
            found.push(input.clone());
        }
        // A file that is named twice is read once.
        found.retain(|file| !files.contains(file));
        files.append(&mut found);
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

fn diagnostic(path: &Path, text: &str) -> FileDiagnostic {
    FileDiagnostic { file: path.display().to_string(), line: None, text: text.to_owned() }
}

fn search(folder: &Path, found: &mut Vec<PathBuf>, depth: usize) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    if depth > MAX_DEPTH {
        return Err(failed(io::Error::other("folders are nested too deep")));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    for path in entries {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().into_owned());
        if path.is_dir() {
            search(&path, found, depth + 1)?;
        } else if extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str())) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::expand;

    #[test]
    fn folders_are_searched_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("b")).unwrap();
        for name in ["c.yml", "a.json", "b/x.yaml", "b/y.txt", ".hidden.yaml"] {
            fs::write(at(name), "").unwrap();
        }
        let found = expand(&[folder.path().to_owned(), at("c.yml"), PathBuf::from("-")]).unwrap();
        assert_eq!(found, [at("a.json"), at("b/x.yaml"), at("c.yml"), PathBuf::from("-")]);
        fs::create_dir(at("empty")).unwrap();
        let errors = expand(&[at("empty")]).unwrap_err();
        insta::assert_snapshot!(errors[0].text, @"there is no file in it that ends in .yaml, .yml or .json");
    }
}
