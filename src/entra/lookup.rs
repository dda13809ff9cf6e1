//! Names looked up by the system, a few at a time.
//!
//! The system's look-up blocks a thread, for half a minute where no name server answers, and going away does not stop it.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    sync::{Arc, LazyLock},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Look-ups at once: fewer than there are threads for what blocks, so that a name server that is silent holds up no more
/// than the names.
const AT_ONCE: usize = 3;

/// The turns to look a name up. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Lookup(Arc<Semaphore>);

impl Lookup {
    /// The turns of this process, whose threads are what is short.
    pub(super) fn of_process() -> Self {
        static TURNS: LazyLock<Lookup> = LazyLock::new(Lookup::new);
        TURNS.clone()
    }

    fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// The addresses of `host`, with `port`.
    pub(super) async fn addresses(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.blocking(move || Ok((host.as_str(), port).to_socket_addrs()?.collect()))
            .await
    }

    /// Has `work` done on a thread of its own when it is its turn. The turn lasts as long as the work, whoever goes away.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let turn = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let work = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        work.await.map_err(io::Error::other)?
    }
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.clone();
        Box::pin(async move {
            // The port is the URL's.
            let addresses = lookup.addresses(name.as_str().to_owned(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use parking_lot::Mutex;

    use super::{AT_ONCE, Lookup};

    #[tokio::test]
    async fn names_are_found() {
        let addresses = Lookup::new()
            .addresses("localhost".into(), 80)
            .await
            .unwrap();
        assert!(
            addresses
                .iter()
                .all(|a| a.ip().is_loopback() && a.port() == 80),
            "{addresses:?}"
        );
    }

    #[tokio::test]
    async fn look_ups_that_hang_and_are_given_up_take_no_more_threads() {
        let (hold, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let (start, mut started) = tokio::sync::mpsc::unbounded_channel();
        let lookup = Lookup::new();
        for _ in 0..AT_ONCE {
            let (held, start, asked) = (Arc::clone(&held), start.clone(), lookup.clone());
            let hanging = tokio::spawn(async move {
                let hang = move || {
                    start.send(()).unwrap();
                    let _ = held.lock().recv();
                    Ok(())
                };
                asked.blocking(hang).await
            });
            started.recv().await.unwrap();
            hanging.abort();
            assert!(hanging.await.unwrap_err().is_cancelled());
        }
        assert_eq!(lookup.0.available_permits(), 0, "threads that still work have given their turns back");
        drop(hold);
        lookup.blocking(|| Ok(())).await.unwrap();
    }
}
