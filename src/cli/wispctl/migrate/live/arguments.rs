//! The arguments of commands on a live cluster.

use std::{path::PathBuf, time::Duration};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{
    super::{plan, reading},
    desk::Terminal,
};
use crate::{
    cli::{
        args::{duration, option, switch},
        wispctl::choices::{IMAGE, choices, chosen, image_of},
    },
    operator::{
        identity::Cloud,
        inject::Options,
        migrate::{
            execute::{Consent, RoleBindings, Scope, Settings},
            plan::Request,
        },
        workload::Which,
    },
    settings::Env,
};

const NAMESPACES: &str = "namespaces";
const WORKLOAD: &str = "workload";
const YES: &str = "yes";
const DRY_RUN: &str = "dry-run";
const TIMEOUT: &str = "timeout";
const AT_A_TIME: &str = "at-a-time";
const RECREATE: &str = "recreate";
const FORCE_MANAGED: &str = "force-managed";
const COPY: &str = "copy-role-bindings";
const WITHOUT: &str = "without-role-bindings";
const AUDIT_LOG: &str = "audit-log";

/// Choices of inject that the plan makes.
const PLANNED: [&str; 4] = ["audience", "mode", "client-id", "tenant-id"];

/// The longest time that a roll-out may be given.
const MOST: Duration = Duration::from_hours(24);
/// How long it is given unless it is said.
const ROLL_OUT: Duration = Duration::from_mins(10);
/// How many roll out at a time unless it is said.
const SOME: usize = 10;

/// What the arguments say.
pub(super) struct Arguments {
    pub request: Request,
    pub scope: Scope,
    pub settings: Settings,
    pub consent: Consent,
    pub desk: Terminal,
}

/// Adds the arguments that choose workloads to `command`.
pub(in super::super) fn scoped(command: Command) -> Command {
    command
        .arg(
            option(NAMESPACES, "NAME", "This namespace alone; may be given again [default: all]")
                .long("namespace")
                .short('n')
                .action(ArgAction::Append),
        )
        .arg(
            option(
                WORKLOAD,
                "NAME",
                "This workload alone, as NAME or KIND/NAME; may be given again [default: all]",
            )
            .action(ArgAction::Append),
        )
}

/// Adds the arguments of a command that changes workloads.
pub(in super::super) fn changing(command: Command) -> Command {
    command
        .arg(switch(YES, "Make the changes without asking").short('y').conflicts_with(DRY_RUN))
        .arg(switch(DRY_RUN, "Name the changes, and make none"))
        .arg(duration(TIMEOUT, MOST, "How long the pods of a workload may take to follow a change [default: 10m]"))
        .arg(
            option(AT_A_TIME, "NUMBER", "How many workloads of a namespace roll out at a time [default: 10]")
                .value_parser(value_parser!(u16).range(1..)),
        )
        .arg(switch(
            RECREATE,
            "Delete and make anew what Kubernetes does not let change: bare pods, Jobs, and pods that their owner does not replace",
        ))
        .arg(switch(FORCE_MANAGED, "Change objects too that Helm, GitOps or another owner writes"))
        .arg(
            option(AUDIT_LOG, "FILE", "Where a line for each change goes, as JSON [default: standard output]")
                .value_parser(value_parser!(PathBuf)),
        )
}

/// Adds the arguments of `apply` alone.
pub(in super::super) fn injecting(command: Command) -> Command {
    let is_own = |arg: &Arg| !PLANNED.contains(&arg.get_id().as_str());
    command
        .arg(
            switch(COPY, "Copy the RoleBindings of an account for the one that takes its place")
                .conflicts_with(WITHOUT),
        )
        .arg(switch(WITHOUT, "Do not look at RoleBindings: the pods do not ask the API server"))
        .args(choices().filter(is_own))
}

/// Reads the arguments. The error is all that is wrong with them.
pub(super) fn read(matches: &ArgMatches, env: &Env) -> Result<Arguments, Vec<String>> {
    let mut errors = Vec::new();
    let mut options = Options::default();
    if has(matches, COPY) {
        let image = image_of(matches, env.get(IMAGE), &mut options).err();
        errors.extend(image);
        errors.extend(chosen(matches, &mut options));
    }
    let request = plan::request(matches).unwrap_or_else(|more| {
        errors.extend(more);
        Request::default()
    });
    // As the credentials have it, which the plan is told by an argument of the same name.
    options.audience = None;
    if request.cloud != Cloud::default() {
        options.audience = Some(request.cloud.audience.to_owned());
        options
            .authority
            .get_or_insert_with(|| request.cloud.authority.to_owned());
    }
    let which = reading::custom_kinds(matches).unwrap_or_else(|more| {
        errors.extend(more);
        Which::default()
    });
    let desk = Terminal::new(value(matches, AUDIT_LOG)).unwrap_or_else(|error| {
        errors.push(error);
        Terminal::default()
    });
    if !errors.is_empty() {
        return Err(errors);
    }
    let role_bindings = match (flag(matches, COPY), flag(matches, WITHOUT)) {
        (true, _) => RoleBindings::Copied,
        (_, true) => RoleBindings::Ignored,
        _ => RoleBindings::Named,
    };
    let at_a_time: Option<&u16> = value(matches, AT_A_TIME);
    Ok(Arguments {
        request,
        scope: Scope { namespaces: all(matches, NAMESPACES), workloads: all(matches, WORKLOAD) },
        settings: Settings {
            options,
            which,
            force_managed: flag(matches, FORCE_MANAGED),
            recreate: flag(matches, RECREATE),
            role_bindings,
            timeout: value(matches, TIMEOUT).copied().unwrap_or(ROLL_OUT),
            at_a_time: at_a_time.map_or(SOME, |count| usize::from(*count)),
        },
        consent: match (flag(matches, YES), flag(matches, DRY_RUN)) {
            (true, _) => Consent::Given,
            (_, true) => Consent::DryRun,
            _ => Consent::Ask,
        },
        desk,
    })
}

/// Whether the command has the argument at all.
fn has(matches: &ArgMatches, name: &str) -> bool {
    matches.try_contains_id(name).is_ok_and(|has| has)
}

fn flag(matches: &ArgMatches, name: &str) -> bool {
    value::<bool>(matches, name).copied().unwrap_or_default()
}

/// The value of an argument that only some of the commands have.
fn value<'a, T: Clone + Send + Sync + 'static>(matches: &'a ArgMatches, name: &str) -> Option<&'a T> {
    matches.try_get_one(name).ok().flatten()
}

fn all(matches: &ArgMatches, name: &str) -> Vec<String> {
    matches
        .try_get_many(name)
        .ok()
        .flatten()
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}
