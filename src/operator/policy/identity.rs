//! What a policy takes from the pod's own annotations, else from its own choices.

use super::{
    cel::quoted,
    pod::{Variable, variable},
};
use crate::operator::inject::{
    Options,
    options::{EXPIRATION, PREFIX, STANDARD},
};

/// One thing that annotations of a pod choose.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The variable of the policy.
    pub variable: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// The choice.
    pub choice: &'static str,
    /// The annotations that are read, the first of them that is there; none where the policy says it all.
    pub annotations: Vec<&'static str>,
    /// What the policy has chosen, as an expression.
    pub chosen: String,
    /// What an annotation has to match.
    pub pattern: &'static str,
    /// What would be accepted.
    pub accepts: &'static str,
}

impl Source {
    /// The annotation under wisp's own prefix.
    pub(super) fn own_annotation(&self) -> Option<&'static str> {
        self.annotations
            .iter()
            .copied()
            .find(|key| key.starts_with(PREFIX))
    }
}

/// All of them.
pub(super) fn sources(options: &Options) -> Vec<Source> {
    let mut sources = vec![Source {
        variable: "tokenLifetime",
        what: "lifetime of the token",
        choice: "token-lifetime",
        annotations: vec!["wisp/token-lifetime", EXPIRATION],
        chosen: options.token_lifetime.to_string(),
        pattern: "^([6-9][0-9]{2}|[1-9][0-9]{3}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)$",
        accepts: "a number of seconds from 600 to 86400",
    }];
    if options.names_identity_alone() {
        let text = |chosen: &Option<String>| quoted(chosen.as_deref().unwrap_or_default());
        sources.push(Source {
            variable: "clientId",
            what: "client id",
            choice: "client-id",
            annotations: vec!["wisp/client-id", STANDARD[0].0],
            chosen: text(&options.client_id),
            pattern: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            accepts: "a GUID",
        });
        sources.push(Source {
            variable: "tenantId",
            what: "tenant",
            choice: "tenant-id",
            annotations: vec!["wisp/tenant-id", STANDARD[1].0],
            chosen: text(&options.tenant_id),
            pattern: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$|^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?[.])+[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$",
            accepts: "a tenant\\'s GUID or its domain name",
        });
    }
    sources
}

/// The variables of a policy for them.
pub(super) fn variables(options: &Options) -> Vec<Variable> {
    sources(options)
        .into_iter()
        .map(|source| {
            let is_number = source.variable == "tokenLifetime";
            let mut code = source.chosen.clone();
            for key in source.annotations.iter().rev() {
                let value = format!("variables.annotations[{}]", quoted(key));
                let value = format!("{}({value})", if is_number { "int" } else { "string" });
                code = format!("{} in variables.annotations ? {value} :\n{code}", quoted(key));
            }
            variable(source.variable, code)
        })
        .collect()
}
