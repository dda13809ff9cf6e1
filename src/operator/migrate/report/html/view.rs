//! What the page shows that is not in the report as it is: groups, pictures, and what is left out of long lists.

use std::collections::BTreeMap;

use super::{SEVERITIES, count, graph};
use crate::operator::migrate::{
    inventory::model::StaticSecret,
    plan::model::{Decision, Risk, State, WorkloadIdentity},
    report::{
        model::{Chain, Report, Workload},
        progress::Progress,
    },
};

/// The most items of one list. Markdown and JSON have all of them.
const MAX_ITEMS: usize = 200;
/// The most that is named before a reader asks for more.
const MAX_NAMED: usize = 3;
/// The most workloads of one binding that are named, and identities of one workload.
const MAX_USERS: usize = 20;
const MAX_IDENTITIES: usize = 5;
/// Up to so many workloads, all namespaces are open.
const MAX_OPEN: usize = 40;
/// The most namespaces whose bindings are drawn.
const MAX_PICTURES: usize = 100;

/// The parts of the page.
pub(super) struct View<'a> {
    pub planning: Vec<Figure>,
    pub states: Vec<Figure>,
    pub severities: Vec<(&'static str, usize)>,
    pub risks: Vec<RiskGroup<'a>>,
    pub decisions: Limited<&'a Decision>,
    pub namespaces: Vec<Namespace<'a>>,
    pub bindings: Vec<Bindings<'a>>,
    pub undrawn: usize,
    pub secrets: Limited<&'a StaticSecret>,
    /// Whether there is so little that nothing is folded away.
    pub is_open: bool,
}

/// A number with its share of all, in thousandths, and where that begins.
pub(super) struct Figure {
    pub name: &'static str,
    pub class: &'static str,
    pub number: usize,
    pub begin: usize,
    pub share: usize,
}

/// The first of a list, and how many more there are.
pub(super) struct Limited<T> {
    pub items: Vec<T>,
    pub more: usize,
}

/// A risk, as often as it was found.
pub(super) struct RiskGroup<'a> {
    pub risk: &'a Risk,
    pub number: usize,
    pub first: Vec<&'a Risk>,
    pub others: Limited<&'a Risk>,
}

/// The workloads of a namespace.
pub(super) struct Namespace<'a> {
    pub name: &'a str,
    pub workloads: Vec<&'a Workload>,
    /// How many there are of what needs somebody to look at it.
    pub open: Vec<(&'static str, String)>,
}

/// The bindings of a namespace.
pub(super) struct Bindings<'a> {
    pub name: &'a str,
    pub number: String,
    pub chains: Vec<&'a Chain>,
    pub picture: Option<graph::Picture>,
    /// How many of them it does not show.
    pub omitted: Option<String>,
}

impl<'a> View<'a> {
    /// The parts of `report`'s page.
    pub(super) fn new(report: &'a Report) -> Self {
        let bindings = bindings(&report.bindings);
        Self {
            planning: planning(report),
            states: states(report),
            severities: severities(report),
            risks: risks(&report.risks),
            decisions: Limited::of(report.decisions.iter()),
            namespaces: namespaces(&report.workloads),
            undrawn: bindings.len().saturating_sub(MAX_PICTURES),
            bindings,
            secrets: Limited::of(report.static_secrets.iter()),
            is_open: report.workloads.len() <= MAX_OPEN,
        }
    }
}

impl<T> Limited<T> {
    fn of(all: impl ExactSizeIterator<Item = T>) -> Self {
        Self::to(MAX_ITEMS, all)
    }

    fn to(most: usize, mut all: impl ExactSizeIterator<Item = T>) -> Self {
        let items: Vec<_> = all.by_ref().take(most).collect();
        Self { items, more: all.len() }
    }
}

impl RiskGroup<'_> {
    /// How many more there are than are named at once.
    pub(super) fn more(&self) -> usize {
        self.others.items.len() + self.others.more
    }
}

/// The identities of `workload` that its row names.
pub(super) fn identities(workload: &Workload) -> Limited<&WorkloadIdentity> {
    Limited::to(MAX_IDENTITIES, workload.identities.iter())
}

/// The workloads of `chain` that its row names.
pub(super) fn users(chain: &Chain) -> Limited<&str> {
    Limited::to(MAX_USERS, chain.workloads.iter().map(String::as_str))
}

/// The steps of a list that the page shows.
pub(super) fn steps(steps: &[String]) -> Limited<&str> {
    Limited::of(steps.iter().map(String::as_str))
}

fn planning(report: &Report) -> Vec<Figure> {
    let all = &report.summary.planning;
    let numbers = [
        (State::Planned, "planned", all.planned),
        (State::NeedsDecision, "decision", all.needs_decision),
        (State::CannotBeMoved, "blocker", all.cannot_be_moved),
        (State::LeftAlone, "alone", all.left_alone),
    ];
    figures(numbers.map(|(state, class, number)| (planning_text(state), class, number)))
}

/// How far they are moved: of what there is none, nothing is said.
fn states(report: &Report) -> Vec<Figure> {
    let all = &report.summary.states;
    let numbers = Progress::ALL.map(|(word, progress)| (progress.text(), word, all.of(progress)));
    let mut figures = figures(numbers);
    figures.retain(|figure| figure.number > 0);
    figures
}

/// Numbers of names and classes, side by side.
fn figures<const N: usize>(numbers: [(&'static str, &'static str, usize); N]) -> Vec<Figure> {
    let sum = numbers
        .iter()
        .map(|(.., number)| number)
        .sum::<usize>()
        .max(1);
    let mut before = 0;
    numbers
        .into_iter()
        .map(|(name, class, number)| {
            let begin = before * 1000 / sum;
            before += number;
            let share = before * 1000 / sum - begin;
            Figure { name, class, number, begin, share }
        })
        .collect()
}

/// What a number of workloads is.
const fn planning_text(state: State) -> &'static str {
    match state {
        State::NeedsDecision => "to be decided",
        other => other.text(),
    }
}

fn severities(report: &Report) -> Vec<(&'static str, usize)> {
    let all = &report.summary.risks;
    SEVERITIES
        .into_iter()
        .zip([all.blocker, all.decision, all.warning, all.note])
        .collect()
}

/// Risks come sorted: the gravest first, and those of one id together.
fn risks(all: &[Risk]) -> Vec<RiskGroup<'_>> {
    let groups = all.chunk_by(|one, other| one.id == other.id);
    groups
        .filter_map(|group| {
            let (first, others) = group.split_at(group.len().min(MAX_NAMED));
            Some(RiskGroup {
                risk: group.first()?,
                number: group.len(),
                first: first.iter().collect(),
                others: Limited::of(others.iter()),
            })
        })
        .collect()
}

/// Workloads come sorted by namespace.
fn namespaces(all: &[Workload]) -> Vec<Namespace<'_>> {
    all.chunk_by(|one, other| one.namespace == other.namespace)
        .map(|group| {
            let number = |state| {
                group
                    .iter()
                    .filter(|workload| workload.planning == state)
                    .count()
            };
            let open = [(State::CannotBeMoved, "blocker"), (State::NeedsDecision, "decision")];
            Namespace {
                name: group
                    .first()
                    .map_or("", |workload| workload.namespace.as_str()),
                workloads: group.iter().collect(),
                open: open
                    .into_iter()
                    .map(|(state, class)| (class, number(state), planning_text(state)))
                    .filter(|(_, number, _)| *number > 0)
                    .map(|(class, number, text)| (class, format!("{number} {text}")))
                    .collect(),
            }
        })
        .collect()
}

fn bindings(all: &[Chain]) -> Vec<Bindings<'_>> {
    let mut groups: BTreeMap<&str, Vec<&Chain>> = BTreeMap::new();
    for chain in all {
        groups.entry(&chain.namespace).or_default().push(chain);
    }
    groups
        .into_iter()
        .enumerate()
        .map(|(index, (name, chains))| {
            let picture = (index < MAX_PICTURES).then(|| graph::picture(name, &chains));
            let omitted = picture.as_ref().map_or(0, |picture| picture.omitted);
            Bindings {
                name,
                number: count(chains.len(), "binding"),
                omitted: (omitted > 0).then(|| count(omitted, "further binding")),
                picture,
                chains,
            }
        })
        .collect()
}
