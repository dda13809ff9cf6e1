//! A workload by itself: whose it is, by what road and in which mode, or why not.

use super::{
    decisions::Decided,
    full_name,
    known::Known,
    model::{Risk, ServiceAccount, State, WorkloadIdentity},
    modes, names,
    roads::Road,
};
use crate::operator::{
    inject::Mode,
    migrate::inventory::model::{Preflight, Workload},
    workload::not_served,
};

/// What has to be asked about a workload.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// The field that answers it, of the workload or, as `resourceId`, of the identity; or an argument.
    pub field: &'static str,
    /// What is asked.
    pub prompt: String,
    /// The identity that it is about, if it is about one.
    pub client_id: Option<String>,
}

/// The argument that names the namespace of what names none.
pub(super) const NAMESPACE: &str = "--namespace";

/// A workload while it is planned.
pub(super) struct Draft<'a> {
    pub workload: &'a Workload,
    pub decided: Decided<'a>,
    pub identities: Vec<WorkloadIdentity>,
    pub chosen: Option<String>,
    pub state: State,
    pub reason: Option<String>,
    pub ask: Option<Ask>,
    pub road: Option<Road>,
    pub mode: Option<Mode>,
    pub account: Option<ServiceAccount>,
    pub static_secrets: Vec<String>,
    pub stage: Option<usize>,
    pub risks: Vec<Risk>,
}

/// `workload` with what is `decided` of it. Its service account and its place come later.
pub(super) fn draft<'a>(workload: &'a Workload, decided: Decided<'a>, known: &Known<'a>) -> Draft<'a> {
    let short = short(workload);
    let native = known.native.get(short.as_str());
    let road = decided.method.road.unwrap_or_else(|| {
        if native.is_some() {
            Road::Native
        } else if workload.shown_by.is_some() || why_not_served(workload).is_some() {
            Road::Webhook
        } else {
            Road::Inject
        }
    });
    let mut draft = Draft {
        workload,
        decided,
        identities: identities(workload, decided),
        chosen: None,
        state: State::Planned,
        reason: native.filter(|_| road == Road::Native).cloned(),
        ask: None,
        road: Some(road),
        mode: None,
        account: None,
        static_secrets: known
            .secrets
            .get(short.as_str())
            .cloned()
            .unwrap_or_default(),
        stage: None,
        risks: Vec::new(),
    };
    draft.settle(road, known);
    if matches!(draft.state, State::CannotBeMoved | State::LeftAlone) {
        draft.road = None;
        draft.mode = None;
    }
    draft
}

/// The identities that it has, each client id once, or the one that the user names.
fn identities(workload: &Workload, decided: Decided<'_>) -> Vec<WorkloadIdentity> {
    let mut all: Vec<WorkloadIdentity> = Vec::new();
    for found in &workload.identities {
        if !all.iter().any(|one| one.client_id == found.client_id) {
            let azure_identity = Some(found.identity.clone());
            all.push(WorkloadIdentity { client_id: found.client_id.clone(), azure_identity });
        }
    }
    if let (true, Some(id)) = (all.is_empty(), decided.client_id) {
        all.push(WorkloadIdentity { client_id: id.to_owned(), azure_identity: None });
    }
    all
}

impl Draft<'_> {
    /// Whether something is done about it.
    pub(super) fn is_moved(&self) -> bool {
        matches!(self.state, State::Planned | State::NeedsDecision)
    }

    fn settle(&mut self, road: Road, known: &Known<'_>) {
        let workload = self.workload;
        if road == Road::Leave {
            return self.leave("by decision".to_owned());
        }
        if let (Some(exception), None) = (&workload.exception, self.decided.client_id) {
            return self.leave(format!("exception {exception} has its pods ask the node, and they still do"));
        }
        if let Some(reason) = names::wrong(workload) {
            return self.refuse(&reason, "Render or rename it, and plan again, or `road: leave`");
        }
        if known.flex.contains(short(workload).as_str()) {
            let reason = "it mounts a Key Vault FlexVolume, which has no workload identity";
            return self.refuse(reason, "`road: leave`, until it has the CSI driver instead");
        }
        let is_virtual = workload.preflight.contains(&Preflight::VirtualNode);
        if road.has_wisp() || is_virtual {
            match modes::fit(workload, self.decided.method.mode) {
                Ok(mode) => self.mode = Some(mode),
                Err(forbidden) if is_virtual => {
                    return self.refuse(forbidden.reason, "`road: leave`, until it runs elsewhere");
                }
                Err(forbidden) => {
                    return self.refuse(
                        forbidden.reason,
                        "`road: native` if its SDK is new enough, else `road: leave`",
                    );
                }
            }
        }
        let count = self.identities.len();
        if road == Road::Policy && count > 1 {
            let reason = format!("a policy gives its pods one identity, and they have {count}");
            return self.refuse(&reason, "`road: inject` or `road: webhook`");
        }
        self.choose(known);
    }

    /// Chooses what a request gets that names no identity.
    fn choose(&mut self, known: &Known<'_>) {
        let workload = self.workload;
        match (self.identities.as_slice(), &workload.label) {
            ([], Some(label)) => {
                let why = workload
                    .notes
                    .iter()
                    .find(|note| note.contains("AzureIdentity"));
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                self.state = State::CannotBeMoved;
                self.reason = Some(format!("its label `{label}` gives it no identity{why}"));
                let prompt = "Which identity is it to be? Or `road: leave`, if it needs none.".to_owned();
                self.ask = Some(Ask { field: "clientId", prompt, client_id: None });
            }
            ([], None) => {
                let seen = workload.seen_with.join(", ");
                let why = if seen.is_empty() {
                    "it has no identity of its own yet".to_owned()
                } else {
                    format!("its pods were seen with {seen}, and nothing gives them that any more")
                };
                self.need("clientId", "Which identity is it to be? Or `road: leave`.".to_owned(), why);
            }
            ([only], _) => self.chosen = Some(only.client_id.clone()),
            (several, _) => {
                self.chosen = self.decided.client_id.map(str::to_owned);
                if self.chosen.is_none() {
                    let named: Vec<_> = several.iter().map(WorkloadIdentity::display).collect();
                    let prompt =
                        format!("What does a request get that names no identity? {}.", named.join(" or "));
                    let why = format!("{} identities match, and one has to come first", several.len());
                    self.need("clientId", prompt, why);
                }
            }
        }
        let lost = self
            .identities
            .iter()
            .find(|identity| known.principal(&identity.client_id).is_none());
        if let (Some(lost), true) = (lost, self.ask.is_none()) {
            let id = lost.client_id.clone();
            self.need(
                "resourceId",
                format!("Where in Azure is identity {id}?"),
                format!("where identity {id} is in Azure is not known"),
            );
            if let Some(ask) = &mut self.ask {
                ask.client_id = Some(id);
            }
        }
        if workload.namespace.is_empty() && self.ask.is_none() {
            let prompt = "In which namespace is what names none?".to_owned();
            self.need(NAMESPACE, prompt, "its namespace is not known".to_owned());
        }
    }

    fn leave(&mut self, reason: String) {
        self.state = State::LeftAlone;
        self.reason = Some(reason);
    }

    fn refuse(&mut self, reason: &str, ways_out: &str) {
        self.state = State::CannotBeMoved;
        self.reason = Some(reason.to_owned());
        self.ask =
            Some(Ask { field: "road", prompt: format!("What becomes of it? {ways_out}."), client_id: None });
    }

    fn need(&mut self, field: &'static str, prompt: String, reason: String) {
        self.state = State::NeedsDecision;
        self.reason = Some(reason);
        self.ask = Some(Ask { field, prompt, client_id: None });
    }
}

impl WorkloadIdentity {
    /// Its client id, with the AzureIdentity.
    pub(super) fn display(&self) -> String {
        match &self.azure_identity {
            Some(name) => format!("{} ({name})", self.client_id),
            None => self.client_id.clone(),
        }
    }
}

/// Why wisp does not get into manifests of its kind.
pub(super) fn why_not_served(workload: &Workload) -> Option<&'static str> {
    let (kind, group) = workload
        .kind
        .split_once('.')
        .unwrap_or((&workload.kind, ""));
    not_served(kind, group)
}

/// Whether Kubernetes allows no change of it.
pub(super) fn is_immutable(draft: &Draft<'_>) -> bool {
    matches!(draft.workload.kind.as_str(), "Job" | "Pod")
}

/// Its kind without the group, and its name, as secrets and dependents name objects.
pub(super) fn short(workload: &Workload) -> String {
    let kind = workload.kind.split('.').next().unwrap_or_default();
    format!("{kind} {}", full_name(&workload.namespace, &workload.name))
}
