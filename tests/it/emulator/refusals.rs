//! Every refusal that a request can earn, with its status, error and text.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wisp::emulator::{Config, FaultKind, IdentityConfig};

use super::{Answer, CLIENT, Fixture, START, TENANT};

/// A configuration in which each thing that can be wrong with an identity is wrong with one.
fn config() -> Config {
    let mut config = Config::default();
    let tenant = &mut config.tenants[0];
    let good = tenant.identities[0].clone();
    let mut another = |name: &str, digit: char, change: fn(&mut IdentityConfig)| {
        let mut identity = good.clone();
        identity.name = name.into();
        identity.client_id = identity.client_id.replace('2', &digit.to_string());
        change(&mut identity);
        tenant.identities.push(identity);
    };
    another("disabled", '3', |i| i.disabled = true);
    another("homeless", '4', |i| i.without_service_principal = true);
    another("untrusting", '5', |i| i.federated_credentials.clear());
    another("blocked", '6', |i| i.blocked_by_policy = true);
    another("unreachable", '7', |i| {
        i.federated_credentials[0].issuer = "https://nowhere.example/".into();
    });
    another("typed", '8', |i| {
        i.federated_credentials[0].subject = "system:serviceaccount:Default:App".into();
    });
    let mut own = tenant.resources[5].clone();
    own.name = "Self".into();
    own.app_id = CLIENT.into();
    own.identifier_uris = vec!["api://self".into()];
    let mut closed = tenant.resources[5].clone();
    closed.name = "Closed".into();
    closed.app_id = "66666666-ffff-4fff-8fff-666666666666".into();
    closed.identifier_uris = vec!["api://closed".into()];
    closed.assignment_required = true;
    tenant.resources.extend([own, closed]);
    config
}

/// Signed by the cluster: the projected token with some claims changed (`null` leaves one out).
fn signed(fixture: &Fixture, changes: &Value) -> String {
    let mut claims = json!({
        "iss": fixture.emulator.issuer_url("cluster"),
        "sub": "system:serviceaccount:default:app",
        "aud": ["api://AzureADTokenExchange"],
        "iat": START,
        "nbf": START,
        "exp": START + 3600,
    });
    claims
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    fixture.emulator.sign("cluster", &claims).unwrap()
}

/// The projected token with another header in front.
fn with_header(fixture: &Fixture, header: &Value) -> String {
    let assertion = fixture.assertion();
    let (_, rest) = assertion.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// The list of refusals, one a line, for the snapshot.
struct Report<'a> {
    fixture: &'a Fixture,
    lines: String,
}

impl Report<'_> {
    async fn ask(&mut self, case: &str, changes: &[(&str, Option<&str>)]) {
        let answer = self.fixture.ask(changes).await;
        self.write(case, &answer);
    }

    async fn tenant(&mut self, case: &str, tenant: &str) {
        let answer = self.fixture.ask_tenant(tenant, &[]).await;
        self.write(case, &answer);
    }

    async fn assertion(&mut self, case: &str, assertion: &str) {
        self.ask(case, &[("client_assertion", Some(assertion))])
            .await;
    }

    async fn client(&mut self, case: &str, digit: &str) {
        let id = CLIENT.replace('2', digit);
        self.ask(case, &[("client_id", Some(&id))]).await;
    }

    fn write(&mut self, case: &str, answer: &Answer) {
        let body = answer.json();
        let (trace, correlation) =
            (body["trace_id"].as_str().unwrap(), body["correlation_id"].as_str().unwrap());
        assert_eq!(trace, answer.header("x-ms-request-id"));
        assert_eq!(correlation, "c0ffee00-0000-4000-8000-000000000000");
        assert_eq!(answer.header("client-request-id"), correlation);
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(body["timestamp"], "2026-01-02 03:04:05Z");
        let suffix =
            format!(" Trace ID: {trace} Correlation ID: {correlation} Timestamp: 2026-01-02 03:04:05Z");
        let text = body["error_description"]
            .as_str()
            .unwrap()
            .strip_suffix(&suffix)
            .unwrap();
        let text = text
            .strip_prefix(&format!("AADSTS{}: ", answer.code()))
            .unwrap();
        if !body["error_uri"].is_null() {
            let uri = format!("{}/error?code={}", self.fixture.emulator.authority(), answer.code());
            assert_eq!(body["error_uri"], uri);
        }
        let uri = if body["error_uri"].is_null() { " (no uri)" } else { "" };
        writeln!(
            self.lines,
            "{case}: {} {} {}{uri}: {text}",
            answer.status,
            body["error"].as_str().unwrap(),
            answer.code()
        )
        .unwrap();
    }
}

#[tokio::test]
async fn refusals() {
    let fixture = Fixture::with(config()).await;
    let mut report = Report { fixture: &fixture, lines: String::new() };

    let url = fixture.url(&format!("{TENANT}/oauth2/v2.0/token"));
    let id = "c0ffee00-0000-4000-8000-000000000000";
    let get = fixture
        .http
        .get(&url)
        .header("client-request-id", id)
        .send()
        .await
        .unwrap();
    report.write("GET", &Answer::read(get).await);
    let post = fixture
        .http
        .post(&url)
        .header("client-request-id", id)
        .body("{}")
        .send()
        .await
        .unwrap();
    report.write("no form", &Answer::read(post).await);
    for name in ["grant_type", "client_id", "scope", "client_assertion_type", "client_assertion"] {
        report.ask(&format!("no {name}"), &[(name, None)]).await;
    }
    report
        .ask("other grant", &[("grant_type", Some("password"))])
        .await;
    report
        .ask("resource", &[("resource", Some("https://vault.azure.net"))])
        .await;

    report.tenant("unknown tenant", "contoso.example").await;
    report.tenant("malformed tenant", "%7Btenant%7D").await;
    report
        .tenant("zero tenant", "00000000-0000-0000-0000-000000000000")
        .await;
    report.tenant("common", "common").await;

    report.client("unknown client", "9").await;
    report
        .ask("zero client", &[("client_id", Some("00000000-0000-0000-0000-000000000000"))])
        .await;
    report.client("disabled client", "3").await;
    report.client("no service principal", "4").await;

    report.assertion("empty assertion", "").await;
    report
        .ask("other type", &[("client_assertion_type", Some("saml"))])
        .await;
    report
        .ask("secret", &[("client_assertion", None), ("client_secret", Some("s"))])
        .await;
    report.assertion("not a JWT", "not-a-jwt").await;
    report
        .assertion("cut JWT", fixture.assertion().rsplit_once('.').unwrap().0)
        .await;
    report
        .assertion("typ", &with_header(&fixture, &json!({"alg": "RS256", "kid": "k", "typ": "at+jwt"})))
        .await;
    report
        .assertion("alg", &with_header(&fixture, &json!({"alg": "HS256", "kid": "k"})))
        .await;
    report
        .assertion("no kid", &with_header(&fixture, &json!({"alg": "RS256"})))
        .await;
    for claim in ["iss", "sub", "aud", "exp"] {
        report
            .assertion(&format!("no {claim}"), &signed(&fixture, &json!({claim: null})))
            .await;
    }

    report.client("no credential", "5").await;
    report
        .assertion("issuer", &signed(&fixture, &json!({"iss": "https://localhost/issuer/cluster"})))
        .await;
    report
        .assertion("audience", &signed(&fixture, &json!({"aud": ["api://AKSIdentityBinding"]})))
        .await;
    report
        .assertion("subject", &signed(&fixture, &json!({"sub": "system:serviceaccount:default:other"})))
        .await;
    report.client("subject's case", "8").await;
    report
        .assertion("25 hours", &signed(&fixture, &json!({"exp": START + 25 * 3600 + 1})))
        .await;

    let nowhere = signed(&fixture, &json!({"iss": "https://nowhere.example/"}));
    let unreachable = CLIENT.replace('2', "7");
    let changes = [("client_id", Some(unreachable.as_str())), ("client_assertion", Some(nowhere.as_str()))];
    report.ask("issuer unreachable", &changes).await;
    report
        .assertion("unknown kid", &with_header(&fixture, &json!({"alg": "RS256", "kid": "k"})))
        .await;
    let (a, b) = (fixture.assertion(), signed(&fixture, &json!({})));
    let forged = format!("{}.{}", a.rsplit_once('.').unwrap().0, b.rsplit_once('.').unwrap().1);
    report.assertion("forged", &forged).await;
    let expired = json!({"iat": START - 4000, "nbf": START - 4000, "exp": START - 301});
    report
        .assertion("expired", &signed(&fixture, &expired))
        .await;
    report
        .assertion("early", &signed(&fixture, &json!({"nbf": START + 301})))
        .await;

    report
        .ask("two scopes", &[("scope", Some("a/.default b/.default"))])
        .await;
    report
        .ask("bare scope", &[("scope", Some("https://vault.azure.net"))])
        .await;
    report
        .ask("unknown resource", &[("scope", Some("https://vault.azure.com/.default"))])
        .await;
    report
        .ask("itself", &[("scope", Some("api://self/.default"))])
        .await;
    report
        .ask("not assigned", &[("scope", Some("api://closed/.default"))])
        .await;
    report.client("blocked", "6").await;

    let url = fixture.emulator.authority();
    insta::assert_snapshot!(report.lines.replace(url, "https://localhost:PORT"), @r"
GET: 400 invalid_request 900561: The endpoint only accepts POST requests. Received a GET request.
no form: 400 invalid_request 900144: The request body must contain the following parameter: 'grant_type'.
no grant_type: 400 invalid_request 900144: The request body must contain the following parameter: 'grant_type'.
no client_id: 400 invalid_request 900144: The request body must contain the following parameter: 'client_id'.
no scope: 400 invalid_request 900144: The request body must contain the following parameter: 'scope'.
no client_assertion_type: 400 invalid_request 900144: The request body must contain the following parameter: 'client_assertion_type'.
no client_assertion: 400 invalid_request 900144: The request body must contain the following parameter: 'client_assertion'.
other grant: 400 unsupported_grant_type 70003 (no uri): The app requested an unsupported grant type 'password'.
resource: 400 invalid_request 901002: The 'resource' request parameter is not supported.
unknown tenant: 400 invalid_request 90002: Tenant 'contoso.example' not found. This may happen if there are no active subscriptions for the tenant. Check to make sure you have the correct tenant ID. Check with your subscription administrator.
malformed tenant: 400 invalid_request 900023: Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.
zero tenant: 400 invalid_request 900021: Requested tenant identifier '00000000-0000-0000-0000-000000000000' is not valid. Tenant identifiers may not be an empty GUID.
common: 400 invalid_request 50059: No tenant-identifying information found in either the request or implied by any provided credentials.
unknown client: 400 unauthorized_client 700016: Application with identifier '99999999-bbbb-4bbb-8bbb-999999999999' was not found in the directory '11111111-aaaa-4aaa-8aaa-111111111111'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.
zero client: 400 unauthorized_client 700038 (no uri): 00000000-0000-0000-0000-000000000000 is not a valid application identifier.
disabled client: 401 unauthorized_client 7000112: Application '33333333-bbbb-4bbb-8bbb-333333333333'(disabled) is disabled.
no service principal: 401 invalid_client 7000229: The client application 44444444-bbbb-4bbb-8bbb-444444444444 is missing service principal in the tenant 11111111-aaaa-4aaa-8aaa-111111111111.
empty assertion: 401 invalid_client 7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.
other type: 401 invalid_client 7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.
secret: 401 invalid_client 7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '22222222-bbbb-4bbb-8bbb-222222222222'.
not a JWT: 400 invalid_request 50027: JWT token is invalid or malformed.
cut JWT: 400 invalid_request 50027: JWT token is invalid or malformed.
typ: 400 invalid_client 5002727: Invalid JWT header type specified. Allowed types: 'JWT','http://openid.net/specs/jwt/1.0'.
alg: 400 invalid_client 5002738: Invalid JWT token. 'HS256' is not a supported signature algorithm. Supported signing algorithms are: 'RS256, RS384, RS512'.
no kid: 400 invalid_client 5002723: Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.
no iss: 400 invalid_request 90014: The required field 'iss' is missing from the credential. Ensure that you have all the necessary parameters for the login request.
no sub: 400 invalid_request 90014: The required field 'sub' is missing from the credential. Ensure that you have all the necessary parameters for the login request.
no aud: 400 invalid_request 90014: The required field 'aud' is missing from the credential. Ensure that you have all the necessary parameters for the login request.
no exp: 400 invalid_request 90014: The required field 'exp' is missing from the credential. Ensure that you have all the necessary parameters for the login request.
no credential: 401 invalid_client 70025: The client '55555555-bbbb-4bbb-8bbb-555555555555'(untrusting) has no configured federated identity credentials.
issuer: 401 invalid_client 700211: No matching federated identity record found for presented assertion issuer 'https://localhost/issuer/cluster'.
audience: 401 invalid_client 700212: No matching federated identity record found for presented assertion audience 'api://AKSIdentityBinding'.
subject: 401 invalid_client 700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:default:other'.
subject's case: 401 invalid_client 7002138: No matching federated identity record found for presented assertion subject 'system:serviceaccount:default:app'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison.
25 hours: 400 invalid_request 70023: External identity provider token has a lifetime longer than the maximum that is allowed.
issuer unreachable: 400 invalid_request 501661: Request to External OIDC endpoint failed.
unknown kid: 401 invalid_client 7000272: The certificate with identifier k used to sign the federated credential could not be found in the metadata of identity provider 'https://localhost:PORT/issuer/cluster/'.
forged: 401 invalid_client 700027: Client assertion contains an invalid signature.
expired: 401 invalid_client 700024: Client assertion is not within its valid time range. Current time: 2026-01-02T03:04:05.0000000Z, assertion valid from 2026-01-02T01:57:25.0000000Z, expiry time of assertion 2026-01-02T02:59:04.0000000Z.
early: 401 invalid_client 700024: Client assertion is not within its valid time range. Current time: 2026-01-02T03:04:05.0000000Z, assertion valid from 2026-01-02T03:09:06.0000000Z, expiry time of assertion 2026-01-02T04:04:05.0000000Z.
two scopes: 400 invalid_scope 70011: The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope a/.default b/.default is not valid.
bare scope: 400 invalid_scope 1002012: The provided value for scope https://vault.azure.net is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).
unknown resource: 400 invalid_resource 500011: The resource principal named https://vault.azure.com was not found in the tenant named 11111111-aaaa-4aaa-8aaa-111111111111. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.
itself: 400 invalid_request 90009: Application '22222222-bbbb-4bbb-8bbb-222222222222'(app-identity) is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier.
not assigned: 400 invalid_grant 501051: Application '22222222-bbbb-4bbb-8bbb-222222222222'(app-identity) is not assigned to a role for the application 'api://closed'(Closed).
blocked: 400 invalid_grant 53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.
");
}

#[tokio::test]
async fn refusals_by_fault() {
    let fixture = Fixture::new().await;
    let mut report = Report { fixture: &fixture, lines: String::new() };
    let other = signed(&fixture, &json!({"sub": "system:serviceaccount:default:other"}));

    fixture
        .emulator
        .set_faults(vec![FaultKind::OlderMismatch.into()])
        .unwrap();
    report.assertion("older mismatch", &other).await;
    let issuer = || "cluster".to_owned();
    fixture
        .emulator
        .set_faults(vec![FaultKind::IssuerUnreachable { issuer: issuer() }.into()])
        .unwrap();
    report.ask("issuer unreachable", &[]).await;
    fixture
        .emulator
        .set_faults(vec![FaultKind::IssuerKeysBroken { issuer: issuer() }.into()])
        .unwrap();
    report.ask("issuer's keys broken", &[]).await;
    for code in [50033, 50196, 90033, 90055, 28002] {
        fixture
            .emulator
            .set_faults(vec![FaultKind::Aadsts(code).into()])
            .unwrap();
        report.ask("asked for", &[]).await;
    }
    let url = fixture.emulator.authority();
    insta::assert_snapshot!(report.lines.replace(url, "https://localhost:PORT"), @r"
older mismatch: 400 invalid_request 70021: No matching federated identity record found for presented assertion. Assertion Issuer: 'https://localhost:PORT/issuer/cluster/'. Assertion Subject: 'system:serviceaccount:default:other'. Assertion Audience: 'api://AzureADTokenExchange'.
issuer unreachable: 400 invalid_request 501661: Request to External OIDC endpoint failed.
issuer's keys broken: 400 invalid_request 900612: Failed to parse provider signing keys.
asked for: 503 temporarily_unavailable 50033 (no uri): A transient error has occurred. Please try again.
asked for: 400 invalid_grant 50196: The server terminated an operation because it encountered a client request loop. Please contact your app vendor.
asked for: 503 temporarily_unavailable 90033 (no uri): A transient error has occurred. Please try again.
asked for: 429 temporarily_unavailable 90055 (no uri): The tenant is throttled because of too many requests.
asked for: 400 invalid_scope 28002: Provided value for the input parameter scope 'https://vault.azure.net/.default' is not valid when requesting an access token.
");

    fixture
        .emulator
        .set_faults(vec![FaultKind::OlderDescriptions.into()])
        .unwrap();
    let body = fixture
        .ask(&[("client_assertion", Some(&other))])
        .await
        .json();
    let (trace, correlation) = (body["trace_id"].as_str().unwrap(), body["correlation_id"].as_str().unwrap());
    assert_eq!(
        body["error_description"],
        format!(
            "AADSTS700213: No matching federated identity record found for presented assertion subject \
             'system:serviceaccount:default:other'.\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\n\
             Timestamp: 2026-01-02 03:04:05Z"
        )
    );
}
