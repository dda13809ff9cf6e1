//! What is answered to a request: the plan of the injection as a JSON Patch, or why not.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Map, Value};

use super::{
    lookups::Lookups,
    outcome::Outcome,
    review::{Denial, Request, Response},
    warnings::warnings,
};
use crate::{
    names::ClientId,
    observe::Identifiers,
    operator::{
        cluster::{Api, ApiError, Object},
        edit::{apply, display, patch},
        inject::{
            self, Decision, Diagnostic, Options, Plan,
            additions::SIDECAR,
            options::{INJECT, opt_in},
            surroundings::Surroundings,
        },
    },
};

/// The most bytes of a message that refuses a pod.
const LONGEST_MESSAGE: usize = 4096;

/// Answers requests.
pub(crate) struct Admission<A> {
    options: Options,
    lookups: Lookups<A>,
    reads_accounts: bool,
    identifiers: Identifiers,
}

/// An answer, and what is counted and logged of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    /// The answer.
    pub response: Response,
    /// What it comes to.
    pub outcome: Outcome,
    /// What whoever runs the webhook should know.
    pub notes: Vec<String>,
}

impl<A: Api> Admission<A> {
    /// Injects with `options` for all pods; what a pod or its service account says counts more. Service accounts are read if
    /// `reads_accounts`. `identifiers` says how client ids stand in audit logs.
    pub(crate) fn new(options: Options, api: Arc<A>, reads_accounts: bool, identifiers: Identifiers) -> Self {
        Self { options, lookups: Lookups::new(api), reads_accounts, identifiers }
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
        let labels = namespace
            .as_deref()
            .and_then(|object| object.pointer("/metadata/labels"));
        match wants(pod, labels) {
            Ok(Wants::Yes) => {}
            Ok(Wants::No) => return Ok(unchanged(Outcome::Skipped, "`wisp/inject` of the pod is `false`")),
            Ok(Wants::Nothing) => {
                let text = format!("neither the pod nor its namespace asks for wisp by `{INJECT}: \"true\"`");
                return Ok(unchanged(Outcome::NotAsked, &text));
            }
            Err(diagnostic) => return Ok(refused(&[diagnostic])),
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
        let mut surroundings = Surroundings::default();
        if let Some(namespace) = namespace {
            surroundings.add(&namespace, 0);
        }
        if let Some(account) = self.account(request).await? {
            surroundings.add(&account, 0);
        }
        Ok(self.inject(request, &surroundings))
    }

    /// Plans the injection of the pod, beside which `surroundings` stand.
    fn inject(&self, request: &Request, surroundings: &Surroundings) -> Decided {
        let pod = &request.object;
        let beside = surroundings.beside(0, Some(&request.namespace));
        let mut options = self.options.clone();
        inject::prefer_account(&mut options, pod, beside);
        match inject::inject(pod, &options, beside, &|_| None) {
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
        let mut decided = Decided { response, outcome: Outcome::Injected(plan.mode), notes: plan.notes };
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
    async fn namespace(&self, request: &Request) -> Option<Arc<Value>> {
        match self
            .lookups
            .get(&Object::namespace(&request.namespace))
            .await
        {
            Ok(namespace) => namespace,
            Err(error) => {
                tracing::debug!(operation = "admission", %error, "cannot read the namespace of a pod");
                // As it must be, or the pod would not have come.
                Some(Arc::new(serde_json::json!({"metadata": {"labels": {INJECT: "true"}}})))
            }
        }
    }

    /// The pod's service account, unless the pod says by itself what that could say.
    async fn account(&self, request: &Request) -> Result<Option<Arc<Value>>, Box<Decided>> {
        let annotations = request
            .object
            .pointer("/metadata/annotations")
            .and_then(Value::as_object);
        let is_named = |name: &str| annotations.is_some_and(|map| map.contains_key(name));
        if !self.reads_accounts || (is_named("wisp/client-id") && is_named("wisp/tenant-id")) {
            return Ok(None);
        }
        let name = inject::account(&request.object);
        let account = Object::service_account(&request.namespace, name);
        self.lookups
            .get(&account)
            .await
            .map_err(|error| Box::new(unreadable(&account, &error)))
    }
}

/// Whether wisp is to be in a pod.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wants {
    Yes,
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
        (Some(true), _) | (None, Some("true")) => Wants::Yes,
        (Some(false), _) => Wants::No,
        (None, _) => Wants::Nothing,
    })
}

fn unchanged(outcome: Outcome, reason: &str) -> Decided {
    let audit = [("reason", reason.to_owned())].into();
    Decided { response: Response { audit, ..Response::default() }, outcome, notes: Vec::new() }
}

/// As `wispctl inject` refuses it.
fn refused(diagnostics: &[Diagnostic]) -> Decided {
    let texts = diagnostics
        .iter()
        .map(|Diagnostic { at, text, .. }| match display(at) {
            at if at.is_empty() => Cow::Borrowed(text.as_str()),
            at => Cow::Owned(format!("{at}: {text}")),
        });
    let mut message = texts.collect::<Vec<_>>().join("\n");
    message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
    denied(Outcome::Refused, 403, "Forbidden", message)
}

fn unreadable(account: &Object, error: &ApiError) -> Decided {
    let message = format!(
        "wisp cannot tell which identity the pod has, for {account} cannot be read: {error}. Until then, annotations `wisp/client-id` \
         and `wisp/tenant-id` of the pod name one"
    );
    denied(Outcome::Unreadable, 503, "ServiceUnavailable", message)
}

fn denied(outcome: Outcome, code: u16, reason: &'static str, message: String) -> Decided {
    let response = Response { denial: Some(Denial { code, reason, message }), ..Response::default() };
    Decided { response, outcome, notes: Vec::new() }
}
