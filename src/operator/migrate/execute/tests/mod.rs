//! Commands on a fake cluster.

mod faults;
mod kinds;
mod kit;
mod there_and_back;

use kit::{Command, apply, cleanup, cluster, rollback, status};
