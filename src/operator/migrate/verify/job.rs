//! Jobs that ask in place of us: made, waited for, read, and removed whatever happens.

use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{
    account::TIMEOUT,
    asked::Asked,
    evidence::{Asker, Evidence},
    job_manifest::{CONTAINER, Selector, manifest},
    world::{Request, Time, World},
};
use crate::operator::cluster::{Api, ApiError, Call, Collection, Object, Verb, each_object};

/// How long a Job may need besides what it waits for: its image is fetched, and its pod finds a node.
const PATIENCE: Duration = Duration::from_secs(120);

/// The pauses between two looks at a Job.
const PAUSE: Duration = Duration::from_secs(2);

/// The most bytes of what a Job or a cluster says that are repeated.
const LONGEST: usize = 300;

/// Jobs that were made and are not removed yet.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<Vec<Object>>);

impl Jobs {
    /// Has a Job of the service account present its token to Entra. The error says what to do.
    pub(super) async fn new_way<A: Api, O, T: Time>(
        &self,
        world: World<'_, A, O, T>,
        asker: &Asker,
        request: &Request,
    ) -> Result<Evidence, String> {
        let asked = self.ask(world, asker, None, request).await?;
        Ok(Evidence { asked, server: None, ours: world.time.wall() })
    }

    /// Has a Job with the label of pod-managed identity ask the old way.
    pub(super) async fn old_way<A: Api, O, T: Time>(
        &self,
        world: World<'_, A, O, T>,
        asker: &Asker,
        selector: &str,
        request: &Request,
    ) -> Result<Asked, String> {
        self.ask(world, asker, Some(selector), request).await
    }

    async fn ask<A: Api, O, T: Time>(
        &self,
        world: World<'_, A, O, T>,
        asker: &Asker,
        selector: Selector<'_>,
        request: &Request,
    ) -> Result<Asked, String> {
        let name = format!("wisp-verify-{:08x}", world.time.bits() >> 32);
        let limit = PATIENCE + request.timeout;
        let job = Object::job(&asker.namespace, &name);
        let body = manifest(&name, asker, selector, request, limit.as_secs());
        // Noted first: whoever gets no answer does not know whether it was made.
        self.0.lock().push(job.clone());
        let call = Call { verb: Verb::Create, object: &job, body: Some(&body), timeout: TIMEOUT };
        let asked = match world.api.call(call).await {
            Ok(_) => wait(world, &job, &asker.namespace, limit).await,
            Err(error) => Err(error.to_string()),
        };
        // What cannot be removed now is tried again at the end, and said then.
        let _ = self.remove(world.api, &job).await;
        asked
    }

    /// Removes what is left, and says what cannot be.
    pub(crate) async fn sweep<A: Api>(&self, api: &A) -> Vec<String> {
        let left: Vec<_> = self.0.lock().clone();
        let mut errors = Vec::new();
        for job in &left {
            if let Err(error) = self.remove(api, job).await {
                errors.push(format!(
                    "{job} is left, and the cluster removes it a minute after its end: {error}"
                ));
            }
        }
        errors
    }

    async fn remove<A: Api>(&self, api: &A, job: &Object) -> Result<(), ApiError> {
        // Its pod goes with it.
        let options = json!({"propagationPolicy": "Background"});
        let call = Call { verb: Verb::Delete, object: job, body: Some(&options), timeout: TIMEOUT };
        match api.call(call).await {
            // It was never made, or has gone by itself.
            Ok(_) | Err(ApiError::NotFound(_)) => {
                self.0.lock().retain(|known| known != job);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// What the Job has found out, once it has ended.
async fn wait<A: Api, O, T: Time>(
    world: World<'_, A, O, T>,
    job: &Object,
    namespace: &str,
    limit: Duration,
) -> Result<Asked, String> {
    let mut waited = Duration::ZERO;
    loop {
        let call = Call { verb: Verb::Get, object: job, body: None, timeout: TIMEOUT };
        let found = world
            .api
            .call(call)
            .await
            .map_err(|error| error.to_string())?;
        let count = |field: &str| {
            found
                .object
                .pointer(&format!("/status/{field}"))
                .and_then(Value::as_u64)
        };
        let has_ended = count("succeeded").is_some_and(|n| n > 0) || count("failed").is_some_and(|n| n > 0);
        if has_ended || waited >= limit {
            let pod = pod(world.api, job, namespace).await?;
            return if has_ended {
                read(world.api, namespace, &pod).await
            } else {
                Err(stuck(job, &pod, waited))
            };
        }
        world.time.pause(PAUSE).await;
        waited += PAUSE;
    }
}

/// The pod of the Job; nothing where it has made none.
async fn pod<A: Api>(api: &A, job: &Object, namespace: &str) -> Result<Value, String> {
    let mut found = Value::Null;
    let pods = Collection::at("api/v1", "pods", "Pod", Some(namespace));
    each_object(api, &pods, |pod| {
        let owners = pod
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array);
        if owners
            .into_iter()
            .flatten()
            .any(|owner| owner["kind"] == "Job" && owner["name"] == job.name())
        {
            found = pod;
        }
    })
    .await
    .map_err(|error| error.to_string())?;
    Ok(found)
}

/// What its pod has printed.
async fn read<A: Api>(api: &A, namespace: &str, pod: &Value) -> Result<Asked, String> {
    let Some(name) = pod.pointer("/metadata/name").and_then(Value::as_str) else {
        return Err("the Job has ended and its pod is gone; ask again".to_owned());
    };
    let log = Object::pod_log(namespace, name);
    let call = Call { verb: Verb::Get, object: &log, body: None, timeout: TIMEOUT };
    let text = api.text(call).await.map_err(|error| error.to_string())?;
    let last = text.trim_end().lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|_| {
        let message = if last.is_empty() { String::new() } else { format!(": {}", short(last)) };
        format!("the Job did not print what it found{message}; see that `--image` is an image of wispctl of this version")
    })
}

/// Why the Job has not ended.
fn stuck(job: &Object, pod: &Value, waited: Duration) -> String {
    let seconds = waited.as_secs();
    let statuses = pod
        .pointer("/status/containerStatuses")
        .and_then(Value::as_array);
    let mut waiting = statuses
        .into_iter()
        .flatten()
        .filter(|status| status["name"] == CONTAINER);
    let waiting = waiting.find_map(|status| status.pointer("/state/waiting"));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let why = match (pod.is_null(), waiting) {
        (true, _) => {
            "it has made no pod; see its events for what refuses it (Pod Security, a quota, a policy)"
                .to_owned()
        }
        (_, Some(waiting)) => {
            let (reason, message) = (text(waiting.get("reason")), text(waiting.get("message")));
            format!("its pod waits: {reason} {}", short(&message))
                .trim_end()
                .to_owned()
        }
        (_, None) => format!("its pod is {}", text(pod.pointer("/status/phase"))),
    };
    format!("{job} did not end within {seconds} s: {why}")
}

fn short(text: &str) -> String {
    let text = text
        .get(..text.floor_char_boundary(LONGEST))
        .unwrap_or_default();
    text.escape_debug().to_string()
}
