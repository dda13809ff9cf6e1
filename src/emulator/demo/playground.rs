//! What to try while everything still runs.

use super::{
    app::{AppRequest, PATH, VERSION},
    commands::{continued, curl},
    page::Page,
    stage::{POD_HOST, Stage},
};

/// Lists commands to copy. Each works as it stands, in any order.
pub fn playground(stage: &Stage, page: &mut Page<'_>) -> anyhow::Result<()> {
    let (to, admin) = (stage.address()?, stage.admin_address()?);
    let (authority, ca) = (stage.emulator.authority(), stage.emulator.ca_path());
    let entra = format!("curl -s --cacert {} {authority}/_emulator", ca.display());
    page.step("Now you")?;
    let mut commands = |title: &str, lines: &[String]| -> anyhow::Result<()> {
        page.hop(title)?;
        for line in lines {
            page.exactly(line)?;
        }
        Ok(())
    };
    let ask = |resource| curl(&AppRequest { to, resource, client_id: None });

    commands("A program of yours, its SDK led here", &[format!("{POD_HOST}=http://{to} PROGRAM")])?;
    commands("Another token", &ask("https://storage.azure.com"))?;
    commands("A resource that does not exist: what does wisp advise?", &ask("https://strage.azure.com"))?;
    let bare = [
        format!("curl -sG http://{to}{PATH}"),
        format!("    -d {VERSION} -d resource=https://vault.azure.net"),
    ];
    commands("Without the header that keeps request forgery out", &continued(bare.into()))?;
    let throttle = r#"'{"fault": {"throttle": {"retry_after_seconds": 5}}, "requests": 1}'"#;
    let mut lines = continued(vec![format!("{entra}/faults"), format!("    -X POST -d {throttle}")]);
    let asked = ask("https://graph.microsoft.com");
    lines.extend(asked.iter().map(|line| line.replace("-sG", "-siG")));
    commands(
        "Let Entra throttle the next token request, then make one: look at the status and at Retry-After",
        &lines,
    )?;
    commands("What Entra was asked", &[format!("{entra}/requests")])?;
    commands(
        "What wisp counts, and whether it is ready",
        &[format!("curl -s http://{admin}/metrics"), format!("curl -s http://{admin}/readyz")],
    )?;
    page.hop("The environment that wisp runs with here; in a pod, the webhook sets the AZURE_ variables")?;
    for (name, value) in &stage.environment {
        page.exactly(&format!("{name}={value}"))?;
    }
    Ok(())
}
