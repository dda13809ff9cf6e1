//! The text of the metrics, rendered once for all who ask within a second.
//!
//! Whoever reaches the pod can ask for it. Each rendering takes a thread and memory, and going away does not stop one: so
//! there is one at a time, however many ask and however soon they go.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::Mutex, task::spawn_blocking, time::Instant};

/// How long a text is given again. Scrapers come every few seconds.
const KEPT: Duration = Duration::from_secs(1);

/// Renders the metrics.
type Render = dyn Fn() -> String + Send + Sync;

/// The metrics, as text for everyone.
pub(super) struct Scrapes {
    render: Arc<Render>,
    last: Arc<Mutex<Option<Rendered>>>,
}

struct Rendered {
    at: Instant,
    text: Bytes,
}

impl Scrapes {
    /// `render` may take its time: it runs on a thread of its own, so that no token waits for it.
    pub(super) fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { render: Arc::new(render), last: Arc::default() }
    }

    /// The metrics of this second. None while the process ends.
    pub(super) async fn text(&self) -> Option<Bytes> {
        let mut last = Arc::clone(&self.last).lock_owned().await;
        if let Some(rendered) = &*last
            && rendered.at.elapsed() < KEPT
        {
            return Some(rendered.text.clone());
        }
        let render = Arc::clone(&self.render);
        // The lock goes along: if who asked goes away, the next one still waits for this rendering.
        let rendering = spawn_blocking(move || {
            let text = Bytes::from(render());
            *last = Some(Rendered { at: Instant::now(), text: text.clone() });
            text
        });
        rendering.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use tokio::{task::yield_now, time::advance};

    use super::{KEPT, Scrapes};

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_makes_room_for_no_second_rendering() {
        let (running, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (seen, may_go_on) = (Arc::clone(&most), Mutex::new(may_go_on));
        let scrapes = Arc::new(Scrapes::new(move || {
            seen.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let _ = may_go_on.lock().unwrap().recv();
            running.fetch_sub(1, Ordering::SeqCst);
            "wisp_up 1\n".into()
        }));
        let ask = || {
            let scrapes = Arc::clone(&scrapes);
            tokio::spawn(async move { scrapes.text().await })
        };
        for _ in 0..50 {
            let gone = ask();
            yield_now().await;
            gone.abort();
        }
        let waiting: Vec<_> = (0..50).map(|_| ask()).collect();
        drop(go_on);
        for waiter in waiting {
            assert_eq!(waiter.await.unwrap().unwrap(), "wisp_up 1\n");
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_text_lasts_a_second() {
        let count = AtomicUsize::new(0);
        let scrapes = Scrapes::new(move || count.fetch_add(1, Ordering::Relaxed).to_string());
        for (wait, text) in [(KEPT / 2, "0"), (KEPT / 2, "0"), (KEPT, "1"), (KEPT, "2")] {
            assert_eq!(scrapes.text().await.unwrap(), text);
            advance(wait).await;
        }
    }
}
