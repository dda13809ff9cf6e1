//! The broker's rules in virtual time: what is asserted is the sequence of exchanges.

#![expect(clippy::unchecked_time_subtraction, reason = "a test may panic")]

mod failures;
mod forced;
mod lifetimes;
mod listed;
mod patience;
mod sharing;
mod world;
