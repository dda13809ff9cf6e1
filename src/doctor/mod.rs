//! What is wrong, link by link: the words of both doctors. `wisp doctor` looks from within the pod, `wispctl doctor` from outside.
//!
//! - [`table`]: all checks of both, each with the id that reports, pages and `--ignore` know it by
//! - [`pod`]: what is looked at from within the pod
//! - [`finding`]: what a check found; [`choice`]: which checks are wanted; [`report`]: findings for people and for programs

pub(crate) mod choice;
pub(crate) mod finding;
pub(crate) mod pod;
pub(crate) mod report;
pub(crate) mod resource;
pub(crate) mod table;

pub(crate) use choice::Choice;
pub(crate) use finding::{Diagnosis, Finding, Outcome};
pub(crate) use table::Check;
