//! Dumps, read one object after the other.

use std::io::{BufReader, Read};

use serde_json::Value;

use super::{azure, facts::Facts, kubernetes};
use crate::operator::manifest::items::{Item, each};

impl Facts {
    /// Reads a file, which is called `name`.
    pub(crate) fn read(&mut self, name: &str, file: impl Read) {
        each(BufReader::new(file), |Item { line, content }| match content {
            Ok(value) => self.add(name, line, &value),
            Err(unreadable) => {
                let line = unreadable.diagnostic.line.unwrap_or(line);
                self.unread
                    .push(format!("{name}:{line}: {}", unreadable.diagnostic.text));
            }
        });
    }

    fn add(&mut self, name: &str, line: usize, value: &Value) {
        let is_known = if value.get("kind").is_some_and(Value::is_string) && value.get("apiVersion").is_some()
        {
            kubernetes::add(self, value)
        } else {
            azure::add(self, value)
        };
        if let Err(what) = is_known {
            self.unread.push(format!("{name}:{line}: {what}"));
        }
    }
}
