//! The questions, by their ids, which stay as they are.

use super::{
    answers::{done, incident, security},
    case::{Case, Found},
};

/// A item.
pub(crate) struct Item {
    /// The checklist.
    pub list: &'static str,
    pub id: &'static str,
    /// What is asked; yes is as it should be.
    pub text: &'static str,
    /// From what it is answered.
    pub method: &'static str,
    /// What to give so that it can be seen.
    pub needs: &'static str,
    /// What to do where the answer is no.
    pub fix: &'static str,
    pub(super) answer: fn(&Case<'_>) -> Found,
}

const SECURITY: &str = "security";
const DONE: &str = "done";
const INCIDENT: &str = "incident";

/// A row: id, question, method, needs, fix, and what answers it.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, fn(&Case<'_>) -> Found);

const ACCOUNTS: &str =
    "`kubectl get serviceaccounts,deployments,statefulsets,daemonsets,cronjobs,pods -A -o json`";
const IDENTITIES: &str = "`az identity list`, and `az identity federated-credential list` for each identity";
const BY_HAND: &str = "an answer of whoever tried it, in a file of answers";

#[rustfmt::skip]
const ROWS: &[(&str, &[Row])] = &[
    (SECURITY, &[
        ("dedicated-account", "Does each workload with an identity have a service account of its own?", "service accounts that name an identity, and the workloads that have them", ACCOUNTS, "give each workload a service account, and its identity a credential for that", security::dedicated_account),
        ("label-where-needed", "Do only those pods ask for an identity whose service account has one?", "labels of pods, and what their service accounts name", ACCOUNTS, "take the label `azure.workload.identity/use` (or wisp) out, or give the service account its identity", security::label_where_needed),
        ("client-id-right", "Does each service account name an identity that is there, by its client id?", "annotations of service accounts, and the list of identities", "`kubectl get serviceaccounts -A`, and `az identity list`", "write the client id of the identity that is meant", security::client_id_right),
        ("subject-exact", "Is each credential of the cluster for a service account that is there, to the letter?", "issuers and subjects of credentials, and the service accounts", IDENTITIES, "delete what nobody has, and make anew what is misspelt", security::subject_exact),
        ("scope-minimal", "Does no identity have a role for a whole subscription, or one that gives roles?", "role assignments", "`az role assignment list --all`", "give roles for the resources that are used", security::scope_minimal),
        ("no-static-secrets", "Is no secret, key or connection string left in pods and Secrets?", "variables, volumes, Secrets and ConfigMaps, by names and shapes of values", "Secrets too: `kubectl get secrets -A -o json`, or `--with-secrets`", "docs/static-secrets.md: beside, verify, remove, revoke", security::no_static_secrets),
        ("platform-identities-unused", "Does no workload have an identity of the cluster itself, of its nodes or add-ons?", "`identityProfile` and `addonProfiles` of the cluster", "`az aks show`", "give the workload an identity of its own", security::platform_identities_unused),
        ("accounts-guarded", "Does nobody but the cluster's own roles write service accounts, or get their tokens, in all namespaces?", "ClusterRoles and ClusterRoleBindings", "`kubectl get clusterroles,clusterrolebindings -o json`, or a live cluster", "bind in namespaces, by RoleBinding", security::accounts_guarded),
        ("client-ids-guarded", "Does admission refuse client ids that a namespace may not use?", "ValidatingAdmissionPolicies with their bindings, and policies of Kyverno", "`kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings -o json`, or a live cluster", "docs/policy.md: the guard rail `client-ids`", security::client_ids_guarded),
        ("key-vault-model", "Does each Key Vault that identities have roles for decide by roles?", "role assignments, and `enableRbacAuthorization` of vaults", "`az keyvault show` of each vault", "switch the vault to roles; its access policies do not count then", security::key_vault_model),
        ("private-endpoint", "Was the way to private endpoints tried from a pod?", "people", BY_HAND, "try it from a pod of the namespace: name, address, TLS", security::by_hand),
        ("sdk-chain", "Was it tried which credential of its chain each SDK takes?", "people", BY_HAND, "docs/modes.md says which mode an SDK needs", security::by_hand),
        ("failures-observable", "Do failures of tokens get noticed?", "PodMonitors, ServiceMonitors and PrometheusRules that name wisp", "`kubectl get podmonitors,prometheusrules -A -o json`, a live cluster, or an answer by hand", "docs/observability.md has metrics and alerts", security::failures_observable),
        ("revocation-documented", "Is it written down how an identity is revoked?", "people", BY_HAND, "write down: delete the credential or disable the service principal, then how long tokens live on", security::by_hand),
        ("role-changes-audited", "Are changes of roles kept?", "diagnostic settings of the subscription, category Administrative", "`az monitor diagnostic-settings subscription list`", "send the activity log's category Administrative to a workspace", security::role_changes_audited),
    ]),
    (DONE, &[
        ("account-annotated", "Is the service account of each credential there, and does it name the identity?", "credentials of the cluster, and service accounts", IDENTITIES, "make the service account, with the annotation `azure.workload.identity/client-id`", done::account_annotated),
        ("workload-uses-account", "Do pods use each of these service accounts, with label or wisp?", "pods of service accounts that name an identity", ACCOUNTS, "give the workload the service account and the label, or wisp", done::workload_uses_account),
        ("trust-matches", "Do issuer, subject and audience match?", "credentials, the cluster's issuer, and service accounts", IDENTITIES, "make the credential anew by `wispctl identity expand`", done::trust_matches),
        ("roles-as-claimed", "Does each identity have the roles of its claim, and no others?", "claims, and role assignments", "the claims (docs/identity.md), `az identity list` and `az role assignment list --all`", "take away what no claim says, and run the script of `wispctl identity expand`", done::roles_as_claimed),
        ("token-by-production-path", "Did the workload get a token by the way that it has in production?", "people", BY_HAND, "`wispctl migrate verify --stage after`, or a token in the running pod", security::by_hand),
        ("operation-allowed", "Did the workload do with it what it is for?", "people", BY_HAND, "try it, and wait for new roles: up to ten minutes", security::by_hand),
        ("other-operations-denied", "Is it refused what it is not for?", "people", BY_HAND, "try what it must not do, and narrow its roles", security::by_hand),
        ("old-secrets-revoked", "Are old secrets removed and revoked?", "static secrets that are left, and credentials of app registrations", "`az ad app list --filter \"…\"` or `az ad app show` of each app registration that had a secret", "`az ad app credential delete`; a key of an account is made anew", done::old_secrets_revoked),
        ("logs-show-usage", "Do sign-in logs show the identity in use?", "people", BY_HAND, "look for it in the sign-in logs of managed identities or service principals", security::by_hand),
    ]),
    (INCIDENT, &[
        ("identity-traceable", "Is it known of each identity which workloads have it?", "identities, service accounts and workloads", ACCOUNTS, "name an owner for it, or delete it", incident::identity_traceable),
        ("identity-revocable", "Can each identity be revoked without taking others theirs?", "identities that namespaces, clusters or environments share", IDENTITIES, "give each an identity of its own", incident::identity_revocable),
        ("logs-reviewable", "Are logs of sign-ins kept, and can somebody read them?", "people", BY_HAND, "send sign-in logs to a workspace, and try the query", security::by_hand),
        ("identity-recreatable", "Can each identity be made anew from a claim?", "claims, and identities that workloads have", "the claims (docs/identity.md), and `az identity list`", "write a claim for it", incident::identity_recreatable),
        ("owner-known", "Is it known who answers for each identity?", "tags of identities, and the annotation `wisp/owner` of service accounts", "`az identity list`, or service accounts", "name the `owner` in its claim", incident::owner_known),
        ("procedure-documented", "Is it written down who does what, in which order?", "people", BY_HAND, "write down: identify, revoke, read the logs, make anew, update the service accounts, document", security::by_hand),
    ]),
];

/// All of them, in order.
pub(super) fn all() -> impl Iterator<Item = &'static Item> {
    static ALL: std::sync::LazyLock<Vec<Item>> = std::sync::LazyLock::new(|| {
        let lists = ROWS
            .iter()
            .flat_map(|(list, rows)| rows.iter().map(move |row| (*list, *row)));
        lists
            .map(|(list, (id, text, method, needs, fix, answer))| Item {
                list,
                id,
                text,
                method,
                needs,
                fix,
                answer,
            })
            .collect()
    });
    ALL.iter()
}

/// The questions as a Markdown table.
#[cfg(test)]
pub(super) fn markdown() -> String {
    let row = |item: &Item| format!("| {} | `{}` | {} | {} |\n", item.list, item.id, item.text, item.method);
    let rows: Vec<_> = all().map(row).collect();
    format!("| Checklist | Id | Question | Answered from |\n|---|---|---|---|\n{}", rows.concat())
}
