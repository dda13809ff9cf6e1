//! What is written in Azure.

use std::fmt::Write as _;

use super::{Guide, commands, heading, word};
use crate::operator::identity::model::Principal;

/// The first step.
pub(super) fn section(guide: &Guide<'_>, number: &mut usize) -> String {
    let of = |end: &str| {
        let own = guide.files.iter().map(|file| file.path.as_str());
        own.filter(|path| path.starts_with("identities/") && path.ends_with(end))
            .collect::<Vec<_>>()
    };
    let (scripts, bicep, terraform) = (of(".sh"), of(".bicep"), of("main.tf"));
    if scripts.is_empty() && bicep.is_empty() && terraform.is_empty() {
        return String::new();
    }
    let mut text = heading(number, "Azure: federated credentials");
    text.push_str(
        "Write them early: tokens of an issuer that is new to Entra may be refused for half an hour. What identities may do stays as it \
         is. One of these ways is enough:\n",
    );
    if !scripts.is_empty() {
        text.push_str("\nBy the Azure CLI. It makes what is missing, one write at a time, and waits while Azure is busy:\n\n");
        text.push_str(&commands(&[
            "bash identities/identities.sh".to_owned(),
            "bash identities/identities.sh --check".to_owned(),
        ]));
        text.push_str("\nEach credential is `made` or `there`; the second command ends with exit code 0.\n");
    }
    if !bicep.is_empty() {
        text.push_str("\nBy Bicep:\n\n");
        let deploy = guide.deployments.iter().map(|deployment| {
            format!(
                "az deployment group create --subscription {} --resource-group {} --template-file {}",
                deployment.subscription,
                word(&deployment.resource_group),
                word(&deployment.file.path)
            )
        });
        text.push_str(&commands(&deploy.collect::<Vec<_>>()));
        text.push_str("\n`provisioningState` is `Succeeded`.");
        let has_applications = guide
            .plans
            .iter()
            .any(|plan| matches!(plan.principal, Principal::Application(_)));
        if has_applications {
            text.push_str(" App registrations are not in it: take the Azure CLI or Terraform for those.");
        }
        text.push('\n');
    }
    if !terraform.is_empty() {
        text.push_str("\nBy Terraform:\n\n");
        let lines = terraform.iter().flat_map(|path| {
            let folder = path.trim_end_matches("/main.tf");
            let folder = word(folder);
            [format!("terraform -chdir={folder} init"), format!("terraform -chdir={folder} apply")]
        });
        text.push_str(&commands(&lines.collect::<Vec<_>>()));
        let made: usize = guide.plans.iter().map(|plan| plan.credentials.len()).sum();
        let together = if terraform.len() > 1 { "Together the plans add" } else { "The plan adds" };
        let _ = writeln!(text, "\n{together} {made}, and nothing is changed or destroyed.");
    }
    text.push_str(
        "\nHow to ask for a token as each service account does, and so to see that it works, is at the end of each of these files.\n",
    );
    text
}
