//! Verifications against an API server in memory and the emulated Entra, over real sockets. Time is told, not waited for.

mod after;
mod ask;
mod before;
mod clocks;
mod guide;
mod jobs;
mod parallel;
mod secrets;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{
    Jobs, Outside, Request, Stage, Time, Verification, World, render::render, verify, world::Fetched,
};
use crate::{
    assertion::Assertion,
    clock::{Clock, Random, UnixTime},
    emulator::{Config, CredentialConfig, Emulator, IdentityConfig, Kind},
    entra::{self, Entra},
    exchange::Key,
    failure::Failure,
    operator::{
        cluster::{
            Collection, Object,
            fake::{EPOCH, Fake},
        },
        migrate::{
            inventory::{self, Inventory, Progress, Reader},
            plan::{self, Plan, plan},
            tables::Form,
        },
    },
    token::Token,
};

const TENANT: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
const ORDERS: &str = "22222222-bbbb-4bbb-8bbb-222222222222";
const OBJECT: &str = "33333333-cccc-4ccc-8ccc-333333333333";

/// A clock that moves when it is told to. Clones share it, and each may be off by some seconds.
#[derive(Clone)]
struct Manual {
    seconds: Arc<AtomicU64>,
    off: i64,
    bits: Arc<AtomicU64>,
}

impl Manual {
    fn new() -> Self {
        Self { seconds: Arc::new(AtomicU64::new(EPOCH)), off: 0, bits: Arc::default() }
    }

    fn off(&self, off: i64) -> Self {
        Self { off, ..self.clone() }
    }
}

impl Clock for Manual {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(
            self.seconds
                .load(Ordering::Relaxed)
                .saturating_add_signed(self.off),
        )
    }
}

impl Random for Manual {
    fn bits(&self) -> u64 {
        self.bits.fetch_add(1 << 32, Ordering::Relaxed)
    }
}

impl Time for Manual {
    async fn pause(&self, duration: Duration) {
        self.seconds
            .fetch_add(duration.as_secs(), Ordering::Relaxed);
    }
}

/// Entra, and what was presented to it and given by it: no output may have any of that.
struct Recorded {
    entra: Entra<Manual, Manual>,
    seen: Mutex<Vec<String>>,
    /// What was read.
    fetched: Mutex<Vec<String>>,
}

impl Outside for Recorded {
    async fn exchange(&self, key: &Key, assertion: &Assertion) -> Result<Token, Failure> {
        self.seen.lock().push(assertion.secret.expose().to_owned());
        let answer = self.entra.exchange_with(key, assertion).await?;
        self.seen.lock().push(answer.secret.expose().to_owned());
        Ok(answer)
    }

    async fn fetch(&self, url: &str) -> Result<Fetched, String> {
        self.fetched.lock().push(url.to_owned());
        self.entra.fetch(url).await
    }
}

/// How the API server's tokens differ from what they should be.
type Bend = Arc<Mutex<Box<dyn FnMut(&mut Value) + Send>>>;

/// A cluster with one Deployment, and its Entra.
struct Lab {
    fake: Fake,
    emulator: Emulator,
    time: Manual,
    outside: Recorded,
    bend: Bend,
    issuer: String,
    request: Request,
    jobs: Jobs,
    /// Whether the cluster is bound to the identity.
    is_bound: bool,
}

impl Lab {
    async fn new() -> Self {
        Self::with(|_| {}, 0).await
    }

    /// With another credential, and Entra's clock so many seconds ahead of ours.
    async fn with(change: impl FnOnce(&mut IdentityConfig), ahead: i64) -> Self {
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
            is_bound: false,
            emulator,
            time,
            request,
        };
        lab.give_tokens();
        lab
    }

    /// Has the API server give tokens, as the emulated issuer signs them.
    fn give_tokens(&self) {
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
    fn bend(&self, change: impl FnMut(&mut Value) + Send + 'static) {
        *self.bend.lock() = Box::new(change);
    }

    async fn plan(&self) -> (Inventory, Plan) {
        let mut reader = Reader::new(inventory::Request::default(), Progress::silent());
        reader.cluster(&self.fake, false).await;
        let inventory = reader.finish();
        let request = plan::Request {
            issuer: Some(self.issuer.clone()),
            tenant: Some(TENANT.parse().unwrap()),
            ..plan::Request::default()
        };
        let mut plan = plan(&inventory, &request).unwrap();
        plan.identities
            .iter_mut()
            .for_each(|identity| identity.identity_binding = self.is_bound);
        (inventory, plan)
    }

    async fn verify(&self) -> Verification {
        let (inventory, plan) = self.plan().await;
        self.fake.calls();
        let world = World { api: &self.fake, outside: &self.outside, time: &self.time };
        verify(world, &self.jobs, (&inventory, &plan), &self.request).await
    }

    /// The verification as a terminal shows it, and why it is not all proven.
    async fn text(&self) -> String {
        let verification = self.verify().await;
        self.shown(&verification, Form::Text)
    }

    /// With the port of the emulator taken out, and the name of its key.
    fn shown(&self, verification: &Verification, form: Form) -> String {
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
    async fn open(&self) -> String {
        let text = self.text().await;
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("- ")).collect();
        lines.join("\n")
    }

    /// Puts a pod of the Deployment there.
    fn put_pod(&self, name: &str, has_wisp: bool, is_labelled: bool) {
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
    fn put_metrics(&self, pod: &str, given: u64, failed: u64) {
        let text = format!(
            "azure_identity_token_acquisition_success_total{{namespace=\"shop\"}} {given}\n\
             azure_identity_token_acquisition_failure_total{{category=\"network\",aadsts=\"\"}} {failed}\n"
        );
        self.fake
            .put_text(&Object::pod_metrics("shop", pod, 4255), Ok(&text));
    }
}

/// Without the ids by which Entra finds a request in its logs.
fn without_ids(text: &str) -> String {
    let (id, length) = (
        "Trace ID: ",
        "Trace ID: 00000000-0000-4000-8000-000000000000 Correlation ID: 00000000-0000-4000-8000-000000000000"
            .len(),
    );
    let mut pieces = text.split(id);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, rest| format!("{all}Trace ID: …{}", &rest[length - id.len()..]))
}

/// An identity with a credential for the service account of its name.
fn identity(name: &str, client_id: &str, object_id: &str) -> IdentityConfig {
    IdentityConfig {
        name: name.to_owned(),
        client_id: client_id.to_owned(),
        object_id: object_id.to_owned(),
        kind: Kind::Uami,
        resource_id: None,
        token_lifetime_seconds: None,
        disabled: false,
        without_service_principal: false,
        blocked_by_policy: false,
        federated_credentials: vec![credential(name, "cluster")],
    }
}

fn credential(name: &str, issuer: &str) -> CredentialConfig {
    CredentialConfig {
        name: name.to_owned(),
        issuer: issuer.to_owned(),
        subject: format!("system:serviceaccount:shop:{name}"),
        audience: "api://AzureADTokenExchange".to_owned(),
    }
}

fn put(
    fake: &Fake,
    (root, resource, kind): (&'static str, &'static str, &'static str),
    name: &str,
    rest: &Value,
) {
    let mut object = json!({"metadata": {"namespace": "shop", "name": name}});
    for (key, value) in rest.as_object().unwrap() {
        if key == "metadata" {
            object[key]
                .as_object_mut()
                .unwrap()
                .extend(value.as_object().unwrap().clone());
        } else {
            object[key] = value.clone();
        }
    }
    fake.put_into(&Collection::at(root, resource, kind, Some("shop")), name, object);
}

/// The service account of the Deployment, with this client id.
fn put_account(fake: &Fake, client_id: &str) {
    let annotations = json!({"azure.workload.identity/client-id": client_id});
    let account = json!({"metadata": {"namespace": "shop", "name": "orders", "annotations": annotations}});
    fake.put(&Object::service_account("shop", "orders"), account);
}

const POD_IDENTITY: &str = "apis/aadpodidentity.k8s.io/v1";

fn cluster() -> Fake {
    let fake = Fake::new();
    let identity = json!({"spec": {"type": 0, "clientID": ORDERS, "resourceID": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders"}});
    put(&fake, (POD_IDENTITY, "azureidentities", "AzureIdentity"), "orders", &identity);
    let binding = json!({"spec": {"azureIdentity": "orders", "selector": "orders"}});
    put(&fake, (POD_IDENTITY, "azureidentitybindings", "AzureIdentityBinding"), "orders", &binding);
    let spec = json!({"serviceAccountName": "orders", "containers": [{"name": "app", "image": "registry.example/orders:1"}]});
    let template = json!({"metadata": {"labels": {"aadpodidbinding": "orders"}}, "spec": spec});
    put(
        &fake,
        ("apis/apps/v1", "deployments", "Deployment"),
        "orders",
        &json!({"spec": {"template": template.clone()}}),
    );
    let owner = json!({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "orders", "controller": true}]});
    let set = json!({"metadata": owner, "spec": {"template": template}});
    put(&fake, ("apis/apps/v1", "replicasets", "ReplicaSet"), "orders-7d9f", &set);
    put_account(&fake, ORDERS);
    fake
}
