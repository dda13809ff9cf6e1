//! `wispctl migrate apply`.

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

const NAME: &str = "apply";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| {
        let to = state(matches);
        live::run(matches, &env, async move |run| live::outcome(&run.apply(to).await))
    },
};

const TO: &str = "to";

/// The states that it brings workloads to.
const STATES: [&str; 3] = ["prepared", "parallel", "cut-over"];

const MORE: &str = "\
Reads the cluster, plans as `wispctl migrate plan` does, and takes each workload from the state that it is in to the one that is asked
for, none in between left out. The changes of a namespace are named first, and made once you agree. What was before is remembered in
ConfigMap wisp-migration of the namespace; an interrupted run is gone on with by running it again. What nobody here may change (objects
of Helm or GitOps, pods and Jobs, programs with a configuration of their own) is named with what to do by hand, and the exit code says so.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate apply --kubeconfig ~/.kube/config --namespace shop --to prepared aks.json",
    "wispctl migrate apply --kubeconfig ~/.kube/config --namespace shop --workload Deployment/orders --to parallel aks.json",
    "wispctl migrate apply --in-cluster --to cut-over --dry-run --tenant contoso.com --issuer https://issuer.example/",
];

const CODES: [(Exit, &str); 1] = [(
    Exit::Failure,
    "something did not work, is left to do by hand, or was not agreed to; the rest is done",
)];

fn arguments() -> Command {
    let command = Command::new(NAME)
        .about("Move workloads of a live cluster, state by state")
        .arg(
            reading::words(option(TO, "STATE", "prepared, parallel or cut-over"), STATES.to_vec())
                .required(true),
        );
    let command = live::injecting(live::changing(live::scoped(live::arguments(command))));
    command.after_help(help_end(MORE, EXAMPLES, &CODES))
}

fn state(matches: &ArgMatches) -> State {
    reading::word(matches, TO, &State::ALL)
}
