//! App Service: its secret, which a new configuration may bring or take away, and its counters.

use super::{Served, one, request};
use crate::{broker::Source, endpoint::dialect::Kind, token::Secret};

const SECRET: &str = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a";

fn set(server: &Served, secret: Option<&str>) {
    let secret = secret.map(|secret| Secret::new(secret.into()));
    server.setting.endpoint.set_identity_header(secret);
}

/// The status of an answer to who knows the secret.
async fn status(server: &Served, method: &str) -> String {
    let target = "/msi/token?api-version=2019-08-01&resource=x";
    let asked = request(method, target, &[("X-IDENTITY-HEADER", SECRET)]);
    let answer = server.raw(asked).await;
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_secret_comes_and_goes() {
    let server = one();
    for (secret, expected) in [(None, "401"), (Some(SECRET), "200"), (Some("another"), "401"), (None, "401")]
    {
        set(&server, secret);
        assert_eq!(status(&server, "GET").await, expected, "{secret:?}");
    }
}

#[tokio::test]
async fn counted_by_its_name() {
    let server = one();
    set(&server, Some(SECRET));
    for method in ["POST", "GET", "GET"] {
        status(&server, method).await;
    }
    let counters = server.setting.endpoint.counters();
    let counted: Vec<_> = counters
        .answers()
        .filter(|s| s.count > 0)
        .map(|s| (s.dialect, s.status, s.source, s.count))
        .collect();
    let app_service = |status, source, count| (Kind::AppService, status, source, count);
    assert_eq!(
        counted,
        [
            app_service(200, Some(Source::Exchanged), 1),
            app_service(200, Some(Source::Hit), 1),
            app_service(405, None, 1)
        ]
    );
}
