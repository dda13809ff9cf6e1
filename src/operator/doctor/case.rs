//! One workload, as checks look at it.

use serde_json::Value;

use super::{
    facts::{Facts, Known},
    kinds::ACCOUNTS,
    tree::{NOTHING, annotation, containers, entry, label, list, text},
    workload::{self, Workload},
};
use crate::operator::{
    cluster::NAMESPACES,
    identity::model::Account,
    inject::{
        additions::{CONTAINERS, SIDECAR, VOLUME},
        record::INJECTED,
        webhook::{CLIENT_ID, USE_LABEL},
    },
};

/// The variable with the path of the token.
pub(super) const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// A workload and what is known around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub facts: &'a Facts,
    pub workload: &'a Workload<'a>,
    /// The resource that a role is expected at, as an Azure resource id.
    pub resource: Option<&'a str>,
}

/// A client id, and where it was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Named {
    pub id: String,
    pub location: String,
}

impl<'a> Case<'a> {
    /// The template of the pods, or the newest pod in its stead.
    pub(super) fn template(&self) -> &'a Value {
        self.workload.template()
    }

    /// The newest pod.
    pub(super) fn pod(&self) -> Option<&'a Value> {
        self.workload.pod()
    }

    /// The newest pod, or the template in its stead.
    pub(super) fn newest(&self) -> &'a Value {
        self.pod().unwrap_or_else(|| self.template())
    }

    /// Its service account.
    pub(super) fn account(&self) -> Known<&'a Value> {
        self.facts
            .get(ACCOUNTS, &self.workload.namespace, self.workload.account())
    }

    /// The name of its service account.
    pub(super) fn account_name(&self) -> Account {
        let namespace = self.workload.namespace.clone();
        Account { namespace, name: self.workload.account().to_owned() }
    }

    /// What has labels and annotations beside its template, each with how it is called: nothing of what is not known.
    pub(super) fn beside_template(&self) -> [(&'a Value, String); 3] {
        let there = |known| match known {
            Known::There(object) => object,
            _ => &NOTHING,
        };
        let namespace = &self.workload.namespace;
        [
            (self.workload.object.unwrap_or(&NOTHING), self.workload.display()),
            (there(self.account()), format!("service account {}", self.account_name())),
            (there(self.facts.get(NAMESPACES, "", namespace)), format!("namespace {namespace}")),
        ]
    }

    /// What the label by which the workload identity webhook finds pods is on the template, whatever it is.
    pub(super) fn use_label(&self) -> Option<&'a Value> {
        entry(self.template(), "/metadata/labels", USE_LABEL)
    }

    /// Whether that webhook is to come to the pods.
    pub(super) fn is_labelled(&self) -> bool {
        label(self.template(), USE_LABEL) == Some("true") || label(self.newest(), USE_LABEL) == Some("true")
    }

    /// Whether wisp is in the pods.
    pub(super) fn has_wisp(&self) -> bool {
        [self.template(), self.newest()].into_iter().any(|pod| {
            annotation(pod, INJECTED).is_some()
                || containers(pod).any(|(container, _)| text(container, "/name") == SIDECAR)
        })
    }

    /// Whether the pods ask for wisp.
    pub(super) fn wants_wisp(&self) -> bool {
        workload::wants_wisp(self.facts, self.workload)
    }

    /// Whether wisp in the pods has a token of its own, and needs no webhook.
    pub(super) fn has_own_token(&self) -> bool {
        list(self.newest(), "/spec/volumes")
            .iter()
            .any(|volume| text(volume, "/name") == VOLUME)
    }

    /// Whether the manifest itself gives a container its token.
    pub(super) fn is_projected_by_hand(&self) -> bool {
        applications(self.template()).any(|(container, _)| variable(container, TOKEN_FILE).is_some())
            && !self.is_labelled()
    }

    /// The client id that tokens are asked for with: wisp's, the application's own, or the account's.
    pub(super) fn client_id(&self) -> Option<Named> {
        let of_container = |(container, _): (&Value, bool)| {
            let value = variable(container, "AZURE_CLIENT_ID")?;
            let id = text(value, "/value");
            let location = format!("container {}", text(container, "/name"));
            (!id.is_empty()).then(|| Named { id: id.to_owned(), location })
        };
        let wisp = containers(self.newest())
            .filter(|(container, _)| text(container, "/name") == SIDECAR)
            .find_map(of_container);
        let own = || applications(self.template()).find_map(of_container);
        let annotated = || match self.account() {
            Known::There(account) => annotation(account, CLIENT_ID)
                .filter(|id| !id.is_empty())
                .map(|id| Named {
                    id: id.to_owned(),
                    location: format!("service account {}", self.account_name()),
                }),
            _ => None,
        };
        wisp.or_else(own).or_else(annotated)
    }

    /// Where an identity is named that nobody looks into here; none where none is.
    pub(super) fn other_identity(&self) -> Option<&'static str> {
        let is_referred = |(container, _): (&Value, bool)| {
            variable(container, "AZURE_CLIENT_ID").is_some_and(|variable| variable.get("valueFrom").is_some())
        };
        if containers(self.newest()).any(is_referred) {
            return Some("by a ConfigMap or a Secret");
        }
        let wisp = containers(self.newest()).find(|(container, _)| text(container, "/name") == SIDECAR);
        let (wisp, _) = wisp?;
        let has_settings = ["WISP_IDENTITIES", "WISP_CONFIG"]
            .into_iter()
            .any(|name| variable(wisp, name).is_some());
        let is_whole = !list(wisp, "/envFrom").is_empty();
        (has_settings || is_whole).then_some("by wisp's own settings")
    }

    /// An annotation of the newest pod, or of its template.
    pub(super) fn annotation(&self, key: &str) -> Option<&'a str> {
        annotation(self.newest(), key).or_else(|| annotation(self.template(), key))
    }
}

/// The containers of the application, and whether each is an init container.
pub(super) fn applications(pod: &Value) -> impl Iterator<Item = (&Value, bool)> {
    containers(pod).filter(|(container, _)| !CONTAINERS.contains(&text(container, "/name")))
}

/// A variable of a container.
pub(super) fn variable<'a>(container: &'a Value, name: &str) -> Option<&'a Value> {
    list(container, "/env")
        .iter()
        .find(|variable| text(variable, "/name") == name)
}

/// The volume `name` of a pod.
pub(super) fn volume<'a>(pod: &'a Value, name: &str) -> &'a Value {
    let volumes = list(pod, "/spec/volumes");
    let found = volumes.iter().find(|volume| text(volume, "/name") == name);
    found.unwrap_or(&NOTHING)
}

/// The projected service-account tokens of a volume.
pub(super) fn tokens(volume: &Value) -> impl Iterator<Item = &Value> {
    list(volume, "/projected/sources")
        .iter()
        .filter_map(|source| source.get("serviceAccountToken"))
}
