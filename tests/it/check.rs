//! `wisp serve --check` refuses exactly what a start refuses, whatever the settings say: no value passes it and then keeps wisp
//! from starting.

use std::{fs, path::Path};

use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use tempfile::TempDir;
use wisp::{
    cli::{
        exit::{Exit, Outcome},
        serve::{Serve, run},
    },
    clock::System,
    observe::{Dropped, log::LogContext},
    serve::Sidecar,
    settings::{
        Env,
        keys::{Accepts, KEYS, Key},
    },
};

use crate::kit::pki::pki;

const ID: &str = "11111111-1111-1111-1111-111111111111";
const TENANT: &str = "22222222-2222-2222-2222-222222222222";

/// What every configuration here starts from: valid, and with ports that are free.
const VALID: &[(&str, &str)] = &[
    ("AZURE_CLIENT_ID", ID),
    ("AZURE_TENANT_ID", TENANT),
    ("WISP_LISTEN", "127.0.0.1:0"),
    ("WISP_ADMIN_LISTEN", "127.0.0.1:0"),
    ("WISP_IMDS_LISTEN", "off"),
];

/// Texts that somebody may give to any setting. Addresses have ports that are always free, or none.
const ANYWHERE: &[&str] = &[
    "",
    " ",
    "0",
    "1",
    "-1",
    "true",
    "yes",
    "off",
    "auto",
    "null",
    "x",
    "ü",
    "a b",
    "a,b",
    ",",
    "a;b",
    "*",
    "{}",
    "[]",
    "{a = 1}",
    "\u{1}",
    "a\nb",
    "common",
    "Organizations",
    "consumers",
    "contoso",
    "contoso.com",
    "a..b",
    "-a.b",
    "00000000-0000-0000-0000-000000000000",
    "{11111111-1111-1111-1111-111111111111}",
    ID,
    "$(CLIENT_ID)",
    "<tenant>",
    "https://login.microsoftonline.com/",
    "https://login.example:99999",
    "https://login.example:0",
    "https://u:p@login.example",
    "https://login.example/common",
    "https://login.example//",
    "https://999.1.1.1",
    "https://a_b.c",
    "https://exa mple",
    "https:/login.example",
    "http://proxy:99999",
    "http://proxy:3128",
    "proxy:3128",
    "proxy:0",
    "http://u:p#x@proxy",
    "socks5://proxy",
    "http://proxy/path",
    "http://[::1]:3128",
    "[::1]",
    "10.0.0.1",
    "10.0.0.0/8",
    "127.0.0.1:0",
    "[::1]:0",
    "[::ffff:127.0.0.1]:0",
    "[::ffff:0.0.0.0]:0",
    "0.0.0.0:0",
    "[::]:0",
    "127.0.0.1:40342",
    "127.0.0.1:65536",
    "10.0.0.1:0",
    "8s",
    "8",
    "500ms",
    "1h1h",
    "99999h",
    "64KiB",
    "2MB",
    "18446744073709551616",
    "info,wisp=debug",
    "wisp[x]=info",
    "text",
    "full",
    "/metadata/instance",
    "/metadata/identity",
    "0123456789abcdef",
    "-----BEGIN CERTIFICATE-----",
    "DIR/missing",
    "DIR/empty",
    "DIR/junk",
    "DIR/folder",
    "DIR/ca.pem",
    "DIR/other.pem",
    "DIR/cut.pem",
    "DIR/token",
    "DIR/document.json",
    "DIR/secret",
    "/dev/zero",
    "PEM",
    "OTHER-PEM",
];

/// Values that fit the form of `key` or nearly do.
fn near(key: &Key) -> Vec<String> {
    let around = |low: u64, high: u64, unit: &str| {
        [low.saturating_sub(1), low, high, high.saturating_add(1)]
            .map(|n| format!("{n}{unit}"))
            .to_vec()
    };
    let millis = |d: std::time::Duration| u64::try_from(d.as_millis()).unwrap();
    match key.accepts {
        Accepts::Bool => vec!["false".into(), "True".into()],
        Accepts::Count(low, high) => around(low, high, ""),
        Accepts::Size(low, high) => around(low, high, "B"),
        Accepts::Duration(low, high) => around(millis(low), millis(high), "ms"),
        Accepts::OneOf(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        Accepts::List(_) | Accepts::Table(_) | Accepts::Text(_) => match key.name {
            "identities" => [
                format!("{{a = {{client_id = '{ID}'}}}}"),
                format!("{{a = {{client_id = '{TENANT}', object_id = '{ID}'}}, b = {{client_id = '{ID}', object_id = '{ID}'}}}}"),
                format!("[{{client_id = '{TENANT}', tenant_id = 'common'}}]"),
                format!(r#"{{"a": {{"client_id": "{TENANT}", "resource_id": "/x"}}}}"#),
            ]
            .to_vec(),
            _ => vec![key.default.unwrap_or_default().to_owned()],
        },
    }
}

/// A folder with a file of every kind.
fn folder() -> (TempDir, [String; 2]) {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let (one, other) = (pki().trusted_pem.clone(), pki().other_pem.clone());
    write("empty", "");
    write("junk", "rubbish");
    write("ca.pem", &one);
    write("other.pem", &other);
    write("cut.pem", &one[..one.len() / 2]);
    write("token", "e30.e30.c2ln");
    write("document.json", "{}");
    write("secret", "0123456789abcdef");
    fs::create_dir(folder.path().join("folder")).unwrap();
    (folder, [one, other])
}

/// Starts and ends. The runtime is one for all: a start is what is tested, not a process.
fn starts(env: &Env, runtime: &tokio::runtime::Runtime) -> Outcome {
    let arguments = Serve { flags: Vec::new(), print_config: false, check: false };
    run(arguments, env.clone(), |_, settings, prepared| {
        runtime.block_on(async {
            let sidecar = Sidecar::start(
                settings,
                prepared,
                LogContext::default(),
                Dropped::default(),
                System,
                System,
            )?;
            drop(sidecar);
            // Its tasks end, and close their sockets, when the runtime comes to them.
            tokio::task::yield_now().await;
            Ok(())
        })
    })
}

#[test]
fn check_refuses_what_a_start_refuses() {
    let (folder, pems) = folder();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let setting = (select(KEYS), any::<Index>());
    let mut runner = TestRunner::new(Config { cases: 1500, failure_persistence: None, ..Config::default() });
    let (mut accepted, mut refused) = (0, 0);
    let mut counts = |exit| if exit == Exit::Success { accepted += 1 } else { refused += 1 };
    let case = std::cell::RefCell::new(&mut counts);
    runner
        .run(&proptest::collection::vec(setting, 1..4), |chosen| {
            let mut variables: Vec<(String, String)> = VALID
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            for (key, index) in chosen {
                let near = near(key);
                // Half of what is chosen fits its setting, or nearly.
                let fitting = near.iter().map(String::as_str).cycle().take(ANYWHERE.len());
                let values: Vec<&str> = fitting.chain(ANYWHERE.iter().copied()).collect();
                let value = written(values[index.index(values.len())], folder.path(), &pems);
                // Ports that may be taken are no matter of configuration, nor are addresses that a machine may have or not.
                if key.variable() == "WISP_LISTEN_VM_EXTENSION"
                    || [":4254", ":4255", "10.0.0.1:0"]
                        .iter()
                        .any(|text| value.contains(text))
                {
                    continue;
                }
                variables.retain(|(name, _)| name != key.variable());
                variables.push((key.variable().to_owned(), value));
            }
            let env: Env = variables.iter().cloned().collect();
            let arguments = Serve { flags: Vec::new(), print_config: false, check: true };
            let check = run(arguments, env.clone(), |_, _, _| unreachable!("--check starts nothing"));
            let start = starts(&env, &runtime);
            (case.borrow_mut())(check.exit);
            prop_assert_eq!(
                check.exit,
                start.exit,
                "{:?}\ncheck: {}start: {}",
                variables,
                check.messages,
                start.messages
            );
            Ok(())
        })
        .unwrap();
    assert!(accepted > 150 && refused > 150, "{accepted} accepted, {refused} refused: nothing was tested");
}

fn written(value: &str, folder: &Path, [one, other]: &[String; 2]) -> String {
    match value {
        "PEM" => one.clone(),
        "OTHER-PEM" => other.clone(),
        _ => value.replace("DIR", folder.to_str().unwrap()),
    }
}
