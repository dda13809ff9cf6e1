//! Pods of pod-managed identity: which are adopted, and with what.

use serde_json::{Map, Value};

use super::{
    Admission, Decided, Namespace, Wants,
    answers::{denied, refused, unchanged},
    surroundings,
};
use crate::operator::{
    cluster::Api,
    inject,
    pod_identity::{self, Assigned, Assignment, LABEL, Matching},
    webhook::{
        adoption::{
            ADOPT, Adopted, Adopting, Adoption, AdoptionConfig, Given, ListError, adopted, labels, opt_in,
        },
        lookups::Account,
        outcome::Outcome,
        review::Request,
        warnings::warnings,
    },
};

impl<A: Api> Admission<A> {
    /// The value of the label of pod-managed identity of a pod that is to be adopted; none for other pods.
    pub(super) fn adopts<'p>(
        &self,
        pod: &'p Value,
        namespace: &Namespace,
    ) -> Result<Option<&'p str>, Box<Decided>> {
        let Some((labels, selector)) =
            labels(pod).and_then(|labels| Some((labels, pod_identity::label(labels)?)))
        else {
            return Ok(None);
        };
        let known = namespace
            .is_known
            .then(|| namespace.labels().unwrap_or(&Value::Null));
        match (opt_in(labels, known), &self.adopting) {
            (Err(diagnostic), _) => Err(Box::new(refused(&[diagnostic]))),
            (Ok(Some(true)), Some(_)) => Ok(Some(selector)),
            (Ok(Some(true)), None) => Err(Box::new(not_adopting())),
            (Ok(None), Some(_)) => Err(Box::new(unlisted(format!(
                "wisp cannot tell whether the pod is to be adopted, for its namespace cannot be read, which may have label `{ADOPT}`; \
                 the log of the webhook says why. Until then, label `{ADOPT}` of the pod says so"
            )))),
            (Ok(_), _) => Ok(None),
        }
    }

    /// Adopts the pod; none where an exception means it, and it asks for wisp by itself.
    pub(super) async fn adopt(
        &self,
        request: &Request,
        namespace: &Namespace,
        adopting: &Adopting<A>,
        selector: &str,
        asks: Wants,
    ) -> Result<Option<Decided>, Box<Decided>> {
        let none = Map::new();
        let labels = labels(&request.object).unwrap_or(&none);
        let objects = adopting.objects(&request.namespace, labels, selector);
        let (objects, account) = tokio::join!(objects, self.account(request));
        let objects = objects.map_err(|error| Box::new(unlistable(selector, &error)))?;
        let account = account.map_err(|mut decided| {
            decided.adoption = Some(Adoption::Refused);
            decided
        })?;
        let matching = adopting.config.matching;
        let assigned = match objects.assignment(&request.namespace, labels, selector, matching) {
            Assignment::Excepted(_) if asks == Wants::Pod => return Ok(None),
            Assignment::Excepted(name) => {
                let text = format!("AzurePodIdentityException `{name}` means this pod");
                let mut decided = unchanged(Outcome::Excepted, &text);
                decided.adoption = Some(Adoption::Excepted);
                return Ok(Some(decided));
            }
            Assignment::Assigned(assigned) => assigned,
            Assignment::Unbound(hints) => return Ok(Some(unbound(selector, &hints, matching))),
            Assignment::Unknown(text) => return Ok(Some(malformed(&text))),
        };
        Ok(Some(self.adopted(request, namespace, adopting.config, &assigned, &account)))
    }

    /// Injects the pod with the identities that are `assigned`.
    fn adopted(
        &self,
        request: &Request,
        namespace: &Namespace,
        config: AdoptionConfig,
        assigned: &Assigned<'_>,
        account: &Account,
    ) -> Decided {
        let pod = Adopted {
            pod: &request.object,
            namespace: &request.namespace,
            account: inject::account(&request.object),
            read: account,
        };
        let Given { options, warnings: texts, names } = match adopted(pod, assigned, config, &self.options) {
            Ok(given) => given,
            Err(diagnostics) => {
                let mut decided = refused(&diagnostics);
                decided.outcome = Outcome::NoIdentity;
                decided.adoption = Some(Adoption::Malformed);
                return decided;
            }
        };
        let surroundings = surroundings(namespace, account.object());
        let mut decided = self.inject(request, &surroundings, &options);
        let (adoption, imds) = match decided.outcome {
            Outcome::Injected(mode) => (Adoption::Adopted, (!mode.catches_imds()).then_some(mode)),
            Outcome::Skipped => (Adoption::Skipped, None),
            _ => (Adoption::Refused, None),
        };
        decided.adoption = Some(adoption);
        if adoption == Adoption::Adopted {
            let imds = imds.map(|mode| {
                format!(
                    "mode `{}` does not reach clients that ask 169.254.169.254: they ask NMI or the node as before",
                    mode.name()
                )
            });
            let texts: Vec<_> = texts.into_iter().chain(imds).collect();
            decided
                .response
                .warn(warnings(texts.iter().map(String::as_str)));
            decided.response.audit.insert("adopted", names);
        }
        decided
    }
}

/// A pod of pod-managed identity that is to be adopted, and nobody here adopts.
fn not_adopting() -> Decided {
    let message = format!(
        "label `{ADOPT}` of the pod or of its namespace asks for the identities of pod-managed identity, and this webhook does not adopt \
         pods; start it with `--adopt-pod-identity`, or remove the label"
    );
    denied(Outcome::NoIdentity, 403, "Forbidden", message)
}

/// No binding selects the pod.
fn unbound(selector: &str, hints: &[String], matching: Matching) -> Decided {
    let scope = match matching {
        Matching::Standard => "",
        Matching::Namespaced => " of the pod's own namespace",
    };
    let mut message = format!(
        "label `{LABEL}` is `{selector}`, and no AzureIdentityBinding{scope} selects that: pod-managed identity would give the pod no token \
         either, and once it is gone the pod would ask the node's own endpoint. Write the binding first, correct the label, or keep the \
         pod out by label `{ADOPT}: \"false\"`"
    );
    for hint in hints {
        message.push_str(". ");
        message.push_str(hint);
    }
    adoption(Adoption::Unbound, denied(Outcome::NoIdentity, 403, "Forbidden", message))
}

fn malformed(text: &str) -> Decided {
    let message = format!("label `{LABEL}`: {text}; correct it, or remove the label");
    adoption(Adoption::Malformed, denied(Outcome::NoIdentity, 403, "Forbidden", message))
}

/// What the cluster has could not be listed.
fn unlistable(selector: &str, error: &ListError) -> Decided {
    let text = format!("wisp cannot tell which identities label `{LABEL}: {selector}` means: {error}");
    match error {
        ListError::Absent { .. } => {
            let message =
                format!("{text}. Remove the label, or keep the pod out by label `{ADOPT}: \"false\"`");
            adoption(Adoption::Unbound, denied(Outcome::NoIdentity, 403, "Forbidden", message))
        }
        _ => unlisted(text),
    }
}

fn unlisted(message: String) -> Decided {
    adoption(Adoption::Unlisted, denied(Outcome::Unlisted, 503, "ServiceUnavailable", message))
}

fn adoption(adoption: Adoption, decided: Decided) -> Decided {
    Decided { adoption: Some(adoption), ..decided }
}
