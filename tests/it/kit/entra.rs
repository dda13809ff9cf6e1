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

/// Something to do with the emulator on its own thread.
type Work = Box<dyn FnOnce(&Emulator) + Send>;

/// An emulator on a thread of its own, ended when this is dropped.
pub(crate) struct Entra {
    environment: Vec<(&'static str, String)>,
    work: Option<UnboundedSender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Entra {
    /// Starts one in `namespace`.
    pub(crate) fn start(namespace: &Namespace, config: Config, options: Options) -> Self {
        let (sender, receiver) = mpsc::channel();
        let (work, mut given) = unbounded_channel::<Work>();
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
                while let Some(work) = given.recv().await {
                    work(&emulator);
                }
            });
        });
        Self { environment: receiver.recv().unwrap(), work: Some(work), thread: Some(thread) }
    }

    /// What wisp has to know.
    pub(crate) fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    /// Goes wrong from now on.
    #[allow(dead_code, reason = "floods make it hang")]
    pub(crate) fn add_fault(&self, fault: FaultKind) {
        self.with(move |emulator| emulator.add_fault(fault).unwrap());
    }

    /// Does something with the emulator, and waits for it.
    pub(crate) fn with<T: Send + 'static>(&self, work: impl FnOnce(&Emulator) -> T + Send + 'static) -> T {
        let (sender, receiver) = mpsc::channel();
        let work = move |emulator: &Emulator| drop(sender.send(work(emulator)));
        self.work
            .as_ref()
            .unwrap()
            .send(Box::new(work))
            .ok()
            .unwrap();
        receiver.recv().unwrap()
    }
}

impl Drop for Entra {
    fn drop(&mut self) {
        drop(self.work.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
