//! The endpoint over real loopback sockets, with invented tokens behind it: times, limits, log lines and counters. What it
//! answers to whom stands in `tests/cases`.

mod admin;
mod app_service;
mod clocks;
mod connections;
mod failures;
mod flood;
mod form;
mod http;
mod invented;
mod leftovers;
mod lines;
mod log;
mod metadata;
mod never;
mod not_found;
mod response_cache;
mod served;
mod starting;
mod wait_limits;
mod wire;

use self::{
    http::{GOOD, header, one_answer, plain, request, target, to_end},
    invented::{API, BATCH, NOW, registry},
    log::Log,
    served::{LIMITS, Served, Setting, one},
};
