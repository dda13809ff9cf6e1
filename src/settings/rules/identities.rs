//! There is an identity, and each is listed once.

use crate::settings::{Settings, keys, loader::Loader};

pub(super) fn some_identity(loader: &mut Loader<'_>, settings: &Settings) {
    let is_valid = [keys::CLIENT_ID.name, keys::IDENTITIES.name, keys::TENANT_ID.name]
        .iter()
        .all(|name| loader.is_valid(name));
    if settings.identities.is_empty() && is_valid {
        loader.missing(
            keys::CLIENT_ID.name,
            "there is no identity to issue tokens for; set AZURE_CLIENT_ID (the workload identity webhook does when \
             the pod template has the label azure.workload.identity/use=true and the service account the annotation \
             azure.workload.identity/client-id), --client-id, or `[identities]` \
             in the file",
        );
    }
}

pub(super) fn distinct_identities(loader: &mut Loader<'_>, settings: &Settings) {
    for (i, identity) in settings.identities.iter().enumerate() {
        for earlier in settings.identities.iter().take(i) {
            for (field, value) in identity.shared_with(earlier) {
                let reason = format!("`{}` has the same; list each identity once", earlier.name);
                loader.invalid_element(&keys::IDENTITIES, &[&identity.name, field], value, &reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::testing::*;

    #[test]
    fn an_identity_and_its_tenant_are_needed() {
        insta::assert_snapshot!(errors(&[("AZURE_CLIENT_ID", "")], ""), @"`client_id` is not set: there is no identity to issue tokens for; set AZURE_CLIENT_ID (the workload identity webhook does when the pod template has the label azure.workload.identity/use=true and the service account the annotation azure.workload.identity/client-id), --client-id, or `[identities]` in the file");
        insta::assert_snapshot!(errors(&[("AZURE_TENANT_ID", "")], ""), @"`tenant_id` is not set: `client_id` needs a tenant; set AZURE_TENANT_ID (the workload identity webhook does where the pod template has the label azure.workload.identity/use=true), --tenant-id, or `tenant_id` in the file");
        let file = format!("[identities.a]\nclient_id = '{ID_B}'\n[identities.b]\nobject_id = 'x'");
        insta::assert_snapshot!(errors(&[("AZURE_TENANT_ID", "")], &file), @"
`tenant_id` is not set: `identities.a` needs a tenant; set AZURE_TENANT_ID (the workload identity webhook does where the pod template has the label azure.workload.identity/use=true), --tenant-id, or `tenant_id` in the file
`identities.b.object_id` cannot be `x` (from file wisp.toml): expected a GUID such as 00000000-1111-2222-3333-444444444444
`identities.b.client_id` is not set: every identity needs its client id, a GUID
");
    }

    #[test]
    fn one_fault_is_one_error() {
        assert_eq!(
            errors(&[("AZURE_CLIENT_ID", "x"), ("WISP_DEFAULT_IDENTITY", "y")], "")
                .lines()
                .count(),
            1
        );
        assert_eq!(
            errors(&[("AZURE_TENANT_ID", "x")], "prefetch = 'r'")
                .lines()
                .count(),
            1
        );
        assert_eq!(
            errors(&[("WISP_RESOURCES", "a b")], "prefetch = 'r'")
                .lines()
                .count(),
            1
        );
    }

    #[test]
    fn identities_are_listed_once() {
        let id =
            "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n";
        let file = format!(
            "[identities.a]\nclient_id = '{ID_B}'\nobject_id = '{TENANT}'\nresource_id = '{id}'\n\
             [identities.b]\nclient_id = '{ID_B}'\nobject_id = '{TENANT}'\nresource_id = '{}'",
            id.to_uppercase() + "/"
        );
        insta::assert_snapshot!(errors(&[], &file), @"
`identities.b.client_id` cannot be `bbbbbbbb-0000-0000-0000-000000000002` (from file wisp.toml): `a` has the same; list each identity once
`identities.b.object_id` cannot be `cccccccc-0000-0000-0000-000000000003` (from file wisp.toml): `a` has the same; list each identity once
`identities.b.resource_id` cannot be `/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.MANAGEDIDENTITY/USERASSIGNEDIDENTITIES/N/` (from file wisp.toml): `a` has the same; list each identity once
");
    }

    #[test]
    fn the_identity_of_the_environment_may_be_listed_too() {
        let file = format!(
            "[identities.own]\nclient_id = '{ID_A}'\nobject_id = '{TENANT}'\n[identities.b]\nclient_id = '{ID_B}'"
        );
        let settings = load(&[], &file).unwrap();
        let names: Vec<_> = settings
            .identities
            .iter()
            .map(|i| i.name.as_str())
            .collect();
        assert_eq!(names, ["own", "b"]);
        assert_eq!(settings.rules.default.unwrap().as_str(), ID_A);
    }

    #[test]
    fn the_default_identity_is_one_of_them() {
        let two = format!("[identities.a]\nclient_id = '{ID_A}'\n[identities.b]\nclient_id = '{ID_B}'");
        let chosen = |more: &[(&str, &str)], file: &str| {
            let default = load(&[&[("AZURE_CLIENT_ID", "")], more].concat(), file)
                .unwrap()
                .rules
                .default;
            default.map(|id| id.to_string())
        };
        assert_eq!(chosen(&[], &two), None);
        assert_eq!(chosen(&[("WISP_DEFAULT_IDENTITY", "b")], &two).as_deref(), Some(ID_B));
        assert_eq!(chosen(&[("WISP_DEFAULT_IDENTITY", &ID_B.to_uppercase())], &two).as_deref(), Some(ID_B));
        assert_eq!(chosen(&[], &format!("[identities.a]\nclient_id = '{ID_B}'")).as_deref(), Some(ID_B));
        insta::assert_snapshot!(errors(&[("WISP_DEFAULT_IDENTITY", "c")], &two), @"`default_identity` cannot be `c` (from environment WISP_DEFAULT_IDENTITY): expected one of `a`, `b`");
    }
}
