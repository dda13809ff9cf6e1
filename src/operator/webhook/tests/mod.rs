//! Reviews and their answers.

mod adoption;
mod http;
mod requests;

use std::{fmt::Write as _, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    AdoptionConfig,
    admission::{Admission, Decided},
    review,
};
use crate::{
    observe::Identifiers,
    operator::{
        cluster::{Object, fake::Fake},
        inject::Options,
    },
};

const ID: &str = "11111111-1111-1111-1111-111111111111";
const OTHER: &str = "22222222-2222-2222-2222-222222222222";

/// A webhook beside a cluster that has a namespace and a service account.
struct Webhook {
    fake: Fake,
    options: Options,
    reads_accounts: bool,
    adoption: Option<AdoptionConfig>,
}

impl Webhook {
    fn new(choices: &[(&str, &str)]) -> Self {
        let fake = Fake::new();
        let mut options = Options::default();
        for (name, value) in choices {
            options.set(name, value).unwrap();
        }
        let webhook = Self { fake, options, reads_accounts: true, adoption: None };
        webhook.namespace(&json!({}));
        webhook
    }

    /// One that has an identity for pods that name none.
    fn identified(choices: &[(&str, &str)]) -> Self {
        let identity = [("client-id", ID), ("tenant-id", "contoso.com"), ("mode", "env")];
        Self::new(&[&identity, choices].concat())
    }

    fn namespace(&self, labels: &Value) {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}});
        self.fake.put(&Object::namespace("shop"), namespace);
    }

    fn account(&self, name: &str, annotations: &Value) {
        let metadata = json!({"name": name, "namespace": "shop", "annotations": annotations});
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
        self.fake
            .put(&Object::service_account("shop", name), account);
    }

    /// One that has no answers of the cluster yet.
    fn admission(&self) -> Admission<Fake> {
        let api = Arc::new(self.fake.clone());
        Admission::new(self.options.clone(), Arc::clone(&api), self.reads_accounts, Identifiers::Hashed)
            .adopting(self.adoption, &api)
    }

    /// What is decided on a review.
    async fn decided(&self, review: &Value) -> Decided {
        let request = review::read(review.to_string().as_bytes()).unwrap();
        self.admission().decide(&request).await
    }

    /// The answer to a review.
    async fn answer(&self, review: &Value) -> Value {
        self.decided(review).await.response.review("705ab4f5")["response"].clone()
    }

    /// The answers to pods that are made at the same time.
    async fn answers(&self, pods: &[Value]) -> Vec<Value> {
        let admission = Arc::new(self.admission());
        let tasks = pods.iter().map(|pod| {
            let request = review::read(create(pod).to_string().as_bytes()).unwrap();
            let admission = Arc::clone(&admission);
            tokio::spawn(async move {
                admission
                    .decide(&request)
                    .await
                    .response
                    .review(&request.uid)["response"]
                    .clone()
            })
        });
        let mut answers = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            answers.push(task.await.unwrap());
        }
        answers
    }

    /// The pod that comes of `pod`, and what was said.
    async fn admit(&self, pod: &Value) -> (Value, String) {
        let response = self.answer(&create(pod)).await;
        let mut pod = pod.clone();
        if let Some(patch) = patch(&response) {
            let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
            json_patch::patch(&mut pod, &patch).unwrap();
        }
        (pod, shown(&response))
    }
}

fn pod(labels: &Value, annotations: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"generateName": "cart-", "labels": labels, "annotations": annotations},
        "spec": {"containers": [{"name": "app", "image": "app"}], "serviceAccountName": "cart"},
    })
}

fn labelled() -> Value {
    pod(&json!({"wisp/inject": "true"}), &json!({}))
}

/// The review of a pod that is made.
fn create(pod: &Value) -> Value {
    review(&json!({"object": pod}))
}

fn review(fields: &Value) -> Value {
    let mut request = json!({
        "uid": "705ab4f5", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "namespace": "shop",
        "resource": {"group": "", "version": "v1", "resource": "pods"}, "operation": "CREATE",
        "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller"}, "dryRun": false,
    });
    for (key, value) in fields.as_object().unwrap() {
        request[key] = value.clone();
    }
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
}

fn patch(response: &Value) -> Option<Value> {
    let patch = response.get("patch")?.as_str().unwrap();
    Some(serde_json::from_slice(&STANDARD.decode(patch).unwrap()).unwrap())
}

/// A response for a person: the paths of a patch stand in for the patch.
fn shown(response: &Value) -> String {
    let mut text = format!("allowed: {}\n", response["allowed"]);
    if let Some(status) = response.get("status") {
        let _ = writeln!(
            text,
            "{} {}: {}",
            status["code"],
            status["reason"],
            status["message"].as_str().unwrap()
        );
    }
    for operation in patch(response)
        .iter()
        .flat_map(|patch| patch.as_array().unwrap())
    {
        let _ =
            writeln!(text, "{} {}", operation["op"].as_str().unwrap(), operation["path"].as_str().unwrap());
    }
    for warning in response
        .get("warnings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let _ = writeln!(text, "warning: {}", warning.as_str().unwrap());
    }
    for (name, value) in response
        .get("auditAnnotations")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let _ = writeln!(text, "audit {name}: {}", value.as_str().unwrap());
    }
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}
