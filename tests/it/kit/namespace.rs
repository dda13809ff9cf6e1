//! Network namespaces, and what runs in them.

use std::{
    fs::File,
    os::fd::AsFd as _,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use rustix::{
    process::geteuid,
    thread::{LinkNameSpaceType, move_into_link_name_space},
};

use super::run::{Ran, must, require, run};

/// A network namespace, removed with all that is in it when this is dropped.
#[derive(Debug)]
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    /// A new one with `lo` up; `role` is for whoever reads `ip netns`.
    pub(crate) fn new(role: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        require_root();
        require(&["ip"]);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wisp-{role}-{}-{number}", std::process::id());
        must(Command::new("ip").args(["netns", "add", &name]));
        let namespace = Self { name };
        namespace.ip("link set lo up");
        namespace
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn path(&self) -> String {
        format!("/run/netns/{}", self.name)
    }

    /// A command that is going to run in it. The command is started without a process in between.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// Runs a command that must succeed, its words separated by spaces; what it writes.
    pub(crate) fn must(&self, line: &str) -> String {
        let mut words = line.split_whitespace();
        must(self.command(words.next().unwrap()).args(words))
    }

    /// `ip` in it.
    pub(crate) fn ip(&self, line: &str) -> String {
        self.must(&format!("ip {line}"))
    }

    /// Feeds `script` to a command.
    pub(crate) fn feed(&self, line: &str, script: &str) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script");
        std::fs::write(&file, script).unwrap();
        let mut words = line.split_whitespace();
        let mut command = self.command(words.next().unwrap());
        run(command.args(words).stdin(File::open(file).unwrap()))
    }

    /// The rules of nftables, as text.
    pub(crate) fn rules(&self) -> String {
        self.must("nft list ruleset")
    }

    /// Sets a parameter of the kernel.
    pub(crate) fn sysctl(&self, name: &str, value: &str) {
        let path = format!("/proc/sys/{name}");
        self.inside(|| std::fs::write(&path, value))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Calls `work` in it. Sockets that it makes stay there.
    pub(crate) fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            scope
                .spawn(|| {
                    enter(&self.path());
                    work()
                })
                .join()
                .unwrap()
        })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip")
            .args(["netns", "delete", &self.name])
            .output();
    }
}

/// Moves the calling thread to the namespace at `path`, for good.
pub(crate) fn enter(path: &str) {
    let file = File::open(path).unwrap();
    move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
}

fn require_root() {
    assert!(
        geteuid().is_root(),
        "this test makes network namespaces, which needs root: run `sudo make test`, or the tests as root in a container \
         with the capabilities NET_ADMIN and SYS_ADMIN"
    );
}
