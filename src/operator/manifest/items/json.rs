//! Objects of JSON, as serde_json streams them.

use std::{cell::Cell, fmt, io::BufRead};

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Value};

use super::{Counted, Item, ListKind};
use crate::operator::manifest::stream::MAX_DOCUMENT;

/// Calls `see` with each object of `input`, which are JSON one after the other. Whether something else follows them.
pub(super) fn each<R: BufRead>(input: &mut Counted<R>, see: &mut impl FnMut(Item)) -> bool {
    loop {
        match input.next_byte() {
            Ok(None) => return false,
            Ok(Some(b'{' | b'[')) => {}
            Ok(Some(_)) => return true,
            Err(error) => {
                see(Item::failed(input.line, format!("cannot be read: {error}")));
                return false;
            }
        }
        let first = input.line;
        let at = At { line: Cell::new(first), left: Cell::new(MAX_DOCUMENT) };
        let mut values = Deserializer::from_reader(Lines { input: &mut *input, at: &at });
        let top = Top { see: &mut *see, at: &at, first };
        if let Err(error) = top.deserialize(&mut values) {
            see(Item::failed(first + error.line().saturating_sub(1), explained(&error)));
            return false;
        }
    }
}

fn explained(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "the file ends in the middle of an object: it was cut off; dump it again".to_owned();
    }
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    if error.is_io() {
        return format!("{what}; nothing after it is read");
    }
    format!("invalid JSON: {what} (column {}); nothing after it is read", error.column())
}

/// Where the input is.
struct At {
    /// The line.
    line: Cell<usize>,
    /// How many bytes the object that is read may still have.
    left: Cell<usize>,
}

impl At {
    /// Another object begins.
    fn begin(&self) -> usize {
        self.left.set(MAX_DOCUMENT);
        self.line.get()
    }
}

/// Tells those who only see values where the input is, and ends where an object is too large.
struct Lines<'a, R> {
    input: &'a mut Counted<R>,
    at: &'a At,
}

impl<R: BufRead> std::io::Read for Lines<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.at.line.set(self.input.line);
        let Some(left) = self.at.left.get().checked_sub(count) else {
            let text = format!("an object is larger than {} MiB", MAX_DOCUMENT >> 20);
            return Err(std::io::Error::other(text));
        };
        self.at.left.set(left);
        Ok(count)
    }
}

/// A value at the top: an object, a list of Kubernetes, or an array of any.
struct Top<'a, F> {
    see: &'a mut F,
    at: &'a At,
    first: usize,
}

impl<'de, F: FnMut(Item)> DeserializeSeed<'de> for Top<'_, F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, values: D) -> Result<(), D::Error> {
        values.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Item)> Visitor<'de> for Top<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut object = Map::new();
        let mut list: Option<ListKind> = None;
        while let Some(key) = entries.next_key::<String>()? {
            if key != "items" {
                object.insert(key, entries.next_value()?);
                continue;
            }
            let text = |key: &str| object.get(key)?.as_str().map(str::to_owned);
            let mut kind = ListKind { version: text("apiVersion"), kind: text("kind"), nameless: 0 };
            entries.next_value_seed(Items { see: &mut *self.see, at: self.at, kind: Some(&mut kind) })?;
            list = Some(kind);
        }
        let object = Value::Object(object);
        let content = match list.map(|list| list.failure(&object)) {
            Some(Some(text)) => {
                (self.see)(Item::failed(self.first, text));
                return Ok(());
            }
            // All that a list says is in its items.
            Some(None) if is_list(&object) => return Ok(()),
            _ => Ok(object),
        };
        (self.see)(Item { line: self.first, content });
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        let mut is_empty = true;
        let mut see = |item: Item| {
            is_empty = false;
            (self.see)(item);
        };
        Items { see: &mut see, at: self.at, kind: None }.visit_seq(items)?;
        // Who asked for a list of the Azure CLI has an answer: there is none.
        if is_empty {
            (self.see)(Item { line: self.first, content: Ok(Value::Array(Vec::new())) });
        }
        Ok(())
    }
}

/// Whether `object` is nothing but a list.
pub(super) fn is_list(object: &Value) -> bool {
    let kind = object.get("kind").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.ends_with("List"))
}

/// The objects of a list.
struct Items<'a, F> {
    see: &'a mut F,
    at: &'a At,
    kind: Option<&'a mut ListKind>,
}

impl<'de, F: FnMut(Item)> DeserializeSeed<'de> for Items<'_, F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, values: D) -> Result<(), D::Error> {
        values.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Item)> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects, or null")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        loop {
            let line = self.at.begin();
            let Some(mut item) = items.next_element::<Value>()? else {
                self.at.begin();
                return Ok(());
            };
            if let Some(kind) = self.kind.as_deref_mut() {
                kind.complete(&mut item);
            }
            (self.see)(Item { line, content: Ok(item) });
        }
    }
}
