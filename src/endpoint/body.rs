//! Bodies read whole, into one buffer that is no longer than what was sent.

use std::pin::pin;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// Why a body was not read whole.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Incomplete {
    /// It is longer than the limit.
    TooLong,
    /// It broke off.
    Broken,
}

/// The bytes of `body`, if they are at most `limit`. They are copied: each piece that arrives holds all of the buffer that
/// it was read into, and whoever sends single bytes would have thousands of those held.
pub(super) async fn whole<B>(body: B, limit: usize) -> Result<Vec<u8>, Incomplete>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Incomplete::Broken)?;
        // Anything else are trailers.
        if let Some(piece) = frame.data_ref() {
            if piece.len() > limit - bytes.len() {
                return Err(Incomplete::TooLong);
            }
            bytes.extend_from_slice(piece);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        pin::Pin,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Context, Poll},
    };

    use super::{Body, Bytes, Incomplete, whole};
    use hyper::body::Frame;

    /// A buffer as large as one that is read into, which is counted while it is held.
    struct Held(Arc<AtomicUsize>);

    impl AsRef<[u8]> for Held {
        fn as_ref(&self) -> &[u8] {
            &[b'x'; 8192]
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Single bytes, each in a buffer of its own, and the most of those that were held at once.
    struct Drip {
        left: usize,
        held: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    impl Body for Drip {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.left == 0 {
                return Poll::Ready(None);
            }
            self.left -= 1;
            let held = self.held.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(held, Ordering::Relaxed);
            let buffer = Bytes::from_owner(Held(Arc::clone(&self.held)));
            Poll::Ready(Some(Ok(Frame::data(buffer.slice(..1)))))
        }
    }

    #[tokio::test]
    async fn single_bytes_hold_no_more_than_they_are() {
        let most = Arc::<AtomicUsize>::default();
        let drip = |left| Drip { left, held: Arc::default(), most: Arc::clone(&most) };
        assert_eq!(whole(drip(2000), 2000).await.unwrap(), [b'x'; 2000]);
        assert_eq!(whole(drip(2001), 2000).await, Err(Incomplete::TooLong));
        assert!(most.load(Ordering::Relaxed) <= 2, "{most:?} buffers were held at once");
    }
}
