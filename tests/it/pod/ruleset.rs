//! What is left behind is what is said, however often it is made, and nothing after it is undone.

use serde_json::{Value, json};

use super::stage::{INIT, Pod};
use crate::kit::{namespace::Namespace, run::run, stub::Stub};

/// `nft -j list ruleset`, without what differs from run to run.
fn ruleset(namespace: &Namespace) -> Value {
    let mut all: Value = serde_json::from_str(&namespace.must("nft -j list ruleset")).unwrap();
    let list = all["nftables"].as_array_mut().unwrap();
    list.retain(|entry| entry.get("metainfo").is_none());
    for entry in list.iter_mut() {
        for object in entry.as_object_mut().unwrap().values_mut() {
            object.as_object_mut().unwrap().remove("handle");
        }
    }
    all["nftables"].take()
}

fn expected(port: u16, passthrough: Option<u32>) -> Value {
    let is = |left: Value, right: Value| json!({"match": {"op": "==", "left": left, "right": right}});
    let field = |protocol: &str, field: &str| json!({"payload": {"protocol": protocol, "field": field}});
    let address = is(field("ip", "daddr"), json!("169.254.169.254"));
    let service = is(field("tcp", "dport"), json!(80));
    let passes = |uid: u32| {
        json!([
            address, service, is(json!({"meta": {"key": "skuid"}}), json!(uid)), is(field("ip", "dscp"), json!(43)),
            {"dnat": {"addr": "169.254.169.254", "port": 80}},
        ])
    };
    let rule = |expressions: Value| json!({"rule": {"family": "ip", "table": "wisp_redirect", "chain": "output", "expr": expressions}});
    let mut all = vec![
        json!({"table": {"family": "ip", "name": "wisp_redirect"}}),
        json!({"chain": {"family": "ip", "table": "wisp_redirect", "name": "output", "type": "nat", "hook": "output",
            "prio": -110, "policy": "accept"}}),
    ];
    all.extend(passthrough.map(|uid| rule(passes(uid))));
    all.push(rule(json!([address, service, {"redirect": {"port": port}}])));
    all.into()
}

#[test]
fn is_what_is_said_after_one_run_and_after_three() {
    let pod = Pod::new();
    for _ in 0..3 {
        pod.redirected(&["--mode", "nft"]);
        assert_eq!(ruleset(&pod.network), expected(4254, None));
    }
    pod.redirected(&["--mode", "nft", "--port", "8000", "--passthrough-uid", "4294967294"]);
    assert_eq!(ruleset(&pod.network), expected(8000, Some(4_294_967_294)), "a run replaces the one before");
    let ran = pod.redirected(&["--undo"]);
    assert_eq!(ran.output, "removed: nftables\n");
    assert_eq!(ruleset(&pod.network), json!([]));
    assert_eq!(pod.redirected(&["--undo"]).output, "there was no redirect\n");
}

#[test]
fn is_what_nft_makes_of_the_dry_run() {
    let (pod, other) = (Pod::new(), Namespace::new("other"));
    let before = json!([]);
    for arguments in [&[][..], &["--passthrough-uid", "54254"]] {
        pod.redirected(&["--undo"]);
        let printed = pod.redirected(&[arguments, &["--dry-run"]].concat()).output;
        assert_eq!(ruleset(&pod.network), before, "a dry run changes nothing");
        for _ in 0..2 {
            let ran = other.feed("nft -f -", &printed);
            assert_eq!(ran.code, 0, "{ran:?}");
        }
        pod.redirected(arguments);
        assert_eq!(ruleset(&other), ruleset(&pod.network));
        // Byte for byte, as far as nft knows to say it.
        assert_eq!(other.rules(), pod.network.rules());
    }
    let undo = pod.redirected(&["--dry-run", "--undo"]).output;
    assert_eq!(other.feed("nft -f -", &undo).code, 0);
    assert_eq!(ruleset(&other), json!([]));
}

#[test]
fn of_others_is_left_alone() {
    let pod = Pod::new();
    let theirs =
        "table ip theirs { chain output { type nat hook output priority -100; tcp dport 81 accept; }; }";
    assert_eq!(pod.network.feed("nft -f -", theirs).code, 0);
    let before = pod.network.rules();
    pod.redirected(&[]);
    assert_ne!(pod.network.rules(), before);
    pod.redirected(&["--undo"]);
    assert_eq!(pod.network.rules(), before);
}

#[test]
fn and_address_follow_the_mode() {
    let pod = Pod::new();
    let addresses = || pod.network.ip("-o -4 address show dev lo");
    let before = addresses();
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    for _ in 0..3 {
        pod.redirected(&["--mode", "lo"]);
        assert!(addresses().contains("inet 169.254.169.254/32 scope host lo"), "{}", addresses());
        assert_eq!(addresses().lines().count(), before.lines().count() + 1);
    }
    pod.redirected(&["--mode", "nft"]);
    assert_eq!((addresses(), ruleset(&pod.network)), (before.clone(), expected(4254, None)));
    pod.redirected(&["--mode", "lo"]);
    assert_eq!(ruleset(&pod.network), json!([]));
    assert_eq!(pod.redirected(&["--undo"]).output, "removed: the address on lo\n");
    assert_eq!(addresses(), before);
    let printed = pod.redirected(&["--mode", "lo", "--dry-run"]).output;
    for _ in 0..2 {
        assert_eq!(pod.network.feed("ip -batch -", &printed).code, 0);
    }
    assert!(addresses().contains("inet 169.254.169.254/32 scope host lo"), "{}", addresses());
    let undo = pod
        .redirected(&["--mode", "lo", "--dry-run", "--undo"])
        .output;
    assert_eq!(pod.network.feed("ip -batch -", &undo).code, 0);
    assert_eq!(addresses(), before);
}

#[test]
fn is_whole_or_not_there() {
    let pod = Pod::new();
    pod.redirected(&[]);
    let before = pod.network.rules();
    // Somebody holds wisp's port: nothing is changed, not even what an earlier run has made.
    let _taken = Stub::start(&pod.network, "127.0.0.1:4254", "somebody");
    let ran = pod.redirect(&["--passthrough-uid", "5"]);
    assert_eq!(ran.code, 73, "{ran:?}");
    assert_eq!(pod.network.rules(), before);
    let ran = run(pod
        .wisp(INIT, &["net_admin"])
        .args(["redirect", "--passthrough-uid", "5", "--no-verify"]));
    assert!(ran.code == 0 && ran.output.ends_with("not proven\n"), "{ran:?}");
    assert_eq!(ruleset(&pod.network), expected(4254, Some(5)));
}
