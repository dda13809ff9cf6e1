//! How the value of a row is read: by a parser, once, as often as a list has items, or by its word.

use tracing_subscriber::filter::Targets;

use super::{
    key::{Accepts, Key},
    loader::{Loader, Parsed},
    parse,
};

/// Reads the text of a setting.
type Parser<T> = fn(&Key, &str) -> Parsed<T>;

/// A value that need not be there.
pub(super) fn one<T>(parse: Parser<T>) -> impl Fn(&mut Loader<'_>, &Key) -> Option<T> {
    move |loader, key| loader.one(key, |text| parse(key, text))
}

/// A value that has a default. Where it was refused, that of its type stands in for it.
pub(super) fn required<T: Default>(parse: Parser<T>) -> impl Fn(&mut Loader<'_>, &Key) -> T {
    move |loader, key| one(parse)(loader, key).unwrap_or_default()
}

/// The same for a type that has no value that stands for none.
pub(super) fn required_or<T>(
    placeholder: fn() -> T,
    parse: Parser<T>,
) -> impl Fn(&mut Loader<'_>, &Key) -> T {
    move |loader, key| one(parse)(loader, key).unwrap_or_else(placeholder)
}

/// A list.
pub(super) fn list<T>(parse: Parser<T>) -> impl Fn(&mut Loader<'_>, &Key) -> Vec<T> {
    move |loader, key| loader.list(key, |text| parse(key, text))
}

/// The meaning of a word: `first` and `others` are in the order of the words that the row accepts. The first also stands in for
/// a word that was refused.
pub(super) fn word<T: Copy>(first: T, others: &[T]) -> impl Fn(&mut Loader<'_>, &Key) -> T {
    move |loader, key| {
        let Accepts::OneOf(values) = key.accepts else { return first };
        let meaning = loader.one(key, |text| {
            let meanings = std::iter::once(&first).chain(others);
            let mut pairs = values.iter().zip(meanings);
            let found = pairs.find(|(word, _)| **word == text);
            found
                .map(|(_, meaning)| *meaning)
                .ok_or_else(|| key.expected())
        });
        meaning.unwrap_or(first)
    }
}

/// The filter of the log. Its items are checked each, and read together.
pub(super) fn levels(loader: &mut Loader<'_>, key: &Key) -> Targets {
    parse::targets(&list(parse::level)(loader, key))
}
