//! The steps of one workload, there and back. Each can be begun again after an interruption: what is done already is seen.
//!
//! - `direction`: there or back
//! - `account`: its service account, by which it is prepared; `role_bindings`: the rights of the account before it
//! - `pods`: its pod template; `anew`: pods and Jobs, which Kubernetes does not let change
//! - `wait`: the roll-out after a change

mod account;
mod anew;
mod direction;
mod pods;
mod role_bindings;
mod wait;

use super::{
    State,
    context::{Context, Desk, StepError},
    record::{Entry, Record},
};
use crate::operator::cluster::Api;
pub(super) use account::{forget as forget_account, prepare as prepare_account};
pub(super) use anew::stripped;
pub(super) use direction::Direction;
pub(super) use pods::{change as change_pods, planned as planned_pods};
pub(super) use wait::wait;

/// What came of a step's beginning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Begun {
    /// It is at its end already.
    Ended,
    /// Pods have to follow.
    RollsOut,
}

impl<A: Api, D: Desk> Context<'_, A, D> {
    /// Begins the step of `entry` to the state after its own.
    pub(super) async fn begin(
        &mut self,
        record: &mut Record,
        entry: &mut Entry,
        to: State,
    ) -> Result<Begun, StepError> {
        match to {
            State::Prepared => {
                prepare_account(self, record, entry).await?;
                Ok(Begun::Ended)
            }
            State::Parallel | State::CutOver => {
                change_pods(self, record, entry, Direction::There(to)).await?;
                Ok(Begun::RollsOut)
            }
            State::NotStarted | State::Cleaned => Ok(Begun::Ended),
        }
    }

    /// Begins the step of `entry` back to the state before its own.
    pub(super) async fn begin_back(
        &mut self,
        record: &mut Record,
        entry: &mut Entry,
        to: State,
    ) -> Result<Begun, StepError> {
        match to {
            State::NotStarted => {
                forget_account(self, record, entry).await?;
                Ok(Begun::Ended)
            }
            State::Prepared | State::Parallel => {
                change_pods(self, record, entry, Direction::Back(to)).await?;
                Ok(Begun::RollsOut)
            }
            State::CutOver | State::Cleaned => Ok(Begun::Ended),
        }
    }

    /// Ends a step: `entry` is in the state `to` now.
    pub(super) async fn end(
        &mut self,
        record: &mut Record,
        entry: &mut Entry,
        to: State,
    ) -> Result<(), StepError> {
        entry.state = to;
        entry.doing = None;
        entry.anew = None;
        if to <= State::Prepared {
            entry.before = None;
            entry.written = None;
        }
        record.put(self.calls, entry).await?;
        Ok(())
    }
}
