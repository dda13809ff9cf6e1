//! Secrets and orders to terminals in the place of arguments, which no message repeats.

use super::{commands, run, with};

/// A token, and a client secret in the form of those that Entra makes.
const SECRETS: [&str; 2] = [
    "eyJhbGciOiJNQVJLRUQifQ.eyJzdWIiOiJNQVJLRURKV1QifQ.MARKED-SIGNATURE",
    "abC8Q~MARKED-secret.MARKED_secret~MARKED",
];

/// The commands of `wispctl`, with the flags that take a value.
fn flags() -> Vec<(String, Vec<String>)> {
    let arguments = wisp::cli::wispctl::arguments();
    let of = |command: &str| {
        let found = command
            .split(' ')
            .try_fold(&arguments, |above, name| above.find_subcommand(name));
        let flags = found.unwrap().get_arguments();
        let with_values = flags.filter(|flag| flag.get_action().takes_values());
        with_values
            .filter_map(|flag| flag.get_long().map(|long| format!("--{long}")))
            .collect()
    };
    commands()
        .into_iter()
        .filter(|(program, _)| program.ends_with("wispctl"))
        .map(|(_, command)| (command.clone(), of(&command)))
        .collect()
}

#[test]
fn no_message_of_wispctl_repeats_a_secret() {
    let wispctl = env!("CARGO_BIN_EXE_wispctl");
    let refused = |arguments: &[&str]| {
        let (code, stdout, stderr) = run(wispctl, arguments);
        assert!(code == Some(64) && stdout.is_empty(), "{arguments:?}: {code:?}\n{stdout}{stderr}");
        let is_shown = ["MARKED", "eyJ", "Q~"]
            .iter()
            .any(|segment| stderr.contains(segment));
        assert!(!is_shown, "{arguments:?}: {stderr}");
        stderr
    };
    let mut masked = 0;
    for secret in SECRETS {
        for coloured in [secret.to_owned(), format!("--{secret}"), format!("--output={secret}")] {
            refused(&[&coloured]);
        }
        for (command, flags) in flags() {
            let words: Vec<_> = command.split(' ').collect();
            let unknown = format!("--{secret}");
            refused(&with(&command, &[&unknown]));
            refused(&with(&command, &["--no-such-flag", secret]));
            if let [above, _] = *words {
                refused(&[above, secret]);
            }
            for flag in &flags {
                // The last one is refused where the value is not.
                let stderr = refused(&with(&command, &[flag, secret, "--no-such-flag"]));
                masked += usize::from(stderr.contains("[token]") || stderr.contains("[secret]"));
            }
        }
    }
    assert!(masked >= 2, "{masked}");
}

#[test]
fn what_is_masked_is_said_to_be() {
    let [token, secret] = SECRETS;
    let wispctl = env!("CARGO_BIN_EXE_wispctl");
    let shown = [
        run(wispctl, &[token]).2,
        run(wispctl, &["doctor", "--wait", token]).2,
        run(wispctl, &["explain", "--output", secret]).2,
        run(wispctl, &["doctor", "--only", secret]).2,
        run(wispctl, &["doctor", "a\u{202e}b\u{1b}[2Jc", "--no-\u{202e}x"]).2,
    ];
    insta::assert_snapshot!(shown.concat(), @"
error: unrecognized subcommand '[token]'

Usage: wispctl <COMMAND>

For more information, try '--help'.
error: invalid value '[token]' for '--wait <DURATION>': expected a duration up to 24h, such as 1m

For more information, try '--help'.
error: invalid value '[secret]' for '--output <FORM>'
  [possible values: text, json]

For more information, try '--help'.
error: `[secret]` is neither the id of a check nor a category; docs/doctor.md has them
error: unexpected argument '--no-�x' found

  tip: to pass '--no-�x' as a value, use '-- --no-�x'

Usage: wispctl doctor [KIND/NAME|FILE]...

For more information, try '--help'.
");
}
