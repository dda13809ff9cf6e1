//! A cluster, what Azure lists, and logs, which a test changes.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::objects::{self, ISSUER};
use crate::{
    clock::{Clock, UnixTime},
    doctor::{Choice, Finding, Outcome},
    operator::{
        cluster::{Object, fake::Fake},
        doctor::{Facts, Request, diagnose, kinds, tree::text, until_well},
    },
};

/// The log of wisp in which all is well.
pub(super) const LOG: &str = r#"{"time":"2026-01-01T00:00:09Z","level":"INFO","operation":"exchange","result":"success","managedIdentityClientId":"11111111…","azureResource":"https://vault.azure.net","message":"exchanged the assertion for a token"}
{"time":"2026-01-01T00:00:10Z","level":"INFO","operation":"token","result":"refused","reason":"metadata_header","detail":"Required metadata header not specified"}
"#;

/// See the module.
pub(super) struct Scene {
    pub objects: Vec<Value>,
    pub azure: Vec<Value>,
    pub log: String,
    pub init_log: String,
    pub served: String,
    pub issuer: Option<&'static str>,
    pub request: Request,
}

/// The time of the tests.
pub(super) struct Now;

impl Clock for Now {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(1_767_226_000)
    }
}

impl Scene {
    /// All is well with `Deployment shop/NAME`.
    pub(super) fn of(name: &str) -> Self {
        let host = "wisp-webhook.wisp-system.svc".to_owned();
        let served = rcgen::generate_simple_self_signed(vec![host])
            .unwrap()
            .cert
            .pem();
        let mut scene = Self {
            objects: objects::all(),
            azure: objects::azure(),
            log: LOG.to_owned(),
            init_log: "169.254.169.254:80 leads to 127.0.0.1:4254\n".to_owned(),
            served,
            issuer: Some(ISSUER),
            request: Request {
                workload: Some(("Deployment".to_owned(), name.to_owned())),
                namespace: Some("shop".to_owned()),
                resource: Some(format!("{}/shop", objects::VAULTS)),
            },
        };
        let bundle = STANDARD.encode(&scene.served);
        for entry in scene.object("MutatingWebhookConfiguration", "wisp-webhook")["webhooks"]
            .as_array_mut()
            .unwrap()
        {
            entry["clientConfig"]["caBundle"] = json!(bundle);
        }
        scene
    }

    /// An object.
    pub(super) fn object(&mut self, kind: &str, name: &str) -> &mut Value {
        let is = |object: &&mut Value| object["kind"] == kind && object["metadata"]["name"] == name;
        let found = self.objects.iter_mut().find(is);
        found.unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// Takes an object away.
    pub(super) fn remove(&mut self, kind: &str, name: &str) {
        self.object(kind, name);
        self.objects
            .retain(|object| object["kind"] != kind || object["metadata"]["name"] != name);
    }

    /// The pod of a Deployment.
    pub(super) fn pod(&mut self, name: &str) -> &mut Value {
        self.object("Pod", &format!("{name}-7c9-x"))
    }

    /// Takes the pod of a Deployment away, as if it had never been.
    pub(super) fn without_pod(&mut self, name: &str) {
        self.remove("Pod", &format!("{name}-7c9-x"));
        self.object("Deployment", name)["status"] = json!({"readyReplicas": 0});
    }

    /// Changes the template of a Deployment and its pod.
    pub(super) fn both(&mut self, name: &str, change: impl Fn(&mut Value)) {
        change(&mut self.object("Deployment", name)["spec"]["template"]);
        change(self.pod(name));
    }

    /// The status of a container of the pod of a Deployment.
    pub(super) fn status(&mut self, name: &str, container: &str) -> &mut Value {
        let status = &mut self.pod(name)["status"];
        let lists = ["initContainerStatuses", "containerStatuses"];
        let list = lists.into_iter().find(|list| {
            status[*list]
                .as_array()
                .unwrap()
                .iter()
                .any(|status| status["name"] == container)
        });
        let mut statuses = status[list.unwrap()].as_array_mut().unwrap().iter_mut();
        statuses.find(|status| status["name"] == container).unwrap()
    }

    /// An API server with all this.
    pub(super) fn fake(&self) -> Fake {
        let fake = Fake::new();
        for object in &self.objects {
            let Some(kind) = kinds::of(object) else { continue };
            let name = text(object, "/metadata/name");
            let path = match text(object, "/metadata/namespace") {
                "" => format!("/{}/{}/{name}", kind.roots[0], kind.resource),
                namespace => format!("/{}/namespaces/{namespace}/{}/{name}", kind.roots[0], kind.resource),
            };
            fake.put_at(&path, object.clone());
        }
        let secret = json!({"data": {"tls.crt": STANDARD.encode(&self.served), "tls.key": STANDARD.encode(objects::MARKED)}});
        fake.put(&Object::secret("wisp-system", "wisp-webhook-tls"), secret);
        let log = |container| Object::container_log("shop", "orders-7c9-x", container, 500, 256 * 1024);
        fake.put_text(&log("wisp"), Ok(&self.log));
        fake.put_text(&log("wisp-init"), Ok(&self.init_log));
        if let Some(issuer) = self.issuer {
            fake.put(&Object::discovery(), json!({"issuer": issuer}));
        }
        fake
    }

    /// What was read of Azure, and nothing of the cluster.
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::new(None);
        let azure = Value::from(self.azure.clone()).to_string();
        if !self.azure.is_empty() {
            facts.file("azure.json", azure.as_bytes(), None);
        }
        facts
    }

    /// What is found on an API server.
    pub(super) async fn live(&self) -> Vec<Finding> {
        self.on(&self.fake()).await
    }

    /// The same, on one that was made.
    pub(super) async fn on(&self, fake: &Fake) -> Vec<Finding> {
        let (mut facts, choice) = (self.facts(), Choice::default());
        until_well(fake, &mut facts, (&self.request, &choice), Duration::ZERO, &Now).await
    }

    /// What is found in dumps.
    pub(super) fn dumped(&self) -> Vec<Finding> {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": self.objects});
        let mut facts = self.facts();
        facts.azure.issuer = self.issuer.map(str::to_owned);
        facts.file("cluster.json", list.to_string().as_bytes(), None);
        facts.log("wisp.log", self.log.as_bytes());
        diagnose(&facts, &self.request, &Choice::default())
    }
}

/// The ids of what is wrong, in order.
pub(super) fn wrong(findings: &[Finding]) -> Vec<&'static str> {
    let is_wrong = |finding: &&Finding| matches!(finding.outcome, Outcome::Failed(_) | Outcome::Warned(_));
    findings
        .iter()
        .filter(is_wrong)
        .map(|finding| finding.check.id)
        .collect()
}
