//! The service account, and what it says of its identity.

use std::time::Duration;

use serde_json::Value;

use super::check::{Check, CheckId};
use crate::names::is_guid;
use crate::operator::{
    cluster::{Api, ApiError, Call, Object, Verb},
    inject::webhook::{CLIENT_ID, TENANT_ID},
    migrate::plan::{Road, model::PlannedWorkload},
};

/// How long a call to the API server may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// Looks at the account `name` of `workload`. Whether it is there is the first of what is given.
pub(super) async fn checks<A: Api>(
    api: &A,
    workload: &PlannedWorkload,
    name: &str,
    tenant: Option<&str>,
) -> (bool, Vec<Check>) {
    let object = Object::service_account(&workload.namespace, name);
    let call = Call { verb: Verb::Get, object: &object, body: None, timeout: TIMEOUT };
    match api.call(call).await {
        Ok(answer) => {
            let found = Check::proven(CheckId::Account, format!("{object} is there"));
            (true, vec![found, annotation(&answer.object, workload, tenant)])
        }
        Err(ApiError::NotFound(_)) => {
            let fix = "apply the manifest that `wispctl migrate write` made of it, or have `wispctl migrate apply` make it";
            (false, vec![Check::failed(CheckId::Account, format!("{object} is not there"), fix)])
        }
        // A token of it may be had all the same.
        Err(error) => (true, vec![Check::unknown(CheckId::Account, &error)]),
    }
}

/// Whether it names the identity that was chosen.
fn annotation(account: &Value, workload: &PlannedWorkload, tenant: Option<&str>) -> Check {
    let id = CheckId::Annotation;
    if workload.road == Some(Road::Adopt) {
        return Check::skipped(id, "bindings say which identity adopted pods have");
    }
    let given = |name: &str| {
        account
            .pointer("/metadata/annotations")?
            .get(name)?
            .as_str()
    };
    let Some(planned) = workload.client_id.as_deref() else {
        return Check::unchecked(
            id,
            "the plan has chosen no identity",
            "decide on `clientId` of the workload",
        );
    };
    match given(CLIENT_ID) {
        Some(found) if found.eq_ignore_ascii_case(planned) => {}
        Some(found) => {
            let found = format!("`{CLIENT_ID}` is `{}`, and the plan has {planned}", found.escape_debug());
            return Check::failed(id, found, format!("write {planned}, the client id of the identity"));
        }
        None => {
            let fix = format!("add `{CLIENT_ID}: \"{planned}\"` to it");
            return Check::failed(id, format!("it has no annotation `{CLIENT_ID}`"), fix);
        }
    }
    match (given(TENANT_ID), tenant) {
        // A name and a number of a tenant may mean the same.
        (Some(found), Some(planned))
            if is_guid(found) && is_guid(planned) && !found.eq_ignore_ascii_case(planned) =>
        {
            let text = format!("`{TENANT_ID}` is {found}, and the plan has {planned}");
            Check::failed(id, text, format!("write {planned}, or plan with `--tenant {found}`"))
        }
        _ => Check::proven(id, planned),
    }
}
