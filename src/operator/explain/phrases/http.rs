//! Answers over HTTP that say little: of wisp's endpoint as the table of its answers in the README has them, and of proxies in between.

use super::{Phrase, phrase};
use crate::doctor::table::pod::EXCHANGE;

/// What stands beside a 429 of a registry.
const REGISTRY: &[&str] = &["Failed to pull image", "toomanyrequests"];

pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        "Istio, Envoy",
        &["upstream connect error or disconnect/reset before headers"],
        "The proxy of the mesh took the request and did not reach who was to answer; the reason stands behind it (111: nobody listens there; 113: no route).",
        "See that who is asked runs and listens. Requests to 169.254.169.254 and 127.0.0.1:4254 need no mesh: with the mode redirect wisp's rule comes before that of the mesh.",
        None,
    ),
    phrase(
        "Istio, Envoy",
        &["RBAC: access denied"],
        "The proxy of the mesh refuses the request by an AuthorizationPolicy. Neither wisp nor a role in Azure has a part in it.",
        "Allow the caller in the AuthorizationPolicy of the workload that is asked; its log (kubectl logs POD -c istio-proxy) has rbac_access_denied with the policy.",
        None,
    ),
    phrase(
        "HTTP",
        &[
            "429 Too Many Requests",
            "429 (Too Many Requests)",
            "429: Too Many Requests",
            "429 Client Error: Too Many Requests",
            "Status code 429",
        ],
        "From wisp's endpoint: Entra asked for fewer requests, or more resources are new than WISP_NEW_KEYS_PER_MINUTE allows. From a resource: its own limit.",
        "Wait as long as Retry-After says, as SDKs do by themselves. wisp's log has the reason: kubectl logs POD -c wisp; without a line of it a resource refused.",
        Some(&EXCHANGE),
    )
    .general(12)
    .unless(REGISTRY)
    .alone(&["429"]),
    phrase(
        "HTTP",
        &[
            "503 Service Unavailable",
            "503 (Service Unavailable)",
            "503: Service Unavailable",
            "503 Server Error: Service Unavailable",
            "Status code 503",
        ],
        "From wisp's endpoint it will pass: an outage, a token file not written yet, a federated credential still spreading. From a resource or an ingress: who is behind it does not answer.",
        "The body has what is wrong and the fix; so has wisp's log: kubectl logs POD -c wisp. Try again, as SDKs do by themselves.",
        Some(&EXCHANGE),
    )
    .general(12)
    .unless(REGISTRY)
    .alone(&["503"]),
];
