//! The Entra emulator in a network namespace.

use std::{
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wisp::{
    clock::System,
    emulator::{Config, Emulator, FaultKind, Options},
};

use super::{
    namespace::{Namespace, enter},
    programs::variables,
};

/// An emulator on a thread of its own, ended when this is dropped.
pub(crate) struct Entra {
    environment: Vec<(&'static str, String)>,
    faults: Option<UnboundedSender<FaultKind>>,
    thread: Option<JoinHandle<()>>,
}

impl Entra {
    /// Starts one in `namespace`.
    pub(crate) fn start(namespace: &Namespace, config: Config, options: Options) -> Self {
        let (sender, receiver) = mpsc::channel();
        let (faults, mut added) = unbounded_channel();
        let path = namespace.path();
        let thread = thread::spawn(move || {
            enter(&path);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let emulator = Emulator::start_with(config, options, Arc::new(System))
                    .await
                    .unwrap();
                sender.send(variables(&emulator)).unwrap();
                while let Some(fault) = added.recv().await {
                    emulator.add_fault(fault).unwrap();
                }
            });
        });
        Self { environment: receiver.recv().unwrap(), faults: Some(faults), thread: Some(thread) }
    }

    /// What wisp has to know.
    pub(crate) fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    /// Goes wrong from now on.
    #[allow(dead_code, reason = "floods make it hang")]
    pub(crate) fn add_fault(&self, fault: FaultKind) {
        self.faults.as_ref().unwrap().send(fault).unwrap();
    }
}

impl Drop for Entra {
    fn drop(&mut self) {
        drop(self.faults.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
