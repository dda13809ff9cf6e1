//! All objects of a collection, page by page.

use std::time::Duration;

use serde_json::Value;

use super::{Api, ApiError, Collection, Page, patiently};

/// So many objects are asked for at once, and fewer where these are too large to be read.
const PAGE: usize = 100;
/// How long a page may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often a page is asked for that has no answer, with a pause before each time but the first, which doubles.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);
/// How often a list is read from its start again, because the server has forgotten where it was.
const STARTS: u32 = 3;

/// Calls `see` with each object of `collection`; lists leave out kind and version, which are put in. After an error, what was seen
/// stays so; a list that was read from its start again has its objects seen again.
pub(crate) async fn each_object<A: Api>(
    api: &A,
    collection: &Collection,
    mut see: impl FnMut(Value),
) -> Result<(), ApiError> {
    let mut after: Option<String> = None;
    let (mut limit, mut starts) = (PAGE, 1);
    loop {
        let page = Page { collection, limit, after: after.as_deref(), timeout: TIMEOUT };
        let mut list = match patiently(TRIES, PAUSE, || api.list(page)).await {
            Ok(answer) => answer.object,
            // One object always fits: etcd takes none that is half as large.
            Err(ApiError::TooLarge { .. }) if limit > 1 => {
                limit = (limit / 4).max(1);
                continue;
            }
            Err(ApiError::Status { status: 410, .. }) if after.is_some() && starts < STARTS => {
                after = None;
                starts += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        let items = list.get_mut("items").map(Value::take);
        for mut item in items.and_then(into_list).unwrap_or_default() {
            if let Value::Object(object) = &mut item {
                object.insert("kind".to_owned(), collection.kind().into());
                object.insert("apiVersion".to_owned(), collection.api_version().into());
            }
            see(item);
        }
        // A few large ones must not slow down all that come after them.
        limit = (limit * 2).min(PAGE);
        after = next(&list);
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Where the page after `list` begins; none where it is the last one.
pub(crate) fn next(list: &Value) -> Option<String> {
    let after = list.pointer("/metadata/continue")?.as_str()?;
    (!after.is_empty()).then(|| after.to_owned())
}

fn into_list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(list) => Some(list),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PAGE, each_object};
    use crate::operator::cluster::{Collection, fake::Fake};

    fn pods(namespace: Option<&str>) -> Collection {
        Collection::at("api/v1", "pods", "Pod", namespace)
    }

    fn filled(count: usize) -> Fake {
        let fake = Fake::new();
        for number in 0..count {
            fake.put_into(
                &pods(Some("shop")),
                &format!("p{number:05}"),
                json!({"metadata": {"name": number}}),
            );
        }
        fake
    }

    async fn read(fake: &Fake) -> (usize, Result<(), String>) {
        let (mut seen, collection) = (0, pods(None));
        let done = each_object(fake, &collection, |object| {
            assert_eq!((&object["kind"], &object["apiVersion"]), (&json!("Pod"), &json!("v1")));
            seen += 1;
        });
        let done = done.await.map_err(|error| error.to_string());
        (seen, done)
    }

    #[tokio::test(start_paused = true)]
    async fn all_pages_are_read() {
        for count in [0, 1, PAGE, 3 * PAGE + 7] {
            assert_eq!(read(&filled(count)).await, (count, Ok(())));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn large_objects_come_in_small_pages() {
        let fake = filled(0);
        for number in 0..12 {
            let object = json!({"metadata": {"name": "p"}, "data": "x".repeat(1 << 20)});
            fake.put_into(&pods(Some("shop")), &format!("l{number:02}"), object);
        }
        assert_eq!(read(&fake).await, (12, Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_waited_for() {
        let fake = filled(3);
        fake.fail_lists(3, 503);
        assert_eq!(read(&fake).await, (3, Ok(())));
        fake.fail_lists(4, 429);
        let (seen, error) = read(&fake).await;
        insta::assert_snapshot!(error.unwrap_err(), @"the API server answered `list` of all objects of kind Pod with status 429: not now; it has too much to do: try again later");
        assert_eq!(seen, 0);
        fake.calls();
        fake.forbid_list("pods", true);
        read(&fake).await.1.unwrap_err();
        assert_eq!(fake.calls().len(), 1, "a right does not come by waiting");
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_the_server_forgot_is_read_anew() {
        let fake = filled(PAGE + 1);
        let mut seen = 0;
        let collection = pods(None);
        let again = fake.clone();
        let read = each_object(&fake, &collection, |_| {
            seen += 1;
            // After the first page.
            if seen == PAGE {
                again.fail_lists(1, 410);
            }
        });
        read.await.unwrap();
        assert_eq!(seen, 2 * PAGE + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_seen_before_the_server_left_stays() {
        let fake = filled(3 * PAGE);
        fake.leave_after(2);
        let (seen, error) = read(&fake).await;
        insta::assert_snapshot!(error.unwrap_err(), @"cannot reach the API server at https://fake: connection refused");
        assert_eq!(seen, 2 * PAGE);
    }
}
