//! Arguments that are refused.

use super::wisp;

#[cfg(target_os = "linux")]
#[test]
fn arguments_of_redirect_are_checked() {
    for arguments in [
        &["--port", "0"][..],
        &["--port", "65536"],
        &["--passthrough-uid", "4294967295"],
        &["--passthrough-uid", "root"],
        &["--mode", "iptables"],
        &["--host-ip", "node-1"],
    ] {
        let shown = wisp(&[&["redirect"], arguments].concat(), &[]);
        assert!(shown.starts_with("exit: 64\n--- stdout\n--- stderr\nerror: "), "{arguments:?}: {shown}");
    }
    insta::assert_snapshot!(wisp(&["redirect", "--mode", "iptables"], &[]), @"
    exit: 64
    --- stdout
    --- stderr
    error: invalid value 'iptables' for '--mode <MODE>'
      [possible values: auto, nft, lo]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wisp(&["redirect", "--passthrough-uid", "4294967295"], &[]), @"
    exit: 64
    --- stdout
    --- stderr
    error: invalid value '4294967295' for '--passthrough-uid <UID>': 4294967295 is not in 0..=4294967294

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wisp(&["redirect", "--exempt"], &[]), @"
    exit: 64
    --- stdout
    --- stderr
    error: unknown argument: `--exempt`; `wisp redirect --help` lists them
    ");
}

#[test]
fn bad_arguments() {
    insta::assert_snapshot!(wisp(&["serve", "--listn", "x"], &[]), @"
    exit: 64
    --- stdout
    --- stderr
    error: unknown argument: `--listn`; did you mean `--listen`?
    ");
    insta::assert_snapshot!(wisp(&["serve", "extra"], &[]), @"
exit: 64
--- stdout
--- stderr
error: unknown argument: `extra`; `wisp serve --help` lists them
");
    insta::assert_snapshot!(wisp(&["serve", "--log"], &[]), @"
    exit: 64
    --- stdout
    --- stderr
    error: a value is required for '--log <LEVELS>' but none was supplied

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wisp(&["srve"], &[]), @"
exit: 64
--- stdout
--- stderr
error: unknown command: `srve`; did you mean `serve`?
");
    insta::assert_snapshot!(wisp(&["probe", "well"], &[]), @"
exit: 64
--- stdout
--- stderr
error: invalid value 'well' for '<QUESTION>'
  [possible values: started, ready, live, token]

For more information, try '--help'.
");
    insta::assert_snapshot!(wisp(&["probe", "live", "--wait=60"], &[]), @"
    exit: 64
    --- stdout
    --- stderr
    error: invalid value '60' for '--wait <DURATION>': expected a duration up to 1h, such as 1m

    For more information, try '--help'.
    ");
    assert!(wisp(&["probe", "live", "--wait=2h"], &[]).starts_with("exit: 64"));
}

#[test]
fn probes_fail_when_nobody_answers() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let shown = wisp(&["probe", "started", "--admin", &address], &[]).replace(&address, "ADDR");
    insta::assert_snapshot!(shown, @"
    exit: 1
    --- stdout
    --- stderr
    error: http://ADDR/livez does not answer: Connection refused (os error 111); there is no socket for probes
    ");
    let shown = wisp(&["probe", "ready"], &[("WISP_ADMIN_LISTEN", "off")]);
    insta::assert_snapshot!(shown, @"
    exit: 1
    --- stdout
    --- stderr
    error: nothing answers probes: `admin_listen` is `off` (WISP_ADMIN_LISTEN)
    ");
}

#[test]
fn a_token_in_the_place_of_an_argument_or_a_setting_is_shown_nowhere() {
    const MARKED: &str = "eyJhbGciOiJNQVJLRUQifQ.eyJzdWIiOiJNQVJLRURKV1QifQ.MARKED-SIGNATURE";
    let file = [("AZURE_FEDERATED_TOKEN_FILE", MARKED)];
    let flag = format!("--{MARKED}");
    for (arguments, env, code) in [
        (&["serve"][..], &file[..], 64),
        (&["serve", "--check"], &[("AZURE_CLIENT_ID", MARKED)], 64),
        (&["serve", "--config", MARKED], &[], 64),
        (&["serve", &flag], &[], 64),
        (&["doctor"], &file, 1),
        (&["doctor", "--output", "json"], &file, 1),
        (&["doctor", "--resource", MARKED], &[], 64),
        (&["doctor", "--identity", MARKED], &[], 64),
        (&["doctor", "--probe", MARKED], &[], 64),
        (&["doctor", "--only", MARKED], &[], 64),
        (&["doctor", "--output", MARKED], &[], 64),
        (&["doctor", "--timeout", MARKED], &[], 64),
        (&["probe", "token", "--resource", MARKED], &[], 64),
        (&["probe", MARKED], &[], 64),
        (&[MARKED], &[], 64),
    ] {
        let shown = wisp(arguments, env);
        assert!(shown.starts_with(&format!("exit: {code}\n")), "{arguments:?}: {shown}");
        assert!(!shown.contains("MARKED") && !shown.contains("eyJ"), "{arguments:?}: {shown}");
    }
    insta::assert_snapshot!(wisp(&["serve"], &file), @"
    exit: 64
    --- stdout
    --- stderr
    error: `token_file` cannot be `[token]` (from environment AZURE_FEDERATED_TOKEN_FILE): it holds a token; expected the path of the projected service-account token
    error: `client_id` is not set: there is no identity to issue tokens for; set AZURE_CLIENT_ID (the workload identity webhook does when the pod template has the label azure.workload.identity/use=true and the service account the annotation azure.workload.identity/client-id), --client-id, or `[identities]` in the file
    ");
}

#[test]
fn what_is_wrong_with_a_probe_repeats_neither_password_nor_query() {
    for (url, reason) in [
        (
            "https://u:hunter2@shop.vault.azure.net/x?sig=hunter2",
            "it must have no user and no password: the token says who asks",
        ),
        ("http://shop.vault.azure.net/x?sig=hunter2", "it has to be an https URL: a token is sent there"),
        (
            "shop.vault.azure.net/x?sig=hunter2",
            "write https:// before it, or tcp:// before the name of a database",
        ),
    ] {
        let shown = wisp(&["doctor", "--probe", url], &[]);
        assert_eq!(
            shown,
            format!("exit: 64\n--- stdout\n--- stderr\nerror: --probe has no usable URL: {reason}\n")
        );
    }
    let shown = wisp(&["doctor", "--timeout", "0s"], &[]);
    assert!(
        shown.starts_with("exit: 64\n") && shown.contains("expected a duration from 1ms to 2m"),
        "{shown}"
    );
}
