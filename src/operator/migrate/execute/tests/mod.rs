//! Commands on a fake cluster.

mod by_hand;
mod faults;
mod fleet;
mod kinds;
mod kit;
mod read_before;
mod statuses;
mod there_and_back;

use kit::{Command, apply, cleanup, cluster, rollback, status};
