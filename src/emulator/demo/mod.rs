//! `wispctl demo`: the whole way of a token on one machine, told hop by hop.
//!
//! It is a smoke test, too: each step compares what happened with what it is about to say, and ends with an error where
//! they differ.
//!
//! - `stage`: the emulated Entra, the projected token and a real sidecar, all on free ports
//! - `app`: the application, which knows HTTP and nothing of Entra
//! - `tour`: what is asked, and whether all went as told
//! - `hops`: the words for each hop
//! - `commands`: what to type in a shell
//! - `playground`: what to try afterwards
//! - `page`: text for a terminal, or plain

mod app;
mod commands;
mod hops;
mod page;
mod playground;
mod stage;
mod tour;

pub use self::{page::Page, playground::playground, stage::Stage, tour::tour};
