//! Containers as Kubernetes makes them: runc, capabilities bounding, permitted and effective but never ambient, a read-only
//! root, and the program with the file capability of the image.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use super::{
    programs::File,
    stage::{APP, INIT, Pod, SIDECAR},
};
use crate::kit::run::{Ran, require, run};
use crate::kit::stub::Stub;

/// What the manifest of a container says.
struct Container<'a> {
    user: u32,
    capabilities: &'a [&'a str],
    file: File,
    no_new_privileges: bool,
    seccomp: Option<Value>,
    arguments: &'a [&'a str],
}

impl Default for Container<'_> {
    /// The init container.
    fn default() -> Self {
        Self {
            user: INIT,
            capabilities: &["CAP_NET_ADMIN"],
            file: File::Permitted,
            no_new_privileges: true,
            seccomp: None,
            arguments: &["redirect", "--mode", "nft"],
        }
    }
}

impl Container<'_> {
    /// Runs it to its end in the pod's network.
    fn run(&self, pod: &Pod) -> Ran {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        require(&["runc"]);
        let bundle = tempfile::tempdir().unwrap();
        fs::set_permissions(bundle.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let root = bundle.path().join("rootfs");
        for folder in ["usr", "lib", "lib64", "proc"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        // A copy of the file, capability and all.
        fs::hard_link(pod.programs.path(self.file), root.join("wisp"))
            .expect("temporary files are on one file system");
        fs::write(bundle.path().join("config.json"), self.spec(&pod.network.path()).to_string()).unwrap();
        let name = format!("wisp-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(Command::new("runc")
            .arg("--root")
            .arg(bundle.path().join("state"))
            .args(["run", "--bundle"])
            .arg(bundle.path())
            .arg(name))
    }

    fn spec(&self, network: &str) -> Value {
        let library = |folder: &str| json!({"destination": folder, "type": "bind", "source": folder, "options": ["rbind", "ro"]});
        let arguments: Vec<_> = ["/wisp"].iter().chain(self.arguments).collect();
        json!({
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": self.user, "gid": self.user},
                "args": arguments,
                "env": ["PATH=/"],
                "cwd": "/",
                "capabilities": {
                    "bounding": self.capabilities,
                    "permitted": self.capabilities,
                    "effective": self.capabilities,
                },
                "noNewPrivileges": self.no_new_privileges,
            },
            "root": {"path": "rootfs", "readonly": true},
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                library("/usr"),
                library("/lib"),
                library("/lib64"),
            ],
            "linux": {
                "namespaces": [
                    {"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
                    {"type": "network", "path": network},
                ],
                "seccomp": self.seccomp,
            },
        })
    }
}

/// Where runc itself could not start the program.
const NOT_STARTED: &str = "operation not permitted";

#[test]
fn need_one_capability_and_a_file_that_permits_it() {
    let pod = Pod::new();
    let admin = &["CAP_NET_ADMIN"][..];
    let both = &["CAP_NET_ADMIN", "CAP_NET_RAW"][..];
    let bind = &["CAP_NET_BIND_SERVICE"][..];
    for no_new_privileges in [true, false] {
        for (user, capabilities, file, expected) in [
            (0, admin, File::Plain, Ok(0)),
            (0, both, File::Plain, Ok(0)),
            (0, &[], File::Plain, Ok(77)),
            (INIT, admin, File::Plain, Ok(72)),
            (INIT, &[], File::Plain, Ok(77)),
            (INIT, admin, File::Effective, Ok(0)),
            (INIT, &[], File::Effective, Err(NOT_STARTED)),
            (INIT, admin, File::Permitted, Ok(0)),
            (INIT, &[], File::Permitted, Ok(77)),
            (INIT, bind, File::Permitted, Ok(77)),
            (0, admin, File::Permitted, Ok(0)),
            (0, &[], File::Permitted, Ok(77)),
        ] {
            let container = Container { user, capabilities, file, no_new_privileges, ..Container::default() };
            let ran = container.run(&pod);
            let case = format!("{user} {capabilities:?} {file:?} {no_new_privileges}: {ran:?}");
            match expected {
                Ok(code) => assert_eq!(ran.code, code, "{case}"),
                Err(words) => assert!(ran.messages.contains(words), "{case}"),
            }
            assert_eq!(pod.network.rules().is_empty(), expected != Ok(0), "{case}");
            pod.redirected(&["--undo"]);
        }
    }
}

#[test]
fn that_lost_the_file_capability_are_told_so() {
    let pod = Pod::new();
    let ran = Container { file: File::Plain, ..Container::default() }.run(&pod);
    assert_eq!(ran.code, 72, "{ran:?}");
    insta::assert_snapshot!(ran.messages, @"error: the image lost its file capability: the container was given NET_ADMIN, but user 54255 only gets it through `cap_net_admin=p` on the program's file, which is not there; copy the image with a tool that keeps extended attributes, or set `runAsUser: 0` and `runAsNonRoot: false` for this init container alone");
}

/// The file of the init container is the sidecar's too, which has no capability at all.
#[test]
fn start_the_same_file_as_a_sidecar_without_rights() {
    let pod = Pod::new();
    let sidecar =
        |arguments| Container { user: SIDECAR, capabilities: &[], arguments, ..Container::default() };
    let ran = sidecar(&["--version"]).run(&pod);
    assert!(ran.code == 0 && ran.output.starts_with("wisp "), "{ran:?}");
    let ran = sidecar(&["serve", "--check"]).run(&pod);
    assert!(ran.code == 64 && ran.messages.contains("client_id"), "{ran:?}");
}

/// A kernel without nftables, as a sandbox's may be: sockets for it are not available.
fn without_nftables() -> Value {
    const EPROTONOSUPPORT: u32 = 93;
    let argument = |index: u32, value: u32| json!({"index": index, "value": value, "op": "SCMP_CMP_EQ"});
    let (netlink, netfilter) = (16, 12);
    json!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{
            "names": ["socket"],
            "action": "SCMP_ACT_ERRNO",
            "errnoRet": EPROTONOSUPPORT,
            "args": [argument(0, netlink), argument(2, netfilter)],
        }],
    })
}

#[test]
fn without_nftables_get_the_address_on_lo() {
    let pod = Pod::new();
    let container =
        |arguments| Container { seccomp: Some(without_nftables()), arguments, ..Container::default() };
    let ran = container(&["redirect", "--mode", "nft"]).run(&pod);
    assert_eq!(ran.code, 69, "{ran:?}");
    insta::assert_snapshot!(ran.messages, @"error: the kernel lacks nftables NAT support: Protocol not supported (os error 93); use `--mode auto` or `--mode lo`, which need neither nftables nor a route, or inject with the mode `env` or `http-proxy`, which need no privilege");
    let ran = container(&["redirect"]).run(&pod);
    assert_eq!(ran.code, 69, "port 80 is not available either: {ran:?}");
    insta::assert_snapshot!(ran.messages, @"
    error: by nftables: the kernel lacks nftables NAT support: Protocol not supported (os error 93)
    error: by the address on lo: wisp could not listen on port 80 of the address on lo, which is for privileged users here; set the pod's sysctl `net.ipv4.ip_unprivileged_port_start` to 80, or inject with the mode `env` or `http-proxy`, which need no privilege
    ");
    pod.network
        .sysctl("net/ipv4/ip_unprivileged_port_start", "80");
    let ran = container(&["redirect"]).run(&pod);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.output + &ran.messages, @"
    169.254.169.254 is an address of lo, where wisp answers on port 80; proven by a connection
    warning: nftables could not be used: the kernel lacks nftables NAT support: Protocol not supported (os error 93)
    ");
    let wisp = Stub::start(&pod.network, super::stage::IMDS, "wisp");
    assert_eq!(pod.asked_by(APP), "wisp");
    drop(wisp);
    let ran = container(&["redirect", "--undo"]).run(&pod);
    assert_eq!((ran.code, ran.output.as_str()), (0, "removed: the address on lo\n"), "{ran:?}");
}

/// A profile that forbids netlink altogether.
#[test]
fn that_are_refused_in_spite_of_the_capability_are_told_so() {
    let pod = Pod::new();
    let forbidden = json!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{
            "names": ["socket"],
            "action": "SCMP_ACT_ERRNO",
            "args": [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}],
        }],
    });
    let ran = Container { seccomp: Some(forbidden), ..Container::default() }.run(&pod);
    assert_eq!(ran.code, 77, "{ran:?}");
    insta::assert_snapshot!(ran.messages, @"error: the kernel refuses although NET_ADMIN is there: the pod's network belongs to another user namespace, or a seccomp, AppArmor or SELinux profile forbids netlink; use the seccomp profile RuntimeDefault for this init container, or inject with the mode `env` or `http-proxy`, which need no privilege");
}
