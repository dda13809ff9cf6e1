//! Verifications as a user starts them, and what their Jobs run. What they see of clusters is tested beside the code.

use std::{path::Path, sync::Arc};

use serde_json::Value;
use wisp::{
    clock::System,
    emulator::{Config, Emulator},
};

use super::step;
use crate::kit::run::{Ran, run};

fn ran(name: &str, arguments: &[&str]) -> Ran {
    run(&mut step(name, Path::new(env!("CARGO_MANIFEST_DIR")), arguments))
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let refused = |arguments: &[&str]| {
        let ran = ran("verify", arguments);
        assert_eq!((ran.code, ran.output.as_str()), (64, ""), "{arguments:?}");
        ran.messages
    };
    let messages = [
        refused(&["tests/migrate/example"]),
        refused(&["--in-cluster"]),
        refused(&["--kubeconfig", "no-such-file"]),
        refused(&["--in-cluster", "--by-job"]),
    ];
    insta::assert_snapshot!(messages.join("\n"), @"
    error: a live cluster is verified: give `--kubeconfig FILE`, or `--in-cluster` in a pod; files may say more of it

    error: no API server is known: KUBERNETES_SERVICE_HOST is not set, so this is no pod; give `--kubeconfig FILE`

    error: cannot read no-such-file, which should have a kubeconfig: No such file or directory (os error 2)

    error: the following required arguments were not provided:
      --image <IMAGE>

    Usage: wispctl migrate verify --image <IMAGE> --in-cluster --by-job [FILE]...

    For more information, try '--help'.
    ");
}

#[test]
fn what_jobs_are_given_is_checked() {
    let refused = |arguments: &[&str]| {
        let ran = ran("ask", arguments);
        assert_eq!((ran.code, ran.output.as_str()), (64, ""), "{arguments:?}");
        ran.messages
    };
    let messages = [
        refused(&["--old-way", "--identity", "x"]),
        refused(&["--old-way", "--identity", "contoso.com/x"]),
        refused(&["--old-way", "--identity", "common/22222222-bbbb-4bbb-8bbb-222222222222"]),
        refused(&[
            "--old-way",
            "--identity",
            "contoso.com/22222222-bbbb-4bbb-8bbb-222222222222",
            "--authority",
            "http://a",
        ]),
        refused(&[
            "--old-way",
            "--identity",
            "contoso.com/22222222-bbbb-4bbb-8bbb-222222222222",
            "--resource",
            "a b",
        ]),
    ];
    insta::assert_snapshot!(messages.join(""), @"
    error: `--identity` cannot be `x`: expected TENANT/CLIENT-ID
    error: `--identity` cannot be `contoso.com/x`: expected a GUID such as 00000000-1111-2222-3333-444444444444
    error: `--identity` cannot be `common/22222222-bbbb-4bbb-8bbb-222222222222`: expected one tenant; `common`, `organizations` and `consumers` cannot issue app tokens
    error: `--authority` cannot be `http://a`: expected an https origin such as https://login.microsoftonline.com
    error: `--resource` cannot be `a b`: expected one App ID URI or GUID, without white space, quotes or control characters
    ");
}

/// As the container of a Job does it.
#[tokio::test]
async fn a_job_prints_whose_tokens_it_is_given_and_no_token() {
    let emulator = Emulator::start(Config::default(), Arc::new(System))
        .await
        .unwrap();
    let file = emulator.token_path().unwrap();
    let arguments = [
        format!("--token-file={}", file.display()),
        format!("--authority={}", emulator.authority()),
        format!("--ca-file={}", emulator.ca_path().display()),
    ];
    let asked = async |identity: &str| {
        let all: Vec<_> = arguments
            .iter()
            .cloned()
            .chain([format!("--identity={identity}")])
            .collect();
        let ran = move || ran("ask", &all.iter().map(String::as_str).collect::<Vec<_>>());
        tokio::task::spawn_blocking(ran).await.unwrap()
    };
    let given = asked("wisp.example/22222222-bbbb-4bbb-8bbb-222222222222").await;
    assert_eq!((given.code, given.messages.as_str()), (0, ""));
    let json: Value = serde_json::from_str(&given.output).unwrap();
    assert_eq!(json["tokens"][0]["claims"]["objectId"], "33333333-cccc-4ccc-8ccc-333333333333");
    assert_eq!(json["tokens"][0]["claims"]["audience"], "https://management.azure.com");
    let token = std::fs::read_to_string(&file).unwrap();
    for segment in token.split('.') {
        assert!(!given.output.contains(segment), "{}", given.output);
    }
    assert_eq!(given.output.lines().count(), 1, "{}", given.output);
    let refused = asked("wisp.example/99999999-9999-4999-8999-999999999999").await;
    let json: Value = serde_json::from_str(&refused.output).unwrap();
    assert_eq!((refused.code, &json["tokens"][0]["error"]["code"]), (1, &Value::from(700_016)));
}
