//! AzureAssignedIdentity: what the controller of standard mode noted of a pod and its identity.

use serde_json::Value;

use super::{ObjectName, fields::any_case};

/// An AzureAssignedIdentity: evidence that a pod had an identity. The add-on of AKS makes none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AzureAssignedIdentity {
    /// Its name.
    pub name: ObjectName,
    /// The AzureIdentity that the pod had.
    pub identity: ObjectName,
    /// The pod.
    pub pod: ObjectName,
    /// `Created`, `Assigned` or `Unassigned`; none before the controller came to it.
    pub status: Option<String>,
}

impl AzureAssignedIdentity {
    /// Reads `object`, which is called `name`; an error is the reason why it proves nothing.
    pub(crate) fn read(object: &Value, name: ObjectName) -> Result<Self, String> {
        let spec = object.get("spec").ok_or("it has no `spec`")?;
        let text = |key: &str| {
            any_case(spec, key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .ok_or_else(|| format!("it has no `{key}`"))
        };
        let pod = ObjectName { namespace: text("podNamespace")?.to_owned(), name: text("pod")?.to_owned() };
        let identity = any_case(spec, "azureIdentityRef")
            .and_then(|reference| ObjectName::of(reference, &name.namespace))
            .ok_or("it has no `azureIdentityRef` with the name of an AzureIdentity")?;
        let status = object
            .get("status")
            .and_then(|status| any_case(status, "status")?.as_str());
        Ok(Self { name, identity, pod, status: status.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{AzureAssignedIdentity, ObjectName};

    fn read(spec: &serde_json::Value) -> Result<AzureAssignedIdentity, String> {
        let name = ObjectName { namespace: "default".into(), name: "a".into() };
        AzureAssignedIdentity::read(&json!({"spec": spec, "status": {"status": "Assigned"}}), name)
    }

    #[test]
    fn both_spellings_are_read() {
        let reference = json!({"metadata": {"name": "orders", "namespace": "shop"}});
        let lower = read(&json!({"pod": "orders-1", "podNamespace": "shop", "azureIdentityRef": reference}));
        let upper = read(&json!({"Pod": "orders-1", "PodNamespace": "shop", "AzureIdentityRef": reference}));
        assert_eq!(lower, upper);
        let found = lower.unwrap();
        assert_eq!(
            (found.pod.to_string().as_str(), found.identity.to_string().as_str()),
            ("shop/orders-1", "shop/orders")
        );
        assert_eq!(found.status.as_deref(), Some("Assigned"));
    }

    #[test]
    fn what_is_missing_is_named() {
        insta::assert_snapshot!(read(&json!({"podNamespace": "shop"})).unwrap_err(), @"it has no `pod`");
        insta::assert_snapshot!(read(&json!({"pod": "p", "podNamespace": "shop", "azureIdentityRef": {}})).unwrap_err(), @"it has no `azureIdentityRef` with the name of an AzureIdentity");
    }
}
