//! What is answered to a request: the plan of the injection as a JSON Patch, or why not.

mod adopt;
mod answers;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    adoption::{Adopting, AdoptionConfig},
    lookups::{Account, Lookups},
    outcome::Outcome,
    review::{Request, Response},
    warnings::warnings,
};
use crate::{
    names::ClientId,
    observe::Identifiers,
    operator::{
        cluster::{Api, Object},
        edit::{apply, patch},
        inject::{
            self, Decision, Diagnostic, Options, Plan,
            additions::SIDECAR,
            options::{INJECT, opt_in},
            surroundings::Surroundings,
        },
    },
};
pub(crate) use answers::Decided;
use answers::{denied, refused, unchanged, unreadable};

/// Answers requests.
pub(crate) struct Admission<A> {
    options: Options,
    lookups: Lookups<A>,
    reads_accounts: bool,
    identifiers: Identifiers,
    adopting: Option<Adopting<A>>,
}

/// What the labels of a pod's namespace are.
struct Namespace {
    object: Option<Arc<Value>>,
    /// They were read, and are not taken as read.
    is_known: bool,
}

impl<A: Api> Admission<A> {
    /// Injects with `options` for all pods; what a pod or its service account says counts more. Service accounts are read if
    /// `reads_accounts`. `identifiers` says how client ids stand in audit logs.
    pub(crate) fn new(options: Options, api: Arc<A>, reads_accounts: bool, identifiers: Identifiers) -> Self {
        Self { options, lookups: Lookups::new(api), reads_accounts, identifiers, adopting: None }
    }

    /// Adopts pods of pod-managed identity as `config` says, if it says anything. Their objects are listed by `api`.
    pub(crate) fn adopting(mut self, config: Option<AdoptionConfig>, api: &Arc<A>) -> Self {
        self.adopting = config.map(|config| Adopting::new(config, Arc::clone(api)));
        self
    }

    /// The answer to `request`.
    pub(crate) async fn decide(&self, request: &Request) -> Decided {
        self.answer(request)
            .await
            .unwrap_or_else(|decided| *decided)
    }

    /// The answer. An error is one too, which comes before all was looked at.
    async fn answer(&self, request: &Request) -> Result<Decided, Box<Decided>> {
        if !request.sub_resource.is_empty() {
            return Ok(unchanged(
                Outcome::SubResource,
                &format!("subresource {} is left alone", request.sub_resource),
            ));
        }
        if !request.kind.is_pod() {
            let text = format!("{} is no Pod; pods are injected when they are created", request.kind.name);
            return Ok(unchanged(Outcome::Kind, &text));
        }
        if request.operation != "CREATE" {
            return Ok(unchanged(Outcome::Operation, "pods are injected when they are created"));
        }
        if !request.object.is_object() {
            let message =
                "the request has no object; the webhook's rules may name CREATE of pods alone".to_owned();
            return Ok(denied(Outcome::NoObject, 400, "BadRequest", message));
        }
        let pod = &request.object;
        let namespace = self.namespace(request).await;
        let asks = match wants(pod, namespace.labels()) {
            Ok(Wants::No) => return Ok(unchanged(Outcome::Skipped, "`wisp/inject` of the pod is `false`")),
            Ok(asks) => asks,
            Err(diagnostic) => return Ok(refused(&[diagnostic])),
        };
        let selector = self.adopts(pod, &namespace);
        if asks == Wants::Nothing && matches!(selector, Ok(None)) {
            let text = format!("neither the pod nor its namespace asks for wisp by `{INJECT}: \"true\"`");
            return Ok(unchanged(Outcome::NotAsked, &text));
        }
        match inject::standing(pod) {
            Ok(None) => {}
            Ok(Some(standing)) => {
                let mut decided = unchanged(Outcome::Standing, "wisp is in this pod already");
                self.audit(&mut decided, &standing.mode, &standing.sidecar);
                return Ok(decided);
            }
            Err(diagnostic) => return Ok(refused(&[diagnostic])),
        }
        if let Some(selector) = selector?
            && let Some(adopting) = &self.adopting
            && let Some(decided) = self
                .adopt(request, &namespace, adopting, selector, asks)
                .await?
        {
            return Ok(decided);
        }
        let account = self.account(request).await?;
        let surroundings = surroundings(&namespace, account.object());
        let mut options = self.options.clone();
        inject::prefer_account(&mut options, pod, surroundings.beside(0, Some(&request.namespace)));
        Ok(self.inject(request, &surroundings, &options))
    }

    /// Plans the injection of the pod with `options`, beside which `surroundings` stand.
    fn inject(&self, request: &Request, surroundings: &Surroundings, options: &Options) -> Decided {
        let pod = &request.object;
        let beside = surroundings.beside(0, Some(&request.namespace));
        match inject::inject(pod, options, beside, &|_| None) {
            Err(diagnostics) => refused(&diagnostics),
            Ok(Decision::Skip(reason)) => {
                let mut decided = unchanged(Outcome::Skipped, &reason);
                if self.options.skip_unsupported {
                    let text = format!("this pod goes without wisp: {reason}");
                    decided.response.warnings = warnings([text.as_str()]);
                }
                decided
            }
            Ok(Decision::Inject(plan)) => self.injected(pod, plan),
        }
    }

    fn injected(&self, pod: &Value, plan: Plan) -> Decided {
        let mut after = pod.clone();
        let made = apply(&mut after, &plan.edits);
        let (Some(()), Some(patch)) = (made, patch(pod, &plan.edits)) else {
            let message =
                "wisp's own edits do not fit this pod; please report it with the pod's manifest".to_owned();
            return denied(Outcome::Refused, 422, "Invalid", message);
        };
        let texts = plan.warnings.iter().map(|warning| warning.text.as_str());
        let response = Response { patch: Some(patch), warnings: warnings(texts), ..Response::default() };
        let outcome = Outcome::Injected(plan.mode);
        let mut decided = Decided { response, outcome, notes: plan.notes, adoption: None };
        let sidecar = inject::container(&after, SIDECAR).unwrap_or(&Value::Null);
        self.audit(&mut decided, plan.mode.name(), sidecar);
        decided
    }

    /// Says in the audit log how wisp is in the pod.
    fn audit(&self, decided: &mut Decided, mode: &str, sidecar: &Value) {
        let audit = &mut decided.response.audit;
        audit.insert("mode", mode.to_owned());
        if let Some(image) = sidecar.get("image").and_then(Value::as_str) {
            audit.insert("image", image.to_owned());
        }
        let variables = sidecar.get("env").and_then(Value::as_array);
        let mut named = variables
            .into_iter()
            .flatten()
            .filter(|variable| variable.get("name").and_then(Value::as_str) == Some("AZURE_CLIENT_ID"));
        let id = named
            .next()
            .and_then(|variable| variable.get("value")?.as_str());
        if let Some(id) = id.and_then(|id| id.parse::<ClientId>().ok()) {
            audit.insert("identity", self.identifiers.show(&id));
        }
    }

    /// The pod's namespace. The API server sent the pod because of what stands in the pod or in the namespace, so one that
    /// cannot be read is taken as read: what it would add is a second look, and warnings.
    async fn namespace(&self, request: &Request) -> Namespace {
        match self
            .lookups
            .get(&Object::namespace(&request.namespace))
            .await
        {
            Ok(object) => Namespace { object, is_known: true },
            Err(error) => {
                tracing::debug!(operation = "admission", %error, "cannot read the namespace of a pod");
                // As it must be, or the pod would not have come.
                let object = serde_json::json!({"metadata": {"labels": {INJECT: "true"}}});
                Namespace { object: Some(Arc::new(object)), is_known: false }
            }
        }
    }

    /// The pod's service account, unless the pod says by itself what that could say.
    async fn account(&self, request: &Request) -> Result<Account, Box<Decided>> {
        let annotations = request
            .object
            .pointer("/metadata/annotations")
            .and_then(Value::as_object);
        let is_named = |name: &str| annotations.is_some_and(|map| map.contains_key(name));
        if !self.reads_accounts || (is_named("wisp/client-id") && is_named("wisp/tenant-id")) {
            return Ok(Account::Unread);
        }
        let name = inject::account(&request.object);
        let account = Object::service_account(&request.namespace, name);
        match self.lookups.get(&account).await {
            Ok(found) => Ok(found.map_or(Account::Absent, Account::Found)),
            Err(error) => Err(Box::new(unreadable(&account, &error))),
        }
    }
}

impl Namespace {
    fn labels(&self) -> Option<&Value> {
        self.object.as_deref()?.pointer("/metadata/labels")
    }
}

/// What stands beside a pod.
fn surroundings(namespace: &Namespace, account: Option<&Value>) -> Surroundings {
    let mut surroundings = Surroundings::default();
    for object in namespace.object.as_deref().into_iter().chain(account) {
        surroundings.add(object, 0);
    }
    surroundings
}

/// Whether wisp is to be in a pod.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wants {
    /// The pod says so.
    Pod,
    /// Its namespace says so.
    Namespace,
    No,
    /// Neither the pod nor its namespace says anything.
    Nothing,
}

/// What the pod says counts more than its namespace's label.
fn wants(pod: &Value, namespace: Option<&Value>) -> Result<Wants, Diagnostic> {
    let none = Map::new();
    let texts = |at: &str| pod.pointer(at).and_then(Value::as_object).unwrap_or(&none);
    let by_pod = opt_in(texts("/metadata/annotations"), texts("/metadata/labels"))?;
    let by_namespace = namespace.and_then(|labels| labels.get(INJECT)?.as_str());
    Ok(match (by_pod, by_namespace) {
        (Some(true), _) => Wants::Pod,
        (None, Some("true")) => Wants::Namespace,
        (Some(false), _) => Wants::No,
        (None, _) => Wants::Nothing,
    })
}
