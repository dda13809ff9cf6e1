//! A failure that is going to be another one.

use std::sync::Arc;

use super::{API, LIMITS, NOW, Setting, registry, target};
use crate::{
    clock::UnixTime,
    failure::{Category, Class, Failure},
};

#[tokio::test]
async fn who_is_told_to_wait_is_told_until_when() {
    let mut setting = Setting::starting();
    let failure = |text: &str| {
        let mut failure = Failure::new(Class::Propagation, Category::Client, "unauthorized_client", text);
        failure.permanent_from = Some(UnixTime::from_secs(NOW + 75).time_of_day());
        failure
    };
    Arc::get_mut(&mut setting.tokens).unwrap().failures.extend([
        ("api://soon", failure("AADSTS700016: gone. Fix: check it.")),
        ("api://long", failure(&"long ".repeat(400))),
    ]);
    setting
        .endpoint
        .open(Arc::clone(&setting.tokens), registry(&[("api", API)]));
    let server = setting.serve(LIMITS);
    let answer = server.get(&target("resource=api://soon")).await;
    insta::assert_snapshot!(answer.lines().last().unwrap(), @r#"{"error":"unauthorized_client","error_description":"AADSTS700016: gone. Fix: check it. Answered 503 until 08:01:15 UTC because it may still be spreading, then 400."}"#);
    let long = server.get(&target("resource=api://long")).await;
    let body = long.lines().last().unwrap();
    assert!(body.len() <= 1024, "{}", body.len());
    let end = "… Answered 503 until 08:01:15 UTC because it may still be spreading, then 400.\"}";
    assert!(body.ends_with(end), "{body}");
}
