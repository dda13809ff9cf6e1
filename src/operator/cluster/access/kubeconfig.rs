//! The API server as kubectl's configuration names it, by its current context.

use std::{fs, path::Path};

use serde_json::Value;

use super::{Access, AccessError, Content, Credential};
use crate::{operator::manifest::values, token::Secret};

/// The API server of `context` of the file at `path`, or of its current one.
pub(super) fn access(path: &Path, context: Option<&str>) -> Result<Access, AccessError> {
    let text = fs::read_to_string(path).map_err(|source| AccessError::File {
        what: "a kubeconfig",
        path: path.to_owned(),
        source,
    })?;
    let file = File { path };
    let (root, _) = values::read(&text).map_err(|diagnostic| file.error(diagnostic.text))?;
    let name = context
        .or_else(|| text_of(&root, "current-context"))
        .ok_or_else(|| {
            file.error("`current-context` is not set; choose one with `kubectl config use-context`")
        })?;
    let context = file.named(&root, "contexts", name, "context")?;
    let reference = |key: &str| {
        text_of(context, key).ok_or_else(|| file.error(format!("context `{name}` names no {key}")))
    };
    let cluster = file.named(&root, "clusters", reference("cluster")?, "cluster")?;
    let user = file.named(&root, "users", reference("user")?, "user")?;
    let server = text_of(cluster, "server")
        .filter(|server| server.starts_with("https://"))
        .ok_or_else(|| {
            file.error("`server` of the cluster has to be an address that begins with https://")
        })?;
    let roots = file
        .content(cluster, "certificate-authority", "the certificate authority of the API server")?
        .ok_or_else(|| {
            file.error("the cluster has no `certificate-authority`, without which nobody is trusted")
        })?;
    Ok(Access {
        server: server.trim_end_matches('/').to_owned(),
        roots,
        credential: file.credential(user)?,
        namespace: text_of(context, "namespace").map(str::to_owned),
    })
}

fn text_of<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// The file that is read.
#[derive(Clone, Copy)]
struct File<'a> {
    path: &'a Path,
}

impl File<'_> {
    fn error(self, text: impl Into<String>) -> AccessError {
        AccessError::Kubeconfig { path: self.path.to_owned(), text: text.into() }
    }

    /// What stands under `key` of the item called `name` in the list `list`.
    fn named<'v>(self, root: &'v Value, list: &str, name: &str, key: &str) -> Result<&'v Value, AccessError> {
        let items = root.get(list).and_then(Value::as_array);
        let mut found = items
            .into_iter()
            .flatten()
            .filter(|item| text_of(item, "name") == Some(name));
        found
            .next()
            .and_then(|item| item.get(key))
            .ok_or_else(|| self.error(format!("there is no `{name}` among its `{list}`")))
    }

    /// What `key` names as a file, or `key-data` has in base64.
    fn content(self, value: &Value, key: &str, what: &'static str) -> Result<Option<Content>, AccessError> {
        if let Some(data) = text_of(value, &format!("{key}-data")) {
            return Content::of_base64(what, data).map(Some);
        }
        Ok(text_of(value, key).map(|path| self.file(path)))
    }

    /// A file that is named relative to this one.
    fn file(self, name: &str) -> Content {
        Content::File(
            self.path
                .parent()
                .unwrap_or_else(|| Path::new(""))
                .join(name),
        )
    }

    fn credential(self, user: &Value) -> Result<Credential, AccessError> {
        let chain = self.content(user, "client-certificate", "the certificate of the user")?;
        let key = self.content(user, "client-key", "the key of the user")?;
        if let (Some(chain), Some(key)) = (chain, key) {
            return Ok(Credential::Certificate { chain, key });
        }
        if let Some(path) = text_of(user, "tokenFile") {
            return Ok(Credential::Token(self.file(path)));
        }
        if let Some(token) = text_of(user, "token") {
            return Ok(Credential::Token(Content::Inline(Secret::new(token.to_owned()))));
        }
        Err(self.error(
            "the user has neither a client certificate with its key nor a token; programs that fetch one (`exec`) are not run here: \
             use a kubeconfig of a service account (`kubectl create token`)",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Credential, access};

    fn read(user: &str, more: &str) -> Result<super::Access, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let text = format!(
            "apiVersion: v1\nkind: Config\n{more}clusters:\n- name: c\n  cluster: {{server: 'https://api:6443/', certificate-authority: ca.crt}}\n\
             users:\n- name: u\n  user: {user}\ncontexts:\n- name: x\n  context: {{cluster: c, user: u, namespace: shop}}\n"
        );
        std::fs::write(&path, text).unwrap();
        access(&path, None).map_err(|error| {
            error
                .to_string()
                .replace(folder.path().to_str().unwrap(), "FOLDER")
        })
    }

    #[test]
    fn the_current_context_counts() {
        let found = read("{token: secret}", "current-context: x\n").unwrap();
        assert_eq!((found.server.as_str(), found.namespace.as_deref()), ("https://api:6443", Some("shop")));
        assert!(matches!(found.credential, Credential::Token(_)));
        assert!(!format!("{found:?}").contains("secret"), "{found:?}");
        let found =
            read("{client-certificate-data: eA==, client-key: u.key}", "current-context: x\n").unwrap();
        assert!(matches!(found.credential, Credential::Certificate { .. }));
    }

    #[test]
    fn another_context_can_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let text = "current-context: x\nclusters: [{name: c, cluster: {server: 'https://api', certificate-authority: ca.crt}}]\n\
                    users: [{name: u, user: {token: t}}]\n\
                    contexts: [{name: x, context: {cluster: c, user: u}}, {name: y, context: {cluster: c, user: u, namespace: other}}]\n";
        std::fs::write(&path, text).unwrap();
        assert_eq!(access(&path, Some("y")).unwrap().namespace.as_deref(), Some("other"));
        assert_eq!(access(&path, None).unwrap().namespace, None);
        assert!(
            access(&path, Some("z"))
                .unwrap_err()
                .to_string()
                .contains("there is no `z` among its `contexts`")
        );
    }

    #[test]
    fn what_it_lacks_is_named() {
        let errors = [
            read("{token: a}", ""),
            read("{token: a}", "current-context: y\n"),
            read("{exec: {command: kubelogin}}", "current-context: x\n"),
            read("{client-certificate-data: '?', client-key: k}", "current-context: x\n"),
            read("[", "current-context: x\n"),
        ];
        insta::assert_snapshot!(errors.map(Result::unwrap_err).join("\n"), @r#"
        kubeconfig FOLDER/config: `current-context` is not set; choose one with `kubectl config use-context`
        kubeconfig FOLDER/config: there is no `y` among its `contexts`
        kubeconfig FOLDER/config: the user has neither a client certificate with its key nor a token; programs that fetch one (`exec`) are not run here: use a kubeconfig of a service account (`kubectl create token`)
        the certificate of the user cannot be used: expected base64
        kubeconfig FOLDER/config: invalid YAML: "-" is only valid inside a block (column 1)
        "#);
    }
}
