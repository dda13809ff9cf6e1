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
