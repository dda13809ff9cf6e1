//! Limits for requests that wait.
//!
//! A request that waits keeps its connection. If those could take all connections, an answer that is ready would have to
//! wait for one of them; so they get a share, and what is beyond it is answered at once.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Semaphore, oneshot};

/// How many requests may wait.
#[derive(Debug)]
pub(crate) struct WaitLimits {
    /// For what others have to answer: Entra, or the node. First come, first served: who comes later has begun the exchange
    /// all the same, and finds the token when it comes back.
    upstream: Semaphore,
    /// For bodies that have not arrived yet. A body comes with its head, so the one that has been waited for the longest
    /// loses its place to a new one.
    bodies: Bodies,
}

/// As many wait as may, or another one took the place of this one.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Crowded;

impl WaitLimits {
    /// The shares of `connections` connections: half of them for those who wait for others, a quarter for bodies.
    pub(crate) fn among(connections: usize) -> Self {
        Self {
            upstream: Semaphore::new((connections / 2).max(1)),
            bodies: Bodies { most: (connections / 4).max(1), waiting: Mutex::default() },
        }
    }

    /// What `future`, which somebody else has to answer, comes to. What is ready does not wait.
    pub(crate) async fn upstream<O>(&self, future: impl Future<Output = O>) -> Result<O, Crowded> {
        let mut future = pin!(future);
        if let Some(output) = now(future.as_mut()).await {
            return Ok(output);
        }
        let _permit = self.upstream.try_acquire().map_err(|_| Crowded)?;
        Ok(future.await)
    }

    /// What `future`, which reads a body, comes to.
    pub(crate) async fn body<O>(&self, future: impl Future<Output = O>) -> Result<O, Crowded> {
        let mut future = pin!(future);
        if let Some(output) = now(future.as_mut()).await {
            return Ok(output);
        }
        let (permit, mut lost) = self.bodies.enter();
        tokio::select! {
            biased;
            output = future => Ok(output),
            _ = &mut lost => { drop(permit); Err(Crowded) }
        }
    }
}

/// The output of `future`, if it is there.
async fn now<O>(mut future: std::pin::Pin<&mut impl Future<Output = O>>) -> Option<O> {
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[derive(Debug)]
struct Bodies {
    most: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    /// By number, the oldest first. A sender that is dropped tells its receiver that the permit is lost.
    bodies: VecDeque<(u64, oneshot::Sender<Infallible>)>,
}

/// A permit to wait, given back when this is dropped.
struct Permit<'a>(&'a Bodies, u64);

impl Bodies {
    fn enter(&self) -> (Permit<'_>, oneshot::Receiver<Infallible>) {
        let mut waiting = self.lock();
        if waiting.bodies.len() >= self.most {
            waiting.bodies.pop_front();
        }
        let (keep, lost) = oneshot::channel();
        let number = waiting.next;
        waiting.next += 1;
        waiting.bodies.push_back((number, keep));
        (Permit(self, number), lost)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock()
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.lock().bodies.retain(|(number, _)| *number != self.1);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::task::yield_now;

    use super::{Crowded, WaitLimits};

    #[tokio::test]
    async fn who_waits_for_others_has_half_of_the_connections() {
        let limits = std::sync::Arc::new(WaitLimits::among(4));
        let wait = || {
            let limits = std::sync::Arc::clone(&limits);
            tokio::spawn(async move { limits.upstream(pending::<()>()).await })
        };
        let waiting = [wait(), wait()];
        yield_now().await;
        assert_eq!(wait().await.unwrap(), Err(Crowded));
        assert_eq!(limits.upstream(ready(7)).await, Ok(7));
        waiting[0].abort();
        yield_now().await;
        wait();
        yield_now().await;
        assert_eq!(wait().await.unwrap(), Err(Crowded));
    }

    #[tokio::test]
    async fn the_oldest_body_makes_room_for_a_new_one() {
        let limits = std::sync::Arc::new(WaitLimits::among(8));
        let wait = || {
            let limits = std::sync::Arc::clone(&limits);
            tokio::spawn(async move { limits.body(pending::<()>()).await })
        };
        let [first, second] = [wait(), wait()];
        yield_now().await;
        let third = wait();
        assert_eq!(first.await.unwrap(), Err(Crowded));
        let soon = async {
            yield_now().await;
            7
        };
        assert_eq!(limits.body(soon).await, Ok(7));
        assert_eq!(second.await.unwrap(), Err(Crowded));
        assert!(!third.is_finished());
        assert_eq!(limits.bodies.lock().bodies.len(), 1, "permits are given back");
    }
}
