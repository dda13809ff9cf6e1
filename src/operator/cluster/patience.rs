//! What is asked for again while that may help.

use std::{future::Future, time::Duration};

use super::ApiError;

/// The longest pause that an API server may ask for.
const LONGEST: Duration = Duration::from_secs(30);

/// The answer of `call`, which is made `tries` times at most. Between them is `pause`, which doubles, or what the API server asks for
/// where that is longer.
pub(crate) async fn patiently<T, F>(
    tries: u32,
    mut pause: Duration,
    call: impl Fn() -> F,
) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    for _ in 1..tries {
        match call().await {
            Err(error) if error.is_passing() => {
                let asked = error.retry_after().unwrap_or_default().min(LONGEST);
                tokio::time::sleep(pause.max(asked)).await;
            }
            answer => return answer,
        }
        pause *= 2;
    }
    call().await
}
