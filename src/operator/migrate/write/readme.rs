//! The page that leads through a migration.
//!
//! - `apply`: the commands for the cluster
//! - `azure`: what is written in Azure
//! - `cleanup`: what nobody needs any more
//! - `live`: the commands that look at the cluster as it is
//! - `stage`: a namespace from its first step to its last

mod apply;
mod azure;
mod cleanup;
mod live;
mod stage;

use std::{collections::BTreeMap, fmt::Write as _};

use super::{DECISIONS, File, Input, Settings, Unwritten, identities::Deployment, moved::Moved};
use crate::{
    operator::{
        identity::{model::IdentityPlan, write::word},
        migrate::{
            plan::{Road, State},
            tables::count,
        },
    },
    visible::is_hidden,
};

/// What the page tells of.
pub(super) struct Guide<'a> {
    pub input: Input<'a>,
    pub settings: &'a Settings,
    pub moved: &'a [Moved<'a>],
    pub plans: &'a [IdentityPlan],
    pub deployments: &'a [Deployment],
    pub labels: &'a [(String, String)],
    pub of_workloads: &'a BTreeMap<usize, Vec<String>>,
    pub patched: &'a [usize],
    pub unwritten: &'a [Unwritten],
    pub warnings: &'a [String],
    pub files: &'a [File],
}

/// The page.
pub(super) fn page(guide: &Guide<'_>) -> String {
    let mut text = head(guide);
    text.push_str(&unwritten(guide));
    text.push_str(&warnings(guide));
    text.push_str(&live::section(guide));
    let mut number = 1;
    text.push_str(&azure::section(guide, &mut number));
    text.push_str(&cluster(guide, &mut number));
    for stage in &guide.input.plan.stages {
        text.push_str(&stage::section(guide, stage, &mut number));
    }
    text.push_str(&end(guide, &mut number));
    text.push_str(BACK);
    text.push_str(&live::rollback());
    text
}

impl Guide<'_> {
    /// Whether there is a file at `path` of the folder.
    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }
}

fn head(guide: &Guide<'_>) -> String {
    let plan = guide.input.plan;
    let left = plan.count(State::LeftAlone);
    let mut text = format!(
        "# Off pod-managed identity, step by step\n\n\
         Written by `wispctl migrate write`; run it again instead of editing what is here. It moves {} in {}, to {}.",
        count(guide.moved.len(), "workload"),
        count(plan.stages.len(), "stage"),
        count(plan.identities.len(), "identity"),
    );
    if left > 0 {
        let verb = if left == 1 { "stays as it is" } else { "stay as they are" };
        let _ = write!(text, " {} {verb}.", count(left, "workload"));
    }
    text.push_str(
        "\n\nRun the commands in this folder, with `kubectl` for the cluster and the Azure CLI signed in. Each step can run again. \
         Where your manifests are applied by Argo CD, Flux or a pipeline, commit the files instead of applying them.\n\n\
         | Folder | What is in it |\n|---|---|\n",
    );
    let rows = [
        ("identities/", "federated credentials, in each language that was asked for"),
        ("prepared/", "service accounts, by namespace"),
        ("parallel/files/", "your manifests and values, edited: both ways give tokens"),
        (
            "parallel/namespaces/",
            "Kustomize components for workloads whose source was not given: both ways give tokens",
        ),
        ("cut-over/files/", "the same manifests and values without the label `aadpodidbinding`"),
        ("cut-over/namespaces/", "Kustomize components that take the label off"),
        (DECISIONS, "what you have decided, as this plan has it"),
        ("cleanup.sh", "removes what nobody needs any more"),
        ("rollback.sh", "the way back, with what is in `rollback/`"),
    ];
    for (folder, what) in rows {
        if guide.files.iter().any(|file| file.path.starts_with(folder)) {
            let _ = writeln!(text, "| `{folder}` | {what} |");
        }
    }
    text
}

fn unwritten(guide: &Guide<'_>) -> String {
    if guide.unwritten.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n## Not written\n\n");
    for Unwritten { about, reason } in guide.unwritten {
        let _ = writeln!(text, "- {}: {}", shown(about), shown(reason));
    }
    text
}

fn warnings(guide: &Guide<'_>) -> String {
    let risks = guide
        .input
        .plan
        .risks
        .iter()
        .map(|risk| format!("{} ({}): {}", risk.about, risk.found, risk.advice));
    let mut all: Vec<String> = Vec::new();
    for line in risks.chain(guide.warnings.iter().cloned()) {
        if !all.contains(&line) {
            all.push(line);
        }
    }
    if all.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n## Know before you begin\n\n");
    for line in all {
        let _ = writeln!(text, "- {}", shown(&line));
    }
    text
}

/// What has to be in the cluster for the roads that are taken.
fn cluster(guide: &Guide<'_>, number: &mut usize) -> String {
    const NEEDS: [(Road, &str); 4] = [
        (Road::Webhook, "`webhook`: wisp's webhook (`deploy/webhook` of wisp, or its chart)"),
        (
            Road::Policy,
            "`policy`: a policy for each mode, by `wispctl policy --mode MODE | kubectl apply --filename -`",
        ),
        (Road::Adopt, "`adopt`: wisp's webhook with `--adopt-pod-identity` (`deploy/webhook/adopt` of wisp)"),
        (
            Road::Native,
            "`native`: the workload identity webhook of Azure (`az aks update --enable-workload-identity`, or azwi's chart)",
        ),
    ];
    let needs: Vec<_> = NEEDS
        .iter()
        .filter(|(road, _)| guide.moved.iter().any(|moved| moved.road == *road))
        .map(|(_, need)| format!("- road {need}\n"))
        .collect();
    if needs.is_empty() {
        return String::new();
    }
    let mut text = heading(number, "The cluster: what puts wisp into pods");
    text.push_str("Before any pod has its new label:\n\n");
    text.push_str(&needs.concat());
    text
}

fn end(guide: &Guide<'_>, number: &mut usize) -> String {
    let cleanup = &guide.input.plan.cleanup;
    if cleanup.installation.is_none() && cleanup.kept.is_empty() {
        return String::new();
    }
    let mut text = heading(number, "Pod-managed identity itself");
    if !cleanup.kept.is_empty() {
        let _ = writeln!(text, "It stays, for these stay: {}.", shown(&cleanup.kept.join(", ")));
        return text;
    }
    text.push_str("Once nothing asks any more:\n\n");
    text.push_str(&commands(&["bash cleanup.sh --pod-identity".to_owned()]));
    text.push_str(
        "\n`kubectl get azureidentities,azureidentitybindings,azureassignedidentities --all-namespaces` then says `No resources found`.\n",
    );
    text
}

const BACK: &str = "
## Back

From wherever a namespace is, with its label, its account and without wisp; identities and bindings are made anew first:

```sh
bash rollback.sh NAMESPACE
```

Without a name it goes back with all. Put your own sources back before, where they are applied by themselves.
";

/// A numbered heading.
fn heading(number: &mut usize, title: &str) -> String {
    let text = format!("\n## {number}. {title}\n\n");
    *number += 1;
    text
}

/// Lines of a shell.
fn commands(lines: &[String]) -> String {
    format!("```sh\n{}\n```\n", lines.join("\n"))
}

/// A name of others as code, where it can be: nothing in it ends the code, the cell of a table or the line.
fn code(text: &str) -> String {
    let is_plain = !text.contains(['`', '|']) && !text.chars().any(is_hidden);
    if is_plain { format!("`{text}`") } else { shown(text) }
}

/// A text of others as Markdown shows it.
fn shown(text: &str) -> String {
    crate::operator::migrate::tables::escaped(text)
}
