//! How objects are read.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{ID, OTHER, TENANT, object, resource_id};
use crate::operator::pod_identity::{
    AzureIdentity, ObjectName, binding::AzureIdentityBinding, exception::AzurePodIdentityException,
};

fn name() -> ObjectName {
    ObjectName { namespace: "shop".into(), name: "orders".into() }
}

/// What is read of an AzureIdentity with this `spec`.
fn read(spec: &Value) -> String {
    match AzureIdentity::read(&object("orders", spec), name()) {
        Err(reason) => format!("error: {reason}"),
        Ok(identity) => {
            let AzureIdentity { credential, client_id, resource_id, tenant, authority, notes, .. } = identity;
            let mut text = format!("{credential:?} {client_id}");
            let tenant = tenant.map(|tenant| tenant.to_string());
            let authority = authority.map(|authority| authority.to_string());
            for field in [resource_id, tenant, authority].into_iter().flatten() {
                let _ = write!(text, " {field}");
            }
            for note in notes {
                let _ = write!(text, "\n  note: {note}");
            }
            text
        }
    }
}

#[test]
fn an_identity_is_read_in_every_spelling() {
    let resource = resource_id("orders");
    let bare = resource.trim_start_matches('/');
    let upper = "ABCDEFAB-1111-1111-1111-111111111111";
    let specs = [
        json!({"type": 0, "resourceID": resource, "clientID": ID}),
        json!({"Type": 0, "ResourceID": resource, "ClientID": ID}),
        json!({"type": 0, "resourceid": resource, "clientid": ID}),
        // As a live dump had it, and as people paste it.
        json!({"resourceID": bare, "clientID": format!(" {upper} \n")}),
        json!({"type": "0", "resourceID": format!("{}/", resource.to_uppercase()), "clientID": ID}),
        // Both spellings, as an apply of the new one over the old one leaves them.
        json!({"clientID": ID, "ClientID": ID, "ResourceID": null, "resourceID": resource}),
        json!({"clientID": ID}),
    ];
    insta::assert_snapshot!(specs.map(|spec| read(&spec)).join("\n"), @r"
    Managed 11111111-1111-1111-1111-111111111111 /subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders
    Managed 11111111-1111-1111-1111-111111111111 /subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders
    Managed 11111111-1111-1111-1111-111111111111 /subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders
    Managed abcdefab-1111-1111-1111-111111111111 /subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders
    Managed 11111111-1111-1111-1111-111111111111 /SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.MANAGEDIDENTITY/USERASSIGNEDIDENTITIES/ORDERS
    Managed 11111111-1111-1111-1111-111111111111 /subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders
    Managed 11111111-1111-1111-1111-111111111111
    ");
}

#[test]
fn app_registrations_name_their_tenant_and_no_secret_is_read() {
    let password = json!({"name": "secret", "namespace": "shop"});
    let specs = [
        json!({"type": 1, "tenantID": TENANT, "clientID": ID, "clientPassword": password}),
        json!({"type": 2, "TenantID": "Contoso.com", "ClientID": ID, "ClientPassword": password, "adEndpoint": "https://login.microsoftonline.us/"}),
        json!({"type": 1, "tenantID": TENANT, "clientID": ID, "adEndpoint": "hunter", "auxiliaryTenantIDs": [OTHER], "resourceID": "x"}),
        // Somebody put the secret itself there.
        json!({"type": 1, "tenantID": TENANT, "clientID": ID, "clientPassword": "hunter2", "clientSecret": "hunter2"}),
    ];
    let texts = specs.map(|spec| read(&spec)).join("\n");
    assert!(!texts.contains("hunter2"));
    insta::assert_snapshot!(texts, @r"
    Secret 11111111-1111-1111-1111-111111111111 33333333-3333-3333-3333-333333333333
    Certificate 11111111-1111-1111-1111-111111111111 contoso.com https://login.microsoftonline.us
    Secret 11111111-1111-1111-1111-111111111111 33333333-3333-3333-3333-333333333333
      note: `adEndpoint` cannot be `hunter`: expected an https origin such as https://login.microsoftonline.com
      note: tokens of the `auxiliaryTenantIDs` are not issued, only those of `tenantID`
    Secret 11111111-1111-1111-1111-111111111111 33333333-3333-3333-3333-333333333333
      note: nothing reads field `clientSecret`
    ");
}

#[test]
fn what_is_malformed_says_why() {
    let long = "x".repeat(2000);
    let specs = [
        Value::Null,
        json!("spec"),
        json!({}),
        json!({"type": 0}),
        json!({"resourceID": resource_id("orders")}),
        json!({"clientID": "orders"}),
        json!({"clientID": 3}),
        json!({"clientID": long}),
        json!({"clientID": "00000000-0000-0000-0000-000000000000"}),
        json!({"clientID": ID, "ClientID": OTHER}),
        json!({"type": 3, "clientID": ID}),
        json!({"type": "managed", "clientID": ID}),
        json!({"type": 1, "clientID": ID}),
        json!({"type": 1, "clientID": ID, "tenantID": "common"}),
        json!({"clientID": ID, "resourceID": "/subscriptions/s/resourcegroups/g"}),
        json!({"clientID": ID, "resourceID": format!("{} x", resource_id("a"))}),
        json!({"clientID": ID, "resourceId": resource_id("a"), "clientld": ID, "replica": 1, "zone": 1, "colour": 2, "more": 3}),
    ];
    insta::assert_snapshot!(specs.map(|spec| read(&spec)).join("\n"), @r#"
    error: it has no `spec`
    error: `spec` must be a mapping
    error: it has no `clientID`, nor anything else: API servers drop fields that are capitalised otherwise (`ClientID`) when the object is written; write it anew with `clientID`
    error: it has no `clientID`, nor anything else: API servers drop fields that are capitalised otherwise (`ClientID`) when the object is written; write it anew with `clientID`
    error: it has no `clientID`; add it
    error: `clientID` cannot be `orders`: expected a GUID such as 00000000-1111-2222-3333-444444444444
    error: `clientID` must be text; put its value in quotes
    error: `clientID` has more than 1024 bytes
    error: `clientID` cannot be `00000000-0000-0000-0000-000000000000`: expected the identity's client id, not the all-zero placeholder
    error: `ClientID` and `clientID` are the same field and differ; keep one
    error: `type` cannot be `3`: expected 0 (managed identity), 1 (app registration with a secret) or 2 (with a certificate)
    error: `type` cannot be `\"managed\"`: expected 0 (managed identity), 1 (app registration with a secret) or 2 (with a certificate)
    error: it has no `tenantID`, which an app registration needs; add it
    error: `tenantID` cannot be `common`: expected one tenant; `common`, `organizations` and `consumers` cannot issue app tokens
    Managed 11111111-1111-1111-1111-111111111111
      note: `resourceID` cannot be `/subscriptions/s/resourcegroups/g`: expected /subscriptions/…/resourcegroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME; requests that name the identity by it are refused
    Managed 11111111-1111-1111-1111-111111111111
      note: `resourceID` cannot be `/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssign…`: expected /subscriptions/…/resourcegroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME; requests that name the identity by it are refused
    Managed 11111111-1111-1111-1111-111111111111 /subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a
      note: nothing reads field `clientld`; did you mean `clientID`?
      note: nothing reads field `colour`
      note: nothing reads field `more`
      note: nothing reads field `replica`; did you mean `replicas`?
    "#);
}

#[test]
fn bindings_are_read_in_every_spelling() {
    let long = "x".repeat(64);
    let specs = [
        json!({"azureIdentity": "orders", "selector": "cart"}),
        json!({"AzureIdentity": "orders", "Selector": "cart", "Weight": 1}),
        json!({"azureidentity": "orders", "selector": "cart"}),
        json!({"selector": "cart"}),
        json!({"azureIdentity": "orders"}),
        json!({"azureIdentity": "orders", "selector": ""}),
        json!({"azureIdentity": "orders", "selector": "cart "}),
        json!({"azureIdentity": "orders", "selector": long}),
        json!({"azureIdentity": "orders", "selector": {"app": "cart"}}),
        json!({"azureIdentity": ["orders"], "selector": "cart"}),
        json!({"azureIdentity": "orders", "selector": "cart", "Selector": "other"}),
    ];
    let texts = specs.map(|spec| match AzureIdentityBinding::read(&object("orders", &spec), name()) {
        Err(reason) => format!("error: {reason}"),
        Ok(binding) => format!("{} {:?}", binding.selector, binding.identity),
    });
    insta::assert_snapshot!(texts.join("\n"), @r#"
    cart Ok("orders")
    cart Ok("orders")
    cart Ok("orders")
    cart Err("it has no `azureIdentity`; add the name of one")
    error: it has no `selector`, so it selects nothing
    error: it has no `selector`, so it selects nothing
    error: `selector` cannot be `cart `: no label has such a value, so it selects nothing
    error: `selector` cannot be `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`: no label has such a value, so it selects nothing
    error: `selector` must be text; put its value in quotes
    cart Err("`azureIdentity` must be text; put its value in quotes")
    error: `Selector` and `selector` are the same field and differ; keep one
    "#);
}

#[test]
fn exceptions_are_read_in_every_spelling() {
    let many: Value = (0..101)
        .map(|n| (n.to_string(), json!("x")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let specs = [
        json!({"podLabels": {"app": "cart", "tier": "web"}}),
        json!({"PodLabels": {"app": "cart"}}),
        json!({}),
        json!({"podLabels": ["app"]}),
        json!({"podLabels": {"app": 3}}),
        json!({"podLabels": many}),
    ];
    let texts = specs.map(|spec| match AzurePodIdentityException::read(&object("orders", &spec), name()) {
        Err(reason) => format!("error: {reason}"),
        Ok(exception) => format!("{:?}", exception.labels),
    });
    insta::assert_snapshot!(texts.join("\n"), @r#"
    [("app", "cart"), ("tier", "web")]
    [("app", "cart")]
    []
    error: `podLabels` must be a mapping of labels to their values
    error: values in `podLabels` must be text; put them in quotes
    error: `podLabels` has more than 100 labels
    "#);
}
