//! The sidecar's container: runc, with the limits of its manifest.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::kit::{
    namespace::Namespace,
    process::{Process, Stream},
    programs::WISP,
    run::{Ran, must, require, run},
};

const MEMORY: u64 = 32 << 20;

/// A tenth of a processor, in the periods that Kubernetes has.
const CPU: (u64, u64) = (10_000, 100_000);

/// Ahead of all else on this machine, so that its own limit is what is measured.
const SHARES: u64 = 262_144;

const SIDECAR: u32 = 54254;

/// A running `wisp serve`.
pub(super) struct Container {
    name: String,
    bundle: TempDir,
    process: Process,
}

impl Container {
    /// Starts one in the network of `pod`, and waits until it serves.
    pub(super) fn start(pod: &Namespace, environment: &[(&str, String)]) -> Self {
        require(&["runc"]);
        let bundle = tempfile::tempdir().unwrap();
        let folder = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        folder(bundle.path());
        let root = bundle.path().join("rootfs");
        for name in ["usr", "lib", "lib64", "proc", "tmp"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        fs::create_dir(root.join("etc")).unwrap();
        fs::write(root.join("etc/hosts"), "127.0.0.1 localhost\n").unwrap();
        let program = root.join("wisp");
        must(
            Command::new("strip")
                .arg("-o")
                .arg(&program)
                .arg(program_to_test()),
        );
        folder(&program);
        let spec = spec(&pod.path(), pod.name(), environment);
        fs::write(bundle.path().join("config.json"), spec.to_string()).unwrap();
        let process = Process::start(
            runc(&bundle)
                .args(["run", "--bundle"])
                .arg(bundle.path())
                .arg(pod.name())
                .stdin(Stdio::null()),
        );
        let container = Self { name: pod.name().to_owned(), bundle, process };
        container
            .process
            .line("wisp is serving")
            .unwrap_or_else(|error| panic!("{error}"));
        container
    }

    /// The probe that the kubelet makes.
    pub(super) fn probe(&self, check: &str) -> Ran {
        run(runc(&self.bundle).args(["exec", &self.name, "/wisp", "probe", check]))
    }

    /// Tells it to end, as the kubelet does.
    pub(super) fn terminate(&self) {
        must(runc(&self.bundle).args(["kill", &self.name, "TERM"]));
    }

    /// The most bytes that are resident within so long a time.
    pub(super) fn most_resident(&self, long: Duration) -> u64 {
        let end = Instant::now() + long;
        let mut most = 0;
        while Instant::now() < end {
            most = most.max(self.resident());
            thread::sleep(Duration::from_millis(20));
        }
        most
    }

    fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = line
            .unwrap_or_default()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap_or(0);
        kib << 10
    }

    /// Fails if it was ended, by the kernel for its memory for example.
    pub(super) fn lives(&self) {
        let resident = self.resident();
        assert!(resident > 0, "the sidecar is gone: {}", self.log());
    }

    /// The process on this machine.
    fn process(&self) -> u64 {
        let state = must(runc(&self.bundle).args(["state", &self.name]));
        serde_json::from_str::<Value>(&state).unwrap()["pid"]
            .as_u64()
            .unwrap()
    }

    fn log(&self) -> String {
        self.process.text(Stream::Stderr)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        run(runc(&self.bundle).args(["kill", &self.name, "KILL"]));
        let _ = self.process.ended();
        run(runc(&self.bundle).args(["delete", "--force", &self.name]));
    }
}

fn runc(bundle: &TempDir) -> Command {
    let mut command = Command::new("runc");
    command.arg("--root").arg(bundle.path().join("state"));
    command
}

/// The binary that ships, or the one of these tests.
fn program_to_test() -> OsString {
    std::env::var_os("WISP_PROGRAM").unwrap_or_else(|| WISP.into())
}

fn spec(network: &str, name: &str, environment: &[(&str, String)]) -> Value {
    let shared = |folder: &str| json!({"destination": folder, "type": "bind", "source": folder, "options": ["rbind", "ro"]});
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": SIDECAR, "gid": SIDECAR},
            "args": ["/wisp", "serve"],
            "env": environment,
            "cwd": "/",
            "capabilities": {},
            "noNewPrivileges": true,
        },
        "root": {"path": "rootfs", "readonly": true},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            shared("/usr"), shared("/lib"), shared("/lib64"), shared("/tmp"),
        ],
        "linux": {
            "cgroupsPath": format!("/{name}"),
            "resources": {
                "memory": {"limit": MEMORY, "swap": MEMORY},
                "cpu": {"quota": CPU.0, "period": CPU.1, "shares": SHARES},
            },
            "namespaces": [
                {"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
                {"type": "network", "path": network},
            ],
        },
    })
}
