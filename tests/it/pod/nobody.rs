//! With the default settings nobody in a pod reaches the node's metadata service, whoever it is.

use super::{
    asker::Asker,
    stage::{IMDS, INIT, Pod, SIDECAR},
};
use crate::kit::stub::Stub;
use wisp::names::PASSTHROUGH_DSCP;

/// The users of common images: root and the system's, web servers, databases, caches, build tools, distroless, meshes, OpenShift,
/// both of wisp, and those at the ends of what there is.
const USERS: [u32; 47] = [
    0,
    1,
    2,
    5,
    8,
    10,
    33,
    48,
    65,
    70,
    82,
    99,
    100,
    101,
    102,
    103,
    104,
    105,
    106,
    110,
    185,
    200,
    405,
    472,
    501,
    568,
    911,
    998,
    999,
    1000,
    1001,
    1002,
    1024,
    1337,
    2000,
    3000,
    5050,
    8737,
    10_000,
    10_001,
    65_532,
    65_533,
    65_534,
    INIT,
    SIDECAR,
    1_000_660_000,
    2_147_483_646,
];

/// What a program may send with: nothing, the codepoints that programs are known to choose, and wisp's.
const MARKS: [u8; 7] = [0, 8, 18, 46, 48, 0b11_1111, PASSTHROUGH_DSCP];

#[test]
fn reaches_the_node_by_nftables() {
    reaches(&["--mode", "nft"], "127.0.0.1:4254");
}

#[test]
fn reaches_the_node_by_the_address_on_lo() {
    reaches(&["--mode", "lo"], IMDS);
}

fn reaches(arguments: &[&str], listener: &str) {
    let pod = Pod::new();
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    let node = Stub::start(&pod.node, IMDS, "the node");
    assert_eq!(Asker::plain(1000).ask(&pod), "the node", "there is a way without the redirect");
    pod.redirected(arguments);
    // Not even while the sidecar is not up.
    for user in USERS {
        let asker = Asker::plain(user);
        assert!(asker.ask(&pod).contains("refused"), "{asker:?}");
    }
    let _wisp = Stub::start(&pod.network, listener, "wisp");
    for user in USERS {
        for dscp in MARKS {
            let asker = Asker { user, dscp };
            assert_eq!(asker.ask(&pod), "wisp", "{asker:?}");
        }
    }
    assert_eq!(node.requests().len(), 1);
}

/// `wisp serve` as it runs without `WISP_PASSTHROUGH`, on the paths of the node's service.
#[test]
fn not_even_wisp_itself() {
    let pod = Pod::new();
    let node = Stub::start(&pod.node, IMDS, "the node");
    let entra = pod.entra();
    pod.redirected(&[]);
    let _sidecar = pod.serve(SIDECAR, &entra, &[]);
    for user in USERS {
        let answer = Asker { user, dscp: PASSTHROUGH_DSCP }.ask(&pod);
        assert!(answer.starts_with(r#"{"error":"#), "{user}: {answer}");
    }
    assert!(node.requests().is_empty(), "{:?}", node.requests());
}
