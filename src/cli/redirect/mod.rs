//! `wisp redirect`: an init container that sends the pod's requests for 169.254.169.254 to wisp.

mod report;

use clap::{ArgMatches, Command, builder::RangedU64ValueParser, value_parser};

pub(super) use self::report::EXITS;
use self::report::{commands, failure, success, undone};
use super::{
    args::{option, switch},
    command::{CliCommand, help_end},
    exit::{Exit, Outcome},
};
use crate::{
    redirect::{self, Backend, Mode, Network, Plan, Proof},
    settings::Env,
};

const NAME: &str = "redirect";

pub(super) const COMMAND: CliCommand =
    CliCommand { name: NAME, arguments, run: |matches, env| Ok(run(Redirect::of(matches), &env).report()) };

/// Where wisp listens unless somebody says otherwise.
const DEFAULT_PORT: &str = "4254";

/// The flag that lets wisp itself through.
const PASSTHROUGH_UID: &str = "passthrough-uid";

/// The last user id: the one above stands for "none".
const MAX_UID: u64 = 0xffff_fffe;

/// Flags and the variables that stand in for them, which the downward API can fill.
const POD_IP: (&str, &str) = ("pod-ip", "WISP_POD_IP");
const HOST_IP: (&str, &str) = ("host-ip", "WISP_HOST_IP");

/// Every pod has it.
const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

/// The arguments of `wisp redirect`.
struct Redirect {
    plan: Plan,
    mode: Mode,
    proof: Proof,
    is_undo: bool,
    is_dry: bool,
    addresses: [Option<String>; 2],
}

const EXAMPLES: &[&str] = &[
    "wisp redirect --pod-ip 10.244.1.7 --host-ip 192.0.2.10",
    "wisp redirect --mode lo --dry-run",
    "wisp redirect --undo",
];

fn arguments() -> Command {
    let address = |(flag, variable): (&'static str, &'static str), help: &str| {
        option(flag, "IP", format!("{help} [env: {variable}]"))
    };
    Command::new(NAME)
        .about("Send this pod's requests for 169.254.169.254 to wisp, and prove that they arrive; for an init container")
        .arg(
            option("mode", "MODE", "By nftables, by the address on `lo`, or by the first of them that works")
                .default_value("auto")
                .value_parser(["auto", "nft", "lo"]),
        )
        .arg(
            option("port", "PORT", "Port of 127.0.0.1 where wisp is going to listen")
                .default_value(DEFAULT_PORT)
                .value_parser(value_parser!(u16).range(1..)),
        )
        .arg(
            option(
                PASSTHROUGH_UID,
                "UID",
                "For WISP_PASSTHROUGH: user that wisp is going to run as, whose marked requests reach the real service",
            )
            .value_parser(RangedU64ValueParser::<u32>::new().range(..=MAX_UID)),
        )
        .arg(address(POD_IP, "Address of the pod, from the downward API's status.podIP"))
        .arg(address(HOST_IP, "Address of its node, from status.hostIP; if it is the same, nothing is done"))
        .arg(switch("no-verify", "Do not prove it by a connection"))
        .arg(switch("dry-run", "Print the commands of nft or ip that would do the same, then end"))
        .arg(switch("undo", "Remove what was made"))
        .after_help(help_end("", EXAMPLES, &EXITS))
}

impl Redirect {
    fn of(matches: &ArgMatches) -> Self {
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let plan = Plan {
            // It has a default, so zero is never seen.
            port: matches.get_one("port").copied().unwrap_or_default(),
            passthrough_uid: matches.get_one(PASSTHROUGH_UID).copied(),
        };
        let mode = match text("mode").as_deref() {
            Some("nft") => Mode::Only(Backend::Nft),
            Some("lo") => Mode::Only(Backend::Lo),
            _ => Mode::Auto,
        };
        Self {
            plan,
            mode,
            proof: if matches.get_flag("no-verify") { Proof::Skipped } else { Proof::OwnListener },
            is_undo: matches.get_flag("undo"),
            is_dry: matches.get_flag("dry-run"),
            addresses: [text(POD_IP.0), text(HOST_IP.0)],
        }
    }
}

/// Runs the command.
fn run(arguments: Redirect, env: &Env) -> Outcome {
    let Redirect { plan, mode, proof, is_undo, is_dry, addresses } = arguments;
    if !is_undo && mode == Mode::Only(Backend::Lo) && plan.passthrough_uid.is_some() {
        return Outcome::errors(Exit::Usage, [NO_PASSTHROUGH]);
    }
    if is_dry {
        return Outcome::success(commands(plan, mode, is_undo));
    }
    if is_undo {
        return redirect::undo(plan)
            .map_or_else(|error| failure(&error.into()), |backends| undone(&backends));
    }
    let network = match network(addresses, env) {
        Ok(network) => network,
        Err(reason) => return Outcome::errors(Exit::Usage, [reason]),
    };
    apply(plan, mode, proof, &network, env)
}

/// Makes and proves the redirect, unless `network` is the node's.
pub(super) fn apply(plan: Plan, mode: Mode, proof: Proof, network: &Network, env: &Env) -> Outcome {
    if let Err(error) = network.check(env.get(IN_CLUSTER).is_some()) {
        return failure(&error.into());
    }
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Outcome::errors(Exit::System, [error]),
    };
    match runtime.block_on(redirect::apply(plan, mode, proof)) {
        Ok(done) => success(plan, done, proof),
        Err(failed) => failure(&failed),
    }
}

/// What is known of the pod's network, by flags first.
pub(super) fn network(addresses: [Option<String>; 2], env: &Env) -> Result<Network, String> {
    let [pod, host] = addresses;
    let read = |flag: Option<String>, (name, variable): (&str, &str)| {
        let (text, origin) = match flag {
            Some(text) => (text, format!("--{name}")),
            None => (env.get(variable).unwrap_or_default().to_owned(), variable.to_owned()),
        };
        Network::addresses(&text)
            .map_err(|reason| format!("{origin} cannot be `{}`: {reason}", text.escape_default()))
    };
    Ok(Network::new(read(pod, POD_IP)?, read(host, HOST_IP)?))
}

/// Why nobody is let through by the address on `lo`.
const NO_PASSTHROUGH: &str = "--passthrough-uid does not go with --mode lo: with the metadata service's address on `lo` nothing \
                              in this pod reaches the node's service; use `--mode nft`, or leave the flag out and empty \
                              WISP_PASSTHROUGH";

#[cfg(test)]
mod tests {
    use super::{Plan, Redirect};
    use crate::names::TOKEN_PORT;

    #[test]
    fn the_default_redirects_to_the_sidecar() {
        assert_eq!(super::DEFAULT_PORT.parse(), Ok(TOKEN_PORT));
        let matches = super::arguments().get_matches_from(["redirect"]);
        let plan = Plan { port: TOKEN_PORT, passthrough_uid: None };
        assert_eq!(Redirect::of(&matches).plan, plan, "and nobody is let through");
    }
}
