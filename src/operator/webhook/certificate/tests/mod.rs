//! Replicas beside a cluster, by a paused clock.

mod faults;
mod files;
mod rotation;

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::time::advance;

use super::{
    Names, Own, Serving,
    configuration::Configuration,
    host_names,
    pair::{Pair, authority, leaf},
    stored::Stored,
    trust::Bundle,
};
use crate::{
    clock::System,
    operator::{
        cluster::{Object, fake::Fake},
        webhook::measures::Measures,
    },
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

fn secret() -> Object {
    Object::secret("wisp-system", "wisp-webhook-tls")
}

fn webhooks() -> Object {
    Object::mutating_webhooks("wisp-webhook")
}

fn lease() -> Object {
    Object::lease("wisp-system", "wisp-webhook")
}

/// A cluster with the manifests applied.
fn cluster() -> Fake {
    let fake = Fake::new();
    apply_configuration(&fake);
    fake
}

fn apply_configuration(fake: &Fake) {
    let entry = |name: &str| json!({"name": name, "clientConfig": {"service": {"name": "wisp-webhook"}}, "unknown": 1});
    let entries = [entry("pods.inject.wisp"), entry("namespaces.inject.wisp")];
    fake.put(&webhooks(), json!({"metadata": {"name": "wisp-webhook"}, "webhooks": entries}));
}

/// One replica.
struct Replica {
    own: Own<Fake>,
    serving: Arc<Serving>,
    measures: Arc<Measures>,
}

impl Replica {
    fn new(fake: &Fake, replica: &str, life: Duration) -> Self {
        let hosts = host_names("wisp-system", "wisp-webhook");
        let serving = Arc::new(Serving::new(hosts[0].clone()));
        let measures = Arc::new(Measures::default());
        let names = Names {
            namespace: "wisp-system".into(),
            secret: "wisp-webhook-tls".into(),
            lease: "wisp-webhook".into(),
            configuration: "wisp-webhook".into(),
            replica: replica.into(),
        };
        let (api, clock) = (Arc::new(fake.clone()), Arc::new(System));
        let own = Own::new(api, clock, names, hosts, life, Arc::clone(&serving), Arc::clone(&measures));
        Self { own, serving, measures }
    }

    /// Looks until it is ready; how often.
    async fn become_ready(&mut self) -> usize {
        for looks in 1..100 {
            let wait = self.own.step().await;
            if self.serving.readiness().is_ready() {
                return looks;
            }
            advance(wait).await;
        }
        panic!("it is not ready: {:?}", self.serving.readiness());
    }

    fn error(&self) -> String {
        self.serving.readiness().error.unwrap_or_default()
    }

    /// What it serves.
    fn served(&self) -> Pair {
        self.serving.served().expect("nothing is served")
    }
}

/// What an API server that knows the configuration says of the certificate that is served.
fn accepts(fake: &Fake, replica: &Replica) -> Result<(), String> {
    let configuration = Configuration::new(fake.get(&webhooks()).unwrap());
    configuration.trusts(&replica.served(), "wisp-webhook.wisp-system.svc", fake.now())
}

fn bundle(fake: &Fake) -> Bundle {
    let configuration = fake.get(&webhooks()).unwrap();
    let bundles: Vec<_> = configuration["webhooks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["clientConfig"]["caBundle"].clone())
        .collect();
    assert!(bundles.iter().all(|other| *other == bundles[0]), "all entries have one bundle");
    Bundle::of_pem(&STANDARD.decode(bundles[0].as_str().unwrap()).unwrap())
}

fn stored(fake: &Fake) -> Stored {
    Stored::read(&fake.get(&secret()).unwrap()).unwrap()
}

/// A certificate in the two files of a folder, and the configuration that trusts it.
fn issue(fake: &Fake, folder: &std::path::Path, trusted: bool) -> String {
    let ca = authority(LIFE, fake.now()).unwrap();
    let made = leaf(&ca.key, &host_names("wisp-system", "wisp-webhook"), LIFE, fake.now()).unwrap();
    std::fs::write(folder.join("tls.crt"), made.certificate).unwrap();
    std::fs::write(folder.join("tls.key"), made.key.expose()).unwrap();
    if trusted {
        trust(fake, &ca.certificate);
    }
    ca.certificate
}

fn trust(fake: &Fake, pem: &str) {
    let mut configuration = fake.get(&webhooks()).unwrap();
    for entry in configuration["webhooks"].as_array_mut().unwrap() {
        entry["clientConfig"]["caBundle"] = Value::from(STANDARD.encode(pem));
    }
    fake.put(&webhooks(), configuration);
}
