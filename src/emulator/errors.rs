//! The table of Entra's errors, and the body that carries one.

use serde_json::{Map, Value, json};

use super::time_text;
use crate::clock::UnixTime;

/// One of Entra's errors: how it looks on the wire.
#[derive(Debug)]
pub(super) struct Row {
    /// The AADSTS number.
    pub code: u32,
    /// The HTTP status.
    pub status: u16,
    /// The OAuth error.
    pub error: &'static str,
    /// Whether the body has an `error_uri`.
    pub has_uri: bool,
    /// The text after "AADSTS…: "; words in braces are filled from the request.
    pub text: &'static str,
}

const CLIENT: &str = "invalid_client";
const GRANT: &str = "invalid_grant";
const REQUEST: &str = "invalid_request";
const RESOURCE: &str = "invalid_resource";
const SCOPE: &str = "invalid_scope";
const UNAUTHORIZED: &str = "unauthorized_client";
const UNAVAILABLE: &str = "temporarily_unavailable";

const fn row(code: u32, status: u16, error: &'static str, has_uri: bool, text: &'static str) -> Row {
    Row { code, status, error, has_uri, text }
}

/// Every error that the emulator can answer with, by number.
///
/// Status, error and text are those recorded from Entra where a record is public; the others follow their neighbours.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row(28002, 400, SCOPE, true, "Provided value for the input parameter scope '{scope}' is not valid when requesting an access token."),
    row(50027, 400, REQUEST, true, "JWT token is invalid or malformed."),
    row(50033, 503, UNAVAILABLE, false, "A transient error has occurred. Please try again."),
    row(50059, 400, REQUEST, true, "No tenant-identifying information found in either the request or implied by any provided credentials."),
    row(50196, 400, GRANT, true, "The server terminated an operation because it encountered a client request loop. Please contact your app vendor."),
    row(53003, 400, GRANT, true, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
    row(70003, 400, "unsupported_grant_type", false, "The app requested an unsupported grant type '{grant}'."),
    row(70011, 400, SCOPE, true, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."),
    row(70021, 400, REQUEST, true, "No matching federated identity record found for presented assertion. Assertion Issuer: '{iss}'. Assertion Subject: '{sub}'. Assertion Audience: '{aud}'."),
    row(70023, 400, REQUEST, true, "External identity provider token has a lifetime longer than the maximum that is allowed."),
    row(70025, 401, CLIENT, true, "The client '{client}'({name}) has no configured federated identity credentials."),
    row(90002, 400, REQUEST, true, "Tenant '{tenant}' not found. This may happen if there are no active subscriptions for the tenant. Check to make sure you have the correct tenant ID. Check with your subscription administrator."),
    row(90009, 400, REQUEST, true, "Application '{client}'({name}) is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier."),
    row(90014, 400, REQUEST, true, "The required field '{detail}' is missing from the credential. Ensure that you have all the necessary parameters for the login request."),
    row(90033, 503, UNAVAILABLE, false, "A transient error has occurred. Please try again."),
    row(90055, 429, UNAVAILABLE, false, "The tenant is throttled because of too many requests."),
    row(500011, 400, RESOURCE, true, "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."),
    row(501051, 400, GRANT, true, "Application '{client}'({name}) is not assigned to a role for the application '{resource}'({resource_name})."),
    row(501661, 400, REQUEST, true, "Request to External OIDC endpoint failed."),
    row(700016, 400, UNAUTHORIZED, true, "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."),
    row(700024, 401, CLIENT, true, "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {nbf}, expiry time of assertion {exp}."),
    row(700027, 401, CLIENT, true, "Client assertion contains an invalid signature."),
    row(700038, 400, UNAUTHORIZED, false, "{client} is not a valid application identifier."),
    row(700211, 401, CLIENT, true, "No matching federated identity record found for presented assertion issuer '{iss}'."),
    row(700212, 401, CLIENT, true, "No matching federated identity record found for presented assertion audience '{aud}'."),
    row(700213, 401, CLIENT, true, "No matching federated identity record found for presented assertion subject '{sub}'."),
    row(700233, 401, CLIENT, true, "The matching expression of the federated identity credential could not be parsed."),
    row(700234, 401, CLIENT, true, "The matching expression of the federated identity credential could not be evaluated."),
    row(700235, 401, CLIENT, true, "Flexible federated identity credentials are not supported for this type of object."),
    row(700237, 401, CLIENT, true, "The matching expression of the federated identity credential is not allowed for issuer '{iss}'."),
    row(700239, 401, CLIENT, true, "Flexible federated identity credentials are not supported in this cloud environment."),
    row(900021, 400, REQUEST, true, "Requested tenant identifier '{tenant}' is not valid. Tenant identifiers may not be an empty GUID."),
    row(900023, 400, REQUEST, true, "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."),
    row(900144, 400, REQUEST, true, "The request body must contain the following parameter: '{detail}'."),
    row(900440, 400, REQUEST, true, "The tenant '{tenant}' is a tenant of the public cloud and cannot be used at the endpoint of the US Government cloud."),
    row(900561, 400, REQUEST, true, "The endpoint only accepts POST requests. Received a {detail} request."),
    row(900612, 400, REQUEST, true, "Failed to parse provider signing keys."),
    row(901002, 400, REQUEST, true, "The 'resource' request parameter is not supported."),
    row(1002012, 400, SCOPE, true, "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."),
    row(5000224, 400, REQUEST, true, "We are sorry, this resource is not available. The tenant '{tenant}' has been blocked due to fraud."),
    row(5000225, 400, REQUEST, true, "This tenant has been blocked due to inactivity."),
    row(5000229, 400, REQUEST, true, "This ephemeral tenant has expired."),
    row(5002723, 400, CLIENT, true, "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header."),
    row(5002727, 400, CLIENT, true, "Invalid JWT header type specified. Allowed types: 'JWT','http://openid.net/specs/jwt/1.0'."),
    row(5002738, 400, CLIENT, true, "Invalid JWT token. '{detail}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256, RS384, RS512'."),
    row(7000112, 401, UNAUTHORIZED, true, "Application '{client}'({name}) is disabled."),
    row(7000215, 401, CLIENT, true, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."),
    row(7000216, 401, CLIENT, true, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."),
    row(7000226, 401, UNAUTHORIZED, true, "The application '{client}'({name}) has no policy that allows federated identity credentials."),
    row(7000229, 401, CLIENT, true, "The client application {client} is missing service principal in the tenant {tenant}."),
    row(7000272, 401, CLIENT, true, "The certificate with identifier {kid} used to sign the federated credential could not be found in the metadata of identity provider '{iss}'."),
    row(7002131, 401, CLIENT, true, "No matching federated identity record found for presented assertion subject '{sub}'. The subject matches neither the subject nor the expression of any credential."),
    row(7002138, 401, CLIENT, true, "No matching federated identity record found for presented assertion subject '{sub}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison."),
    row(7002241, 401, CLIENT, true, "The issuer '{iss}' may not be used with a matching expression."),
];

/// The row of `code`.
pub(super) fn find(code: u32) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.code == code)
}

/// What is known about a request when it is refused: the words that fill a text's braces.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Learns that `{name}` stands for `value`. What is learnt later counts.
    pub(super) fn learn(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// The value of `name`, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .rev()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    }

    fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some((before, from_name)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = from_name.split_once('}') else { break };
            filled.push_str(self.get(name));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// What belongs to the answer rather than to the error.
#[derive(Clone, Copy, Debug)]
pub(super) struct ErrorContext<'a> {
    /// The emulator's own origin, for `error_uri`.
    pub origin: &'a str,
    /// `trace_id`, also sent as `x-ms-request-id`.
    pub trace_id: &'a str,
    /// `correlation_id`: the client's `client-request-id`, or a fresh one.
    pub correlation_id: &'a str,
    /// When.
    pub now: UnixTime,
    /// Whether the description has the older form, with a line break before each label.
    pub older_form: bool,
}

/// The JSON body of an error.
pub(super) fn body(row: &Row, facts: &Facts, context: &ErrorContext<'_>) -> Value {
    let ErrorContext { origin, trace_id, correlation_id, now, older_form } = *context;
    let (code, text, timestamp) = (row.code, facts.fill(row.text), time_text::stamp(now));
    let gap = if older_form { "\r\n" } else { " " };
    let mut body = Map::new();
    body.insert("error".into(), row.error.into());
    body.insert(
        "error_description".into(),
        format!("AADSTS{code}: {text}{gap}Trace ID: {trace_id}{gap}Correlation ID: {correlation_id}{gap}Timestamp: {timestamp}").into(),
    );
    body.insert("error_codes".into(), json!([code]));
    body.insert("timestamp".into(), timestamp.into());
    body.insert("trace_id".into(), trace_id.into());
    body.insert("correlation_id".into(), correlation_id.into());
    if row.has_uri {
        body.insert("error_uri".into(), format!("{origin}/error?code={code}").into());
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::{ErrorContext, Facts, ROWS, body, find};
    use crate::clock::UnixTime;

    const CONTEXT: ErrorContext<'_> = ErrorContext {
        origin: "https://localhost:1",
        trace_id: "t",
        correlation_id: "c",
        now: UnixTime::from_secs(1_700_000_000),
        older_form: false,
    };

    #[test]
    fn codes_are_sorted_and_single() {
        assert!(ROWS.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn words_are_filled_once_and_not_from_values() {
        let mut facts = Facts::default();
        facts.learn("sub", "old");
        facts.learn("sub", "{iss}");
        facts.learn("iss", "never");
        let row = find(700213).unwrap();
        insta::assert_snapshot!(body(row, &facts, &CONTEXT), @r#"{"correlation_id":"c","error":"invalid_client","error_codes":[700213],"error_description":"AADSTS700213: No matching federated identity record found for presented assertion subject '{iss}'. Trace ID: t Correlation ID: c Timestamp: 2023-11-14 22:13:20Z","error_uri":"https://localhost:1/error?code=700213","timestamp":"2023-11-14 22:13:20Z","trace_id":"t"}"#);
    }

    #[test]
    fn the_older_form_breaks_lines() {
        let context = ErrorContext { older_form: true, ..CONTEXT };
        insta::assert_snapshot!(body(find(700038).unwrap(), &Facts::default(), &context), @r#"{"correlation_id":"c","error":"unauthorized_client","error_codes":[700038],"error_description":"AADSTS700038:  is not a valid application identifier.\r\nTrace ID: t\r\nCorrelation ID: c\r\nTimestamp: 2023-11-14 22:13:20Z","timestamp":"2023-11-14 22:13:20Z","trace_id":"t"}"#);
    }
}
