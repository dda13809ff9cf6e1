//! The API server as the kubelet tells a pod: variables for its address, files for its certificate and for the token.

use std::path::Path;

use super::{Access, AccessError, Content, Credential};
use crate::settings::Env;

/// Where admission mounts them.
pub(super) const FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The API server of the pod that has `env` and, in `folder`, its service account.
pub(super) fn access(env: &Env, folder: &Path) -> Result<Access, AccessError> {
    let variable = |name| env.get(name).filter(|value| !value.is_empty());
    let Some(host) = variable("KUBERNETES_SERVICE_HOST") else { return Err(AccessError::NoPod) };
    let port = variable("KUBERNETES_SERVICE_PORT").unwrap_or("443");
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let content = |name| Content::File(folder.join(name));
    let namespace = content("namespace").read("the namespace of the pod")?;
    Ok(Access {
        server: format!("https://{host}:{port}"),
        roots: content("ca.crt"),
        credential: Credential::Token(content("token")),
        namespace: Some(namespace.expose().trim().to_owned()).filter(|name| !name.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::access;
    use crate::settings::Env;

    #[test]
    fn a_pod_is_told_by_variables_and_files() {
        let folder = tempfile::tempdir().unwrap();
        let env = |host: &str| Env::from_iter([("KUBERNETES_SERVICE_HOST", host)]);
        insta::assert_snapshot!(access(&Env::default(), folder.path()).unwrap_err(), @"no API server is known: KUBERNETES_SERVICE_HOST is not set, so this is no pod; give `--kubeconfig FILE`");
        let error = access(&env("10.0.0.1"), folder.path())
            .unwrap_err()
            .to_string();
        insta::assert_snapshot!(error.replace(folder.path().to_str().unwrap(), "FOLDER"), @"cannot read FOLDER/namespace, which should have the namespace of the pod: No such file or directory (os error 2)");
        std::fs::write(folder.path().join("namespace"), "wisp-system\n").unwrap();
        let found = access(&env("10.0.0.1"), folder.path()).unwrap();
        assert_eq!(
            (found.server.as_str(), found.namespace.as_deref()),
            ("https://10.0.0.1:443", Some("wisp-system"))
        );
        assert_eq!(access(&env("fd00::1"), folder.path()).unwrap().server, "https://[fd00::1]:443");
    }
}
