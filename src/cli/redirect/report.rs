//! What `wisp redirect` says, and its exit codes.

use crate::{
    cli::exit::{Exit, Outcome},
    redirect::{ApplyError, Backend, Done, Mode, Plan, Proof, RedirectError, TABLE},
};

/// The exit codes of this command.
pub(in crate::cli) const EXITS: [(Exit, &str); 8] = [
    (Exit::Usage, "arguments are wrong, or the network it runs in is not known"),
    (Exit::Unsupported, "the kernel lacks what is needed"),
    (Exit::System, "the kernel refuses for another reason"),
    (Exit::FileCapabilityLost, "the image lost its file capability"),
    (Exit::NotListening, "wisp could not listen: the port is taken or privileged"),
    (Exit::NotProven, "it was made, could not be proven, and was removed"),
    (Exit::NotPermitted, "no capability NET_ADMIN, or it does not help"),
    (Exit::HostNetwork, "the pod uses the network of its node"),
];

/// Something that `nft -f` can run, or `ip -batch` if only that is asked for.
pub(super) fn commands(plan: Plan, mode: Mode, is_undo: bool) -> String {
    let of = |backend| if is_undo { Plan::undo_commands(backend) } else { plan.commands(backend) };
    let also = if is_undo { "and" } else { "or, where that does not work," };
    match mode {
        Mode::Only(backend) => of(backend),
        Mode::Auto => format!("{}# {also} `ip -batch -` with\n# {}", of(Backend::Nft), of(Backend::Lo)),
    }
}

pub(super) fn success(plan: Plan, done: Done, proof: Proof) -> Outcome {
    let Plan { port, passthrough_uid } = plan;
    let proof = if proof == Proof::Skipped { "not proven" } else { "proven by a connection" };
    let text = match done.backend {
        Backend::Nft => {
            let passthrough = passthrough_uid.map_or_else(String::new, |uid| {
                format!("; not for what wisp, as user {uid}, passes on to the node")
            });
            format!(
                "169.254.169.254:80 leads to 127.0.0.1:{port} (nftables, table ip {TABLE}{passthrough}); {proof}\n"
            )
        }
        Backend::Lo => {
            format!("169.254.169.254 is an address of lo, where wisp answers on port 80; {proof}\n")
        }
    };
    let fell_back = done
        .instead
        .map(|error| format!("nftables could not be used: {}", error.cause()));
    let is_shut = done.backend == Backend::Lo && passthrough_uid.is_some();
    let shut = is_shut.then(|| {
        "WISP_PASSTHROUGH has no effect: with the metadata service's address on `lo` nothing in this pod reaches the node's \
         service"
            .to_owned()
    });
    Outcome::success(text).with_warnings(fell_back.into_iter().chain(shut))
}

pub(super) fn undone(backends: &[Backend]) -> Outcome {
    if backends.is_empty() {
        return Outcome::success("there was no redirect\n");
    }
    let backends: Vec<_> = backends.iter().map(ToString::to_string).collect();
    Outcome::success(format!("removed: {}\n", backends.join(" and ")))
}

pub(super) fn failure(failed: &ApplyError) -> Outcome {
    let exit = failed
        .0
        .first()
        .map_or(Exit::Failure, |(_, error)| exit(error));
    Outcome::errors(exit, failed.to_string().lines())
}

/// What decides is the first of what went wrong: it is about nftables.
const fn exit(error: &RedirectError) -> Exit {
    match error {
        RedirectError::NetworkUnknown => Exit::Usage,
        RedirectError::Unsupported { .. } => Exit::Unsupported,
        RedirectError::Kernel { .. } => Exit::System,
        RedirectError::FileCapabilityLost { .. } => Exit::FileCapabilityLost,
        RedirectError::PortTaken { .. }
        | RedirectError::PortForbidden
        | RedirectError::NotListening { .. } => Exit::NotListening,
        RedirectError::Unreachable
        | RedirectError::Refused
        | RedirectError::Silent
        | RedirectError::Elsewhere
        | RedirectError::Unconnected { .. } => Exit::NotProven,
        RedirectError::NoCapability | RedirectError::Denied => Exit::NotPermitted,
        RedirectError::HostNetwork { .. } => Exit::HostNetwork,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ApplyError, Backend, Done, EXITS, Exit, Mode, Plan, Proof, RedirectError, commands, exit, failure,
        success,
    };
    use crate::names::{SIDECAR_UID, TOKEN_PORT};

    const PLAN: Plan = Plan { port: TOKEN_PORT, passthrough_uid: None };
    const PASSING: Plan = Plan { passthrough_uid: Some(SIDECAR_UID), ..PLAN };

    fn all() -> Vec<RedirectError> {
        vec![
            RedirectError::HostNetwork { evidence: "both have the address 10.0.0.4".into() },
            RedirectError::NetworkUnknown,
            RedirectError::NoCapability,
            RedirectError::FileCapabilityLost { uid: 54255 },
            RedirectError::Denied,
            RedirectError::Unsupported { what: "nftables NAT support", error: 95 },
            RedirectError::Kernel { what: "the nftables rules", error: 22 },
            RedirectError::PortTaken { port: 4254 },
            RedirectError::PortForbidden,
            RedirectError::NotListening { reason: "cannot listen on 127.0.0.1:80".into() },
            RedirectError::Unreachable,
            RedirectError::Refused,
            RedirectError::Silent,
            RedirectError::Elsewhere,
            RedirectError::Unconnected { error: 1 },
        ]
    }

    #[test]
    fn every_error_has_its_code_and_says_the_fix() {
        let shown: Vec<_> = all()
            .iter()
            .map(|error| {
                let outcome = failure(&ApplyError::from(error.clone()));
                format!("{} {}", outcome.exit as u8, outcome.messages)
            })
            .collect();
        insta::assert_snapshot!(shown.concat(), @"
        78 error: this pod uses the network of its node (both have the address 10.0.0.4): a redirect would take the metadata service away from the whole node; take `hostNetwork` out of the pod, or inject with the mode `env` or `http-proxy`, which need no privilege
        64 error: cannot tell whether this pod uses the network of its node, which must not be changed; set WISP_POD_IP and WISP_HOST_IP by `fieldRef` from status.podIP and status.hostIP
        77 error: this container may not change its network: it lacks the capability NET_ADMIN; give it `capabilities: {drop: [ALL], add: [NET_ADMIN]}`, or inject with the mode `env` or `http-proxy`, which need no privilege
        72 error: the image lost its file capability: the container was given NET_ADMIN, but user 54255 only gets it through `cap_net_admin=p` on the program's file, which is not there; copy the image with a tool that keeps extended attributes, or set `runAsUser: 0` and `runAsNonRoot: false` for this init container alone
        77 error: the kernel refuses although NET_ADMIN is there: the pod's network belongs to another user namespace, or a seccomp, AppArmor or SELinux profile forbids netlink; use the seccomp profile RuntimeDefault for this init container, or inject with the mode `env` or `http-proxy`, which need no privilege
        69 error: the kernel lacks nftables NAT support: Operation not supported (os error 95); use `--mode auto` or `--mode lo`, which need neither nftables nor a route, or inject with the mode `env` or `http-proxy`, which need no privilege
        71 error: the kernel refuses the nftables rules: Invalid argument (os error 22); try the other `--mode`, or inject with the mode `env` or `http-proxy`, which need no privilege
        73 error: port 4254 is taken by another process of this pod; if that is wisp itself, start it after this command or pass --no-verify, otherwise choose another one with --port and WISP_LISTEN
        73 error: wisp could not listen on port 80 of the address on lo, which is for privileged users here; set the pod's sysctl `net.ipv4.ip_unprivileged_port_start` to 80, or inject with the mode `env` or `http-proxy`, which need no privilege
        73 error: wisp could not listen there: cannot listen on 127.0.0.1:80; choose a free port with --port and WISP_LISTEN
        76 error: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 found no route; use `--mode auto` or `--mode lo`, which need neither nftables nor a route, or inject with the mode `env` or `http-proxy`, which need no privilege
        76 error: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 was refused; look for a rule that comes first, by `nft list ruleset` in the pod's network namespace, or inject with the mode `env` or `http-proxy`, which need no privilege
        76 error: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 was not answered; look for a rule that comes first, by `nft list ruleset` in the pod's network namespace, or inject with the mode `env` or `http-proxy`, which need no privilege
        76 error: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 reached another process; look for a rule that comes first, by `nft list ruleset` in the pod's network namespace, or inject with the mode `env` or `http-proxy`, which need no privilege
        76 error: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 failed: Operation not permitted (os error 1); try the other `--mode`, or inject with the mode `env` or `http-proxy`, which need no privilege
        ");
        for error in all() {
            let code = exit(&error);
            assert!(EXITS.iter().any(|(listed, _)| *listed == code), "{code:?} is not in the help");
        }
    }

    #[test]
    fn of_two_errors_the_first_decides() {
        let failed = ApplyError(vec![
            (Some(Backend::Nft), RedirectError::Unsupported { what: "nftables", error: 95 }),
            (Some(Backend::Lo), RedirectError::PortForbidden),
        ]);
        let outcome = failure(&failed);
        assert_eq!(outcome.exit, Exit::Unsupported);
        insta::assert_snapshot!(outcome.messages, @"
        error: by nftables: the kernel lacks nftables: Operation not supported (os error 95)
        error: by the address on lo: wisp could not listen on port 80 of the address on lo, which is for privileged users here; set the pod's sysctl `net.ipv4.ip_unprivileged_port_start` to 80, or inject with the mode `env` or `http-proxy`, which need no privilege
        ");
    }

    #[test]
    fn success_says_what_was_done_and_why_not_better() {
        let done = |backend, instead| success(PLAN, Done { backend, instead }, Proof::OwnListener);
        insta::assert_snapshot!(done(Backend::Nft, None).output, @"169.254.169.254:80 leads to 127.0.0.1:4254 (nftables, table ip wisp_redirect); proven by a connection");
        let fallen_back = done(Backend::Lo, Some(RedirectError::Unreachable));
        insta::assert_snapshot!(fallen_back.output + &fallen_back.messages, @"
        169.254.169.254 is an address of lo, where wisp answers on port 80; proven by a connection
        warning: nftables could not be used: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 found no route
        ");
        let passing = |backend| success(PASSING, Done { backend, instead: None }, Proof::OwnListener);
        insta::assert_snapshot!(passing(Backend::Nft).output, @"169.254.169.254:80 leads to 127.0.0.1:4254 (nftables, table ip wisp_redirect; not for what wisp, as user 54254, passes on to the node); proven by a connection");
        assert_eq!(passing(Backend::Nft).messages, "");
        insta::assert_snapshot!(passing(Backend::Lo).messages, @"warning: WISP_PASSTHROUGH has no effect: with the metadata service's address on `lo` nothing in this pod reaches the node's service");
        insta::assert_snapshot!(success(PLAN, Done { backend: Backend::Nft, instead: None }, Proof::Skipped).output, @"169.254.169.254:80 leads to 127.0.0.1:4254 (nftables, table ip wisp_redirect); not proven");
    }

    #[test]
    fn a_dry_run_prints_commands() {
        insta::assert_snapshot!(commands(PLAN, Mode::Auto, false), @"
        table ip wisp_redirect
        delete table ip wisp_redirect
        table ip wisp_redirect {
        	chain output {
        		type nat hook output priority -110; policy accept;
        		ip daddr 169.254.169.254 tcp dport 80 redirect to :4254
        	}
        }
        # or, where that does not work, `ip -batch -` with
        # address replace 169.254.169.254/32 dev lo scope host
        ");
        insta::assert_snapshot!(commands(PASSING, Mode::Only(Backend::Nft), false), @"
        table ip wisp_redirect
        delete table ip wisp_redirect
        table ip wisp_redirect {
        	chain output {
        		type nat hook output priority -110; policy accept;
        		ip daddr 169.254.169.254 tcp dport 80 meta skuid 54254 ip dscp 0x2b dnat to 169.254.169.254:80
        		ip daddr 169.254.169.254 tcp dport 80 redirect to :4254
        	}
        }
        ");
        insta::assert_snapshot!(commands(PLAN, Mode::Only(Backend::Lo), false), @"address replace 169.254.169.254/32 dev lo scope host");
        insta::assert_snapshot!(commands(PLAN, Mode::Auto, true), @"
        table ip wisp_redirect
        delete table ip wisp_redirect
        # and `ip -batch -` with
        # address delete 169.254.169.254/32 dev lo
        ");
    }
}
