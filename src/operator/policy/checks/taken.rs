//! The application's proxy and certificates, which injection takes over for wisp and a policy cannot.

use super::each;
use crate::{
    operator::{
        inject::{BUNDLES, Options},
        policy::{cel::list, pod},
    },
    settings::keys::{CA_FILE, CONFIG, HTTPS_PROXY, SSL_CERT_FILE},
};

/// Where the certificate of the cluster is mounted, which is in no manifest.
const CLUSTER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

pub(super) fn checks(options: &Options) -> Vec<String> {
    // Where something that nobody sees here may say it for wisp, injection takes over nothing either.
    let unseen = !options.sources().is_empty() || options.settings.get(&CONFIG).is_some();
    if options.taken.is_none() || unseen {
        return Vec::new();
    }
    let mut checks = Vec::new();
    let given = "((has(e.value) && e.value != '') || has(e.valueFrom))";
    if options.settings.get(&HTTPS_PROXY).is_none() {
        let names = list(HTTPS_PROXY.env.iter().copied());
        checks.push(each(
            "variables.containers",
            &format!("!({}) && has(c.env) && c.env.exists(e, e.name in {names} && {given})", pod::IS_MESH),
            "'container `' + c.name + '` has a proxy for HTTPS, and a policy cannot take it over for wisp; say the one of all pods by \
             `wispctl policy --set HTTPS_PROXY=URL`, or leave wisp without by `--take-proxy false`, or use `wispctl inject`'",
        ));
    }
    if options.settings.get(&SSL_CERT_FILE).is_none() && options.settings.get(&CA_FILE).is_none() {
        let names = list(BUNDLES.iter().map(|(name, _)| *name));
        let mounted = format!(
            "c.volumeMounts.exists(m, e.value.startsWith(m.mountPath) && m.mountPath != '{CLUSTER}' \
             && variables.volumes.exists(v, v.name == m.name && (has(v.configMap) || has(v.secret) || has(v.projected))))"
        );
        checks.push(each(
            "variables.containers",
            &format!(
                "!({}) && has(c.env) && has(c.volumeMounts) && c.env.exists(e, e.name in {names} && has(e.value) && {mounted})",
                pod::IS_MESH
            ),
            "'container `' + c.name + '` brings certificates of its own, and a policy cannot take them over for wisp; say those of all \
             pods by `wispctl policy --file WISP_CA_FILE=configmap/NAME/KEY`, or leave wisp without by `--take-proxy false`, or use \
             `wispctl inject`'",
        ));
    }
    checks
}
