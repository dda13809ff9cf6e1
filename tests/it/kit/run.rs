//! Commands that run to their end.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
    thread,
};

/// How a command ended.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) messages: String,
}

impl From<Output> for Ran {
    fn from(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: status.code().unwrap_or(-1), output: text(stdout), messages: text(stderr) }
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output();
    output
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
        .into()
}

/// Runs a command with `input` on its standard input.
pub(crate) fn piped(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // A program that refuses need not read all of it.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    })
}

/// Runs a command that must succeed; what it writes.
pub(crate) fn must(command: &mut Command) -> String {
    let ran = run(command);
    assert_eq!(ran.code, 0, "{command:?}: {}{}", ran.output, ran.messages);
    ran.output
}

/// Fails if one of `programs` is not there.
#[cfg(target_os = "linux")]
pub(crate) fn require(programs: &[&str]) {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for program in programs {
        let found = path
            .split(':')
            .any(|folder| std::path::Path::new(folder).join(program).exists());
        assert!(found, "this test needs `{program}`, which is not installed: run `make test-packages`");
    }
}
