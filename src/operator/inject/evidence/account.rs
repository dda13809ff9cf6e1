//! The service account of a pod, if it stands beside it: it may name the identity, and it may contradict what was chosen.

use serde_json::Value;

use super::{Findings, Pod};
use crate::operator::edit::{Path, join};
use crate::{
    operator::inject::{
        Beside, Diagnostic, checks,
        options::Options,
        surroundings::{Found, ServiceAccount},
        webhook::{CLIENT_ID, TENANT_ID, USE_LABEL},
    },
    settings::suggest_word,
};

/// An annotation of a service account that names part of an identity.
struct Named {
    annotation: &'static str,
    choice: &'static str,
    what: &'static str,
}

const NAMED: [Named; 2] = [
    Named { annotation: CLIENT_ID, choice: "client-id", what: "client id" },
    Named { annotation: TENANT_ID, choice: "tenant-id", what: "tenant" },
];

/// The service account of pods that name none.
const SHARED: &str = "default";

/// All annotations and labels that are looked for on a service account.
const KNOWN: [&str; 4] = [
    NAMED[0].annotation,
    NAMED[1].annotation,
    "azure.workload.identity/service-account-token-expiration",
    USE_LABEL,
];

/// What everything starts with that the workload identity webhook reads.
pub(super) const PREFIX: &str = "azure.workload.identity/";

/// Forgets what of the identity was chosen for all pods and is named by the pod's own service account, which [`complete`] then
/// takes. The answer is the account's name.
pub(crate) fn prefer<'t>(options: &mut Options, template: &'t Value, beside: Beside<'_>) -> &'t str {
    let account = checks::account(template);
    let accounts = beside.service_accounts(account);
    for named in &NAMED {
        if !values(&accounts, named.annotation).is_empty() {
            options.forget(named.choice);
        }
    }
    account
}

/// Takes from the service account what of the identity was not chosen. The answer names the account that said something.
pub(in crate::operator::inject) fn complete(
    options: &mut Options,
    name: &str,
    beside: Beside<'_>,
) -> Result<Option<String>, Vec<Diagnostic>> {
    let accounts = beside.service_accounts(name);
    let mut from = None;
    let mut diagnostics = Vec::new();
    for named in &NAMED {
        let is_chosen = options
            .identity()
            .iter()
            .any(|field| field.choice == named.choice && field.value.is_some());
        let values = values(&accounts, named.annotation);
        let diagnostic = match values.as_slice() {
            [] => None,
            _ if is_chosen => None,
            [value] => match options.set(named.choice, value) {
                Ok(()) => {
                    from = accounts.first().map(|account| account.display());
                    None
                }
                Err(error) => Some(format!(
                    "annotation `{}` of ServiceAccount `{name}` {error}; correct it, or choose `{}`",
                    named.annotation, named.choice
                )),
            },
            [..] => Some(format!(
                "{} service accounts `{name}` are among the files and name different ones as the {} ({}); choose `{}`, or inject their \
                 files one by one",
                accounts.len(),
                named.what,
                values.join(", "),
                named.choice
            )),
        };
        diagnostics.extend(diagnostic.map(|text| Diagnostic::new(service_account_path(), text)));
    }
    if diagnostics.is_empty() { Ok(from) } else { Err(diagnostics) }
}

/// How the service account `name` could say the choice `choice`, as the start of a sentence's list: only where it is looked at,
/// and is no account that pods share without asking for it.
pub(in crate::operator::inject) fn could_say(choice: &str, name: &str, beside: Beside<'_>) -> Option<String> {
    let named = NAMED.iter().find(|named| named.choice == choice)?;
    let account = beside
        .service_accounts(name)
        .into_iter()
        .next()
        .filter(|_| name != SHARED)?;
    Some(format!("give ServiceAccount `{}` the annotation `{}`, ", account.display(), named.annotation))
}

/// What the accounts say of the choice `choice`, if they agree.
pub(super) fn value<'a>(accounts: &[&'a Found<ServiceAccount>], choice: &str) -> Option<&'a str> {
    let named = NAMED.iter().find(|named| named.choice == choice)?;
    match values(accounts, named.annotation).as_slice() {
        [value] => Some(value),
        _ => None,
    }
}

/// What the accounts say in `annotation`, each once.
fn values<'a>(accounts: &[&'a Found<ServiceAccount>], annotation: &str) -> Vec<&'a str> {
    let texts = accounts
        .iter()
        .filter_map(|account| account.is.annotations.get(annotation));
    let mut values: Vec<_> = texts.map(String::as_str).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Where the pod names its service account.
fn service_account_path() -> Path {
    join(&join(&[], "spec"), "serviceAccountName")
}

/// Looks for what an account says in vain, or against what was chosen.
pub(super) fn look(pod: &Pod<'_>, findings: &mut Findings) {
    let name = pod.account();
    let accounts = pod.beside.service_accounts(name);
    for account in &accounts {
        for named in &NAMED {
            contradiction(pod, account, named, findings);
        }
        misspelt(pod, account, findings);
        label(pod, account, findings);
    }
    shared(pod, &accounts, findings);
}

fn contradiction(pod: &Pod<'_>, account: &Found<ServiceAccount>, named: &Named, findings: &mut Findings) {
    let Some(text) = account.is.annotations.get(named.annotation) else { return };
    let account = account.display();
    let mut parsed = Options::default();
    if let Err(error) = parsed.set(named.choice, text) {
        let text =
            format!("annotation `{}` of ServiceAccount `{account}` {error}; correct it", named.annotation);
        findings
            .warnings
            .push(Diagnostic::new(service_account_path(), text));
        return;
    }
    let identity = pod.identity();
    let Some((chosen, by)) = identity
        .iter()
        .find(|known| known.choice == named.choice)
        .and_then(|known| known.value.as_ref())
    else {
        return;
    };
    if !chosen.trim().eq_ignore_ascii_case(text.trim()) {
        let text = format!(
            "the {} is `{chosen}` by {by}, but ServiceAccount `{account}` says `{text}` in annotation `{}`; make both the same, or \
             remove the annotation",
            named.what, named.annotation
        );
        findings
            .warnings
            .push(Diagnostic::new(service_account_path(), text));
    }
}

/// Annotations and labels that nobody looks for, and that were meant to be one that somebody does.
fn misspelt(pod: &Pod<'_>, account: &Found<ServiceAccount>, findings: &mut Findings) {
    let keys = [("annotation", &account.is.annotations), ("label", &account.is.labels)];
    for (what, key) in keys
        .into_iter()
        .flat_map(|(what, keys)| keys.keys().map(move |key| (what, key)))
    {
        let is_named = NAMED.iter().any(|named| named.annotation == key);
        let meant = match key.as_str() {
            known if KNOWN.contains(&known) && (what == "annotation" || !is_named) => continue,
            known if KNOWN.contains(&known) => known,
            key => match suggest_word(key, &KNOWN) {
                Some(meant) => meant,
                None if key.starts_with(PREFIX) => NAMED[0].annotation,
                None => continue,
            },
        };
        let text = format!(
            "nothing reads {what} `{key}` of ServiceAccount `{}`; did you mean annotation `{meant}`?",
            account.display()
        );
        let diagnostic = Diagnostic::new(service_account_path(), text);
        // Where it was the only hope for an identity, it belongs to what is wrong.
        if pod.lacks_identity() {
            findings.diagnostics.push(diagnostic);
        } else {
            findings.warnings.push(diagnostic);
        }
    }
}

/// The webhook's label on the account, where only versions before 1.0 have looked.
fn label(pod: &Pod<'_>, account: &Found<ServiceAccount>, findings: &mut Findings) {
    if pod.is_labelled()
        || !(account.is.labels.contains_key(USE_LABEL) || account.is.annotations.contains_key(USE_LABEL))
    {
        return;
    }
    let text = format!(
        "`{USE_LABEL}` is on ServiceAccount `{}`, where the workload identity webhook does not look, and not among the labels of the \
         pod: wisp uses a token of its own",
        account.display()
    );
    findings
        .warnings
        .push(Diagnostic::new(service_account_path(), text));
}

/// An account that pods have without asking for it.
fn shared(pod: &Pod<'_>, accounts: &[&Found<ServiceAccount>], findings: &mut Findings) {
    let is_named = ["/spec/serviceAccountName", "/spec/serviceAccount"]
        .iter()
        .any(|at| pod.template.pointer(at) == Some(&SHARED.into()));
    let is_annotated = NAMED
        .iter()
        .any(|named| !values(accounts, named.annotation).is_empty());
    if pod.account() == SHARED && (is_named || is_annotated) {
        let text = "every pod of the namespace that names no service account runs as `default`, and so can use the identity of this one; \
                    give the application an account of its own";
        findings
            .warnings
            .push(Diagnostic::new(service_account_path(), text));
    }
}
