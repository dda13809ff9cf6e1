//! A pod in a user namespace (`hostUsers: false`): its users are others outside, and its rights are for its own network.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use super::{
    namespace::{must, require},
    programs::{File, Programs},
};

/// Says when it is there, waits for its users, and tells what two of them reach. All of it is gone with the last process.
const SCRIPT: &str = r#"
set -eu
echo here
read -r _
ip link set lo up
ip link add eth0 type veth peer name eth1
ip address add 10.77.0.2/24 dev eth0
ip link set eth0 up
ip link set eth1 up
ip route add default dev eth0
admin='--inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin --bounding-set=-all,+net_admin --no-new-privs'
setpriv --reuid=65533 --regid=65533 --clear-groups $admin "$WISP" redirect --mode nft
nft list ruleset
setpriv --reuid=65533 --regid=65533 --clear-groups $admin "$WISP" redirect --undo
nft list ruleset
"#;

#[test]
fn has_its_own_rules_for_its_own_users() {
    require(&["unshare", "setpriv", "nft", "ip"]);
    let programs = Programs::shared();
    let mut child = Command::new("unshare")
        .args(["--user", "--net", "--kill-child", "--", "sh", "-c", SCRIPT])
        .env("WISP", programs.path(File::Plain))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "here\n");
    // As the kubelet does it: user 0 of the pod is user 231072 of the node.
    for map in ["uid_map", "gid_map"] {
        std::fs::write(format!("/proc/{}/{map}", child.id()), "0 231072 65536\n").unwrap();
    }
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let rest: String = output.lines().map(|line| line.unwrap() + "\n").collect();
    assert!(child.wait().unwrap().success(), "{rest}");
    insta::assert_snapshot!(rest, @"");
    must(Command::new("true").env_clear());
}
