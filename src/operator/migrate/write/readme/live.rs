//! The commands of wispctl that look at the live cluster, and change it.

use std::fmt::Write as _;

use super::{Guide, commands, word};
use crate::operator::{
    identity::Cloud,
    migrate::{
        plan::{Road, Stage},
        state::State,
        write::DECISIONS,
    },
};

/// The shell's name for what the plan was made with.
const PLAN: &str = "\"${plan[@]}\"";

/// What these commands are, and what they are told.
pub(super) fn section(guide: &Guide<'_>) -> String {
    let mut text = String::from(
        "\n## The cluster as it is\n\n\
         `wispctl` proves each step in the cluster (`wispctl migrate verify`), and says how far each workload is (`wispctl migrate status`). \
         Each step of the cluster can be done by the files of this folder, or by `wispctl migrate apply`: it does the same, remembers \
         what was before in the cluster, and waits until pods have followed. Run after the files, it records what they have done, so that `status` \
         and the report know of it.\n\n\
         These commands plan again from the cluster. Tell your shell once what this plan was made with:\n\n",
    );
    let mut lines = vec![format!("plan=({})", arguments(guide).join(" "))];
    if guide.moved.iter().any(|moved| moved.road == Road::Inject) {
        lines.push(format!("export WISP_IMAGE={}", word(&guide.settings.options.image)));
    }
    text.push_str(&commands(&lines));
    text.push_str(
        "\nSet `WISPCTL_IMAGE` to an image of wispctl, of this version, that the cluster can pull: in parallel a short Job asks the old way. \
         How far all is, at any time:\n\n",
    );
    text.push_str(&commands(&[format!("wispctl migrate status {PLAN}")]));
    text
}

/// What the plan was made with beside the cluster.
fn arguments(guide: &Guide<'_>) -> Vec<String> {
    let (plan, settings) = (guide.input.plan, guide.settings);
    let mut all = vec!["--kubeconfig \"${KUBECONFIG:-$HOME/.kube/config}\"".to_owned()];
    let facts = &plan.cluster;
    let audience = (facts.audience != Cloud::default().audience).then_some(facts.audience);
    let known = [
        ("issuer", facts.issuer.as_deref()),
        ("tenant", facts.tenant_id.as_deref()),
        ("audience", audience),
        ("matching", Some(guide.input.inventory.installation.matching)),
        ("decisions", settings.decisions.is_some().then_some(DECISIONS)),
    ];
    all.extend(
        known
            .into_iter()
            .filter_map(|(name, value)| Some(format!("--{name} {}", word(value?)))),
    );
    let paths = settings.which.custom.iter();
    all.extend(paths.map(|custom| format!("--path {}", word(&custom.to_string()))));
    all
}

/// The proof of a step of `stage`: what it is, and what follows from it.
pub(super) fn verify(stage: &Stage, of: &str, what: &str) -> String {
    if stage.namespace.is_empty() {
        return String::new();
    }
    let more = match of {
        "parallel" => " --stage parallel --old-by-pod --image \"$WISPCTL_IMAGE\"",
        "after" => " --stage after",
        _ => "",
    };
    let line = format!("wispctl migrate verify {PLAN} --namespace {}{more}", word(&stage.namespace));
    format!("\n**Verify** {what} The exit code is 0 once all is proven:\n\n{}", commands(&[line]))
}

/// The step of `stage` to the state `to`, done or recorded by wispctl.
pub(super) fn apply(stage: &Stage, to: State) -> String {
    if stage.namespace.is_empty() {
        return String::new();
    }
    let found = State::ALL.iter().find(|(_, state)| *state == to);
    let to = found.map_or("", |(name, _)| name);
    let line = format!("wispctl migrate apply {PLAN} --namespace {} --to {to}", word(&stage.namespace));
    let mut text = String::new();
    let _ = write!(text, "\nIn place of that, or afterwards to record it:\n\n{}", commands(&[line]));
    text
}

/// The way back of what wispctl has recorded.
pub(super) fn rollback() -> String {
    let line = format!("wispctl migrate rollback {PLAN} --namespace NAMESPACE --to not-started");
    format!(
        "\nWhat `wispctl migrate apply` has done it takes back itself, as far as you say (`--to parallel`, `--to prepared`):\n\n{}",
        commands(&[line])
    )
}
