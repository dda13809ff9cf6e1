//! `wispctl migrate rollback`.

use clap::{ArgMatches, Command};

use super::{live, reading};
use crate::{
    cli::{
        args::option,
        command::{CliCommand, help_end},
        exit::Exit,
    },
    operator::migrate::execute::State,
};

const NAME: &str = "rollback";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| {
        let to = state(matches);
        live::run(matches, &env, async move |run| live::outcome(&run.rollback(to).await))
    },
};

const TO: &str = "to";

/// The states that it brings workloads back to.
const STATES: [&str; 4] = ["not-started", "prepared", "parallel", "cut-over"];

const MORE: &str = "\
Takes each workload back to a state that it was in, none in between left out, by what ConfigMap wisp-migration of its namespace
remembers: objects that were deleted are made again, the label, the pod template and the service account are put back. What others have
changed in a pod template since stays. Once all workloads of a namespace are not started, the ConfigMap is deleted.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate rollback --kubeconfig ~/.kube/config --namespace shop --to parallel",
    "wispctl migrate rollback --kubeconfig ~/.kube/config --namespace shop --workload orders --to not-started --yes",
];

const CODES: [(Exit, &str); 1] = [(
    Exit::Failure,
    "something did not work, is left to do by hand, or was not agreed to; the rest is done",
)];

fn arguments() -> Command {
    let command = Command::new(NAME)
        .about("Take workloads of a live cluster back, state by state")
        .arg(
            reading::words(
                option(TO, "STATE", "not-started, prepared, parallel or cut-over"),
                STATES.to_vec(),
            )
            .required(true),
        );
    live::changing(live::scoped(live::arguments(command))).after_help(help_end(MORE, EXAMPLES, &CODES))
}

fn state(matches: &ArgMatches) -> State {
    reading::word(matches, TO, &State::ALL)
}
