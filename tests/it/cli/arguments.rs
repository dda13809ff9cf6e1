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
