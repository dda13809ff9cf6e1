//! Clocks that are off.

use std::time::Duration;

use super::Lab;

#[tokio::test]
async fn ten_minutes_are_too_many() {
    // The API server's.
    let mut lab = Lab::new().await;
    lab.request.timeout = Duration::ZERO;
    lab.bend(|claims| {
        for name in ["iat", "nbf", "exp"] {
            claims[name] = (claims[name].as_u64().unwrap() + 600).into();
        }
    });
    insta::assert_snapshot!(lab.open().await, @"
    - Deployment shop/orders: clock failed: the clock of the API server, by `iat` of its token, is 10 min ahead of Entra's; have it set by a time server: Entra refuses tokens that are more than five minutes off (AADSTS700024)
    - Deployment shop/orders, identity 22222222-bbbb-4bbb-8bbb-222222222222: exchange failed: AADSTS700024: Client assertion is not within its valid time range. Current time: 2026-01-01T00:00:00.0000000Z, assertion valid from 2026-01-01T00:10:00.0000000Z, expiry time of assertion 2026-01-01T00:20:00.0000000Z. Fix: set the clock of the API server: it wrote a token that becomes valid only in 10 min, and the clock of this node agrees with Entra's. Presented issuer 'https://localhost:PORT/issuer/cluster/', subject 'system:serviceaccount:shop:orders', audience 'api://AzureADTokenExchange'. Trace ID: …
    ");
    // This machine's, by that of Entra.
    let mut lab = Lab::with(|_| {}, 600).await;
    lab.request.timeout = Duration::ZERO;
    lab.bend(|claims| {
        for name in ["iat", "nbf", "exp"] {
            claims[name] = (claims[name].as_u64().unwrap() + 600).into();
        }
    });
    lab.fake.step_clock(600);
    insta::assert_snapshot!(lab.open().await, @"- Deployment shop/orders: clock failed: the clock of this machine is 10 min behind Entra's; have it set by a time server: Entra refuses tokens that are more than five minutes off (AADSTS700024)");
}

#[tokio::test]
async fn four_minutes_are_not() {
    let lab = Lab::with(|_| {}, 240).await;
    assert_eq!(lab.open().await, "");
}
