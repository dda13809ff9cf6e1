//! The service accounts of plans, as a cluster is to have them.

use std::fmt::Write as _;

use crate::operator::{
    identity::model::{AnnotatedAccount, Principal},
    manifest::render::scalar,
};

/// The annotation of a service account with its owner.
const OWNER: &str = "wisp/owner";

/// The manifests, or which client ids are missing.
pub(crate) fn manifests(accounts: &[AnnotatedAccount]) -> Result<String, Vec<String>> {
    let documents: Vec<_> = accounts.iter().map(document).collect();
    let wrong: Vec<_> = documents
        .iter()
        .filter_map(|document| document.as_ref().err().cloned())
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(documents
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("---\n"))
}

fn document(annotated: &AnnotatedAccount) -> Result<String, String> {
    let AnnotatedAccount { account, principal, client_id, tenant, owner } = annotated;
    let Some(client_id) = client_id else {
        return Err(format!(
            "the client id of {principal} is not in the claim of service account `{account}`: Azure makes it up with the identity. {}, \
             and give it as `spec.managedIdentity.clientId`",
            ask(principal)
        ));
    };
    let mut text = format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {}\n  namespace: {}\n  annotations:\n",
        scalar(&account.name),
        scalar(&account.namespace)
    );
    let annotations = [
        ("azure.workload.identity/client-id", Some(client_id.as_str())),
        ("azure.workload.identity/tenant-id", Some(tenant.as_str())),
        (OWNER, owner.as_deref()),
    ];
    for (key, value) in annotations {
        if let Some(value) = value {
            let _ = writeln!(text, "    {key}: {}", scalar(value));
        }
    }
    Ok(text)
}

/// How the client id is found.
fn ask(principal: &Principal) -> String {
    match principal {
        Principal::Managed(identity) => {
            format!("Ask by `az identity show --ids {} --query clientId`", identity.id())
        }
        Principal::Application(_) => "It is that of the app registration".to_owned(),
    }
}
