//! The client, its tenant and the authority.

use super::{Group, row};
use crate::failure::{Category, Class};

const TENANT: &str = "set AZURE_TENANT_ID to the tenant's GUID, and AZURE_AUTHORITY_HOST to its cloud.";

pub(super) const GROUP: Group = Group {
    title: "Client, tenant and authority",
    rows: &[
        row(
            &[700016],
            Class::Propagation,
            Category::Client,
            "unauthorized_client",
            "There is no such application or managed identity in the tenant.",
            "check AZURE_CLIENT_ID (the client id, not the object id) and AZURE_TENANT_ID; a new identity needs minutes to spread.",
        ),
        row(
            &[700038],
            Class::Permanent,
            Category::Client,
            "unauthorized_client",
            "The client id is not a valid application id.",
            "replace the placeholder in AZURE_CLIENT_ID by the identity's client id.",
        ),
        row(
            &[7000229],
            Class::Propagation,
            Category::Client,
            "unauthorized_client",
            "The application has no service principal in this tenant.",
            "create the enterprise application (az ad sp create --id CLIENT_ID), or correct AZURE_TENANT_ID.",
        ),
        row(
            &[7000112, 70001],
            Class::Permanent,
            Category::Client,
            "unauthorized_client",
            "The application is disabled or not installed in the tenant.",
            "enable it under Enterprise applications, Enabled for users to sign in, or install it in this tenant.",
        ),
        row(
            &[700011, 1000031],
            Class::Permanent,
            Category::Client,
            "unauthorized_client",
            "The application is not in the directory or cannot be used now.",
            "ask the tenant's administrator to add the application or to lift its restriction.",
        ),
        row(
            &[70052],
            Class::Permanent,
            Category::Client,
            "unauthorized_client",
            "Only managed identities and single-tenant applications are supported here.",
            "use a managed identity or a single-tenant application registered in AZURE_TENANT_ID.",
        ),
        row(
            &[100007],
            Class::Permanent,
            Category::Configuration,
            "invalid_request",
            "The regional endpoint is for Microsoft's own services.",
            "set AZURE_AUTHORITY_HOST to the global host of the cloud and remove AZURE_REGIONAL_AUTHORITY_NAME.",
        ),
        row(
            &[90002],
            Class::Permanent,
            Category::Tenant,
            "invalid_request",
            "There is no such tenant.",
            TENANT,
        ),
        row(
            &[900021, 900023],
            Class::Permanent,
            Category::Tenant,
            "invalid_request",
            "The tenant is neither a GUID in use nor a domain name.",
            TENANT,
        ),
        row(
            &[90013],
            Class::Permanent,
            Category::Tenant,
            "invalid_request",
            "The request holds invalid input, often placeholder characters in the tenant.",
            "check AZURE_TENANT_ID and AZURE_CLIENT_ID for placeholders such as <tenant> or ${TENANT}.",
        ),
        row(
            &[90038, 900382, 900432, 900439],
            Class::Permanent,
            Category::Tenant,
            "invalid_request",
            "The tenant or application belongs to another cloud.",
            "set AZURE_AUTHORITY_HOST to the host of that cloud; federation across clouds is not possible.",
        ),
        row(
            &[50049, 50059, 50128, 9001023],
            Class::Permanent,
            Category::Tenant,
            "invalid_request",
            "The authority is unknown, or the request names no single tenant.",
            TENANT,
        ),
        row(
            &[50020, 50034],
            Class::Permanent,
            Category::Request,
            "invalid_grant",
            "A user account is not in the tenant; this belongs to flows with users.",
            "check that AZURE_AUTHORITY_HOST leads to Entra itself; wisp signs in no user.",
        ),
    ],
};
