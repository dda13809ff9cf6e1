//! The version that both programs show, as the build script makes it. The images' tests see that they are told a commit.

use std::process::Command;

use crate::kit::run::must;

#[test]
fn a_named_commit_is_part_of_the_version() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("build-script");
    must(
        Command::new("rustc")
            .args([concat!(env!("CARGO_MANIFEST_DIR"), "/build.rs"), "--edition=2024", "-o"])
            .arg(&script)
            .env("CARGO_PKG_VERSION", "1.2.3"),
    );
    let version = |commit: Option<&str>| {
        let named = commit.map(|commit| ("WISP_COMMIT", commit));
        let output = must(Command::new(&script).env_clear().envs(named));
        let line = output
            .lines()
            .find_map(|line| line.strip_prefix("cargo::rustc-env=WISP_VERSION="));
        line.unwrap().to_owned()
    };
    assert_eq!(version(Some("0123456789abcdef0123456789abcdef01234567")), "1.2.3 (0123456789ab)");
    for none in [None, Some(""), Some("unknown")] {
        assert_eq!(version(none), "1.2.3", "{none:?}");
    }
}
