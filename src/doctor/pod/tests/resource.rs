//! Resources that no token came for.

use super::{configured, found, texts};
use crate::doctor::{
    Diagnosis,
    pod::{
        resource::{self, Probed},
        table::EXCHANGE,
    },
};

#[test]
fn another_cloud_is_told_though_no_token_came() {
    let judged = |url: &str| {
        found(|chain| {
            chain.note(EXCHANGE.failed(Diagnosis::new("no")));
            resource::judge(chain, &configured(&[]), &url.parse().unwrap(), None);
        })
    };
    let shown =
        texts(vec![judged("https://shop.vault.azure.cn/secrets"), judged("https://shop.vault.azure.net/")]);
    insta::assert_snapshot!(shown, @r"
exchange
--------
✗ Entra issues a token
    no
    fix: do what is said after Fix; docs/troubleshooting.md has each number.
    see: docs/doctor.md#exchange

resource
--------
✗ the resource's name resolves as expected
    shop.vault.azure.cn is in another cloud than https://login.microsoftonline.com
    fix: use the name that the resource has in the cloud of https://login.microsoftonline.com, or set AZURE_AUTHORITY_HOST to https://login.partner.microsoftonline.cn.
    see: docs/doctor.md#probe-name

failed 2, warnings 0, passed 0, not checked 2

exchange
--------
✗ Entra issues a token
    no
    fix: do what is said after Fix; docs/troubleshooting.md has each number.
    see: docs/doctor.md#exchange

failed 1, warnings 0, passed 0, not checked 3
");
}

#[tokio::test]
async fn databases_are_asked_for_a_connection_and_sent_nothing() {
    const HOST: &str = "shop.postgres.database.azure.com";
    const AUDIENCE: &str = "https://ossrdbms-aad.database.windows.net";
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("tcp://{HOST}").parse().unwrap();
    let judged = |probed: &Probed| {
        found(|chain| {
            chain.note(EXCHANGE.passed(""));
            resource::judge(chain, &configured(&[]), &url, Some(probed));
        })
    };
    let open = judged(&Probed::database(HOST, AUDIENCE, port).await);
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut sent = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut sent)
        .await
        .unwrap();
    assert_eq!(sent, b"");
    let wrong = judged(&Probed::database(HOST, "https://vault.azure.net", port).await);
    drop(listener);
    let closed = judged(&Probed::database(HOST, AUDIENCE, port).await);
    let shown = texts(vec![open, wrong, closed]).replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(shown, @"
exchange
--------
✓ Entra issues a token

resource
--------
✓ the resource's name resolves as expected: private: 127.0.0.1
✓ a connection to it can be opened: port PORT
- it takes the token
    not checked: PostgreSQL speaks no HTTP: name, port and a token for https://ossrdbms-aad.database.windows.net are there, its login cannot be tried here; log in with its own client, the token as the password; its object id needs a role of the database made by pgaadauth_create_principal; Azure's roles do not count

failed 0, warnings 0, passed 3, not checked 1

resource
--------
✗ it takes the token
    PostgreSQL takes no token for https://vault.azure.net
    fix: ask for https://ossrdbms-aad.database.windows.net.
    see: docs/doctor.md#probe-answer

failed 1, warnings 0, passed 3, not checked 0

resource
--------
✗ a connection to it can be opened
    port PORT of shop.postgres.database.azure.com cannot be reached: the connection is refused
    shop.postgres.database.azure.com 127.0.0.1
    fix: let the pod reach it: NetworkPolicies, the cluster's firewall, that of the resource, or its private endpoint.
    see: docs/doctor.md#probe-connect

failed 1, warnings 0, passed 2, not checked 1
");
}
