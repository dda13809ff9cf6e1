//! Where everything in a YAML document stands: the positions that edits in place need, from the parser's events.

mod read;

pub(crate) use read::read;

use crate::operator::edit::Step;

/// A node and its place. Offsets are bytes from the start of the document's text, lines count from 1 there.
#[derive(Debug)]
pub(crate) struct Node {
    /// The first byte; for an empty value, the byte after the colon or the dash.
    pub start: usize,
    /// The byte after the last one that is content.
    pub end: usize,
    /// The line of the first byte.
    pub line: usize,
    /// It has an anchor or a tag, or is an alias: other text depends on it, or it on other text.
    pub property: Option<&'static str>,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A value without parts.
    Scalar {
        /// How it is written.
        style: Style,
        /// What it says.
        text: String,
    },
    /// Keys and values.
    Map {
        /// Written in braces.
        flow: bool,
        /// In the order of the text.
        entries: Vec<Entry>,
    },
    /// Items.
    Seq {
        /// Written in brackets.
        flow: bool,
        /// In the order of the text.
        items: Vec<Node>,
    },
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a block after `|` or `>`.
    Block,
}

/// A key and its value.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What the key says.
    pub key: String,
    /// The key's first byte, its quote included.
    pub start: usize,
    /// The byte after the key, its quote included.
    pub key_end: usize,
    /// The byte after the colon; none when there is no colon where one is expected.
    pub colon_end: Option<usize>,
    /// The line of the key.
    pub line: usize,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// The byte after all of it.
    pub(crate) fn end(&self) -> usize {
        self.value.end.max(self.colon_end.unwrap_or(self.key_end))
    }
}

impl Node {
    /// The value of `key`.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map { entries, .. } => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The node one step below.
    pub(crate) fn child(&self, step: &Step) -> Option<&Self> {
        match (step, &self.kind) {
            (Step::Key(key), _) => self.entry(key).map(|entry| &entry.value),
            (Step::Index(index), Kind::Seq { items, .. }) => items.get(*index),
            _ => None,
        }
    }

    /// The line of the deepest node on the way along `path` that is there.
    pub(crate) fn line_of(&self, path: &[Step]) -> usize {
        let mut node = self;
        let mut line = self.line;
        for step in path {
            if let Step::Key(key) = step
                && let Some(entry) = node.entry(key)
            {
                line = entry.line;
            }
            match node.child(step) {
                Some(child) => {
                    if matches!(step, Step::Index(_)) {
                        line = child.line;
                    }
                    node = child;
                }
                None => break,
            }
        }
        line
    }

    /// Calls `see` with this node and all below it.
    pub(crate) fn walk(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        match &self.kind {
            Kind::Scalar { .. } => {}
            Kind::Map { entries, .. } => entries.iter().for_each(|entry| entry.value.walk(see)),
            Kind::Seq { items, .. } => items.iter().for_each(|item| item.walk(see)),
        }
    }
}
