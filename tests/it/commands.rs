//! What all commands of both programs have in common: one exit code for wrong arguments, and help that lists the codes.

use std::process::{Command, Output};

use wisp::cli;

/// The programs, and all their commands.
fn commands() -> Vec<(&'static str, String)> {
    let of = |program: &'static str, arguments: clap::Command| {
        let names: Vec<_> = arguments
            .get_subcommands()
            .map(|command| (program, command.get_name().to_owned()))
            .collect();
        names
    };
    let all = [
        of(env!("CARGO_BIN_EXE_wisp"), cli::wisp::arguments()),
        of(env!("CARGO_BIN_EXE_wispctl"), cli::wispctl::arguments()),
    ];
    let all = all.concat();
    assert!(all.len() > 7, "{all:?}");
    all
}

fn run(program: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(program)
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn wrong_arguments_end_every_command_with_64() {
    for (program, command) in commands() {
        for wrong in [&["--no-such-flag"][..], &["--no-such-flag=x", "--help-me"]] {
            let (code, stdout, stderr) = run(program, &[&[command.as_str()], wrong].concat());
            assert!(
                code == Some(64) && stdout.is_empty() && stderr.starts_with("error: "),
                "{program} {command} {wrong:?}: {code:?}\n{stdout}{stderr}"
            );
        }
    }
    for program in [env!("CARGO_BIN_EXE_wisp"), env!("CARGO_BIN_EXE_wispctl")] {
        for wrong in [&[][..], &["no-such-command"], &["--no-such-flag"], &["--version=1"]] {
            let (code, stdout, stderr) = run(program, wrong);
            assert!(
                code == Some(64) && stdout.is_empty() && !stderr.is_empty(),
                "{program} {wrong:?}: {code:?}\n{stdout}{stderr}"
            );
        }
    }
}

#[test]
fn every_help_lists_the_exit_codes() {
    for (program, command) in commands() {
        let (code, help, stderr) = run(program, &[&command, "--help"]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{program} {command}");
        let codes = help.split_once("\nExit codes:\n").map(|(_, codes)| codes);
        let codes: Vec<_> = codes
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert!(codes.first() == Some(&"0") && codes.contains(&"64"), "{program} {command}: {help}");
    }
}

#[test]
fn each_shell_completes_and_each_command_has_a_manual_page() {
    let wispctl = env!("CARGO_BIN_EXE_wispctl");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, script, stderr) = run(wispctl, &["completions", shell]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(script.contains("uninject") && script.contains("skip-unsupported"), "{shell}: {script}");
    }
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("share/man1");
    assert_eq!(run(wispctl, &["man", man.to_str().unwrap()]), (Some(0), String::new(), String::new()));
    for (program, command) in commands() {
        let program = std::path::Path::new(program)
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let page = std::fs::read_to_string(man.join(format!("{program}-{command}.1"))).unwrap();
        assert!(page.contains("Exit codes:"), "{page}");
        assert!(man.join(format!("{program}.1")).exists());
    }
    let (code, _, stderr) = run(wispctl, &["man", "/dev/null/man"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(stderr, @"error: cannot write to /dev/null/man: Not a directory (os error 20)");
}

#[test]
fn what_was_meant_is_guessed() {
    let said = |arguments: &[&str]| run(env!("CARGO_BIN_EXE_wispctl"), arguments).2;
    insta::assert_snapshot!(said(&["injet", "x.yaml"]), @"
error: unrecognized subcommand 'injet'

  tip: some similar subcommands exist: 'uninject', 'inject'

Usage: wispctl <COMMAND>

For more information, try '--help'.
");
    insta::assert_snapshot!(said(&["inject", "--tenantid", "x", "x.yaml"]), @"
error: unexpected argument '--tenantid' found

  tip: a similar argument exists: '--tenant-id'

Usage: wispctl inject --tenant-id <TENANT> <FILE>...

For more information, try '--help'.
");
    insta::assert_snapshot!(said(&["completions", "zhs"]), @"
error: invalid value 'zhs' for '<SHELL>'
  [possible values: bash, elvish, fish, powershell, zsh]

For more information, try '--help'.
");
    let said = |arguments: &[&str]| run(env!("CARGO_BIN_EXE_wisp"), arguments).2;
    insta::assert_snapshot!(said(&["prob"]), @"error: unknown command: `prob`; did you mean `probe`?");
    insta::assert_snapshot!(said(&["probe", "live", "--wiat", "1m"]), @"error: unknown argument: `--wiat`; `wisp probe --help` lists them");
    insta::assert_snapshot!(said(&["redirect", "--porrt", "1"]), @"error: unknown argument: `--porrt`; did you mean `--port`?");
}
