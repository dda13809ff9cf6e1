//! The programs as a user meets them.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod cli;
mod house;
