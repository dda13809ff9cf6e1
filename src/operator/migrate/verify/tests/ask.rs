//! What Jobs run.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{Lab, ORDERS, TENANT};
use crate::operator::migrate::verify::ask::{Needs, new_way, old_way};

fn needs() -> Needs {
    Needs {
        identities: vec![(ORDERS.parse().unwrap(), TENANT.parse().unwrap())],
        resource: "https://management.azure.com/.default".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_job_presents_its_own_token() {
    let lab = Lab::new().await;
    let issuer = &lab.emulator.issuers()[0];
    let claims = serde_json::json!({
        "iss": issuer.url(), "sub": "system:serviceaccount:shop:orders", "aud": ["api://AzureADTokenExchange"],
        "iat": super::EPOCH, "exp": super::EPOCH + 600,
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, issuer.sign(&claims).unwrap()).unwrap();
    let authority = lab.request.authority.clone();
    let about = (file.clone(), authority.clone(), Duration::from_secs(10));
    let asked = new_way(&lab.outside, &lab.time, &needs(), about).await;
    assert_eq!(asked.presented.unwrap().issuer.as_deref(), Some(issuer.url()));
    assert_eq!(
        asked.tokens[0]
            .claims
            .as_ref()
            .unwrap()
            .object_id
            .as_deref(),
        Some(super::OBJECT)
    );
    let missing = (folder.path().join("none"), authority, Duration::ZERO);
    let asked = new_way(&lab.outside, &lab.time, &needs(), missing).await;
    assert_eq!(asked.presented, None);
    let text = asked.tokens[0].description.clone().unwrap();
    insta::assert_snapshot!(text.replace(folder.path().to_str().unwrap(), "FOLDER"), @"The token file FOLDER/none (AZURE_FEDERATED_TOKEN_FILE) does not exist. Fix: mount the projected service-account token into this container (the workload identity webhook does where the pod template has the label azure.workload.identity/use=true), or correct the setting.");
}

/// Pod-managed identity that answers so, and what it was asked.
async fn nmi(answer: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let count = stream.read(&mut request).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..count]).into_owned()
    });
    (address, asked)
}

#[tokio::test]
async fn the_old_way_is_asked_as_programs_ask_it() {
    // {"oid":"o","tid":"t","aud":"https://management.azure.com","appid":"a"}
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"access_token\":\"e30.eyJvaWQiOiJvIiwidGlkIjoidCIsImF1ZCI6Imh0dHBzOi8vbWFuYWdlbWVudC5henVyZS5jb20iLCJhcHBpZCI6ImEifQ.c2ln\",\"expires_in\":\"86399\"}";
    let (address, asked) = nmi(answer).await;
    let lab = Lab::new().await;
    let found = old_way(&lab.time, &needs(), address).await;
    let claims = found.tokens[0].claims.clone().unwrap();
    assert_eq!((claims.object_id.as_deref(), claims.tenant_id.as_deref()), (Some("o"), Some("t")));
    insta::assert_snapshot!(asked.await.unwrap().replace('\r', ""), @"
    GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement%2Eazure%2Ecom&client_id=22222222-bbbb-4bbb-8bbb-222222222222 HTTP/1.1
    Host: 169.254.169.254
    Metadata: true
    Accept: application/json
    Connection: close
    ");
}

#[tokio::test]
async fn what_the_old_way_does_not_give_is_told() {
    let lab = Lab::new().await;
    let mut lines = Vec::new();
    for answer in [
        "HTTP/1.1 404 Not Found\r\n\r\nno AzureAssignedIdentity found for pod:shop/orders\n",
        "HTTP/1.1 403 Forbidden\r\n\r\n{\"error\":\"invalid_request\",\"error_description\":\"failed to get token\"}",
        "HTTP/1.1 200 OK\r\n\r\n{}",
        "",
    ] {
        let (address, _asked) = nmi(answer).await;
        let found = old_way(&lab.time, &needs(), address).await;
        lines.push(found.tokens[0].description.clone().unwrap());
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    the old way answers with status 404: no AzureAssignedIdentity found for pod:shop/orders
    the old way answers with status 403: failed to get token
    the old way answers with status 200: there is no token in it
    the old way closes the connection without an answer
    ");
}
