//! The servers of a case, which play Entra and the node.

use std::{
    future::{Future, pending},
    net::SocketAddr,
    sync::{OnceLock, mpsc},
};

use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    task::JoinHandle,
};

/// A server that runs until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Listens on `address`, and gives every connection to `serve`.
    pub(crate) fn start<S: Future<Output = ()> + Send + 'static>(
        address: SocketAddr,
        serve: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        let (told, listening) = mpsc::channel();
        let accepting = runtime().spawn(async move {
            let listener = TcpListener::bind(address).await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(tcp));
            }
        });
        Self { address: listening.recv().unwrap(), accepting }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One thread on which all servers live.
fn runtime() -> &'static Handle {
    static RUNTIME: OnceLock<Handle> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let handle = runtime.handle().clone();
        std::thread::spawn(move || runtime.block_on(pending::<()>()));
        handle
    })
}
