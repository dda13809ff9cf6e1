//! Commands on a fake cluster.

mod add_on;
mod by_hand;
mod faults;
mod fleet;
mod interrupted;
mod kinds;
mod kit;
mod meanwhile;
mod read_before;
mod records;
mod statuses;
mod there_and_back;
mod two_runs;

use kit::{Command, apply, cleanup, cluster, rollback, status};
