//! The programs as a user meets them, and modules together over real sockets of the loopback interface.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod cases;
mod check;
mod cli;
mod commands;
mod demo;
mod deploy;
mod documented;
mod emulator;
mod identity;
mod inject;
mod kit;
mod layout;
mod migrate;
#[cfg(target_os = "linux")]
mod pod;
mod serve;
mod version;
mod wispctl_emulator;
