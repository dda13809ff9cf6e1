//! What all commands of both programs have in common: one exit code for wrong arguments, and help that lists the codes.

mod help;
mod secrets;

use std::process::{Command, Output, Stdio};

use wisp::cli;

/// The programs, and all their commands; those below a command behind its name.
fn commands() -> Vec<(&'static str, String)> {
    let of = |program: &'static str, arguments: clap::Command| {
        let mut names = Vec::new();
        for command in arguments.get_subcommands() {
            let name = command.get_name();
            names.push((program, name.to_owned()));
            let below = command.get_subcommands();
            names.extend(below.map(|below| (program, format!("{name} {}", below.get_name()))));
        }
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

/// The words of `command`, and more arguments.
fn with<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    command.split(' ').chain(more.iter().copied()).collect()
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
            let (code, stdout, stderr) = run(program, &with(&command, wrong));
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
        let (code, help, stderr) = run(program, &with(&command, &["--help"]));
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

/// What a help calls the default, the flag takes; but for sentences about one.
#[test]
fn every_default_of_a_help_is_accepted() {
    let mut count = 0;
    for (program, command) in commands() {
        let (_, help, _) = run(program, &with(&command, &["--help"]));
        for line in help
            .lines()
            .filter(|line| line.trim_start().starts_with('-'))
        {
            let flag = line.split_whitespace().find(|word| word.starts_with("--"));
            let default = line.split_once(" [default: ").and_then(|(_, rest)| {
                let followed = rest.split_once("] [").map(|(default, _)| default);
                followed.or_else(|| rest.strip_suffix(']'))
            });
            let (Some(flag), Some(default)) = (flag, default) else { continue };
            if default.contains(' ') {
                continue;
            }
            let given = format!("{flag}={default}");
            let (code, _, stderr) = run(program, &with(&command, &[&given, "--help"]));
            assert_eq!(code, Some(0), "{program} {command} {given}: {stderr}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn every_help_has_examples_that_are_understood() {
    type Parser = fn() -> clap::Command;
    let programs: [(_, _, Parser); 2] = [
        ("wisp ", env!("CARGO_BIN_EXE_wisp"), cli::wisp::arguments),
        ("wispctl ", env!("CARGO_BIN_EXE_wispctl"), cli::wispctl::arguments),
    ];
    let helps = commands();
    for (name, program, parser) in programs {
        let of_commands = helps.iter().filter(|(of, _)| *of == program);
        let of_commands = of_commands.map(|(_, command)| with(command, &["--help"]));
        for help in of_commands.chain([vec!["--help"]]) {
            let text = run(program, &help).1;
            let (_, examples) = text.split_once("\nExamples:\n").expect(&text);
            let examples = examples.lines().take_while(|line| line.starts_with("  "));
            let examples: Vec<_> = examples.collect();
            assert!(!examples.is_empty(), "{text}");
            for example in examples {
                let (_, arguments) = example.split_once(name).expect(example);
                let words = arguments
                    .split(' ')
                    .take_while(|word| !["|", ">"].contains(word));
                let words = words.map(|word| word.trim_end_matches(')'));
                let parsed = parser().try_get_matches_from([name].into_iter().chain(words));
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            }
        }
    }
}

/// `script` of util-linux is the terminal. It runs a command by a shell, and where nobody is logged in it is told which.
#[test]
fn colour_is_for_terminals() {
    let on_terminal = |arguments: &str, variables: &[(&str, &str)]| {
        let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_wispctl"));
        let output = Command::new("script")
            .args(["--quiet", "--command", &command, "/dev/null"])
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("SHELL", "/bin/sh"), ("TERM", "xterm")])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (arguments, coloured, plain) in [
        ("--help", "\u{1b}[4mUsage:\u{1b}[0m", "\nUsage: "),
        ("inject", "\u{1b}[31merror:\u{1b}[0m ", "error: "),
        ("inject /none.yaml", "\u{1b}[31merror:\u{1b}[0m /none.yaml: ", "error: /none.yaml: "),
    ] {
        let shown = on_terminal(arguments, &[]);
        assert!(shown.contains(coloured), "{shown:?}");
        for without in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let shown = on_terminal(arguments, &[without]);
            assert!(shown.contains(plain) && !shown.contains('\u{1b}'), "{without:?}: {shown:?}");
        }
        let words: Vec<_> = arguments.split(' ').collect();
        let (_, stdout, stderr) = run(env!("CARGO_BIN_EXE_wispctl"), &words);
        let piped = stdout + &stderr;
        assert!(piped.contains(plain) && !piped.contains('\u{1b}'), "{piped:?}");
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
        let page =
            std::fs::read_to_string(man.join(format!("{program}-{}.1", command.replace(' ', "-")))).unwrap();
        assert!(page.contains("Exit codes:"), "{page}");
        assert!(man.join(format!("{program}.1")).exists());
    }
    let (code, _, stderr) = run(wispctl, &["man", "/dev/null/man"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(stderr, @"error: cannot write to /dev/null/man: Not a directory (os error 20)");
}

#[test]
fn what_was_meant_is_guessed() {
    let messages = |arguments: &[&str]| run(env!("CARGO_BIN_EXE_wispctl"), arguments).2;
    insta::assert_snapshot!(messages(&["injet", "x.yaml"]), @"
error: unrecognized subcommand 'injet'

  tip: some similar subcommands exist: 'uninject', 'inject'

Usage: wispctl <COMMAND>

For more information, try '--help'.
");
    insta::assert_snapshot!(messages(&["inject", "--tenantid", "x", "x.yaml"]), @"
error: unexpected argument '--tenantid' found

  tip: a similar argument exists: '--tenant-id'

Usage: wispctl inject --tenant-id <TENANT> <FILE>...

For more information, try '--help'.
");
    insta::assert_snapshot!(messages(&["completions", "zhs"]), @"
error: invalid value 'zhs' for '<SHELL>'
  [possible values: bash, elvish, fish, powershell, zsh]

For more information, try '--help'.
");
    let messages = |arguments: &[&str]| run(env!("CARGO_BIN_EXE_wisp"), arguments).2;
    insta::assert_snapshot!(messages(&["prob"]), @"error: unknown command: `prob`; did you mean `probe`?");
    insta::assert_snapshot!(messages(&["probe", "live", "--wiat", "1m"]), @"error: unknown argument: `--wiat`; `wisp probe --help` lists them");
    insta::assert_snapshot!(messages(&["redirect", "--porrt", "1"]), @"error: unknown argument: `--porrt`; did you mean `--port`?");
}
