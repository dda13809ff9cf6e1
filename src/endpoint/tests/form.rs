//! Questions in the body, in a dialect invented for it.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, StatusCode};
use tokio::time::Instant;

use super::{API, NOW, Setting};
use crate::endpoint::{
    context::RequestContext,
    dialect::{Dialect, FALLBACK, Granted, Kind, TokenRequest},
    error_response::ErrorResponse,
    guard::{Guard, GuardHeaders},
    request::Parameters,
    request_error::RequestError,
};
use crate::server::Response;

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

    fn admit(&self, guard: &Guard, guard_headers: &GuardHeaders<'_>) -> Result<(), RequestError> {
        FALLBACK.admit(guard, guard_headers)
    }

    fn token_request<'a>(&self, parameters: &'a Parameters<'_>) -> Result<TokenRequest<'a>, RequestError> {
        FALLBACK.token_request(parameters)
    }

    fn success(&self, granted: &Granted<'_>) -> Bytes {
        FALLBACK.success(granted)
    }

    fn failure(&self, error: &ErrorResponse<'_>, request_id: &str) -> Bytes {
        FALLBACK.failure(error, request_id)
    }
}

async fn post(setting: &Setting, form: &'static str) -> Response {
    let endpoint = &setting.endpoint;
    let request = Request::post("/posted?resource=ignored").body(()).unwrap();
    let head = request.into_parts().0;
    let context = RequestContext {
        head,
        form: None,
        dialect: Some(&Posted),
        id: endpoint.ids.next(),
        client_id: None,
        started: Instant::now(),
    };
    endpoint
        .answer_with_token(context, &Posted, Full::new(form.into()))
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
            .response_cache
            .get("/posted?resource=ignored", NOW)
            .is_none()
    );
    for bad in ["", "api-version=2018-02-01", "api-version=2018-02-01&resource=x&resource=x", "%"] {
        assert_eq!(post(&setting, bad).await.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(setting.tokens.asked(), 1);
}
