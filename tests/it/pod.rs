//! `wisp redirect` in pods that the tests make: network namespaces joined by a veth pair, one for the pod and one for its
//! node, whose metadata service a stub plays. Programs run in them as the users and with the rights of their containers.
//!
//! All of it needs root and some programs; what is missing is said, and nothing is skipped. Namespaces, processes and
//! folders go when a test ends, however it ends.

mod asker;
mod azwi;
mod clients;
mod containers;
mod doctor;
mod loopback;
mod meshes;
mod nobody;
mod passthrough;
mod probes;
mod programs;
mod refusals;
mod rights;
mod ruleset;
mod stage;
mod unlike;
mod user_namespace;
