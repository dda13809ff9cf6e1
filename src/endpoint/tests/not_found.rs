//! An identity that is not configured: the words that clients look for, then what helps a person.

use std::fmt::Write as _;

use super::{API, BATCH, LIMITS, Log, Setting, request, target};

#[tokio::test]
async fn the_answer_has_the_fix_and_what_is_configured() {
    let server = Setting::with(&[("api", API), (BATCH, BATCH)]).serve(LIMITS);
    server
        .setting
        .endpoint
        .set_identity_header(Some(crate::token::Secret::new("word".into())));
    let mut answers = String::new();
    for parameter in ["client_id=cccccccc-1111-2222-3333-444444444444", "object_id=x", "mi_res_id=x"] {
        let answer = server
            .get(&target(&format!("resource=x&{parameter}")))
            .await;
        writeln!(answers, "{parameter}\n  {}", answer.lines().last().unwrap()).unwrap();
    }
    let app_service = request(
        "GET",
        "/msi/token?api-version=2019-08-01&resource=x&client_id=y",
        &[("X-IDENTITY-HEADER", "word")],
    );
    let answer = server.raw(app_service).await;
    writeln!(answers, "App Service\n  {}", answer.lines().last().unwrap()).unwrap();
    insta::assert_snapshot!(answers, @r#"
client_id=cccccccc-1111-2222-3333-444444444444
  {"error":"invalid_request","error_description":"Identity not found. Fix: ask for an identity that is configured here, or add this one to WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444), bbbbbbbb-1111-2222-3333-444444444444."}
object_id=x
  {"error":"invalid_request","error_description":"Identity not found. Fix: ask for an identity that is configured here, or give the identity its object_id in WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444), bbbbbbbb-1111-2222-3333-444444444444."}
mi_res_id=x
  {"error":"invalid_request","error_description":"Identity not found. Fix: ask for an identity that is configured here, or give the identity its resource_id in WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444), bbbbbbbb-1111-2222-3333-444444444444."}
App Service
  {"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId. Fix: ask for an identity that is configured here, or add this one to WISP_IDENTITIES. Configured: api (client_id aaaaaaaa-1111-2222-3333-444444444444), bbbbbbbb-1111-2222-3333-444444444444.","correlationId":"00000000-0000-4000-8000-000000000004"}
"#);
}

#[tokio::test]
async fn many_identities_stay_within_the_answer() {
    let names: Vec<_> = (0..40)
        .map(|n| {
            (format!("team-{n:02}-with-a-rather-long-name"), format!("{n:08}-1111-2222-3333-444444444444"))
        })
        .collect();
    let names: Vec<_> = names
        .iter()
        .map(|(name, id)| (name.as_str(), id.as_str()))
        .collect();
    let server = Setting::with(&names).serve(LIMITS);
    let answer = server.get(&target("resource=x&client_id=y")).await;
    let body = answer.lines().last().unwrap();
    assert!(body.len() <= 1024, "{}", body.len());
    assert!(body.contains("\"Identity not found. Fix: ") && body.ends_with(" more.\"}"), "{body}");
}

#[tokio::test]
async fn the_log_has_ids_as_the_settings_have_it() {
    let log = Log::from(tracing::Level::INFO);
    let server = Setting::with(&[("api", API), (BATCH, BATCH)]).serve(LIMITS);
    server
        .get(&target("resource=x&client_id=cccccccc-1111-2222-3333-444444444444"))
        .await;
    let text = log.lines().concat();
    assert!(!text.contains(API) && !text.contains(BATCH) && !text.contains("cccccccc-"), "{text}");
    let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    insta::assert_snapshot!(
        format!("{} | {} | {} | {}", line["reason"], line["identity"], line["detail"], line["advice"]), @r#""identity_unknown" | "hash-of-cccccccc" | "Identity not found" | "Fix: ask for an identity that is configured here, or add this one to WISP_IDENTITIES. Configured: api (client_id hash-of-aaaaaaaa), hash-of-bbbbbbbb.""#);
}
