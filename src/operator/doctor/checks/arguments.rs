//! How our webhook is started.

use serde_json::Value;

use crate::operator::doctor::tree::{containers, list};

/// The Secret in which the webhook of `deployment` keeps its certificate.
pub(in crate::operator::doctor) fn secret(deployment: Option<&Value>, service: &str) -> String {
    let flag = deployment.and_then(|deployment| argument(deployment, "--secret="));
    flag.map_or_else(|| format!("{service}-tls"), str::to_owned)
}

/// What follows `flag` among the arguments of the webhook.
pub(super) fn argument<'a>(deployment: &'a Value, flag: &str) -> Option<&'a str> {
    arguments(deployment).find_map(|argument| argument.strip_prefix(flag))
}

/// The arguments of the webhook.
pub(super) fn arguments(deployment: &Value) -> impl Iterator<Item = &str> {
    let template = deployment.pointer("/spec/template");
    template
        .into_iter()
        .flat_map(containers)
        .flat_map(|(container, _)| list(container, "/args"))
        .filter_map(Value::as_str)
}
