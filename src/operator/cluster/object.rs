//! Objects of a cluster, by name.

use std::fmt;

/// One object, or the collection that a new one goes to.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Object {
    kind: Kind,
    namespace: Option<String>,
    name: String,
    subresource: Option<Subresource>,
    /// What is asked besides, from its question mark on.
    query: String,
}

/// All objects of a kind, or those of one namespace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Collection {
    kind: Kind,
    namespace: Option<String>,
    /// Those alone whose labels it selects.
    selector: Option<&'static str>,
}

/// A kind as the API serves it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Kind {
    /// `api/v1`, or `apis/` and a group with its version.
    root: &'static str,
    /// In the plural, as RBAC names it.
    resource: &'static str,
    name: &'static str,
}

impl Kind {
    /// The `apiVersion` of its objects.
    fn api_version(self) -> &'static str {
        let root = self.root;
        root.strip_prefix("apis/")
            .or_else(|| root.strip_prefix("api/"))
            .unwrap_or(root)
    }
}

/// What is served below an object, and has rights of its own.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Subresource {
    /// Below the object's path.
    path: &'static str,
    /// With the kind in the plural, as RBAC names it.
    resource: &'static str,
    /// As a person names it.
    name: &'static str,
}

impl Object {
    /// The Secret `name`.
    pub(crate) fn secret(namespace: &str, name: &str) -> Self {
        Self::of(Kind { root: "api/v1", resource: "secrets", name: "Secret" }, Some(namespace), name)
    }

    /// The ServiceAccount `name`.
    pub(crate) fn service_account(namespace: &str, name: &str) -> Self {
        let kind = Kind { root: "api/v1", resource: "serviceaccounts", name: "ServiceAccount" };
        Self::of(kind, Some(namespace), name)
    }

    /// The ConfigMap `name`.
    pub(crate) fn config_map(namespace: &str, name: &str) -> Self {
        Self::of(Kind { root: "api/v1", resource: "configmaps", name: "ConfigMap" }, Some(namespace), name)
    }

    /// The Namespace `name`.
    pub(crate) fn namespace(name: &str) -> Self {
        Self::of(Kind { root: "api/v1", resource: "namespaces", name: "Namespace" }, None, name)
    }

    /// The Lease `name`.
    pub(crate) fn lease(namespace: &str, name: &str) -> Self {
        let kind = Kind { root: "apis/coordination.k8s.io/v1", resource: "leases", name: "Lease" };
        Self::of(kind, Some(namespace), name)
    }

    /// The MutatingWebhookConfiguration `name`.
    pub(crate) fn mutating_webhooks(name: &str) -> Self {
        let kind = Kind {
            root: "apis/admissionregistration.k8s.io/v1",
            resource: "mutatingwebhookconfigurations",
            name: "MutatingWebhookConfiguration",
        };
        Self::of(kind, None, name)
    }

    /// The Job `name`.
    pub(crate) fn job(namespace: &str, name: &str) -> Self {
        Self::of(Kind { root: "apis/batch/v1", resource: "jobs", name: "Job" }, Some(namespace), name)
    }

    /// Tokens of the ServiceAccount `name`: what is created is a TokenRequest.
    pub(crate) fn token(namespace: &str, name: &str) -> Self {
        let subresource =
            Subresource { path: "/token", resource: "serviceaccounts/token", name: "a token of " };
        Self { subresource: Some(subresource), ..Self::service_account(namespace, name) }
    }

    /// What the Pod `name` has written: text.
    pub(crate) fn pod_log(namespace: &str, name: &str) -> Self {
        let subresource = Subresource { path: "/log", resource: "pods/log", name: "the log of " };
        Self { subresource: Some(subresource), ..Self::pod(namespace, name) }
    }

    /// The last `lines` of what `container` of the Pod `name` has written, at most `bytes`: text.
    pub(crate) fn container_log(
        namespace: &str,
        name: &str,
        container: &str,
        lines: usize,
        bytes: usize,
    ) -> Self {
        let query = format!("?container={container}&tailLines={lines}&limitBytes={bytes}");
        Self { query, ..Self::pod_log(namespace, name) }
    }

    /// What the API server says of its issuer.
    pub(crate) fn discovery() -> Self {
        let kind = Kind { root: "", resource: ".well-known", name: "the discovery document" };
        Self::of(kind, None, "openid-configuration")
    }

    /// The metrics that the Pod `name` gives at `port`, asked for through the API server: text.
    pub(crate) fn pod_metrics(namespace: &str, name: &str, port: u16) -> Self {
        let subresource =
            Subresource { path: "/proxy/metrics", resource: "pods/proxy", name: "the metrics of " };
        Self { subresource: Some(subresource), ..Self::pod(namespace, &format!("{name}:{port}")) }
    }

    fn pod(namespace: &str, name: &str) -> Self {
        Self::of(Kind { root: "api/v1", resource: "pods", name: "Pod" }, Some(namespace), name)
    }

    fn of(kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        let (namespace, name) = (namespace.map(str::to_owned), name.to_owned());
        Self { kind, namespace, name, subresource: None, query: String::new() }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its `apiVersion`.
    pub(super) fn api_version(&self) -> &'static str {
        self.kind.api_version()
    }

    /// Its `kind`.
    pub(super) fn kind(&self) -> &'static str {
        self.kind.name
    }

    /// Where a new one goes to in the API: its collection, or what is served below its object.
    pub(super) fn collection(&self) -> String {
        if self.subresource.is_some() { self.path() } else { path(self.kind, self.namespace.as_deref()) }
    }

    /// Its path in the API.
    pub(super) fn path(&self) -> String {
        let below = self.subresource.map_or("", |subresource| subresource.path);
        format!("{}/{}{below}{}", path(self.kind, self.namespace.as_deref()), self.name, self.query)
    }

    /// The kind in the plural, as RBAC names it.
    pub(super) fn resource(&self) -> &'static str {
        self.subresource
            .map_or(self.kind.resource, |subresource| subresource.resource)
    }

    /// Whether it is served below an object, which has to be there before it.
    pub(super) fn is_subresource(&self) -> bool {
        self.subresource.is_some()
    }

    /// Whether roles for it belong to a namespace.
    pub(super) fn namespace_name(&self) -> Option<&str> {
        self.namespace.as_deref()
    }
}

/// Where pod-managed identity has its kinds.
const POD_IDENTITY: &str = "apis/aadpodidentity.k8s.io/v1";

impl Collection {
    /// The AzureIdentities of `namespace`, or all.
    pub(crate) fn azure_identities(namespace: Option<&str>) -> Self {
        Self::of(Kind { root: POD_IDENTITY, resource: "azureidentities", name: "AzureIdentity" }, namespace)
    }

    /// The AzureIdentityBindings of `namespace`, or all.
    pub(crate) fn azure_identity_bindings(namespace: Option<&str>) -> Self {
        let kind =
            Kind { root: POD_IDENTITY, resource: "azureidentitybindings", name: "AzureIdentityBinding" };
        Self::of(kind, namespace)
    }

    /// The AzurePodIdentityExceptions of `namespace`, or all.
    pub(crate) fn azure_pod_identity_exceptions(namespace: Option<&str>) -> Self {
        let kind = Kind {
            root: POD_IDENTITY,
            resource: "azurepodidentityexceptions",
            name: "AzurePodIdentityException",
        };
        Self::of(kind, namespace)
    }

    /// The objects of the kind `name` that are served below `root` (`api/v1`, or `apis/` and a group with its version) as
    /// `resource`, of `namespace` or all.
    pub(crate) fn at(
        root: &'static str,
        resource: &'static str,
        name: &'static str,
        namespace: Option<&str>,
    ) -> Self {
        Self::of(Kind { root, resource, name }, namespace)
    }

    fn of(kind: Kind, namespace: Option<&str>) -> Self {
        Self { kind, namespace: namespace.map(str::to_owned), selector: None }
    }

    /// Those alone whose labels `selector` selects, as `key=value`.
    pub(crate) fn selected(self, selector: &'static str) -> Self {
        Self { selector: Some(selector), ..self }
    }

    /// What the labels of its objects have to be.
    pub(super) fn selector(&self) -> Option<&'static str> {
        self.selector
    }

    /// The object `name` of it; a collection of all namespaces has objects of none.
    pub(crate) fn object(&self, name: &str) -> Object {
        Object::of(self.kind, self.namespace.as_deref(), name)
    }

    /// The `apiVersion` of its objects, which lists leave out.
    pub(crate) fn api_version(&self) -> &'static str {
        self.kind.api_version()
    }

    /// The `kind` of its objects.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind.name
    }

    /// Its path in the API.
    pub(super) fn path(&self) -> String {
        path(self.kind, self.namespace.as_deref())
    }

    /// The kind in the plural, as RBAC names it.
    pub(crate) fn resource(&self) -> &'static str {
        self.kind.resource
    }

    /// Whether roles for it belong to a namespace.
    pub(super) fn namespace_name(&self) -> Option<&str> {
        self.namespace.as_deref()
    }
}

/// As a person names it: `all objects of kind Secret`.
impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "the objects of kind {} in namespace {namespace}", self.kind.name),
            None => write!(f, "all objects of kind {}", self.kind.name),
        }
    }
}

/// The path of a kind in the API.
fn path(Kind { root, resource, .. }: Kind, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("/{root}/namespaces/{namespace}/{resource}"),
        None if root.is_empty() => format!("/{resource}"),
        None => format!("/{root}/{resource}"),
    }
}

/// As a person names it: `Secret shop/key`.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} ", self.subresource.map_or("", |subresource| subresource.name), self.kind.name)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests;
