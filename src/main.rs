//! `wisp`, the sidecar.

fn main() {}
