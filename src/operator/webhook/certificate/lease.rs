//! A Lease: of all replicas one makes certificates at a time.
//!
//! What is written names the resource version of what was read, so two writers could do no harm; without a Lease all of them would
//! make a certificate at once, and all but one in vain. As in client-go, a holder is taken for gone once the Lease was not renewed
//! for its duration by the clock of who looks: no two clocks are compared.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::TIMEOUT;
use crate::{
    clock::{Date, UnixTime},
    operator::cluster::{Api, ApiError, Call, Object, Verb},
};

/// How long a holder has it at most without a sign of life.
const DURATION: Duration = Duration::from_secs(15);

/// The Lease as one replica sees it.
#[derive(Debug)]
pub(super) struct Lease {
    object: Object,
    namespace: String,
    /// Who this replica is.
    holder: String,
    /// Its version, and since when it has that.
    seen: Option<(String, Instant)>,
}

impl Lease {
    pub(super) fn new(namespace: &str, name: &str, holder: String) -> Self {
        let object = Object::lease(namespace, name);
        Self { object, namespace: namespace.to_owned(), holder, seen: None }
    }

    /// Takes it, if nobody else has it. `now` is only written for people to read.
    pub(super) async fn acquire<A: Api>(&mut self, api: &A, now: UnixTime) -> Result<bool, ApiError> {
        let lease = match self.call(api, Verb::Get, None).await {
            Ok(lease) => lease,
            Err(ApiError::NotFound(_)) => {
                let metadata = json!({"name": self.object.name(), "namespace": self.namespace});
                let lease =
                    json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata});
                return self
                    .write(api, Verb::Create, lease, &self.holder.clone(), now)
                    .await;
            }
            Err(error) => return Err(error),
        };
        let holder = lease
            .pointer("/spec/holderIdentity")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !holder.is_empty() && holder != self.holder && !self.has_expired(&lease) {
            return Ok(false);
        }
        self.write(api, Verb::Update, lease, &self.holder.clone(), now)
            .await
    }

    /// Gives it back, so that the next one need not wait. If that fails, the others wait.
    pub(super) async fn release<A: Api>(&mut self, api: &A, now: UnixTime) {
        if let Ok(lease) = self.call(api, Verb::Get, None).await
            && lease
                .pointer("/spec/holderIdentity")
                .and_then(Value::as_str)
                == Some(&self.holder)
            && let Err(error) = self.write(api, Verb::Update, lease, "", now).await
        {
            tracing::debug!(operation = "certificate", %error, "cannot give back the lease");
        }
    }

    fn has_expired(&mut self, lease: &Value) -> bool {
        let version = lease
            .pointer("/metadata/resourceVersion")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match &self.seen {
            Some((seen, since)) if seen == version => since.elapsed() >= DURATION,
            _ => {
                self.seen = Some((version.to_owned(), Instant::now()));
                false
            }
        }
    }

    /// Whether it was written; not, if another one wrote first.
    async fn write<A: Api>(
        &self,
        api: &A,
        verb: Verb,
        mut lease: Value,
        holder: &str,
        now: UnixTime,
    ) -> Result<bool, ApiError> {
        let now = micro_time(now);
        let acquired = lease.pointer("/spec/acquireTime").cloned();
        let is_same = lease
            .pointer("/spec/holderIdentity")
            .and_then(Value::as_str)
            == Some(holder);
        lease["spec"] = json!({
            "holderIdentity": holder,
            "leaseDurationSeconds": DURATION.as_secs(),
            "acquireTime": acquired.filter(|_| is_same || holder.is_empty()).unwrap_or_else(|| now.clone().into()),
            "renewTime": now,
        });
        match self.call(api, verb, Some(&lease)).await {
            Ok(_) => Ok(true),
            Err(ApiError::Conflict(_) | ApiError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn call<A: Api>(&self, api: &A, verb: Verb, body: Option<&Value>) -> Result<Value, ApiError> {
        let call = Call { verb, object: &self.object, body, timeout: TIMEOUT };
        Ok(api.call(call).await?.object)
    }
}

/// As Kubernetes writes the times of a Lease.
fn micro_time(time: UnixTime) -> String {
    let Date { year, month, day } = time.date();
    format!("{year:04}-{month:02}-{day:02}T{}.000000Z", time.time_of_day())
}
