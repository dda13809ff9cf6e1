//! Signals to the programs under test.

use std::process::{Child, Command};

/// Sends `child` a signal, by its name without `SIG`.
pub(crate) fn send(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(sent.is_ok_and(|status| status.success()), "kill -{name}");
}
