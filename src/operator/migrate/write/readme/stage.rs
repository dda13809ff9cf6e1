//! A namespace from its first step to its last.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{
    Guide,
    apply::{Own, apply, rollouts},
    cleanup::cleanup,
    code, commands, heading, live, shown, word,
};
use crate::operator::{
    identity::write::shell,
    migrate::{
        plan::{PlannedDependent, Road, Stage},
        state::State,
        write::{CUT_OVER, PARALLEL, paths::relative},
    },
};

/// The steps of `stage`.
pub(super) fn section(guide: &Guide<'_>, stage: &Stage, number: &mut usize) -> String {
    let title = if stage.namespace.is_empty() {
        "What belongs to no namespace".to_owned()
    } else {
        format!("Namespace {}", shown(&stage.namespace))
    };
    let own: Vec<_> = guide
        .moved
        .iter()
        .enumerate()
        .filter(|(_, moved)| moved.planned.namespace == stage.namespace)
        .collect();
    let mut text = table(guide, &own);
    text.push_str(&dependents(guide, stage, "before"));
    text.push_str(&prepare(guide, stage, &own));
    if !own.is_empty() {
        text.push_str(&live::verify(
            stage,
            "before",
            "before any pod changes: each service account is there, and Entra gives a token for it. What fails is told with what to do.",
        ));
    }
    text.push_str(&times(guide, stage, &own));
    text.push_str(&dependents(guide, stage, "with"));
    text.push_str(&dependents(guide, stage, "after"));
    text.push_str(&secrets(&own));
    text.push_str(&cleanup(guide, stage));
    heading(number, &title) + text.trim_start_matches('\n')
}

fn table(guide: &Guide<'_>, own: &Own<'_>) -> String {
    if own.is_empty() {
        return String::new();
    }
    let mut text =
        String::from("| Workload | Road | Account | Client id | Written as |\n|---|---|---|---|---|\n");
    let mut several = Vec::new();
    for (index, moved) in own {
        let planned = moved.planned;
        if guide
            .of_workloads
            .get(index)
            .is_some_and(|names| names.len() > 1)
        {
            several.push(shown(&planned.display()));
        }
        let files = match guide.of_workloads.get(index) {
            Some(names) => names
                .iter()
                .map(|name| code(&relative(name)))
                .collect::<Vec<_>>()
                .join(", "),
            None if guide.patched.contains(index) => format!("patch {}", code(&moved.file_name())),
            None => "-".to_owned(),
        };
        let road = match planned.mode {
            Some(mode) => format!("{}, mode {mode}", moved.road.name()),
            None => moved.road.name().to_owned(),
        };
        let new = if moved.account.is_new { " (new)" } else { "" };
        let _ = writeln!(
            text,
            "| {} | {road} | {}{new} | {} | {files} |",
            shown(&planned.display()),
            shown(&moved.account.name),
            planned.client_id.as_deref().unwrap_or("-")
        );
    }
    if !several.is_empty() {
        let _ = writeln!(
            text,
            "\nIn several files, each of them edited: {}. Apply the one that this cluster has.",
            several.join(", ")
        );
    }
    text
}

fn dependents(guide: &Guide<'_>, stage: &Stage, when: &str) -> String {
    let meant = guide.input.plan.dependents.iter();
    let steps: Vec<_> = meant
        .filter(|one: &&PlannedDependent| one.stage == stage.number && one.when == when)
        .map(|one| dependent(guide, one))
        .collect();
    if steps.is_empty() {
        return String::new();
    }
    format!("\n**Programs with a configuration of their own:**\n\n{}", steps.concat())
}

/// What is done about one of them: by hand, but for values that are written.
fn dependent(guide: &Guide<'_>, one: &PlannedDependent) -> String {
    let source = &one.origin.source;
    let is_written = one.when == "with" && guide.labels.iter().any(|(name, _)| name == source);
    if !is_written {
        return format!("- by hand: {}\n", shown(&one.step));
    }
    let name = relative(source);
    let parallel = format!("{PARALLEL}/files/{name}");
    let parallel =
        if guide.has(&parallel) { format!("{} in parallel, then ", code(&parallel)) } else { String::new() };
    let cut_over = code(&format!("{CUT_OVER}/files/{name}"));
    format!("- {}: release its chart with {parallel}{cut_over}, which has no label any more\n", shown(source))
}

fn prepare(guide: &Guide<'_>, stage: &Stage, own: &Own<'_>) -> String {
    let path = format!("prepared/{}/service-accounts.yaml", stage.namespace);
    if !guide.has(&path) {
        return String::new();
    }
    let mut text = String::from(
        "\n**Prepare.** Service accounts are made, or get their annotations; nothing else of them is touched, and no pod changes:\n\n",
    );
    text.push_str(&commands(&[format!(
        "kubectl apply --server-side --field-manager=wispctl --filename {}",
        word(&path)
    )]));
    text.push_str("\nEach is `serverside-applied`.\n");
    text.push_str(&live::apply(stage, State::Prepared));
    let new: BTreeSet<_> = own
        .iter()
        .filter(|(_, moved)| moved.account.is_new)
        .map(|(_, moved)| (&moved.account.current, &moved.account.name))
        .collect();
    if !new.is_empty() {
        text.push_str("\nNew accounts need what the old ones have: give them the same `imagePullSecrets` and RoleBindings.\n\n");
        let mut lines = Vec::new();
        for (old, new) in &new {
            lines.push(format!("# What {} has, for {}", word(old), word(new)));
            lines.push(format!(
                "kubectl get serviceaccount {} --namespace {} --output 'jsonpath={{.imagePullSecrets}}'",
                word(old),
                word(&stage.namespace)
            ));
            lines.push(format!(
                "kubectl get rolebindings,clusterrolebindings --all-namespaces --output wide | grep {}",
                shell(&format!("{}/{old}", stage.namespace))
            ));
        }
        text.push_str(&commands(&lines));
    }
    text
}

/// The time in parallel, and the cut-over.
fn times(guide: &Guide<'_>, stage: &Stage, own: &Own<'_>) -> String {
    let mut text = String::new();
    let lines = apply(guide, PARALLEL, own);
    if !lines.is_empty() {
        text.push_str(
            "\n**In parallel.** Pods get their new way to tokens and keep the label, so that the way back is one roll-out. Look at what \
             changes by `kubectl diff` first:\n\n",
        );
        text.push_str(&commands(&[lines, rollouts(own)].concat()));
        text.push_str(&expected(stage, own));
        text.push_str(&live::apply(stage, State::Parallel));
        text.push_str(&live::verify(
            stage,
            "parallel",
            "while both ways are there: they lead to the same identity, and wisp in the pods has got tokens.",
        ));
    }
    let losing: Vec<_> = own
        .iter()
        .filter(|(_, moved)| moved.loses_label())
        .copied()
        .collect();
    let lines = apply(guide, CUT_OVER, &losing);
    if !lines.is_empty() {
        text.push_str("\n**Cut over**, once tokens have come the new way for as long as you need to trust it: the label goes.\n\n");
        let see =
            format!("kubectl get pods --namespace {} --selector aadpodidbinding", word(&stage.namespace));
        text.push_str(&commands(&[lines, rollouts(&losing), vec![see]].concat()));
        let all = own.iter().all(|(_, moved)| moved.loses_label());
        let rest = if all {
            code(&format!("No resources found in {} namespace.", stage.namespace))
        } else {
            "those alone that keep the label.".to_owned()
        };
        let _ = writeln!(text, "\nThe last command shows {rest}");
        text.push_str(&live::apply(stage, State::CutOver));
        text.push_str(&live::verify(stage, "after", "that nobody goes the old way any more."));
    }
    let adopted = own.iter().any(|(_, moved)| moved.road == Road::Adopt);
    if adopted {
        text.push_str(
            "\nPods that the webhook adopts keep the label `aadpodidbinding`, by which it knows their identities; a verification after the \
             cut-over names them.\n",
        );
    }
    text
}

/// What is seen once they run.
fn expected(stage: &Stage, own: &Own<'_>) -> String {
    let injected = own
        .iter()
        .find(|(_, moved)| moved.road.has_wisp() && moved.is_rolled_out());
    let Some((_, moved)) = injected else { return String::new() };
    format!(
        "\nPods have a container `wisp`, whose log says `verified: tokens are available` where it was told to verify:\n\n{}",
        commands(&[format!(
            "kubectl logs {} --namespace {} --container wisp",
            word(&moved.resource()),
            word(&stage.namespace)
        )])
    )
}

fn secrets(own: &Own<'_>) -> String {
    let all: BTreeSet<_> = own
        .iter()
        .flat_map(|(_, moved)| {
            let name = moved.planned.display();
            moved
                .planned
                .static_secrets
                .iter()
                .map(move |secret| format!("- {}: {}\n", shown(&name), shown(secret)))
        })
        .collect();
    if all.is_empty() {
        return String::new();
    }
    let lines: String = all.into_iter().collect();
    format!(
        "\n**Static secrets.** Take them out of variables, mounts and sources, and revoke them:\n\n{lines}"
    )
}
