//! Questions in the body, in a dialect invented for it.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, StatusCode};
use tokio::time::Instant;

use super::{API, NOW, Setting};
use crate::endpoint::{
    Response,
    dialect::{Ask, Dialect, FALLBACK, Granted, Kind},
    guard::{Envelope, Guard},
    problem::{Problem, Refused},
    question::Question,
    record::Asked,
    request::Parameters,
};

/// The metadata service, asked by `POST`.
struct Posted;

impl Dialect for Posted {
    fn kind(&self) -> Kind {
        Kind::Imds
    }

    fn path(&self) -> &'static str {
        "/posted"
    }

    fn allow(&self) -> &'static str {
        "POST"
    }

    fn allows(&self, method: &Method) -> bool {
        *method == Method::POST
    }

    fn reads_form(&self, _: &Method) -> bool {
        true
    }

    fn admit(&self, guard: &Guard, envelope: &Envelope<'_>) -> Result<(), Refused> {
        FALLBACK.admit(guard, envelope)
    }

    fn ask<'a>(&self, parameters: &'a Parameters<'_>) -> Result<Ask<'a>, Refused> {
        FALLBACK.ask(parameters)
    }

    fn success(&self, granted: &Granted<'_>) -> Bytes {
        FALLBACK.success(granted)
    }

    fn failure(&self, problem: &Problem<'_>, request_id: &str) -> Bytes {
        FALLBACK.failure(problem, request_id)
    }
}

async fn post(setting: &Setting, form: &'static str) -> Response {
    let endpoint = &setting.endpoint;
    let request = Request::post("/posted?resource=ignored").body(()).unwrap();
    let head = request.into_parts().0;
    let asked = Asked {
        id: endpoint.ids.next(),
        client_id: None,
        dialect: Some(&Posted),
        question: Question::of(&head),
        started: Instant::now(),
    };
    Arc::clone(endpoint)
        .hear(head, Full::new(form.into()), asked, &Posted)
        .await
}

#[tokio::test]
async fn a_form_asks_like_a_query() {
    let setting = Setting::with(&[("api", API)]);
    let form = "api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net";
    assert_eq!(post(&setting, form).await.status(), StatusCode::OK);
    assert_eq!(setting.tokens.asked.lock().unwrap()[0].resource.as_str(), "https://vault.azure.net");
    // Another form for the same target may ask for something else.
    assert!(
        setting
            .endpoint
            .recent
            .get("/posted?resource=ignored", NOW)
            .is_none()
    );
    for bad in ["", "api-version=2018-02-01", "api-version=2018-02-01&resource=x&resource=x", "%"] {
        assert_eq!(post(&setting, bad).await.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(setting.tokens.asked(), 1);
}
