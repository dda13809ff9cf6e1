//! Commands that run to their end.

use std::process::{Command, Output};

/// How a command ended.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) messages: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: status.code().unwrap_or(-1), output: text(stdout), messages: text(stderr) }
}

/// Runs a command that must succeed; what it writes.
pub(crate) fn must(command: &mut Command) -> String {
    let ran = run(command);
    assert_eq!(ran.code, 0, "{command:?}: {}{}", ran.output, ran.messages);
    ran.output
}

/// Fails if one of `programs` is not there.
pub(crate) fn require(programs: &[&str]) {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for program in programs {
        let found = path
            .split(':')
            .any(|folder| std::path::Path::new(folder).join(program).exists());
        assert!(found, "this test needs `{program}`, which is not installed: run `make test-packages`");
    }
}
