//! The layout: imports only ever point down, no files of a module lean on each other in a circle, names are made of words that
//! readers know, and `wisp` links nothing that only `wispctl` needs.

mod files;
mod graph;
mod links;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use files::Sources;
use graph::{Graph, circles};

/// The layers from the top. A module may import modules of lower layers, and what is in it.
const LAYERS: &[&[&str]] = &[
    &["cli"],
    &["emulator", "operator"],
    &["doctor"],
    &["serve", "redirect"],
    &["settings"],
    &["endpoint"],
    &["broker"],
    &["entra"],
    &["assertion", "identity"],
    &["observe", "server"],
    &["exchange"],
    &["failure", "token", "jwt", "names", "visible"],
    &["clock"],
];

/// The layers of `operator`, from the top.
const OPERATOR: &[&[&str]] = &[
    &["doctor"],
    &["audit", "explain"],
    &["migrate"],
    &["component", "policy", "run", "webhook"],
    &["cluster", "identity", "inject", "pod_identity"],
    &["manifest", "workload"],
    &["edit"],
];

/// What manifests are edited by: it knows files and texts, and neither servers nor clusters.
const OFFLINE: &[&str] = &["component", "edit", "identity", "inject", "manifest", "pod_identity", "policy"];

#[test]
fn imports_only_point_down() {
    let graph = Graph::of(&Sources::read());
    let arrows = graph.arrows(|path| path.first().cloned());
    assert!(arrows.len() > 20, "the arrows are not found any more: {arrows:#?}");
    assert_down(&arrows, LAYERS, &["lib", "main", "bin"]);
}

#[test]
fn imports_of_the_operator_only_point_down() {
    let graph = Graph::of(&Sources::read());
    let arrows = graph.arrows(|path| match path {
        [top, module, ..] if top == "operator" => Some(module.clone()),
        _ => None,
    });
    assert!(arrows.len() > 8, "the arrows are not found any more: {arrows:#?}");
    assert_down(&arrows, OPERATOR, &[]);
}

/// Fails with each arrow that does not point down.
fn assert_down(arrows: &BTreeMap<(String, String), BTreeSet<String>>, layers: &[&[&str]], above: &[&str]) {
    let layer = |module: &str| {
        let found = layers.iter().position(|layer| layer.contains(&module));
        found.unwrap_or_else(|| panic!("no layer for the module {module}"))
    };
    let wrong: Vec<_> = arrows
        .iter()
        .filter(|((from, _), _)| !above.contains(&from.as_str()))
        .filter(|((from, to), _)| layer(from) >= layer(to))
        .collect();
    assert!(wrong.is_empty(), "arrows that point up or sideways, and the files they are in: {wrong:#?}");
}

#[test]
fn what_edits_manifests_knows_no_server_and_no_cluster() {
    let graph = Graph::of(&Sources::read());
    let is_offline = |path: &[String]| {
        path.first().is_some_and(|top| top == "operator")
            && path
                .get(1)
                .is_some_and(|module| OFFLINE.contains(&module.as_str()))
    };
    let is_online = |path: &[String]| {
        path.first().is_some_and(|top| top == "server")
            || (path.first().is_some_and(|top| top == "operator")
                && path.get(1).is_some_and(|m| m == "cluster"))
    };
    let wrong: Vec<_> = graph
        .edges
        .iter()
        .filter(|(from, to)| is_offline(from) && is_online(to))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_files_lean_on_each_other_in_a_circle() {
    let circles = circles(&Graph::of(&Sources::read()));
    assert!(circles.is_empty(), "{} circles of files:\n{}", circles.len(), circles.join("\n"));
}
