//! The Entra emulator, in the pod's network for want of another.

use std::{
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wisp::{
    clock::System,
    emulator::{Config, Emulator, FaultKind},
};

use super::kit::namespace::{Namespace, enter};

/// One that runs until it is dropped.
pub(super) struct Entra {
    environment: Vec<(String, String)>,
    hang: Option<UnboundedSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Entra {
    pub(super) fn start(pod: &Namespace) -> Self {
        let (say, said) = mpsc::channel();
        let (hang, mut hangs) = unbounded_channel();
        let path = pod.path();
        let thread = thread::spawn(move || {
            enter(&path);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let emulator = Emulator::start(Config::default(), Arc::new(System))
                    .await
                    .unwrap();
                let variables = emulator.environment().into_iter();
                let of_wisp = |name: &str| name.starts_with("AZURE_") || name == "SSL_CERT_FILE";
                say.send(
                    variables
                        .filter(|(name, _)| of_wisp(name))
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
                .unwrap();
                while hangs.recv().await.is_some() {
                    emulator.add_fault(FaultKind::Hang).unwrap();
                }
            });
        });
        Self { environment: said.recv().unwrap(), hang: Some(hang), thread: Some(thread) }
    }

    /// What wisp has to know.
    pub(super) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Answers no token request any more.
    pub(super) fn hang(&self) {
        self.hang.as_ref().unwrap().send(()).unwrap();
    }
}

impl Drop for Entra {
    fn drop(&mut self) {
        drop(self.hang.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
