//! `wispctl migrate cleanup`.

use clap::Command;

use super::live;
use crate::cli::{
    command::{CliCommand, help_end},
    exit::Exit,
};

const NAME: &str = "cleanup";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| live::run(matches, &env, async |run| live::outcome(&run.cleanup().await)),
};

const MORE: &str = "\
Deletes bindings, identities, exceptions and assigned identities that no template, no pod and no workload on its way needs any more,
bindings first. They are remembered in ConfigMap wisp-migration of their namespace, from which `wispctl migrate rollback` makes them
again. Those of the AKS add-on stay: the commands of Azure that delete them are named. Nothing is deleted while a part of the cluster
cannot be read.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate cleanup --kubeconfig ~/.kube/config --dry-run",
    "wispctl migrate cleanup --kubeconfig ~/.kube/config --namespace shop aks.json",
];

const CODES: [(Exit, &str); 1] =
    [(Exit::Failure, "something did not work, is still needed, or is left to do by hand; the rest is done")];

fn arguments() -> Command {
    let command = Command::new(NAME).about("Delete what nobody needs of pod-managed identity any more");
    live::changing(live::scoped(live::arguments(command))).after_help(help_end(MORE, EXAMPLES, &CODES))
}
