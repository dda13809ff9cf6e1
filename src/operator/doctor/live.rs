//! A live cluster, which is read and nothing else.

use std::{collections::BTreeSet, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    Request,
    checks::{arguments, azwi, injector, webhook},
    facts::{Facts, LogOf},
    kinds::{DEPLOYMENTS, OF_WEBHOOKS, WEBHOOKS, WORKLOADS},
    read::LOG,
    tree::{containers, list, text},
    workload::workloads,
};
use crate::{
    clock::UnixTime,
    operator::{
        cluster::{Api, Call, Kind, NAMESPACES, Object, Scope, Sink, Verb, each_kind},
        inject::additions::{INIT, SIDECAR},
    },
};

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The most pods whose logs are read.
const MOST_LOGS: usize = 20;
/// So many lines of a log are read.
const LINES: usize = 500;

impl Facts {
    /// Reads what `request` is about in the cluster of `api`. What was read of a cluster before is forgotten.
    pub(crate) async fn cluster<A: Api>(&mut self, api: &A, request: &Request, now: UnixTime) {
        self.forget();
        self.is_live = true;
        self.now = Some(now);
        let namespace = request.namespace.as_deref();
        if !self.kinds(api, WORKLOADS, namespace).await {
            return;
        }
        let of_webhooks: BTreeSet<_> = self
            .of(WEBHOOKS, None)
            .filter(|configuration| azwi::is_azwi(configuration) || injector::is_ours(configuration))
            .flat_map(|configuration| list(configuration, "/webhooks"))
            .map(|webhook| text(webhook, "/clientConfig/service/namespace").to_owned())
            .filter(|namespace| !namespace.is_empty())
            .collect();
        for namespace in &of_webhooks {
            if !self.kinds(api, OF_WEBHOOKS, Some(namespace)).await {
                return;
            }
        }
        self.certificates(api).await;
        self.logs(api, request).await;
        self.issuer(api).await;
    }

    /// Whether the API server answers still.
    async fn kinds<A: Api>(&mut self, api: &A, kinds: &'static [Kind], namespace: Option<&str>) -> bool {
        let mut taker = Taker { facts: self, namespace, current: None, reason: None };
        let answers = each_kind(api, kinds, namespace, &mut taker).await.is_some();
        if !answers {
            let reason = taker.reason.take();
            self.unread.extend(reason);
        }
        answers
    }

    /// The certificates that our webhooks serve. Of the Secrets nothing else is kept.
    async fn certificates<A: Api>(&mut self, api: &A) {
        let secrets: BTreeSet<_> = self
            .of(WEBHOOKS, None)
            .filter(|configuration| injector::is_ours(configuration))
            .filter_map(|configuration| {
                let (namespace, service) = webhook::service(configuration)?;
                let deployment = self
                    .of(DEPLOYMENTS, Some(namespace))
                    .find(|deployment| text(deployment, "/metadata/name") == service);
                Some((namespace.to_owned(), arguments::secret(deployment, service)))
            })
            .collect();
        for (namespace, name) in secrets {
            let object = Object::secret(&namespace, &name);
            let call = Call { verb: Verb::Get, object: &object, body: None, timeout: TIMEOUT };
            let chain = match api.call(call).await {
                Ok(answer) => STANDARD
                    .decode(text(&answer.object, "/data/tls.crt"))
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .filter(|chain| !chain.is_empty())
                    .ok_or_else(|| format!("{object} has no certificate in tls.crt")),
                Err(error) => Err(error.to_string()),
            };
            self.served.insert((namespace, name), chain);
        }
    }

    /// The logs of wisp in the newest pods of what is looked at.
    async fn logs<A: Api>(&mut self, api: &A, request: &Request) {
        let mut expected = Vec::new();
        for workload in workloads(self, request) {
            let Some(pod) = workload.pod() else { continue };
            let started = |name: &str| {
                ["/status/initContainerStatuses", "/status/containerStatuses"]
                    .iter()
                    .flat_map(|at| list(pod, at))
                    .any(|status| text(status, "/name") == name && status.pointer("/state/waiting").is_none())
            };
            for (container, _) in containers(pod) {
                let name = text(container, "/name");
                if let Some(own) = [INIT, SIDECAR].into_iter().find(|own| *own == name)
                    && started(own)
                {
                    expected.push((workload.namespace.clone(), text(pod, "/metadata/name").to_owned(), own));
                }
            }
        }
        let is_last = MOST_LOGS * 2;
        for (index, (namespace, pod, container)) in expected.into_iter().enumerate() {
            let read = if index < is_last {
                let object = Object::container_log(&namespace, &pod, container, LINES, LOG);
                let call = Call { verb: Verb::Get, object: &object, body: None, timeout: TIMEOUT };
                api.text(call).await.map_err(|error| error.to_string())
            } else {
                Err(format!(
                    "the logs of the first {MOST_LOGS} pods are read; name one workload to read its own"
                ))
            };
            self.logs
                .insert(LogOf::Container { namespace, pod, container }, read);
        }
    }

    /// The issuer that the API server signs with, unless that is known.
    async fn issuer<A: Api>(&mut self, api: &A) {
        if self.azure.issuer.is_some() {
            return;
        }
        let object = Object::discovery();
        let call = Call { verb: Verb::Get, object: &object, body: None, timeout: TIMEOUT };
        if let Ok(answer) = api.call(call).await {
            let issuer = text(&answer.object, "/issuer");
            self.azure.issuer = (!issuer.is_empty()).then(|| issuer.to_owned());
        }
    }
}

/// Takes what is read, and notes for each kind whether it was.
struct Taker<'a> {
    facts: &'a mut Facts,
    namespace: Option<&'a str>,
    /// The kind that is being read; none while it is the one namespace.
    current: Option<&'static str>,
    /// What went wrong with it.
    reason: Option<String>,
}

impl Sink for Taker<'_> {
    fn begin(&mut self, resource: &'static str) {
        let namespace = namespace_of(resource, self.namespace);
        self.facts.ask(resource, namespace);
        (self.current, self.reason) = (Some(resource), None);
    }

    fn take(&mut self, _: &'static str, object: &Value) {
        self.facts.put(object.clone(), self.namespace);
    }

    fn fail(&mut self, reason: String) {
        // What is said after the first is that others were not asked for.
        if self.reason.is_none() {
            let resource = self.current.unwrap_or(NAMESPACES.resource);
            let namespace = namespace_of(resource, self.namespace);
            self.facts.refuse(resource, namespace, reason.clone());
            self.reason = Some(reason);
        }
    }
}

/// What has no namespace is asked for as a whole.
fn namespace_of<'a>(resource: &str, namespace: Option<&'a str>) -> Option<&'a str> {
    let is_of_cluster = |kind: &Kind| kind.resource == resource && kind.scope == Scope::Cluster;
    let mut all = WORKLOADS.iter().chain(OF_WEBHOOKS).chain(&[NAMESPACES]);
    if all.any(is_of_cluster) { None } else { namespace }
}
