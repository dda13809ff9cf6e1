//! A pod in a user namespace (`hostUsers: false`): its users are others outside, and its rights are for its own network.

use std::process::{Command, Stdio};

use super::programs::{File, Programs};
use crate::kit::{
    process::Process,
    run::{require, run},
};

/// Holds the namespaces open until its input ends.
const HOLD: &str = "echo here; read -r _";

/// What happens in the pod. Everybody is refused at once, because wisp is not there, the sidecar's user too.
const SCRIPT: &str = r#"
set -eu
ip link set lo up
ip link add eth0 type veth peer name eth1
ip address add 10.77.0.2/24 dev eth0
ip link set eth0 up
ip link set eth1 up
ip route add default dev eth0
as() { user=$1; shift; setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs "$@"; }
admin='--inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin --bounding-set=-all,+net_admin'
as 54255 $admin "$WISP" redirect --mode nft --passthrough-uid 54254
nft list ruleset
for user in 1000 54254; do
    as "$user" curl --silent --max-time 1 http://169.254.169.254/ || echo "user $user: curl $?"
done
as 54255 $admin "$WISP" redirect --undo
nft list ruleset
"#;

#[test]
fn has_its_own_rules_for_its_own_users() {
    require(&["unshare", "nsenter", "setpriv", "nft", "ip", "curl"]);
    let programs = Programs::shared();
    let holder = Process::start(
        Command::new("unshare")
            .args(["--user", "--net", "sh", "-c", HOLD])
            .stdin(Stdio::piped()),
    );
    holder
        .line("here")
        .expect("this test makes user namespaces, which the kernel must allow");
    // As the kubelet does it: user 0 of the pod is user 231072 of the node.
    let process = holder.id().to_string();
    for map in ["uid_map", "gid_map"] {
        std::fs::write(format!("/proc/{process}/{map}"), "0 231072 65536\n").unwrap();
    }
    let ran = run(Command::new("nsenter")
        .args(["--target", &process, "--user", "--net", "sh", "-c", SCRIPT])
        .env("WISP", programs.path(File::Plain)));
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.output, @"
    169.254.169.254:80 leads to 127.0.0.1:4254 (nftables, table ip wisp_redirect; not for what wisp, as user 54254, passes on to the node); proven by a connection
    table ip wisp_redirect {
    	chain output {
    		type nat hook output priority -110; policy accept;
    		ip daddr 169.254.169.254 tcp dport 80 meta skuid 54254 ip dscp 0x2b dnat to 169.254.169.254:80
    		ip daddr 169.254.169.254 tcp dport 80 redirect to :4254
    	}
    }
    user 1000: curl 7
    user 54254: curl 7
    removed: nftables
    ");
}
