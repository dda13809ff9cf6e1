//! Objects of files, folders and standard input.

use std::{
    collections::BTreeSet,
    io::{BufReader, Read},
    path::PathBuf,
};

use super::{Reader, model::Origin};
use crate::operator::{
    manifest::items::{EMPTY, Item, Unreadable, each},
    run::{Report, sources},
};

/// What the parser says of text that clusters take; definitions of resources have it, and nobody needs these here.
const TAKEN_BY_CLUSTERS: &str = "invalid indentation in multiline quoted scalar";
const DEFINITION: &str = "kind: CustomResourceDefinition";

impl Reader {
    /// Reads `inputs`: files, folders, and `-` for `stdin`. What cannot be read is noted.
    pub(crate) fn files(&mut self, inputs: &[PathBuf], stdin: impl Read) {
        let mut seen = BTreeSet::new();
        let mut stdin = Some(stdin);
        for input in inputs {
            let mut report = Report::default();
            let is_stdin = input.as_os_str() == "-";
            let stdin = if is_stdin { stdin.take() } else { None };
            if is_stdin && stdin.is_none() {
                continue;
            }
            let found = match stdin {
                Some(stdin) => sources(std::slice::from_ref(input), stdin, &mut report),
                None => sources(std::slice::from_ref(input), std::io::empty(), &mut report),
            };
            for error in report.errors {
                let origin = Origin { source: error.file, line: error.line };
                self.collector.fail(&origin, error.text);
            }
            for source in found
                .iter()
                .filter(|source| seen.insert(source.path.clone()))
            {
                match source.open() {
                    Ok(file) => {
                        let has_content = self.stream(&source.name, file);
                        // A folder may have files without anything in them.
                        if !has_content && !input.is_dir() {
                            let origin = Origin { source: source.name.clone(), line: None };
                            self.collector.fail(&origin, EMPTY);
                        }
                    }
                    Err(error) => {
                        let origin = Origin { source: source.name.clone(), line: None };
                        self.collector
                            .fail(&origin, format!("cannot be opened: {error}"));
                    }
                }
            }
        }
    }

    /// Reads one file, which is called `name`. Whether anything is in it.
    pub(super) fn stream(&mut self, name: &str, file: impl Read) -> bool {
        self.progress.begin(name);
        each(BufReader::new(file), |Item { line, content }| {
            self.progress.count(name);
            let origin = Origin { source: name.to_owned(), line: Some(line) };
            match content {
                // Of the Azure CLI, with nothing in it.
                Ok(value) if value.as_array().is_some_and(Vec::is_empty) => {}
                Ok(value) => self.collector.add(&value, &origin),
                Err(Unreadable { diagnostic, text }) => {
                    let is_definition = text.lines().any(|line| line.trim_end() == DEFINITION);
                    if is_definition && diagnostic.text.contains(TAKEN_BY_CLUSTERS) {
                        return;
                    }
                    let origin = Origin { line: diagnostic.line, ..origin };
                    self.collector.fail(&origin, diagnostic.text);
                }
            }
        })
    }
}
