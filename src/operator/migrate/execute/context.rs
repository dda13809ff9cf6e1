//! What all steps need: the cluster, what the user wants, and who is told.

use std::time::Duration;

use super::{
    State,
    audit::{Line, rfc3339},
    calls::Calls,
    record::{Entry, Record, StoreError},
    seen::{Seen, see},
};
use crate::{
    clock::Clock,
    operator::{
        cluster::{Api, ApiError},
        inject::Options,
        workload::Which,
    },
};

/// How changes are made.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The choices for wisp in pods.
    pub options: Options,
    /// Kinds of the user's own.
    pub which: Which,
    /// Objects that others write anew are changed all the same.
    pub force_managed: bool,
    /// Pods and Jobs are deleted and made anew.
    pub recreate: bool,
    /// What becomes of RoleBindings of an account whose place another one takes.
    pub role_bindings: RoleBindings,
    /// How long a roll-out may take.
    pub timeout: Duration,
    /// How many workloads roll out at a time.
    pub at_a_time: usize,
}

/// See [`Settings::role_bindings`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum RoleBindings {
    /// Named, and waited for.
    #[default]
    Named,
    /// Copied for the new account.
    Copied,
    /// Not looked at.
    Ignored,
}

/// The user.
pub(crate) trait Desk {
    /// Is told what is going on.
    fn say(&mut self, text: &str);
    /// Gets a line for each change.
    fn audit(&mut self, line: &Line);
    /// Says whether the changes that were named are to be made.
    fn allows(&mut self, prompt: &str) -> bool;
}

/// Why something was not done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum StepError {
    /// Nothing more can be done at all: the API server is gone.
    Gone(String),
    /// Somebody else has to do it.
    ByHand(String),
    /// Somebody else wrote first.
    Overtaken(String),
    /// It did not work.
    Failed(String),
}

impl StepError {
    /// The reason.
    pub(super) fn text(&self) -> &str {
        let (Self::Gone(text) | Self::ByHand(text) | Self::Overtaken(text) | Self::Failed(text)) = self;
        text
    }
}

impl From<ApiError> for StepError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Unreachable { .. } | ApiError::TimedOut { .. } | ApiError::Unauthorized(_) => {
                Self::Gone(error.to_string())
            }
            ApiError::Conflict(_) => Self::Overtaken(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Api(error) => error.into(),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<String> for StepError {
    fn from(text: String) -> Self {
        Self::Failed(text)
    }
}

/// What a step is done with.
pub(super) struct Context<'a, A, D> {
    pub calls: Calls<'a, A>,
    pub settings: &'a Settings,
    pub desk: &'a mut D,
    pub clock: &'a dyn Clock,
}

/// A change, for the audit.
#[derive(Clone, Debug)]
pub(super) struct Change<'a> {
    pub namespace: &'a str,
    pub object: String,
    pub what: String,
    /// The states of the workload.
    pub states: Option<(State, State)>,
}

impl<A: Api, D: Desk> Context<'_, A, D> {
    /// Leaves a line about a change, and passes on what came of it.
    pub(super) fn audited<T, E: Into<StepError>>(
        &mut self,
        change: &Change<'_>,
        result: Result<T, E>,
    ) -> Result<T, StepError> {
        let result = result.map_err(Into::into);
        self.desk.audit(&Line {
            time: rfc3339(self.clock.wall()),
            namespace: change.namespace.to_owned(),
            object: change.object.clone(),
            change: change.what.clone(),
            from: change.states.map(|(from, _)| from),
            to: change.states.map(|(_, to)| to),
            result: match &result {
                Ok(_) => "done".to_owned(),
                Err(error) => error.text().to_owned(),
            },
        });
        result
    }

    /// Reads a workload.
    pub(super) async fn see(&self, record: &Record, entry: &Entry) -> Result<Seen, StepError> {
        Ok(see(self.calls, &record.namespace, entry, &self.settings.which).await?)
    }
}

/// A workload as people name it, without its namespace.
pub(super) fn name_of(entry: &Entry) -> String {
    let template = entry
        .template
        .as_ref()
        .map(|template| format!(" ({template})"));
    format!("{} {}{}", entry.kind, entry.name, template.unwrap_or_default())
}
