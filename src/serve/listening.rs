//! Listeners that serve until they are stopped.

use std::sync::Arc;

use tokio::{sync::oneshot, task::JoinSet};

use crate::server::{self, Bound, Handler, Limits};

/// A set of listeners. Dropping it ends them at once.
pub(super) struct Listening {
    stop: oneshot::Sender<()>,
    serving: JoinSet<usize>,
}

impl Listening {
    /// Serves from now on.
    pub(super) fn start<H: Handler>(bound: Bound, handler: Arc<H>, limits: Limits) -> Self {
        let (stop, stopped) = oneshot::channel();
        let mut serving = JoinSet::new();
        serving.spawn(server::serve(bound, handler, limits, async {
            // An error means that the other end was dropped, which stops it too.
            let _ = stopped.await;
        }));
        Self { stop, serving }
    }

    /// Stops accepting, lets requests in progress finish, and says how many were cut off.
    pub(super) async fn drain(self) -> usize {
        // An error means that it has ended already.
        let _ = self.stop.send(());
        self.serving.join_all().await.into_iter().sum()
    }
}
