//! Bodies and headers as services send them.

use std::fmt::Write as _;

use super::{
    Answer, Asked,
    address::{self, Names},
    judge, unasked,
};
use crate::{
    doctor::{Finding, Outcome},
    token::Secret,
};

const OBJECT_ID: &str = "33333333-cccc-4ccc-8ccc-333333333333";
const VAULT: (&str, &str) = ("shop.vault.azure.net", "https://vault.azure.net");
const BLOB: (&str, &str) = ("shop.blob.core.windows.net", "https://storage.azure.com");
const BUS: (&str, &str) = ("shop.servicebus.windows.net", "https://servicebus.azure.net");
const ARM: (&str, &str) = ("management.azure.com", "https://management.azure.com");

const FILES: (&str, &str) = ("shop.file.core.windows.net", "https://storage.azure.com");
const REGISTRY: (&str, &str) = ("shop.azurecr.io", "https://containerregistry.azure.net");

/// What resources are asked with.
const TOKEN: &str = "eyJhbGciOiJNQVJLRUQifQ.eyJzdWIiOiJNQVJLRURKV1QifQ.MARKED-SIGNATURE_MARKED-SIGNATURE";

fn line(finding: &Finding) -> String {
    match &finding.outcome {
        Outcome::Passed(found) => format!("passed: {found}"),
        Outcome::Warned(diagnosis) => format!("warned: {} | {}", diagnosis.found, diagnosis.fix),
        Outcome::Failed(diagnosis) => format!("failed: {} | {}", diagnosis.found, diagnosis.fix),
        Outcome::NotRun { why, how } => format!("not run: {why} | {how}"),
    }
}

fn judged((host, resource): (&str, &str), answer: Answer<'_>) -> Finding {
    let token = Secret::new(TOKEN.into());
    judge(Asked { host, resource, object_id: Some(OBJECT_ID), token: &token }, answer)
}

#[test]
fn answers_and_what_they_mean() {
    let vault = |inner: &str, message: &str| {
        format!(
            r#"{{"error":{{"code":"Forbidden","message":"{message}","innererror":{{"code":"{inner}"}}}}}}"#
        )
    };
    let storage = |code: &str, message: &str| {
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\nRequestId:x</Message></Error>"
        )
    };
    let cases = [
        (VAULT, 200, None, String::new()),
        (VAULT, 404, None, r#"{"error":{"code":"SecretNotFound","message":"A secret with (name/id) x was not found in this key vault."}}"#.into()),
        ((VAULT.0, ARM.1), 401, Some(r#"Bearer authorization="https://login.windows.net/11111111-aaaa-4aaa-8aaa-111111111111", resource="https://vault.azure.net""#),
         r#"{"error":{"code":"Unauthorized","message":"AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com/."}}"#.into()),
        (VAULT, 401, Some(r#"Bearer authorization="https://login.microsoftonline.com/99999999-aaaa-4aaa-8aaa-999999999999", resource="https://vault.azure.net""#),
         r#"{"error":{"code":"Unauthorized","message":"AKV10032: Invalid issuer. Expected one of https://sts.windows.net/99999999-aaaa-4aaa-8aaa-999999999999/, found https://sts.windows.net/11111111-aaaa-4aaa-8aaa-111111111111/."}}"#.into()),
        (VAULT, 403, None, vault("ForbiddenByRbac", "Caller is not authorized to perform action on resource.\\r\\nIf role assignments were changed recently, please observe propagation time.")),
        (VAULT, 403, None, vault("AccessDenied", "The user, group or application 'appid=x;oid=y' does not have secrets get permission on key vault 'shop;location=westeurope'.")),
        (VAULT, 403, None, vault("ForbiddenByPolicy", "Access denied.")),
        (VAULT, 403, None, vault("ForbiddenByFirewall", "Client address is not authorized and caller is not a trusted service.\\r\\nClient address: 20.1.2.3")),
        (VAULT, 403, None, vault("ForbiddenByConnection", "Public network access is disabled and request is not from a trusted service nor via an approved private link.")),
        (BLOB, 403, None, storage("AuthorizationPermissionMismatch", "This request is not authorized to perform this operation using this permission.")),
        (BLOB, 403, None, storage("AuthorizationFailure", "This request is not authorized to perform this operation.")),
        (BLOB, 409, None, storage("PublicAccessNotPermitted", "Public access is not permitted on this storage account.")),
        (BLOB, 403, None, storage("KeyBasedAuthenticationNotPermitted", "Key based authentication is not permitted on this storage account.")),
        ((BLOB.0, VAULT.1), 401, Some("Bearer authorization_uri=https://login.microsoftonline.com/11111111-aaaa-4aaa-8aaa-111111111111/oauth2/authorize resource_id=https://storage.azure.com"),
         storage("InvalidAuthenticationInfo", "Server failed to authenticate the request.")),
        (ARM, 403, None, r#"{"error":{"code":"AuthorizationFailed","message":"The client 'c' with object id 'o' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/read' over scope '/subscriptions/s' or the scope is invalid."}}"#.into()),
        ((ARM.0, VAULT.1), 401, None, r#"{"error":{"code":"InvalidAuthenticationTokenAudience","message":"The access token has been obtained for wrong audience or resource 'https://vault.azure.net'."}}"#.into()),
        (BUS, 401, None, "<Error><Code>401</Code><Detail>Unauthorized access. 'Send' claim(s) are required to perform this operation.</Detail></Error>".into()),
        ((BUS.0, VAULT.1), 401, None, "<Error><Code>401</Code><Detail>InvalidAudience: The authorization header contains a token with a wrong audience.</Detail></Error>".into()),
        (("shop.database.windows.net", "https://database.windows.net/"), 400, None, String::new()),
        (FILES, 403, None, storage("AuthorizationPermissionMismatch", "This request is not authorized to perform this operation using this permission.")),
        (("shop.search.windows.net", "https://search.azure.com"), 403, None, String::new()),
        (("shop.search.windows.net", VAULT.1), 401, None, String::new()),
        (REGISTRY, 401, Some(r#"Bearer realm="https://shop.azurecr.io/oauth2/token",service="shop.azurecr.io""#),
         r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required, visit https://aka.ms/acr/authorization for more information.","detail":null}]}"#.into()),
        (("api.example", "api://app"), 403, None, "no".into()),
        (("api.example", "api://app"), 404, None, "no".into()),
        (VAULT, 503, None, String::new()),
    ];
    let mut table = String::new();
    for (to, status, challenge, body) in &cases {
        let answer = Answer {
            status: *status,
            challenge: *challenge,
            body,
            has_azure_header: to.0 != "api.example",
            ..Answer::default()
        };
        writeln!(table, "{} {status}\n  {}", to.0, line(&judged(*to, answer))).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_shows_it_repeats_no_token() {
    let body = r#"{"error":{"code":"Unauthorized","message":"bad Bearer eyJhbGciOi.eyJhdWQi.c2ln\u001b[2J here\nmore"}}"#;
    let finding = judged(VAULT, Answer { status: 401, body, has_azure_header: true, ..Answer::default() });
    let Outcome::Failed(diagnosis) = finding.outcome else { panic!("{finding:?}") };
    assert_eq!(diagnosis.evidence, ["401 Unauthorized", "bad Bearer [token] here"]);
}

#[test]
fn what_stands_before_the_resource_is_not_taken_for_it() {
    let outcome_of = |to, status, is_html, has_azure_header| {
        line(&judged(to, Answer { status, is_html, has_azure_header, ..Answer::default() }))
    };
    let api = ("api.example", "api://app");
    let lines = [
        outcome_of(VAULT, 200, true, true),
        outcome_of(VAULT, 200, false, false),
        outcome_of(VAULT, 403, true, false),
        outcome_of(VAULT, 404, false, false),
        outcome_of(api, 404, true, false),
        outcome_of(api, 404, false, false),
        outcome_of(api, 200, false, false),
        outcome_of(VAULT, 503, true, false),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
failed: something before the resource answers 200, not shop.vault.azure.net itself | let the proxy, portal or firewall on the way pass requests to it, or list it in NO_PROXY; an address that answers with a page proves nothing.
failed: something before the resource answers 200, not shop.vault.azure.net itself | let the proxy, portal or firewall on the way pass requests to it, or list it in NO_PROXY; an address that answers with a page proves nothing.
failed: something before the resource answers 403, not shop.vault.azure.net itself | let the proxy, portal or firewall on the way pass requests to it, or list it in NO_PROXY; an address that answers with a page proves nothing.
failed: something before the resource answers 404, not shop.vault.azure.net itself | let the proxy, portal or firewall on the way pass requests to it, or list it in NO_PROXY; an address that answers with a page proves nothing.
failed: something before the resource answers 404, not api.example itself | let the proxy, portal or firewall on the way pass requests to it, or list it in NO_PROXY; an address that answers with a page proves nothing.
warned: api.example answered 404, from which it cannot be told whether it takes the token | give --probe an address that the application reads, with all its parameters such as api-version.
passed: 200
warned: shop.vault.azure.net answered 503, which says nothing of the token | try again later.
");
}

#[test]
fn parts_of_the_token_are_not_repeated() {
    let [head, claims, signature] = TOKEN.split('.').collect::<Vec<_>>()[..] else { panic!() };
    for segment in [TOKEN, head, claims, signature, &signature[3..20], &claims[5..]] {
        for body in [
            format!(r#"{{"error":{{"code":"{segment}","message":"bad={segment}; x{segment}x."}}}}"#),
            format!("<Error><Code>{segment}</Code><Message>bad '{segment}'</Message></Error>"),
            segment.to_owned(),
        ] {
            let challenge = format!("Bearer resource={segment}, authorization={segment}");
            let answer =
                Answer { status: 401, body: &body, challenge: Some(&challenge), ..Answer::default() };
            let shown = format!("{:?}", judged(VAULT, answer));
            let mut windows = segment.as_bytes().windows(16);
            let is_shown = windows.any(|letters| shown.contains(std::str::from_utf8(letters).unwrap()));
            assert!(!is_shown, "{segment}: {shown}");
        }
    }
}

#[test]
fn a_code_in_the_header_counts_too() {
    let answer = Answer { status: 403, error_code: Some("AuthorizationFailure"), ..Answer::default() };
    assert!(line(&judged(BLOB, answer)).contains("firewall"));
}

#[test]
fn names_and_where_they_lead() {
    let public = "https://login.microsoftonline.com/";
    let names = |host, addresses: &[&str], has_private_endpoint, authority| {
        if let Some(finding) = address::elsewhere(host, authority) {
            return line(&finding);
        }
        let addresses: Vec<_> = addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect();
        line(&address::judge(Names { host, addresses: &addresses, has_private_endpoint }))
    };
    let lines = [
        names(VAULT.0, &["20.1.2.3"], false, public),
        names(VAULT.0, &["10.1.2.3"], true, public),
        names(VAULT.0, &["20.1.2.3"], true, public),
        names(VAULT.0, &[], true, public),
        names(VAULT.0, &[], false, public),
        names("api.example", &[], false, public),
        names("shop.vault.azure.cn", &["20.1.2.3"], false, public),
        names("shop.vault.azure.cn", &["20.1.2.3"], false, "https://localhost:8443"),
    ];
    insta::assert_snapshot!(lines.join("\n"));
    let known = super::service::known(VAULT.0).unwrap();
    assert_eq!(known.private_name(VAULT.0).as_deref(), Some("shop.privatelink.vaultcore.azure.net"));
}

#[test]
fn services_that_speak_no_http_are_told_by_audience_and_port() {
    let token = Secret::new(TOKEN.into());
    let mut table = String::new();
    for host in [
        "shop.postgres.database.azure.com",
        "shop.postgres.database.chinacloudapi.cn",
        "shop.mysql.database.azure.com",
        "shop.database.windows.net",
        "shop.redis.cache.windows.net",
        "shop.westeurope.redis.azure.net",
    ] {
        let known = super::service::known(host).unwrap();
        let asked = |resource| Asked { host, resource, object_id: Some(OBJECT_ID), token: &token };
        let (right, wrong) = (asked(known.audience()), asked("https://vault.azure.net"));
        writeln!(
            table,
            "{host}:{} private {}\n  {}\n  {}",
            known.service.port.unwrap(),
            known.private_name(host).unwrap_or_default(),
            line(&unasked::silent(right, known)),
            line(&unasked::silent(wrong, known))
        )
        .unwrap();
    }
    insta::assert_snapshot!(table, @"
shop.postgres.database.azure.com:5432 private shop.privatelink.postgres.database.azure.com
  not run: PostgreSQL speaks no HTTP: name, port and a token for https://ossrdbms-aad.database.windows.net are there, its login cannot be tried here | log in with its own client, the token as the password; object id 33333333-cccc-4ccc-8ccc-333333333333 needs a role of the database made by pgaadauth_create_principal; Azure's roles do not count
  failed: PostgreSQL takes no token for https://vault.azure.net | ask for https://ossrdbms-aad.database.windows.net.
shop.postgres.database.chinacloudapi.cn:5432 private 
  not run: PostgreSQL speaks no HTTP: name, port and a token for https://ossrdbms-aad.database.chinacloudapi.cn are there, its login cannot be tried here | log in with its own client, the token as the password; object id 33333333-cccc-4ccc-8ccc-333333333333 needs a role of the database made by pgaadauth_create_principal; Azure's roles do not count
  failed: PostgreSQL takes no token for https://vault.azure.net | ask for https://ossrdbms-aad.database.chinacloudapi.cn.
shop.mysql.database.azure.com:3306 private shop.privatelink.mysql.database.azure.com
  not run: MySQL speaks no HTTP: name, port and a token for https://ossrdbms-aad.database.windows.net are there, its login cannot be tried here | log in with its own client, the token as the password; object id 33333333-cccc-4ccc-8ccc-333333333333 needs a user of the database made by CREATE AADUSER; Azure's roles do not count
  failed: MySQL takes no token for https://vault.azure.net | ask for https://ossrdbms-aad.database.windows.net.
shop.database.windows.net:1433 private shop.privatelink.database.windows.net
  not run: SQL Database speaks no HTTP: name, port and a token for https://database.windows.net/ are there, its login cannot be tried here | log in with its own client, the token as the password; object id 33333333-cccc-4ccc-8ccc-333333333333 needs a user of the database made by CREATE USER [NAME] FROM EXTERNAL PROVIDER; Azure's roles do not count
  failed: SQL Database takes no token for https://vault.azure.net | ask for https://database.windows.net/.
shop.redis.cache.windows.net:6380 private shop.privatelink.redis.cache.windows.net
  not run: Azure Cache for Redis speaks no HTTP: name, port and a token for https://redis.azure.com are there, its login cannot be tried here | log in with its own client, the token as the password; object id 33333333-cccc-4ccc-8ccc-333333333333 needs an access policy of the cache, such as Data Contributor; Azure's roles do not count
  failed: Azure Cache for Redis takes no token for https://vault.azure.net | ask for https://redis.azure.com.
shop.westeurope.redis.azure.net:10000 private shop.westeurope.privatelink.redis.azure.net
  not run: Azure Managed Redis speaks no HTTP: name, port and a token for https://redis.azure.com are there, its login cannot be tried here | log in with its own client, the token as the password; object id 33333333-cccc-4ccc-8ccc-333333333333 needs an access policy of the cache, such as Data Contributor; Azure's roles do not count
  failed: Azure Managed Redis takes no token for https://vault.azure.net | ask for https://redis.azure.com.
");
}

#[test]
fn addresses_are_told_from_what_tokens_are_for() {
    let mistaken = |resource: &str| {
        super::service::mistaken(resource)
            .map(|known| format!("{}: {}", known.service.name, known.audience()))
    };
    for (address, expected) in [
        ("https://shop.vault.azure.net", "Key Vault: https://vault.azure.net"),
        ("https://shop.vault.azure.net/.default", "Key Vault: https://vault.azure.net"),
        ("https://shop.blob.core.windows.net/", "Blob Storage: https://storage.azure.com"),
        ("https://shop.file.core.windows.net/share", "Azure Files: https://storage.azure.com"),
        ("https://shop.vault.azure.cn:443", "Key Vault: https://vault.azure.cn"),
        ("shop.vault.azure.net", "Key Vault: https://vault.azure.net"),
        ("https://shop.azurecr.io", "Container Registry: https://containerregistry.azure.net"),
    ] {
        assert_eq!(mistaken(address).as_deref(), Some(expected), "{address}");
    }
    for resource in [
        "https://vault.azure.net",
        "https://database.windows.net/",
        "https://ossrdbms-aad.database.windows.net",
        "https://ossrdbms-aad.database.windows.net/.default",
        "https://management.azure.com//.default",
        "https://redis.azure.com",
        "api://app",
        "33333333-cccc-4ccc-8ccc-333333333333",
        "https://api.example",
    ] {
        assert_eq!(mistaken(resource), None, "{resource}");
    }
}
