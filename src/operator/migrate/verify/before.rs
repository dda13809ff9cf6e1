//! Before the workload is touched: whether it will get its tokens.

use std::collections::BTreeMap;

use super::{
    account,
    asked::PresentedToken,
    check::{Check, CheckId},
    discovery,
    evidence::{self, Asker, Evidence},
    job::Jobs,
    model::{NEW, SeenToken, Verification, Verified},
    patience::Patience,
    proof::{clock, given, presented},
    world::{Outside, Request, Stage, Time, World},
};
use crate::operator::{
    cluster::{Api, ApiError},
    migrate::plan::model::{Plan, PlannedWorkload, State},
};

/// What was found out of service accounts that several workloads share.
type Known = BTreeMap<Asker, Result<Evidence, String>>;

/// What was found out of issuers and the keys of tokens.
type Published = BTreeMap<(Option<String>, Option<String>), Check>;

/// Verifies each planned workload of `plan`.
pub(super) async fn verify<A: Api, O: Outside, T: Time>(
    world: World<'_, A, O, T>,
    jobs: &Jobs,
    plan: &Plan,
    request: &Request,
) -> Verification {
    let mut verification = Verification::new(Stage::Before, plan);
    let mut asking = Asking::new(world, jobs, plan, request);
    for workload in planned(plan) {
        let mut verified = Verified::of(workload);
        asking.new_way(workload, &mut verified).await;
        verification.workloads.push(verified);
    }
    verification
}

/// The workloads that are to be moved.
pub(super) fn planned(plan: &Plan) -> impl Iterator<Item = &PlannedWorkload> {
    plan.workloads
        .iter()
        .filter(|workload| workload.state == State::Planned)
}

/// Asks for the tokens of workloads, those of an account once.
pub(super) struct Asking<'a, A, O, T> {
    world: World<'a, A, O, T>,
    jobs: &'a Jobs,
    plan: &'a Plan,
    request: &'a Request,
    patience: Patience,
    known: Known,
    published: Published,
}

impl<'a, A: Api, O: Outside, T: Time> Asking<'a, A, O, T> {
    pub(super) fn new(
        world: World<'a, A, O, T>,
        jobs: &'a Jobs,
        plan: &'a Plan,
        request: &'a Request,
    ) -> Self {
        let patience = Patience::new(request.timeout);
        Self { world, jobs, plan, request, patience, known: Known::new(), published: Published::new() }
    }

    /// Looks whether `workload` gets its tokens by its planned service account.
    pub(super) async fn new_way(&mut self, workload: &PlannedWorkload, verified: &mut Verified) {
        let Some(name) = verified.service_account.clone() else {
            let fix = "decide on `serviceAccount` of the workload";
            verified.checks.push(Check::unchecked(
                CheckId::Account,
                "the plan has no service account for it",
                fix,
            ));
            return;
        };
        let tenant = self.plan.cluster.tenant_id.as_deref();
        let (is_there, checks) = account::checks(self.world.api, workload, &name, tenant).await;
        verified.checks.extend(checks);
        if !is_there {
            let fix = "verify again once the service account is there";
            let text = "no token can be asked for without the service account";
            verified
                .checks
                .push(Check::unchecked(CheckId::Exchange, text, fix));
            return;
        }
        let asker = match asker(self.plan, workload, &name) {
            Ok(asker) => asker,
            Err(check) => return verified.checks.push(*check),
        };
        verified.checks.extend(bound(self.plan, workload));
        if asker.identities.is_empty() {
            return;
        }
        let found = if let Some(found) = self.known.get(&asker) {
            found.clone()
        } else {
            let found = self.ask(&asker).await;
            self.known.insert(asker.clone(), found.clone());
            found
        };
        match found {
            Ok(evidence) => self.judge(&asker, &evidence, verified).await,
            Err(reason) => verified
                .checks
                .push(Check::unknown(CheckId::Token, &reason)),
        }
    }

    async fn ask(&mut self, asker: &Asker) -> Result<Evidence, String> {
        if self.request.by_job {
            return self.jobs.new_way(self.world, asker, self.request).await;
        }
        let found = evidence::by_request(self.world, asker, self.request, &mut self.patience).await;
        found.map_err(|error| match error {
            ApiError::Forbidden { .. } => {
                format!("{error}; or have a Job of that service account ask, by `--by-job` with `--image`")
            }
            error => error.to_string(),
        })
    }

    async fn judge(&mut self, asker: &Asker, evidence: &Evidence, verified: &mut Verified) {
        let none = PresentedToken::default();
        let token = evidence.asked.presented.as_ref().unwrap_or(&none);
        let tenant = asker
            .identities
            .first()
            .map_or("", |(_, tenant)| tenant.as_str());
        let entra = evidence::time_of_entra(self.world.outside, self.request, tenant).await;
        verified
            .checks
            .extend(presented(&self.plan.cluster, asker, token));
        verified.checks.push(clock(token, evidence, entra));
        if self.request.stage == Stage::Before {
            verified.checks.push(self.discovery(token).await);
        }
        for answer in &evidence.asked.tokens {
            verified.checks.extend(given(answer, asker));
            if let Some(claims) = &answer.claims {
                let client_id = answer.client_id.clone();
                verified
                    .tokens
                    .push(SeenToken { by: NEW, client_id, claims: claims.clone() });
            }
        }
    }

    /// What the issuer of `token` publishes, asked once: it may be far away, or not to be reached from here.
    async fn discovery(&mut self, token: &PresentedToken) -> Check {
        let key = (token.issuer.clone(), token.key_id.clone());
        if let Some(known) = self.published.get(&key) {
            return known.clone();
        }
        let check = discovery::check(self.world.outside, token).await;
        self.published.insert(key, check.clone());
        check
    }
}

/// Whom to ask for; in its stead what keeps from it.
pub(super) fn asker(plan: &Plan, workload: &PlannedWorkload, account: &str) -> Result<Asker, Box<Check>> {
    let mut identities = Vec::new();
    let chosen = workload.client_id.iter();
    for id in chosen.chain(
        workload
            .identities
            .iter()
            .map(|identity| &identity.client_id),
    ) {
        let Ok(client_id) = id.parse() else {
            let found = format!("`{}` is no client id", id.escape_debug());
            let check = Check::unchecked(CheckId::Exchange, found, "correct the AzureIdentity");
            return Err(Box::new(check));
        };
        let known = plan
            .identities
            .iter()
            .find(|known| known.client_id.eq_ignore_ascii_case(id));
        let is_known = identities.iter().any(|(known, _)| *known == client_id);
        if is_known || known.is_some_and(|known| known.identity_binding) {
            continue;
        }
        let tenant = known.and_then(|known| known.tenant_id.as_deref());
        let tenant = tenant.or(plan.cluster.tenant_id.as_deref());
        let Some(tenant) = tenant.and_then(|tenant| tenant.parse().ok()) else {
            let found = format!("nobody knows the tenant of identity {id}");
            let check = Check::unchecked(CheckId::Exchange, found, "give `--tenant`");
            return Err(Box::new(check.about(id)));
        };
        identities.push((client_id, tenant));
    }
    Ok(Asker {
        namespace: workload.namespace.clone(),
        account: account.to_owned(),
        audience: plan.cluster.audience,
        identities,
    })
}

/// What is said of identities that the cluster is bound to: their tokens come through its token proxy, which pods alone reach.
fn bound(plan: &Plan, workload: &PlannedWorkload) -> Vec<Check> {
    let has = |id: &str| {
        workload
            .identities
            .iter()
            .any(|identity| identity.client_id.eq_ignore_ascii_case(id))
    };
    let bound = plan
        .identities
        .iter()
        .filter(|identity| identity.identity_binding && has(&identity.client_id));
    let text = "the cluster is bound to this identity, and only pods reach the token proxy; `--stage parallel` asks wisp in them";
    bound
        .map(|identity| Check::skipped(CheckId::Exchange, text).about(&identity.client_id))
        .collect()
}
