//! Scope, resource and policy.

use super::{Group, row};
use crate::failure::{Category, Class};

const ONE_RESOURCE: &str =
    "ask for exactly one resource, as an App ID URI such as https://vault.azure.net or a GUID.";

pub(super) const GROUP: Group = Group {
    title: "Resource and policy",
    rows: &[
        row(
            &[70011],
            Class::Permanent,
            Category::Resource,
            "invalid_resource",
            "The resource cannot be used as a scope.",
            ONE_RESOURCE,
        ),
        row(
            &[1002012, 700022, 700023, 28002, 901002],
            Class::Permanent,
            Category::Resource,
            "invalid_resource",
            "The scope names no resource, several, or one without /.default.",
            ONE_RESOURCE,
        ),
        row(
            &[500011, 50001],
            Class::Permanent,
            Category::Resource,
            "invalid_resource",
            "The tenant does not know this resource.",
            "check the resource's spelling and trailing slash, that AZURE_TENANT_ID is right, and that the API is installed there.",
        ),
        row(
            &[90009],
            Class::Permanent,
            Category::Resource,
            "invalid_resource",
            "An application that asks for a token for itself must use its GUID.",
            "ask with the application's client id (a GUID) as the resource instead of its App ID URI.",
        ),
        row(
            &[650052, 650057],
            Class::Permanent,
            Category::Resource,
            "invalid_resource",
            "The tenant has not subscribed to this API, or the application does not list it.",
            "let an administrator consent to the API, or add it to the application's API permissions.",
        ),
        row(
            &[501051, 50105],
            Class::Permanent,
            Category::Policy,
            "unauthorized_client",
            "The API requires an assignment, and the identity has no role of it.",
            "assign one of the API's app roles to the identity, or switch off Assignment required on the API.",
        ),
        row(
            &[65001],
            Class::Permanent,
            Category::Policy,
            "unauthorized_client",
            "The application has not been granted this permission.",
            "let an administrator grant the application permission to the API.",
        ),
        row(
            &[53003],
            Class::Permanent,
            Category::Policy,
            "unauthorized_client",
            "Conditional Access for workload identities blocks this sign-in.",
            "allow the cluster's outbound addresses in the policy, or use a managed identity, to which it does not apply.",
        ),
        row(
            &[53000, 53001, 53002, 530032, 530035],
            Class::Permanent,
            Category::Policy,
            "unauthorized_client",
            "A device or security policy meant for users blocks this sign-in; it does not belong to this flow.",
            "exclude the workload identity from that policy in the tenant.",
        ),
        row(
            &[500021, 500022],
            Class::Permanent,
            Category::Policy,
            "unauthorized_client",
            "A tenant restriction on the way out blocks this tenant.",
            "add the tenant to the Restrict-Access-To-Tenants header that the egress proxy inserts.",
        ),
    ],
};
