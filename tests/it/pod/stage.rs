//! A pod on its node, and the containers of it.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
    sync::Arc,
};

use wisp::emulator::{Config, Options};

use super::programs::{File, Programs};
use crate::kit::{
    entra::Entra,
    namespace::Namespace,
    process::{Process, Stream},
    run::{Ran, require, run},
};

/// The users of the init container and of the sidecar.
pub(super) const INIT: u32 = 54255;
pub(super) const SIDECAR: u32 = 54254;

/// A user of an application.
pub(super) const APP: u32 = 1000;

/// The metadata service, and a question to it as an application sends it.
pub(super) const IMDS: &str = "169.254.169.254:80";
pub(super) const TOKEN: &str = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net";

pub(super) const POD_IP: &str = "10.77.0.2";
pub(super) const NODE_IP: &str = "10.77.0.1";

/// A pod with an address and a default route over its node, which has the metadata service's address.
#[derive(Debug)]
pub(super) struct Pod {
    pub(super) network: Namespace,
    pub(super) node: Namespace,
    pub(super) programs: Arc<Programs>,
}

impl Pod {
    pub(super) fn new() -> Self {
        require(&["nft", "setpriv", "curl"]);
        let pod = Self {
            network: Namespace::new("pod"),
            node: Namespace::new("node"),
            programs: Programs::shared(),
        };
        let Self { network, node, .. } = &pod;
        network.ip(&format!("link add eth0 type veth peer name eth0 netns {}", node.name()));
        for (end, address) in [(network, POD_IP), (node, NODE_IP)] {
            end.ip(&format!("address add {address}/24 dev eth0"));
            end.ip("link set eth0 up");
        }
        network.ip(&format!("route add default via {NODE_IP}"));
        node.ip("address add 169.254.169.254/32 dev lo");
        pod
    }

    /// `wisp` as `user` with these capabilities, and no way to more.
    pub(super) fn wisp(&self, user: u32, capabilities: &[&str]) -> Command {
        let program = self.programs.path(File::Plain);
        self.run_as(user, capabilities, program.to_str().unwrap())
    }

    /// A program as `user` with these capabilities, and no way to more.
    pub(super) fn run_as(&self, user: u32, capabilities: &[&str], program: &str) -> Command {
        let set: String = ["-all".to_owned()]
            .into_iter()
            .chain(capabilities.iter().map(|name| format!(",+{name}")))
            .collect();
        let mut command = self.network.command("setpriv");
        command
            .args([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".into()])
            .args(["inh-caps", "ambient-caps", "bounding-set"].map(|which| format!("--{which}={set}")))
            .args(["--no-new-privs", program])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    /// `wisp redirect` as the init container runs it.
    pub(super) fn redirect(&self, arguments: &[&str]) -> Ran {
        run(self
            .wisp(INIT, &["net_admin"])
            .arg("redirect")
            .args(arguments))
    }

    /// `wisp redirect` that must succeed.
    pub(super) fn redirected(&self, arguments: &[&str]) -> Ran {
        let ran = self.redirect(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran
    }

    /// Asks for `url` as an application of `user` does, with no proxy and no retry.
    pub(super) fn curl(&self, user: u32, url: &str) -> Ran {
        run(self
            .run_as(user, &[], "curl")
            .args(["-sS", "--max-time", "10", "-H", "Metadata: true", url]))
    }

    /// The answer of whoever has the metadata service's address for `user`.
    pub(super) fn asked_by(&self, user: u32) -> String {
        let ran = self.curl(user, "http://169.254.169.254/metadata/instance");
        if ran.code == 0 { ran.output } else { ran.messages }
    }

    /// An Entra emulator outside the pod, on its node.
    pub(super) fn entra(&self) -> Entra {
        let config = Config { host: NODE_IP.into(), ..Config::default() };
        let listen = SocketAddr::new(NODE_IP.parse().unwrap(), 0);
        Entra::start(&self.node, config, Options { listen, ..Options::default() })
    }

    /// Starts `wisp serve` as `user`, and waits until it serves.
    pub(super) fn serve(&self, user: u32, entra: &Entra, more: &[(&str, &str)]) -> Sidecar {
        self.serve_through(user, entra, more, &[])
    }

    /// The same with a program before it that changes something for it.
    pub(super) fn serve_through(
        &self,
        user: u32,
        entra: &Entra,
        more: &[(&str, &str)],
        through: &[&str],
    ) -> Sidecar {
        let wisp = self.programs.path(File::Plain);
        let words: Vec<_> = through
            .iter()
            .chain(&[wisp.to_str().unwrap()])
            .copied()
            .collect();
        let mut command = self.run_as(user, &[], words[0]);
        command
            .args(&words[1..])
            .arg("serve")
            .envs(entra.environment().iter().cloned())
            .envs(more.iter().copied())
            .stdin(Stdio::null());
        let sidecar = Sidecar(Process::start(&mut command));
        sidecar.says("wisp is serving");
        sidecar
    }
}

/// A running `wisp serve`, ended when this is dropped.
pub(super) struct Sidecar(Process);

impl Sidecar {
    /// Waits for a line of its log with these words in it, and returns that.
    pub(super) fn says(&self, words: &str) -> String {
        self.0.line(words).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What it has written up to now.
    pub(super) fn log(&self) -> String {
        self.0.text(Stream::Stderr)
    }
}
