//! Cases with the node's metadata service run in a network of their own, each in a process of its own: the address of that
//! service is fixed, and on the network of this machine it may be a real one.

use std::process::Command;

use super::run::Outcome;

/// The variable that names the case to a process that was started for it alone.
const CASE: &str = "WISP_CASE_IN_OWN_NETWORK";

/// Gives a new network the address of the metadata service, and becomes the command that follows.
const PREPARE: &str = r#"ip link set lo up; ip address add 169.254.169.254/32 dev lo; exec "$0" "$@""#;

/// The case that this process was started for.
pub(super) fn case_of_this_process() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the process was started by this test, below")]
    std::env::var(CASE).ok()
}

/// Runs the case `name` in a new network.
pub(super) fn run(name: &str) -> Outcome {
    let this = std::env::current_exe().unwrap();
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-ec", PREPARE])
        .arg(this)
        .args(["--exact", "cases::all_cases", "--nocapture"])
        .env(CASE, name)
        .output();
    let failed = |error: String| Outcome { problems: vec![error], ..Outcome::default() };
    match output {
        Ok(output) => {
            let log = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() {
                return Outcome { log: vec![log], ..Outcome::default() };
            }
            let error = String::from_utf8_lossy(&output.stderr);
            failed(format!("in a network of its own ({}):\n{log}\n{error}", output.status))
        }
        Err(error) => {
            failed(format!("no network of its own ({error}): `unshare` of util-linux and `ip` are needed"))
        }
    }
}
