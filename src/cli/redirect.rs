//! `wisp redirect`: an init container that sends the pod's requests for 169.254.169.254 to wisp.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command, builder::RangedU64ValueParser, value_parser};

use super::exit::{Exit, Outcome};
use crate::{
    redirect::{self, Done, Failed, Mode, Network, Plan, TABLE, Trouble, Way},
    settings::Env,
};

pub(super) const NAME: &str = "redirect";

/// Where wisp listens and as whom it runs, unless somebody says otherwise.
const DEFAULT_PORT: &str = "4254";
const DEFAULT_EXEMPT_UID: &str = "65532";

/// The last user id: the one above stands for "none".
const MAX_UID: u64 = 0xffff_fffe;

/// Flags and the variables that stand in for them, which the downward API can fill.
const POD_IP: (&str, &str) = ("pod-ip", "WISP_POD_IP");
const HOST_IP: (&str, &str) = ("host-ip", "WISP_HOST_IP");

/// Every pod has it.
const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

/// The exit codes of this command, besides those of all.
const EXITS: [(Exit, &str); 8] = [
    (Exit::Usage, "arguments, or the network or the user it runs in, are not known or wrong"),
    (Exit::Unsupported, "the kernel has not what is needed"),
    (Exit::System, "the kernel refuses for another reason"),
    (Exit::FileCapabilityLost, "the image lost its file capability"),
    (Exit::NotListening, "wisp could not listen: the port is taken or privileged"),
    (Exit::NotProven, "it was made, did not prove itself, and was taken away"),
    (Exit::NotPermitted, "no capability NET_ADMIN, or it is of no use"),
    (Exit::HostNetwork, "the pod uses the network of its node"),
];

/// The arguments of `wisp redirect`.
pub struct Redirect {
    plan: Plan,
    mode: Mode,
    is_verified: bool,
    is_undo: bool,
    is_dry: bool,
    addresses: [Option<String>; 2],
}

pub(super) fn command() -> Command {
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
    };
    let address = |(flag, variable): (&'static str, &'static str), help: &str| {
        Arg::new(flag)
            .long(flag)
            .value_name("IP")
            .help(format!("{help} [env: {variable}]"))
    };
    Command::new(NAME)
        .about("Send this pod's requests for 169.254.169.254 to wisp, and prove that they arrive; for an init container")
        .arg(
            Arg::new("mode")
                .long("mode")
                .value_name("MODE")
                .default_value("auto")
                .value_parser(["auto", "nft", "lo"])
                .help("By nftables, by the address on `lo`, or by the first of them that works"),
        )
        .arg(
            Arg::new("port")
                .long("port")
                .value_name("PORT")
                .default_value(DEFAULT_PORT)
                .value_parser(value_parser!(u16).range(1..))
                .help("Port of 127.0.0.1 where wisp is going to listen"),
        )
        .arg(
            Arg::new("exempt-uid")
                .long("exempt-uid")
                .value_name("UID")
                .default_value(DEFAULT_EXEMPT_UID)
                .value_parser(RangedU64ValueParser::<u32>::new().range(..=MAX_UID))
                .help("User that wisp is going to run as, whose own requests reach the real service"),
        )
        .arg(address(POD_IP, "Address of the pod, from the downward API's status.podIP"))
        .arg(address(HOST_IP, "Address of its node, from status.hostIP; if it is the same, nothing is done"))
        .arg(switch("no-verify", "Do not prove it by a connection"))
        .arg(switch("dry-run", "Print the commands of nft or ip that would do the same, then end"))
        .arg(switch("undo", "Take away what was made"))
        .after_help(exits())
}

fn exits() -> String {
    let mut text = String::from("Exit codes:\n   0  all is as it should be\n");
    for (exit, meaning) in EXITS {
        let _ = writeln!(text, "  {:>2}  {meaning}", exit as u8);
    }
    text.trim_end().to_owned()
}

pub(super) fn read(matches: &ArgMatches) -> Redirect {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    // Both have defaults, so zero is never seen.
    let plan = Plan {
        port: matches.get_one("port").copied().unwrap_or_default(),
        exempt_uid: matches.get_one("exempt-uid").copied().unwrap_or_default(),
    };
    let mode = match text("mode").as_deref() {
        Some("nft") => Mode::Only(Way::Nft),
        Some("lo") => Mode::Only(Way::Lo),
        _ => Mode::Auto,
    };
    Redirect {
        plan,
        mode,
        is_verified: !matches.get_flag("no-verify"),
        is_undo: matches.get_flag("undo"),
        is_dry: matches.get_flag("dry-run"),
        addresses: [text(POD_IP.0), text(HOST_IP.0)],
    }
}

/// Runs the command.
pub fn run(arguments: Redirect, env: &Env) -> Outcome {
    let Redirect { plan, mode, is_verified, is_undo, is_dry, addresses } = arguments;
    if is_dry {
        return Outcome::success(commands(plan, mode, is_undo));
    }
    if is_undo {
        return redirect::undo(plan).map_or_else(|trouble| failure(&trouble.into()), |ways| undone(&ways));
    }
    let network = match network(addresses, env) {
        Ok(network) => network,
        Err(reason) => return Outcome::errors(Exit::Usage, [reason]),
    };
    if let Err(trouble) = network.check(env.get(IN_CLUSTER).is_some()) {
        return failure(&trouble.into());
    }
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Outcome::errors(Exit::System, [error]),
    };
    match runtime.block_on(redirect::establish(plan, mode, is_verified)) {
        Ok(done) => success(plan, done, is_verified),
        Err(failed) => failure(&failed),
    }
}

/// What is known of the pod's network, by flags first.
fn network(addresses: [Option<String>; 2], env: &Env) -> Result<Network, String> {
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

/// Something that `nft -f` can run, or `ip -batch` if only that is asked for.
fn commands(plan: Plan, mode: Mode, is_undo: bool) -> String {
    let of = |way| if is_undo { Plan::undo_commands(way) } else { plan.commands(way) };
    let also = if is_undo { "and" } else { "or, where that does not work," };
    match mode {
        Mode::Only(way) => of(way),
        Mode::Auto => format!("{}# {also} `ip -batch -` with\n# {}", of(Way::Nft), of(Way::Lo)),
    }
}

fn success(plan: Plan, done: Done, is_verified: bool) -> Outcome {
    let Plan { port, exempt_uid } = plan;
    let proof = if is_verified { "proven by a connection" } else { "not proven" };
    let text = match done.way {
        Way::Nft => format!(
            "169.254.169.254:80 leads to 127.0.0.1:{port} (nftables, table ip {TABLE}; not for user {exempt_uid}); {proof}\n"
        ),
        Way::Lo => format!("169.254.169.254 is an address of lo, where wisp answers on port 80; {proof}\n"),
    };
    let warning = done
        .instead
        .map(|trouble| format!("nftables could not be used: {trouble}"));
    Outcome::success(text).with_warnings(warning)
}

fn undone(ways: &[Way]) -> Outcome {
    if ways.is_empty() {
        return Outcome::success("there was no redirect\n");
    }
    let ways: Vec<_> = ways.iter().map(ToString::to_string).collect();
    Outcome::success(format!("taken away: {}\n", ways.join(" and ")))
}

fn failure(failed: &Failed) -> Outcome {
    let exit = failed
        .0
        .first()
        .map_or(Exit::Failure, |(_, trouble)| exit(trouble));
    Outcome::errors(exit, failed.to_string().lines())
}

/// What decides is the first of what went wrong: it is about the better way.
const fn exit(trouble: &Trouble) -> Exit {
    match trouble {
        Trouble::NetworkUnknown | Trouble::Exempt { .. } => Exit::Usage,
        Trouble::Unsupported { .. } => Exit::Unsupported,
        Trouble::Kernel { .. } => Exit::System,
        Trouble::FileCapabilityLost { .. } => Exit::FileCapabilityLost,
        Trouble::PortTaken { .. } | Trouble::PortForbidden | Trouble::NotListening { .. } => {
            Exit::NotListening
        }
        Trouble::Unreachable
        | Trouble::Refused
        | Trouble::Silent
        | Trouble::Elsewhere
        | Trouble::Unconnected { .. } => Exit::NotProven,
        Trouble::NoCapability | Trouble::Denied => Exit::NotPermitted,
        Trouble::HostNetwork { .. } => Exit::HostNetwork,
    }
}

#[cfg(test)]
mod tests {
    use super::{Done, EXITS, Exit, Failed, Mode, Plan, Trouble, Way, commands, exit, failure, success};

    const PLAN: Plan = Plan { port: 4254, exempt_uid: 65532 };

    fn all() -> Vec<Trouble> {
        vec![
            Trouble::HostNetwork { address: "10.0.0.4".into() },
            Trouble::NetworkUnknown,
            Trouble::NoCapability,
            Trouble::FileCapabilityLost { uid: 65533 },
            Trouble::Denied,
            Trouble::Unsupported { what: "nftables with address translation", error: 95 },
            Trouble::Kernel { what: "the nftables rules", error: 22 },
            Trouble::Exempt { uid: 65532 },
            Trouble::PortTaken { port: 4254 },
            Trouble::PortForbidden,
            Trouble::NotListening { reason: "cannot listen on 127.0.0.1:80".into() },
            Trouble::Unreachable,
            Trouble::Refused,
            Trouble::Silent,
            Trouble::Elsewhere,
            Trouble::Unconnected { error: 1 },
        ]
    }

    #[test]
    fn every_trouble_has_its_code_and_says_the_way_out() {
        let shown: Vec<_> = all()
            .iter()
            .map(|trouble| {
                let outcome = failure(&Failed::from(trouble.clone()));
                format!("{} {}", outcome.exit as u8, outcome.messages)
            })
            .collect();
        insta::assert_snapshot!(shown.concat(), @"");
        for trouble in all() {
            let code = exit(&trouble);
            assert!(EXITS.iter().any(|(listed, _)| *listed == code), "{code:?} is not in the help");
        }
    }

    #[test]
    fn of_two_troubles_the_first_decides() {
        let failed = Failed(vec![
            (Some(Way::Nft), Trouble::Unsupported { what: "nftables", error: 95 }),
            (Some(Way::Lo), Trouble::PortForbidden),
        ]);
        let outcome = failure(&failed);
        assert_eq!(outcome.exit, Exit::Unsupported);
        insta::assert_snapshot!(outcome.messages, @"");
    }

    #[test]
    fn success_says_what_was_done_and_why_not_better() {
        let done = |way, instead| success(PLAN, Done { way, instead }, true);
        insta::assert_snapshot!(done(Way::Nft, None).output, @"");
        let fallen_back = done(Way::Lo, Some(Trouble::Unreachable));
        insta::assert_snapshot!(fallen_back.output + &fallen_back.messages, @"");
        insta::assert_snapshot!(success(PLAN, Done { way: Way::Nft, instead: None }, false).output, @"");
    }

    #[test]
    fn a_dry_run_prints_commands() {
        insta::assert_snapshot!(commands(PLAN, Mode::Auto, false), @"");
        insta::assert_snapshot!(commands(PLAN, Mode::Only(Way::Lo), false), @"");
        insta::assert_snapshot!(commands(PLAN, Mode::Auto, true), @"");
    }
}
