//! Servers beside the test: all of them on one thread.

use std::{
    future::{Future, pending},
    net::{SocketAddr, TcpListener},
    sync::{
        OnceLock,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

use tokio::{net::TcpStream, runtime::Handle, task::JoinHandle};

/// Longer than it takes to close a listener.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that runs until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepting: JoinHandle<()>,
    /// Disconnected once the listener is closed.
    closed: Receiver<()>,
}

impl Server {
    /// Listens on `address`, and gives every connection to `serve`.
    pub(crate) fn start<S: Future<Output = ()> + Send + 'static>(
        address: SocketAddr,
        serve: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        Self::on(TcpListener::bind(address).unwrap(), serve)
    }

    /// The same with a listener that is there already, in another network for example.
    pub(crate) fn on<S: Future<Output = ()> + Send + 'static>(
        listener: TcpListener,
        serve: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let (open, closed) = mpsc::channel::<()>();
        let accepting = runtime().spawn(async move {
            // Goes after the listener, which is made later.
            let _open = open;
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(tcp));
            }
        });
        Self { address, accepting, closed }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        let _ = self.closed.recv_timeout(PATIENCE);
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
