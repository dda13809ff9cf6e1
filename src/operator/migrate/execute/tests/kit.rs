//! A cluster with a workload of each kind, and commands on it.

use serde_json::{Value, json};

use crate::{
    clock::{Clock, UnixTime},
    operator::{
        cluster::{Api, Collection, Object, fake::Fake},
        inject::Options,
        migrate::{
            execute::{
                Consent, Desk, Facts, Line, Report, RoleBindings, Run, Scope, Settings, State, Unplanned,
                status::{Status, render},
            },
            inventory::{self, Inventory, Progress, Reader},
            plan,
            tables::Form,
        },
        workload::Which,
    },
};

/// Client ids of the identities.
pub(super) const ORDERS: &str = "11111111-1111-1111-1111-111111111111";
pub(super) const BILLS: &str = "22222222-2222-2222-2222-222222222222";

/// Puts an object of `kind` into a namespace.
pub(super) fn put(
    fake: &Fake,
    of: (&'static str, &'static str, &'static str),
    namespace: &str,
    name: &str,
    mut rest: Value,
) {
    rest["metadata"]["namespace"] = namespace.into();
    rest["metadata"]["name"] = name.into();
    rest["metadata"]["uid"] = format!("uid-{}-{name}", of.2).into();
    rest["metadata"]["generation"] = 1.into();
    fake.put_into(&Collection::at(of.0, of.1, of.2, Some(namespace)), name, rest);
}

pub(super) const DEPLOYMENT: (&str, &str, &str) = ("apis/apps/v1", "deployments", "Deployment");
pub(super) const STATEFUL_SET: (&str, &str, &str) = ("apis/apps/v1", "statefulsets", "StatefulSet");
pub(super) const REPLICA_SET: (&str, &str, &str) = ("apis/apps/v1", "replicasets", "ReplicaSet");
pub(super) const CRON_JOB: (&str, &str, &str) = ("apis/batch/v1", "cronjobs", "CronJob");
pub(super) const JOB: (&str, &str, &str) = ("apis/batch/v1", "jobs", "Job");
pub(super) const POD: (&str, &str, &str) = ("api/v1", "pods", "Pod");
pub(super) const ROLE_BINDING: (&str, &str, &str) =
    ("apis/rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding");
pub(super) const DAEMON_SET: (&str, &str, &str) = ("apis/apps/v1", "daemonsets", "DaemonSet");
pub(super) const EXCEPTION: (&str, &str, &str) =
    ("apis/aadpodidentity.k8s.io/v1", "azurepodidentityexceptions", "AzurePodIdentityException");
pub(super) const IDENTITY: (&str, &str, &str) =
    ("apis/aadpodidentity.k8s.io/v1", "azureidentities", "AzureIdentity");
pub(super) const BINDING: (&str, &str, &str) =
    ("apis/aadpodidentity.k8s.io/v1", "azureidentitybindings", "AzureIdentityBinding");

/// A pod template with a label and, where it names one, a service account.
pub(super) fn template(label: &str, account: Option<&str>) -> Value {
    let mut template = json!({
        "metadata": {"labels": {"app": label, "aadpodidbinding": label}},
        "spec": {"containers": [{"name": "app", "image": "app:1"}]},
    });
    if let Some(account) = account {
        template["spec"]["serviceAccountName"] = account.into();
        template["spec"]["serviceAccount"] = account.into();
    }
    template
}

/// A workload with replicas.
pub(super) fn workload(label: &str, account: Option<&str>) -> Value {
    json!({"spec": {"replicas": 1, "selector": {"matchLabels": {"app": label}}, "template": template(label, account)}})
}

/// An AzureIdentity and its binding.
pub(super) fn identity(fake: &Fake, namespace: &str, name: &str, client_id: &str) {
    let id = format!(
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    );
    put(
        fake,
        IDENTITY,
        namespace,
        name,
        json!({"spec": {"type": 0, "clientID": client_id, "resourceID": id}}),
    );
    put(fake, BINDING, namespace, name, json!({"spec": {"azureIdentity": name, "selector": name}}));
}

/// What controllers do at once: pods follow their templates.
pub(super) fn controllers(path: &str, object: &mut Value) {
    if path.contains("/deployments/") || path.contains("/statefulsets/") {
        let replicas = object
            .pointer("/spec/replicas")
            .cloned()
            .unwrap_or_else(|| 1.into());
        object["status"] = json!({
            "replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas,
        });
    } else if path.contains("/jobs/") {
        object["status"] = json!({"active": 1, "ready": 1});
    } else if path.contains("/pods/") {
        object["status"] = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    }
}

/// A namespace with workloads of two identities.
pub(super) fn cluster() -> Fake {
    let fake = Fake::new();
    fake.control(controllers);
    fake.put(&Object::namespace("shop"), json!({"metadata": {"name": "shop"}}));
    fake.put(
        &Object::service_account("shop", "default"),
        json!({"metadata": {"name": "default"}, "imagePullSecrets": [{"name": "registry"}]}),
    );
    fake.put(
        &Object::service_account("shop", "bills"),
        json!({"metadata": {"name": "bills", "annotations": {"team": "bills"}}}),
    );
    identity(&fake, "shop", "orders", ORDERS);
    identity(&fake, "shop", "bills", BILLS);
    put(&fake, DEPLOYMENT, "shop", "orders", workload("orders", None));
    put(&fake, STATEFUL_SET, "shop", "bills", workload("bills", Some("bills")));
    let job = json!({"spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": template("bills", Some("bills"))}}}});
    put(&fake, CRON_JOB, "shop", "nightly", job);
    fake
}

/// What is messages.
#[derive(Default)]
pub(super) struct Messages {
    pub progress: Vec<String>,
    pub audit: Vec<String>,
    /// What the cluster is like once the user has been asked, and agrees.
    becomes: Option<(Fake, Fake)>,
}

impl Desk for Messages {
    fn say(&mut self, text: &str) {
        self.progress.push(text.to_owned());
    }

    fn audit(&mut self, line: &Line) {
        self.audit.push(line.json());
    }

    fn allows(&mut self, prompt: &str) -> bool {
        self.progress.push(prompt.to_owned());
        let Some((fake, other)) = &self.becomes else { return false };
        fake.become_like(other);
        true
    }
}

/// A wall clock that stands.
struct Still;

impl Clock for Still {
    fn wall(&self) -> UnixTime {
        UnixTime::from_secs(1_767_225_600)
    }
}

/// What the cluster is before a command.
pub(super) async fn facts(fake: &Fake, decisions: &str) -> Facts {
    find(fake, decisions).await.unwrap()
}

/// The same, or what is wrong with the decisions.
pub(super) async fn find(fake: &Fake, decisions: &str) -> Result<Facts, Unplanned> {
    let mut reader = Reader::new(inventory::Request::default(), Progress::silent());
    reader.cluster(fake, false).await;
    facts_of(fake, reader.finish(), decisions).await
}

/// The same of what was read otherwise.
pub(super) async fn facts_of<A: Api>(
    api: &A,
    inventory: Inventory,
    decisions: &str,
) -> Result<Facts, Unplanned> {
    let decisions = if decisions.is_empty() {
        plan::Decisions::default()
    } else {
        let text = format!("apiVersion: wisp/v1\nkind: MigrationDecisions\n{decisions}");
        plan::read_decisions("decisions.yaml", &text).unwrap()
    };
    let request = plan::Request {
        issuer: Some("https://issuer.example/".to_owned()),
        tenant: Some("contoso.com".parse().unwrap()),
        decisions,
        ..plan::Request::default()
    };
    Facts::find(api, inventory, request).await
}

pub(super) fn settings() -> Settings {
    Settings {
        options: Options { image: "wisp:test".to_owned(), ..Options::default() },
        which: Which::default(),
        force_managed: false,
        recreate: false,
        role_bindings: RoleBindings::Named,
        timeout: std::time::Duration::from_secs(60),
        at_a_time: 10,
    }
}

/// A command, and what it messages.
pub(super) struct Command<'a> {
    pub fake: &'a Fake,
    pub settings: Settings,
    pub scope: Scope,
    pub consent: Consent,
    pub decisions: &'a str,
    /// What others make of the cluster while the user is asked, and agrees.
    pub becomes: Option<&'a Fake>,
}

impl<'a> Command<'a> {
    pub(super) fn new(fake: &'a Fake) -> Self {
        Self {
            fake,
            settings: settings(),
            scope: Scope::default(),
            consent: Consent::Given,
            decisions: "",
            becomes: None,
        }
    }

    pub(super) async fn run<T>(&self, act: impl AsyncFnOnce(Run<'_, Fake, Messages>) -> T) -> (T, Messages) {
        self.tried(act).await.unwrap()
    }

    /// The same, unless the cluster cannot be planned for.
    pub(super) async fn tried<T>(
        &self,
        act: impl AsyncFnOnce(Run<'_, Fake, Messages>) -> T,
    ) -> Result<(T, Messages), Unplanned> {
        let facts = find(self.fake, self.decisions).await?;
        let becomes = self.becomes.map(|other| (self.fake.clone(), other.clone()));
        let mut messages = Messages { becomes, ..Messages::default() };
        let run =
            Run::new(self.fake, (&facts, &self.scope), (&self.settings, self.consent), &mut messages, &Still);
        let done = act(run).await;
        Ok((done, messages))
    }
}

pub(super) async fn apply(fake: &Fake, to: State) -> (Report, Messages) {
    Command::new(fake)
        .run(async |run| run.apply(to).await)
        .await
}

pub(super) async fn rollback(fake: &Fake, to: State) -> (Report, Messages) {
    Command::new(fake)
        .run(async |run| run.rollback(to).await)
        .await
}

pub(super) async fn cleanup(fake: &Fake) -> (Report, Messages) {
    Command::new(fake)
        .run(async |run| run.cleanup().await)
        .await
}

pub(super) async fn status(fake: &Fake) -> (Status, String) {
    let (status, _) = Command::new(fake).run(async |run| run.status().await).await;
    let text = render(&status, Form::Text);
    (status, text)
}

/// All objects, without what changes with each write.
pub(super) fn objects(fake: &Fake) -> std::collections::BTreeMap<String, Value> {
    let mut all = fake.objects();
    for object in all.values_mut() {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.retain(|key, _| !["resourceVersion", "uid", "generation"].contains(&key.as_str()));
        }
        if let Some(map) = object.as_object_mut() {
            map.remove("apiVersion");
            map.remove("kind");
        }
    }
    all
}

/// An object as it is.
pub(super) fn get(
    fake: &Fake,
    of: (&'static str, &'static str, &'static str),
    namespace: &str,
    name: &str,
) -> Value {
    fake.get(&Collection::at(of.0, of.1, of.2, Some(namespace)).object(name))
        .unwrap()
}
