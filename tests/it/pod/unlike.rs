//! Pods that are not like others.

use super::stage::{APP, IMDS, Pod};
use crate::kit::stub::Stub;

/// No IPv4 but on `lo`: nothing routes to the metadata service's address, and the address on `lo` needs no route.
#[test]
fn without_ipv4_get_the_address_on_lo() {
    let pod = Pod::new();
    pod.network.ip("address delete 10.77.0.2/24 dev eth0");
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    let ran = pod.redirect(&["--mode", "nft"]);
    assert_eq!(ran.code, 76, "{ran:?}");
    assert_eq!(pod.network.rules(), "", "what could not be proven is gone");
    insta::assert_snapshot!(ran.messages, @"error: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 found no route; use `--mode auto` or `--mode lo`, which need neither nftables nor a route, or inject with the mode `env` or `http-proxy`, which need no privilege");
    let ran = pod.redirected(&[]);
    assert_eq!(pod.network.rules(), "");
    insta::assert_snapshot!(ran.output + &ran.messages, @"
    169.254.169.254 is an address of lo, where wisp answers on port 80; proven by a connection
    warning: nftables could not be used: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 found no route
    ");
    let _wisp = Stub::start(&pod.network, IMDS, "wisp");
    assert_eq!(pod.asked_by(APP), "wisp");
}

#[test]
fn without_ipv6_are_no_different() {
    let pod = Pod::new();
    pod.network.sysctl("net/ipv6/conf/all/disable_ipv6", "1");
    assert_eq!(pod.redirected(&[]).messages, "");
    let _wisp = Stub::start(&pod.network, "127.0.0.1:4254", "wisp");
    assert_eq!(pod.asked_by(APP), "wisp");
}

/// Somebody whose rules come even before: auto finds the other way, and nothing that does not work is left.
#[test]
fn where_the_rule_does_not_lead_to_wisp_get_the_address_on_lo() {
    let pod = Pod::new();
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    let theirs = "\
table ip theirs {
  chain output {
    type nat hook output priority -150;
    oifname lo accept
    ip daddr 169.254.169.254 tcp dport 80 redirect to :15001
  }
}
";
    assert_eq!(pod.network.feed("nft -f -", theirs).code, 0);
    let before = pod.network.rules();
    let ran = pod.redirect(&["--mode", "nft"]);
    assert_eq!((ran.code, pod.network.rules()), (76, before.clone()));
    assert!(ran.messages.contains("was refused"), "{ran:?}");
    let somebody = Stub::start(&pod.network, "127.0.0.1:15001", "somebody");
    let ran = pod.redirect(&["--mode", "nft"]);
    assert_eq!((ran.code, pod.network.rules()), (76, before.clone()));
    assert!(ran.messages.contains("reached another process"), "{ran:?}");
    let ran = pod.redirected(&[]);
    assert!(
        ran.messages
            .starts_with("warning: nftables could not be used: "),
        "{ran:?}"
    );
    drop(somebody);
    let _wisp = Stub::start(&pod.network, IMDS, "wisp");
    assert_eq!((pod.asked_by(APP), pod.network.rules()), ("wisp".into(), before));
}

/// Rules that let nothing through to that address: there is no way left, and both reasons are given.
#[test]
fn where_everything_is_dropped_are_left_as_they_were() {
    let pod = Pod::new();
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    let theirs = "\
table ip theirs {
  chain output { type filter hook output priority -150; ip daddr 169.254.169.254 drop; }
}
";
    assert_eq!(pod.network.feed("nft -f -", theirs).code, 0);
    let before = (pod.network.rules(), pod.network.ip("-o address show dev lo"));
    let ran = pod.redirect(&[]);
    assert_eq!(ran.code, 76, "{ran:?}");
    insta::assert_snapshot!(ran.messages, @"
    error: by nftables: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 was not answered
    error: by the address on lo: the redirect was made, could not be proven and was removed: a connection to 169.254.169.254:80 was not answered; look for a rule that comes first, by `nft list ruleset` in the pod's network namespace, or inject with the mode `env` or `http-proxy`, which need no privilege
    ");
    assert_eq!((pod.network.rules(), pod.network.ip("-o address show dev lo")), before);
}
