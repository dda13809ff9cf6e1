//! The rights of the service account whose place another one takes.

use serde_json::{Value, json};

use crate::operator::{
    cluster::{Api, ApiError, Collection, each_object},
    migrate::{
        execute::{
            context::{Change, Context, Desk, RoleBindings, StepError},
            record::{Account, Entry, Record},
        },
        state::MANAGED_BY,
    },
};

const ROOT: &str = "apis/rbac.authorization.k8s.io/v1";

/// The RoleBindings of `namespace`, and the ClusterRoleBindings without one.
fn collection(namespace: Option<&str>) -> Collection {
    match namespace {
        Some(_) => Collection::at(ROOT, "rolebindings", "RoleBinding", namespace),
        None => Collection::at(ROOT, "clusterrolebindings", "ClusterRoleBinding", None),
    }
}

/// Sees that the new account of `entry` has the rights of the one before.
pub(super) async fn settle<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    entry: &Entry,
) -> Result<(), StepError> {
    let (old, new) = (&entry.target.current_account, &entry.target.account);
    if old == new || context.settings.role_bindings == RoleBindings::Ignored {
        return Ok(());
    }
    let namespace = record.namespace.clone();
    let mut missing = Vec::new();
    for scope in [Some(namespace.as_str()), None] {
        let collection = collection(scope);
        let all = listed(context.calls.api, &collection).await?;
        let of = |binding: &Value, account: &str| has(binding, &namespace, account);
        for binding in all.iter().filter(|binding| of(binding, old)) {
            let is_there = all
                .iter()
                .any(|other| other.get("roleRef") == binding.get("roleRef") && of(other, new));
            if !is_there {
                missing.push((scope.is_some(), binding.clone()));
            }
        }
    }
    if context.settings.role_bindings == RoleBindings::Copied {
        for (is_namespaced, binding) in missing {
            copy(context, record, entry, is_namespaced, &binding).await?;
        }
        return Ok(());
    }
    let commands: Vec<_> = missing
        .iter()
        .map(|(_, binding)| command(binding, &namespace, new))
        .collect();
    if commands.is_empty() {
        return Ok(());
    }
    Err(StepError::ByHand(format!(
        "ServiceAccount {namespace}/{new} lacks what {old} may do: {}; or give `--copy-role-bindings`, or `--without-role-bindings` where \
         its pods do not ask the API server",
        commands.join("; ")
    )))
}

async fn listed<A: Api>(api: &A, collection: &Collection) -> Result<Vec<Value>, ApiError> {
    let mut all = Vec::new();
    each_object(api, collection, |object| all.push(object)).await?;
    Ok(all)
}

/// Whether `account` of `namespace` is a subject of `binding`.
fn has(binding: &Value, namespace: &str, account: &str) -> bool {
    let subjects = binding.get("subjects").and_then(Value::as_array);
    subjects.into_iter().flatten().any(|subject| {
        let text = |key: &str| subject.get(key).and_then(Value::as_str).unwrap_or_default();
        text("kind") == "ServiceAccount" && text("name") == account && text("namespace") == namespace
    })
}

async fn copy<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &mut Record,
    entry: &Entry,
    is_namespaced: bool,
    binding: &Value,
) -> Result<(), StepError> {
    let namespace = record.namespace.clone();
    let account = &entry.target.account;
    let of = collection(is_namespaced.then_some(namespace.as_str()));
    let old = binding
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let name =
        if is_namespaced { format!("{old}-{account}") } else { format!("{old}-{namespace}-{account}") };
    let mut known = record.accounts.get(account).cloned().unwrap_or_default();
    account.clone_into(&mut known.name);
    let names = if is_namespaced { &mut known.role_bindings } else { &mut known.cluster_role_bindings };
    if !names.contains(&name) {
        names.push(name.clone());
    }
    record.put_account(context.calls, known).await?;
    let (label, value) = MANAGED_BY;
    let mut body = json!({
        "apiVersion": of.api_version(),
        "kind": of.kind(),
        "metadata": {"name": name, "labels": {label: value}},
        "roleRef": binding.get("roleRef"),
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    });
    if is_namespaced {
        body["metadata"]["namespace"] = namespace.as_str().into();
    }
    let change = Change {
        namespace: if is_namespaced { &namespace } else { "" },
        object: format!("{} {name}", of.kind()),
        what: format!("made as {old}, for ServiceAccount {account}"),
        states: None,
    };
    match context.calls.create(&of.object(&name), &body).await {
        Err(ApiError::Conflict(_)) => Ok(()),
        made => context.audited(&change, made).map(drop),
    }
}

/// Deletes what was made for the account.
pub(super) async fn forget<A: Api, D: Desk>(
    context: &mut Context<'_, A, D>,
    record: &Record,
    account: &Account,
) -> Result<(), StepError> {
    let namespaced = account.role_bindings.iter().map(|name| (true, name));
    let others = account
        .cluster_role_bindings
        .iter()
        .map(|name| (false, name));
    for (is_namespaced, name) in namespaced.chain(others) {
        let of = collection(is_namespaced.then_some(record.namespace.as_str()));
        let object = of.object(name);
        let Some(found) = context.calls.get(&object).await? else { continue };
        let deleted = context.calls.delete(&object, &found).await;
        let change = Change {
            namespace: if is_namespaced { &record.namespace } else { "" },
            object: format!("{} {name}", of.kind()),
            what: "deleted".to_owned(),
            states: None,
        };
        context.audited(&change, deleted)?;
    }
    Ok(())
}

/// The command that gives `account` what `binding` gives.
fn command(binding: &Value, namespace: &str, account: &str) -> String {
    let text = |at: &str| {
        binding
            .pointer(at)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let name = text("/metadata/name");
    let role = if text("/roleRef/kind") == "Role" { "role" } else { "clusterrole" };
    let role = format!("--{role}={}", text("/roleRef/name"));
    let subject = format!("--serviceaccount={namespace}:{account}");
    if text("/kind") == "ClusterRoleBinding" {
        format!("`kubectl create clusterrolebinding {name}-{namespace}-{account} {role} {subject}`")
    } else {
        format!("`kubectl create rolebinding {name}-{account} --namespace={namespace} {role} {subject}`")
    }
}
