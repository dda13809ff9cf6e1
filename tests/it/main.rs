//! The programs as a user meets them, and tests across rooms, over real sockets of the loopback interface.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod cli;
mod demo;
mod emulator;
mod serve;
mod wispctl_emulator;
