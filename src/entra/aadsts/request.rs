//! The shape of the request, and secrets.

use super::{Group, row};
use crate::failure::{Category, Class};

const ALTERED: &str = "check that no proxy on the way to AZURE_AUTHORITY_HOST alters requests; if there is none, report a bug in wisp.";

const NO_SECRET: &str = "check that AZURE_AUTHORITY_HOST leads to Entra itself; wisp sends no client secret.";

pub(super) const GROUP: Group = Group {
    title: "Request and secrets",
    rows: &[
        row(
            &[900144],
            Class::Permanent,
            Category::Request,
            "invalid_request",
            "The request body lacks a parameter.",
            ALTERED,
        ),
        row(
            &[7000216, 7000218],
            Class::Assertion,
            Category::Assertion,
            "temporarily_unavailable",
            "The request carries no client assertion, or an empty one.",
            "check that AZURE_FEDERATED_TOKEN_FILE is not empty and that no proxy on the way alters requests.",
        ),
        row(
            &[70003, 900561, 9002313, 90100, 90023],
            Class::Permanent,
            Category::Request,
            "invalid_request",
            "The request is malformed: grant, method or parameters.",
            ALTERED,
        ),
        row(
            &[700025],
            Class::Permanent,
            Category::Client,
            "unauthorized_client",
            "The application is a public client, which may not present credentials.",
            "switch off Allow public client flows on the application, or use another identity.",
        ),
        row(
            &[7000215, 7000222],
            Class::Permanent,
            Category::Client,
            "invalid_client",
            "A client secret is wrong or has expired; this belongs to the client secret flow.",
            NO_SECRET,
        ),
        row(
            &[240001, 240002],
            Class::Permanent,
            Category::Request,
            "invalid_grant",
            "A device or id token was used as a grant; this does not belong to this flow.",
            "check that the token file is the projected service-account token and that AZURE_AUTHORITY_HOST leads to Entra itself.",
        ),
    ],
};
