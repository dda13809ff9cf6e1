//! Service meshes that catch everything a pod sends: the application still reaches wisp, and wisp's own requests to the
//! real metadata service still reach that, whoever has made their rules first.
//!
//! The rules have the shape of Istio's, sidecar and ambient, by both kinds of iptables and by nftables.

use wisp::names::PASSTHROUGH_DSCP;

use super::{
    asker::Asker,
    stage::{APP, IMDS, Pod, SIDECAR},
};
use crate::kit::{run::require, stub::Stub};

/// The nat rules of the sidecar: whatever is not Envoy's own goes to it.
const SIDECAR_NAT: &str = "\
*nat
:ISTIO_INBOUND - [0:0]
:ISTIO_REDIRECT - [0:0]
:ISTIO_IN_REDIRECT - [0:0]
:ISTIO_OUTPUT - [0:0]
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A OUTPUT -p tcp -j ISTIO_OUTPUT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
COMMIT
";

/// Those of ambient: whatever is not ztunnel's own, which it marks, goes to it; TPROXY for what comes in.
const AMBIENT: &str = "\
*mangle
:ISTIO_PRERT - [0:0]
:ISTIO_OUTPUT - [0:0]
-A PREROUTING -j ISTIO_PRERT
-A OUTPUT -j ISTIO_OUTPUT
-A ISTIO_PRERT -m mark --mark 0x539/0xfff -j CONNMARK --set-xmark 0x111/0xfff
-A ISTIO_PRERT -s 169.254.7.127/32 -p tcp -j ACCEPT
-A ISTIO_PRERT ! -d 127.0.0.1/32 -i lo -p tcp -j ACCEPT
-A ISTIO_PRERT -p tcp --dport 15008 -m mark ! --mark 0x539/0xfff -j TPROXY --on-port 15008 --tproxy-mark 0x111/0xfff
-A ISTIO_PRERT -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ISTIO_PRERT ! -d 127.0.0.1/32 -p tcp -m mark ! --mark 0x539/0xfff -j TPROXY --on-port 15006 --tproxy-mark 0x111/0xfff
-A ISTIO_OUTPUT -m connmark --mark 0x111/0xfff -j CONNMARK --restore-mark
COMMIT
*nat
:ISTIO_OUTPUT - [0:0]
-A OUTPUT -j ISTIO_OUTPUT
-A ISTIO_OUTPUT -d 169.254.7.127/32 -p tcp -j ACCEPT
-A ISTIO_OUTPUT -p tcp -m mark --mark 0x111/0xfff -j ACCEPT
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -j ACCEPT
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -p tcp -m mark ! --mark 0x539/0xfff -j REDIRECT --to-ports 15001
COMMIT
";

const SIDECAR_NFT: &str = "\
table inet istio-proxy-nat {
  chain istio-redirect { meta l4proto tcp redirect to :15001; }
  chain istio-output {
    oifname lo ip saddr 127.0.0.6 return
    oifname lo meta skuid != 1337 return
    meta skuid 1337 return
    ip daddr 127.0.0.1 return
    jump istio-redirect
  }
  chain output { type nat hook output priority -100; jump istio-output; }
}
";

const AMBIENT_NFT: &str = "\
table inet istio-ambient-nat {
  chain istio-output {
    meta l4proto tcp ip daddr 169.254.7.127 counter accept
    meta l4proto tcp meta mark and 0xfff == 0x111 counter accept
    oifname lo ip daddr != 127.0.0.1 counter accept
    meta l4proto tcp ip daddr != 127.0.0.1 meta mark and 0xfff != 0x539 counter redirect to :15001
  }
  chain output { type nat hook output priority -100; jump istio-output; }
}
table inet istio-ambient-mangle {
  chain prerouting {
    type filter hook prerouting priority -150;
    meta mark and 0xfff == 0x539 counter ct mark set ct mark and 0xfffff000 or 0x111
  }
  chain output { type route hook output priority -150; ct mark and 0xfff == 0x111 counter meta mark set ct mark; }
}
";

const IPTABLES: [&str; 2] = ["iptables-nft-restore", "iptables-legacy-restore"];

fn meshes() -> Vec<(&'static str, &'static str)> {
    let mut meshes = vec![("nft -f -", SIDECAR_NFT), ("nft -f -", AMBIENT_NFT)];
    for restore in IPTABLES {
        meshes.extend([(restore, SIDECAR_NAT), (restore, AMBIENT)]);
    }
    meshes
}

fn join(pod: &Pod, (command, rules): (&str, &str)) {
    let ran = pod.network.feed(command, rules);
    assert_eq!(ran.code, 0, "{command}: {ran:?}");
    if rules == AMBIENT {
        pod.network
            .ip("rule add fwmark 0x111/0xfff pref 32764 lookup 100");
        pod.network.ip("route add local 0.0.0.0/0 dev lo table 100");
    }
}

/// Whoever answers an application, and whoever answers wisp's own requests.
fn reached(pod: &Pod) -> [String; 2] {
    [pod.asked_by(APP), Asker { user: SIDECAR, dscp: PASSTHROUGH_DSCP }.ask(pod)]
}

const PASSING: [&str; 4] = ["--mode", "nft", "--passthrough-uid", "54254"];

#[test]
fn do_not_come_between_an_application_and_wisp() {
    require(&IPTABLES);
    for mesh in meshes() {
        let pod = Pod::new();
        let _service = Stub::start(&pod.node, IMDS, "the node");
        let _mesh = Stub::start(&pod.network, "0.0.0.0:15001", "the mesh");
        join(&pod, mesh);
        assert_eq!(reached(&pod), ["the mesh", "the mesh"], "the rules do nothing: {mesh:?}");
        pod.redirected(&PASSING);
        let wisp = Stub::start(&pod.network, "127.0.0.1:4254", "wisp");
        assert_eq!(reached(&pod), ["wisp", "the node"], "redirect after {mesh:?}");
        drop(wisp);
        pod.redirected(&["--undo"]);
        assert_eq!(reached(&pod), ["the mesh", "the mesh"], "undone after {mesh:?}");
    }
}

#[test]
fn that_come_later_make_no_difference() {
    require(&IPTABLES);
    for mesh in meshes() {
        let pod = Pod::new();
        let _service = Stub::start(&pod.node, IMDS, "the node");
        let _mesh = Stub::start(&pod.network, "0.0.0.0:15001", "the mesh");
        pod.redirected(&PASSING);
        join(&pod, mesh);
        let _wisp = Stub::start(&pod.network, "127.0.0.1:4254", "wisp");
        assert_eq!(reached(&pod), ["wisp", "the node"], "redirect before {mesh:?}");
    }
}

#[test]
fn do_not_come_between_an_application_and_the_address_on_lo() {
    require(&IPTABLES);
    for is_first in [true, false] {
        for mesh in meshes() {
            let pod = Pod::new();
            pod.network
                .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
            let _mesh = Stub::start(&pod.network, "0.0.0.0:15001", "the mesh");
            if is_first {
                join(&pod, mesh);
            }
            pod.redirected(&["--mode", "lo"]);
            if !is_first {
                join(&pod, mesh);
            }
            let _wisp = Stub::start(&pod.network, IMDS, "wisp");
            assert_eq!(pod.asked_by(APP), "wisp", "{mesh:?}");
        }
    }
}
