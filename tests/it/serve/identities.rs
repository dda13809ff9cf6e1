//! A pod of two containers with an identity each, from its manifest to the tokens.

use std::{
    iter,
    net::{SocketAddr, TcpListener},
    process::Command,
    sync::atomic::{AtomicU16, Ordering},
};

use ::wisp::emulator::Emulator;
use serde_json::{Value, json};

use super::wisp::{CLIENT_ID, STORAGE, VAULT, Wisp, emulator, exchanges};
use crate::kit::{http::Message, programs::WISPCTL, run::piped};

const ORDERS: &str = CLIENT_ID;
const BILLING: &str = "66666666-bbbb-4bbb-8bbb-666666666666";
const OBJECT_OF_BILLING: &str = "77777777-cccc-4ccc-8ccc-777777777777";
const TENANT: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
const SECRET: &str = "the-uid-of-the-pod";

#[tokio::test]
async fn each_container_of_a_pod_gets_tokens_of_its_own_identity() {
    let emulator = two_identities().await;
    let pod = Pod::injected("env");
    let wisp = pod.start(&emulator).await;
    for (container, identity) in [("app", ORDERS), ("worker", BILLING)] {
        let host = address(pod.variable(container, "AZURE_POD_IDENTITY_AUTHORITY_HOST"));
        let imds = ask_imds(&wisp, host, VAULT).await;
        assert_eq!(imds.text("client_id"), identity, "{container}");
        let endpoint = pod.variable(container, "IDENTITY_ENDPOINT");
        let target = format!("/msi/token?api-version=2019-08-01&resource={VAULT}");
        assert_eq!(endpoint, format!("http://{host}/msi/token"));
        let secret = format!("X-IDENTITY-HEADER: {SECRET}\r\n");
        let app_service = wisp.ask_at(host, &target, &secret).await;
        assert_eq!(app_service.granted(), imds.granted(), "{container}");
        let named = wisp
            .ask(&format!("resource={VAULT}&client_id={identity}"))
            .await;
        assert_eq!(named.granted(), imds.granted(), "one cache for all");
        let wrong = wisp
            .ask_at(host, &target, "X-IDENTITY-HEADER: no\r\n")
            .await;
        assert_ne!(wrong.status(), 200, "{container}");
        let bare = format!("/metadata/identity/oauth2/token?api-version=2018-02-01&resource={VAULT}");
        assert_eq!(wisp.ask_at(host, &bare, "").await.status(), 400, "no Metadata header");
        let foreign = "Metadata: true\r\nHost: evil.example\r\n";
        assert_ne!(wisp.ask_at(host, &bare, foreign).await.status(), 200, "{container}");
    }
    assert_eq!(exchanges(&emulator).len(), 2, "one for each identity");

    // Where no identity is told, none is guessed; and one that is named is had at every port, by a name that is learned too.
    assert_eq!(wisp.token(VAULT).await.status(), 400);
    let app = address(pod.variable("app", "AZURE_POD_IDENTITY_AUTHORITY_HOST"));
    let query = format!(
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource={VAULT}&object_id={OBJECT_OF_BILLING}"
    );
    let learned = wisp.ask_at(app, &query, "Metadata: true\r\n").await;
    assert_eq!(learned.text("client_id"), BILLING);

    wisp.reload().await;
    assert_eq!(ask_imds(&wisp, app, STORAGE).await.text("client_id"), ORDERS);
    let metrics = wisp.admin("/metrics").await.body;
    let line = r#"wisp_requests_total{dialect="imds",status="200",cache="exchanged"} 3"#;
    assert!(metrics.contains(line), "requests of all listeners are counted: {metrics}");
    wisp.signal("TERM");
    assert_eq!(wisp.ended().await.0, Some(0));
}

#[tokio::test]
async fn each_container_has_a_proxy_of_its_own_identity() {
    let emulator = two_identities().await;
    let pod = Pod::injected("http-proxy");
    let wisp = pod.start(&emulator).await;
    for (container, identity) in [("app", ORDERS), ("worker", BILLING)] {
        let proxy = address(pod.variable(container, "http_proxy"));
        let target = format!(
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource={VAULT}"
        );
        let answer = wisp.ask_at(proxy, &target, "Metadata: true\r\n").await;
        assert_eq!(answer.text("client_id"), identity, "{container}");
    }
}

async fn two_identities() -> Emulator {
    emulator(|config| {
        let identities = &mut config.tenants[0].identities;
        let mut billing = identities[0].clone();
        billing.name = "billing".into();
        billing.client_id = BILLING.into();
        billing.object_id = OBJECT_OF_BILLING.into();
        billing.resource_id = None;
        identities.push(billing);
    })
    .await
}

async fn ask_imds(wisp: &Wisp, to: SocketAddr, resource: &str) -> Message {
    let target = format!("/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}");
    wisp.ask_at(to, &target, "Metadata: true\r\n").await
}

/// A pod that `wispctl inject` has been at.
struct Pod(Value);

impl Pod {
    fn injected(mode: &str) -> Self {
        let identities = json!({"orders": {"client_id": ORDERS}, "billing": {"client_id": BILLING}});
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "shop", "annotations": {"wisp/set.WISP_IDENTITIES": identities.to_string()}},
            "spec": {
                "serviceAccountName": "app",
                "containers": [{"name": "app", "image": "app:1"}, {"name": "worker", "image": "worker:1"}],
            },
        });
        let first = free_ports();
        let (token_port, admin_port) = (first.to_string(), (first + 1).to_string());
        let output = piped(
            Command::new(WISPCTL)
                .args(["inject", "-", "--mode", mode, "--tenant-id", TENANT])
                .args(["--container-identities", "app=orders,worker=billing"])
                .args(["--token-port", &token_port, "--admin-port", &admin_port]),
            pod.to_string().as_bytes(),
        );
        assert!(output.status.success(), "{output:?}");
        Self(serde_json::from_slice(&output.stdout).unwrap())
    }

    fn environment(&self, container: &str) -> &[Value] {
        let all = ["initContainers", "containers"].map(|key| self.0["spec"][key].as_array());
        let container = all
            .into_iter()
            .flatten()
            .flatten()
            .find(|item| item["name"] == container)
            .unwrap();
        container["env"].as_array().unwrap()
    }

    fn variable(&self, container: &str, name: &str) -> &str {
        let variable = self
            .environment(container)
            .iter()
            .find(|item| item["name"] == name);
        variable.unwrap()["value"].as_str().unwrap()
    }

    /// Starts wisp with the sidecar's variables, but for the token file, which the kubelet would mount, and the cloud.
    async fn start(&self, emulator: &Emulator) -> Wisp {
        let known = |item: &&Value| item["name"] != "AZURE_FEDERATED_TOKEN_FILE";
        let mut env = vec![("AZURE_CLIENT_ID", "")];
        for item in self.environment("wisp").iter().filter(known) {
            env.push((item["name"].as_str().unwrap(), item["value"].as_str().unwrap_or(SECRET)));
        }
        assert!(env.iter().any(|(name, _)| *name == "WISP_IDENTITY_LISTEN"));
        Wisp::start(emulator, &env).await
    }
}

/// The first of four ports in a row that are free, below those that the kernel gives out.
fn free_ports() -> u16 {
    // Tests of one process run at the same time, and none of them may choose what another has chosen already.
    static CHOSEN: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 1000).unwrap() * 8;
    let mut candidates =
        iter::repeat_with(|| 12_000 + (start + CHOSEN.fetch_add(4, Ordering::Relaxed)) % 16_000).take(1000);
    candidates
        .find(|first| (*first..first + 4).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()))
        .unwrap()
}

/// The address in a URL with one.
fn address(url: &str) -> SocketAddr {
    let rest = url.strip_prefix("http://").unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}
