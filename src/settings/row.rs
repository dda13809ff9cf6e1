//! From a row of the table to its names, its value and its comparison.

/// Makes a `Key` of each row, and the lists of all of them.
macro_rules! settings {
    ($($group:ident { $($id:ident: $help:literal, $($field:ident).+ $(= $read:expr)?, $when:ident, $accepts:expr,
        { $($other:ident: $value:expr),* };)* })*) => {
        $($(
            #[doc = $help]
            pub static $id: Key = Key {
                $($other: $value,)*
                ..Key::new(
                    $crate::settings::row::key_name!($id, b'_'),
                    $crate::settings::row::key_name!($id, b'-'),
                    &[concat!("WISP_", stringify!($id))],
                    $accepts,
                    Group::$group,
                    $help,
                )
            };
        )*)*

        /// Every setting, in the order of the documentation.
        pub static KEYS: &[&Key] = &[$($(&$id),*),*];

        /// Where each of them goes.
        pub(super) static ROWS: &[Row] = &[$($(Row {
            key: &$id,
            load: $crate::settings::row::load!($id, $($field).+ $(, $read)?),
            fixed: $crate::settings::row::fixed!($when, $($field).+),
        }),*),*];
    };
}

/// How the value gets into the field.
macro_rules! load {
    ($id:ident, $($field:ident).+) => {
        None
    };
    ($id:ident, $($field:ident).+, $read:expr) => {
        Some(|loader| {
            let value = $read(loader, &$id);
            loader.settings.$($field).+ = value;
        })
    };
}

/// How a field that is fixed at start is compared.
macro_rules! fixed {
    (reload, $($field:ident).+) => {
        None
    };
    (restart, $($field:ident).+) => {
        Some(|a, b| a.$($field).+ == b.$($field).+)
    };
}

/// The name in lower case, with another separator.
macro_rules! key_name {
    ($id:ident, $separator:expr) => {{
        const ID: &str = stringify!($id);
        const BYTES: [u8; ID.len()] = $crate::settings::row::spell(ID, $separator);
        match std::str::from_utf8(&BYTES) {
            Ok(name) => name,
            Err(_) => ID,
        }
    }};
}

pub(super) use {fixed, key_name, load, settings};

/// `id` in lower case, with `separator` between its words.
pub(super) const fn spell<const N: usize>(id: &str, separator: u8) -> [u8; N] {
    let mut bytes = [0; N];
    let mut rest = id.as_bytes();
    let mut at = 0;
    while let [first, tail @ ..] = rest {
        bytes[at] = if *first == b'_' { separator } else { first.to_ascii_lowercase() };
        rest = tail;
        at += 1;
    }
    bytes
}
