//! `wispctl`, the operator's program.

fn main() {}
