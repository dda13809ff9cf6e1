//! A cluster with one Deployment, its Entra, and verifications of it.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{
    OBJECT, ORDERS, TENANT,
    objects::{cluster, identity, put},
    world::{Manual, Recorded},
};
use crate::{
    clock::Clock as _,
    emulator::{Config, Emulator, IdentityConfig},
    entra::{self, Entra},
    operator::{
        cluster::{Object, fake::Fake},
        migrate::{
            inventory::{self, Inventory, Progress, Reader},
            plan::{self, Plan, plan},
            tables::Form,
            verify::{Jobs, Request, Stage, Verification, World, render::render, verify},
        },
    },
};

/// How the API server's tokens differ from what they should be.
pub(super) type Bend = Arc<Mutex<Box<dyn FnMut(&mut Value) + Send>>>;

/// A cluster with one Deployment, and its Entra.
pub(super) struct Lab {
    pub(super) fake: Fake,
    pub(super) emulator: Emulator,
    pub(super) time: Manual,
    pub(super) outside: Recorded,
    pub(super) bend: Bend,
    pub(super) issuer: String,
    pub(super) request: Request,
    pub(super) jobs: Jobs,
    /// What is decided of the plan, behind its head.
    pub(super) decisions: &'static str,
    /// Whether the cluster is bound to the identity.
    pub(super) is_bound: bool,
}

impl Lab {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}, 0).await
    }

    /// With another credential, and Entra's clock so many seconds ahead of ours.
    pub(super) async fn with(change: impl FnOnce(&mut IdentityConfig), ahead: i64) -> Self {
        let time = Manual::new();
        let mut identity = identity("orders", ORDERS, OBJECT);
        change(&mut identity);
        let mut config = Config::default();
        config.projections.clear();
        config.tenants[0].identities = vec![identity];
        let emulator = Emulator::start(config, Arc::new(time.off(ahead)))
            .await
            .unwrap();
        let entra_config = entra::Config {
            ssl_cert_file: Some(emulator.ca_path()),
            connect_timeout: Duration::from_secs(20),
            attempt_timeout: Duration::from_secs(20),
            ..entra::Config::placeholder()
        };
        // With a chance of its own: names of Jobs are made of the other.
        let entra = Entra::new(entra_config, time.clone(), Manual::new()).unwrap();
        let request = Request {
            stage: Stage::Before,
            namespace: None,
            authority: emulator.authority().parse().unwrap(),
            resource: "https://management.azure.com/.default".parse().unwrap(),
            timeout: Duration::from_secs(120),
            by_job: false,
            old_by_pod: false,
            image: None,
            nmi_port: None,
        };
        let lab = Self {
            fake: cluster(),
            issuer: emulator.issuer_url("cluster").unwrap().to_owned(),
            outside: Recorded { entra, seen: Mutex::default(), fetched: Mutex::default() },
            bend: Arc::new(Mutex::new(Box::new(|_| {}))),
            jobs: Jobs::default(),
            decisions: "",
            is_bound: false,
            emulator,
            time,
            request,
        };
        lab.give_tokens();
        lab
    }

    /// Has the API server give tokens, as the emulated issuer signs them.
    pub(super) fn give_tokens(&self) {
        let (issuer, time) = (Arc::clone(&self.emulator.issuers()[0]), self.time.clone());
        let bend = Arc::clone(&self.bend);
        self.fake
            .when_created("serviceaccounts/token", move |object, body| {
                let path = object.to_string();
                let (_, account) = path.split_once("ServiceAccount ").unwrap();
                let now = time.wall().secs();
                let mut claims = json!({
                    "iss": issuer.url(),
                    "sub": format!("system:serviceaccount:{}", account.replace('/', ":")),
                    "aud": body["spec"]["audiences"],
                    "iat": now,
                    "nbf": now,
                    "exp": now + body["spec"]["expirationSeconds"].as_u64().unwrap(),
                });
                bend.lock()(&mut claims);
                Ok(json!({"status": {"token": issuer.sign(&claims).unwrap()}}))
            });
    }

    /// Has the API server give tokens that differ so.
    pub(super) fn bend(&self, change: impl FnMut(&mut Value) + Send + 'static) {
        *self.bend.lock() = Box::new(change);
    }

    pub(super) async fn plan(&self) -> (Inventory, Plan) {
        let mut reader = Reader::new(inventory::Request::default(), Progress::silent());
        reader.cluster(&self.fake, false).await;
        let inventory = reader.finish();
        let text = format!("apiVersion: wisp/v1\nkind: MigrationDecisions\n{}", self.decisions);
        let request = plan::Request {
            issuer: Some(self.issuer.clone()),
            tenant: Some(TENANT.parse().unwrap()),
            decisions: plan::read_decisions("decisions.yaml", &text).unwrap(),
            ..plan::Request::default()
        };
        let mut plan = plan(&inventory, &request).unwrap();
        plan.identities
            .iter_mut()
            .for_each(|identity| identity.identity_binding = self.is_bound);
        (inventory, plan)
    }

    pub(super) async fn verify(&self) -> Verification {
        let (inventory, plan) = self.plan().await;
        self.fake.calls();
        let world = World { api: &self.fake, outside: &self.outside, time: &self.time };
        verify(world, &self.jobs, (&inventory, &plan), &self.request).await
    }

    /// The verification as a terminal shows it, and why it is not all proven.
    pub(super) async fn text(&self) -> String {
        let verification = self.verify().await;
        self.shown(&verification, Form::Text)
    }

    /// With the port of the emulator taken out, and the name of its key.
    pub(super) fn shown(&self, verification: &Verification, form: Form) -> String {
        let (_, port) = self.emulator.authority().rsplit_once(':').unwrap();
        let jwks = self.emulator.issuers()[0].jwks(self.time.wall()).unwrap();
        let jwks: Value = serde_json::from_str(&jwks).unwrap();
        let key = jwks["keys"][0]["kid"].as_str().unwrap();
        let ends = verification.open_ends().into_iter();
        let ends = ends.fold(String::new(), |all, end| all + "error: " + &end + "\n");
        let output = render(verification, form);
        let all = if form == Form::Text { output + &ends } else { output };
        let all = all
            .replace(&format!(":{port}"), ":PORT")
            .replace(key, "KEY");
        without_ids(&all)
    }

    /// The lines of what is not proven.
    pub(super) async fn open(&self) -> String {
        let text = self.text().await;
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("- ")).collect();
        lines.join("\n")
    }

    /// Puts a pod of the Deployment there.
    pub(super) fn put_pod(&self, name: &str, has_wisp: bool, is_labelled: bool) {
        let mut containers = vec![json!({"name": "app"})];
        if has_wisp {
            containers
                .push(json!({"name": "wisp", "ports": [{"name": "wisp-admin", "containerPort": 4255}]}));
        }
        let labels = if is_labelled { json!({"aadpodidbinding": "orders"}) } else { json!({}) };
        put(
            &self.fake,
            ("api/v1", "pods", "Pod"),
            name,
            &json!({
                "metadata": {"labels": labels, "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "orders-7d9f", "controller": true}]},
                "spec": {"serviceAccountName": "orders", "containers": containers},
                "status": {"phase": "Running"},
            }),
        );
    }

    /// What wisp in a pod has counted.
    pub(super) fn put_metrics(&self, pod: &str, given: u64, failed: u64) {
        let text = format!(
            "azure_identity_token_acquisition_success_total{{namespace=\"shop\"}} {given}\n\
             azure_identity_token_acquisition_failure_total{{category=\"network\",aadsts=\"\"}} {failed}\n"
        );
        self.fake
            .put_text(&Object::pod_metrics("shop", pod, 4255), Ok(&text));
    }
}

/// Without the ids by which Entra finds a request in its logs.
pub(super) fn without_ids(text: &str) -> String {
    let (id, length) = (
        "Trace ID: ",
        "Trace ID: 00000000-0000-4000-8000-000000000000 Correlation ID: 00000000-0000-4000-8000-000000000000"
            .len(),
    );
    let mut pieces = text.split(id);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, rest| format!("{all}Trace ID: …{}", &rest[length - id.len()..]))
}
