//! Tests across rooms, over real sockets of the loopback interface.
#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as a test may")]

mod emulator;
mod wispctl_emulator;
