//! Services whose answer to the token cannot be had by asking once over HTTP.

use super::{
    Answer, Asked,
    service::{self, Known, Service},
};
use crate::doctor::{Diagnosis, Finding, table::pod::PROBE_ANSWER};

/// What is to be said of one that speaks no HTTP, once its port was reached.
pub(crate) fn silent(asked: Asked<'_>, known: Known) -> Finding {
    let Service { name, role, .. } = known.service;
    let audience = known.audience();
    if audience.trim_end_matches('/') != asked.resource.trim_end_matches('/') {
        let found = format!("{name} takes no token for {}", asked.resource);
        return PROBE_ANSWER.failed(Diagnosis::new(found).fix(format!("ask for {audience}.")));
    }
    PROBE_ANSWER.not_run(
        format!("{name} speaks no HTTP: name, port and a token for {audience} are there, its login cannot be tried here"),
        format!("log in with its own client, the token as the password; {} needs {role}", asked.assignee()),
    )
}

/// What is to be said of a registry that was reached: it refuses each token of Entra, for it takes those alone that it makes of them.
pub(super) fn exchanged(asked: Asked<'_>, answer: Answer<'_>) -> Option<Finding> {
    let known = service::known(asked.host).filter(|known| known.exchanges())?;
    let is_its_own = answer
        .challenge
        .is_some_and(|challenge| challenge.contains("/oauth2/token"));
    (answer.status == 401 && is_its_own).then(|| {
        PROBE_ANSWER.not_run(
            "the registry answers, and takes no token of Entra itself: its clients exchange one at /oauth2/exchange first",
            format!("try the client itself; what usually fits is {}, for {}", known.service.role, asked.assignee()),
        )
    })
}
