//! Places for requests that wait.
//!
//! A request that waits keeps its connection. If those could take all connections, an answer that is ready would have to
//! wait for one of them; so they get a share, and who finds no place is asked to come back at once.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use tokio::sync::{Semaphore, oneshot};

/// The places of an endpoint.
#[derive(Debug)]
pub(super) struct Places {
    /// For what others have to answer: Entra, or the node. First come, first served: who comes later has begun the exchange
    /// all the same, and finds the token when it comes back.
    upstream: Semaphore,
    /// For bodies that have not arrived yet. A body comes with its head, so the one that has been waited for the longest
    /// loses its place to a new one.
    bodies: Bodies,
}

/// There is no place, or it was needed by somebody else.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Crowded;

impl Places {
    /// The places beside `connections` connections: half of them for those who wait for others, a quarter for bodies.
    pub(super) fn among(connections: usize) -> Self {
        Self {
            upstream: Semaphore::new((connections / 2).max(1)),
            bodies: Bodies { most: (connections / 4).max(1), waiting: Mutex::default() },
        }
    }

    /// What `future`, which somebody else has to answer, comes to. What is ready needs no place.
    pub(super) async fn upstream<O>(&self, future: impl Future<Output = O>) -> Result<O, Crowded> {
        let mut future = pin!(future);
        if let Some(output) = now(future.as_mut()).await {
            return Ok(output);
        }
        let _place = self.upstream.try_acquire().map_err(|_| Crowded)?;
        Ok(future.await)
    }

    /// What `future`, which reads a body, comes to.
    pub(super) async fn body<O>(&self, future: impl Future<Output = O>) -> Result<O, Crowded> {
        let mut future = pin!(future);
        if let Some(output) = now(future.as_mut()).await {
            return Ok(output);
        }
        let (place, mut lost) = self.bodies.enter();
        tokio::select! {
            biased;
            output = future => Ok(output),
            _ = &mut lost => { drop(place); Err(Crowded) }
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
    /// By number, the oldest first. A sender that is dropped tells its receiver that the place is lost.
    places: VecDeque<(u64, oneshot::Sender<Infallible>)>,
}

/// A place, given back when this is dropped.
struct Place<'a>(&'a Bodies, u64);

impl Bodies {
    fn enter(&self) -> (Place<'_>, oneshot::Receiver<Infallible>) {
        let mut waiting = self.lock();
        if waiting.places.len() >= self.most {
            waiting.places.pop_front();
        }
        let (keep, lost) = oneshot::channel();
        let number = waiting.next;
        waiting.next += 1;
        waiting.places.push_back((number, keep));
        (Place(self, number), lost)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().places.retain(|(number, _)| *number != self.1);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::task::yield_now;

    use super::{Crowded, Places};

    #[tokio::test]
    async fn who_waits_for_others_has_half_of_the_connections() {
        let places = std::sync::Arc::new(Places::among(4));
        let wait = || {
            let places = std::sync::Arc::clone(&places);
            tokio::spawn(async move { places.upstream(pending::<()>()).await })
        };
        let waiting = [wait(), wait()];
        yield_now().await;
        assert_eq!(wait().await.unwrap(), Err(Crowded));
        assert_eq!(places.upstream(ready(7)).await, Ok(7));
        waiting[0].abort();
        yield_now().await;
        wait();
        yield_now().await;
        assert_eq!(wait().await.unwrap(), Err(Crowded));
    }

    #[tokio::test]
    async fn the_oldest_body_makes_room_for_a_new_one() {
        let places = std::sync::Arc::new(Places::among(8));
        let wait = || {
            let places = std::sync::Arc::clone(&places);
            tokio::spawn(async move { places.body(pending::<()>()).await })
        };
        let [first, second] = [wait(), wait()];
        yield_now().await;
        let third = wait();
        assert_eq!(first.await.unwrap(), Err(Crowded));
        let soon = async {
            yield_now().await;
            7
        };
        assert_eq!(places.body(soon).await, Ok(7));
        assert_eq!(second.await.unwrap(), Err(Crowded));
        assert!(!third.is_finished());
        assert_eq!(places.bodies.lock().places.len(), 1, "places are given back");
    }
}
