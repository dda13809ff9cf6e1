//! Which file leans on which: an arrow goes to the file that defines what is used, whoever hands it on.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{File, Module, Sources};

/// The arrows between files.
pub(super) struct Graph {
    pub(super) edges: BTreeSet<(Module, Module)>,
}

impl Graph {
    pub(super) fn of(sources: &Sources) -> Self {
        let mut edges = BTreeSet::new();
        for (module, file) in &sources.0 {
            let globs = file.globs.1.iter();
            let paths = file.imported.values().chain(&file.used).chain(globs);
            for path in paths {
                let Some(absolute) = absolute(sources, module, file, path) else { continue };
                if let Some(target) = resolve(sources, &absolute, 0)
                    && target != *module
                    && !target.is_empty()
                {
                    edges.insert((module.clone(), target));
                }
            }
        }
        Self { edges }
    }

    /// The arrows between groups of files, each with the files it is in.
    pub(super) fn arrows(
        &self,
        group: impl Fn(&[String]) -> Option<String>,
    ) -> BTreeMap<(String, String), BTreeSet<String>> {
        let mut arrows = BTreeMap::<_, BTreeSet<_>>::new();
        for (from, to) in &self.edges {
            if let (Some(a), Some(b)) = (group(from), group(to))
                && a != b
            {
                arrows.entry((a, b)).or_default().insert(from.join("::"));
            }
        }
        arrows
    }
}

/// `path`, as it stands in `module`, from the root of the crate; none where it leads out of the crate.
fn absolute(sources: &Sources, module: &[String], file: &File, path: &[String]) -> Option<Module> {
    let first = path.first()?.as_str();
    let rest = &path[1..];
    match first {
        "crate" => Some(rest.to_vec()),
        "self" if path.len() > 1 => Some([module, rest].concat()),
        "super" => {
            let mut at = module;
            let mut rest = path;
            while rest.first().is_some_and(|segment| segment == "super") {
                (at, rest) = (at.split_last()?.1, &rest[1..]);
            }
            Some([at, rest].concat())
        }
        // A module below this file, or a name that it imports; a path of one name that is imported counts as the import.
        _ if sources.0.contains_key(&[module, &path[..1]].concat()) => Some([module, path].concat()),
        _ if path.len() > 1 || file.exported.contains_key(first) => {
            let import = file
                .imported
                .get(first)
                .or_else(|| file.exported.get(first))?;
            let import = absolute(sources, module, &File::default(), import)?;
            Some([import.as_slice(), rest].concat())
        }
        _ => None,
    }
}

/// The file that defines what `path` leads to.
fn resolve(sources: &Sources, path: &[String], hops: usize) -> Option<Module> {
    const MOST_HOPS: usize = 8;
    let depth = (0..=path.len())
        .rev()
        .find(|depth| sources.0.contains_key(&path[..*depth]))?;
    let (module, rest) = path.split_at(depth);
    let file = &sources.0[module];
    let Some(name) = rest.first() else { return Some(module.to_vec()) };
    if file.defined.contains(name) || hops == MOST_HOPS {
        return Some(module.to_vec());
    }
    if let Some(exported) = file.exported.get(name).or_else(|| file.imported.get(name)) {
        let target = absolute(sources, module, &File::default(), exported)?;
        return resolve(sources, &[target.as_slice(), &rest[1..]].concat(), hops + 1);
    }
    for glob in file.globs.0.iter().chain(&file.globs.1) {
        let Some(target) = absolute(sources, module, &File::default(), glob) else { continue };
        let inside = sources.0.get(&target);
        if inside.is_some_and(|file| file.defined.contains(name) || file.exported.contains_key(name)) {
            return resolve(sources, &[target.as_slice(), rest].concat(), hops + 1);
        }
    }
    // What leads out of the crate.
    (module.len() + rest.len() == path.len() && depth > 0).then(|| module.to_vec())
}

/// The circles of files, each as one of its shortest ways round.
pub(super) fn circles(graph: &Graph) -> Vec<String> {
    let mut next = BTreeMap::<&Module, Vec<&Module>>::new();
    for (from, to) in &graph.edges {
        // The words of a module stand in its own file, for the files below it.
        if !from.starts_with(to) {
            next.entry(from).or_default().push(to);
        }
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in next.keys() {
        if let Some(path) = path_round(&next, start) {
            let members: BTreeSet<_> = path.iter().copied().collect();
            if seen.insert(members) {
                let names = path.iter().map(|module| module.join("::"));
                found.push(
                    names
                        .chain([start.join("::")])
                        .collect::<Vec<_>>()
                        .join(" -> "),
                );
            }
        }
    }
    found
}

/// The shortest way from `start` back to it.
fn path_round<'a>(
    next: &BTreeMap<&'a Module, Vec<&'a Module>>,
    start: &'a Module,
) -> Option<Vec<&'a Module>> {
    let mut before = BTreeMap::<&Module, &Module>::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for to in next.get(at).into_iter().flatten() {
            if *to == start {
                let mut path = vec![at];
                while path[path.len() - 1] != start {
                    path.push(before[path[path.len() - 1]]);
                }
                path.reverse();
                return Some(path);
            }
            if !before.contains_key(to) {
                before.insert(to, at);
                queue.push_back(to);
            }
        }
    }
    None
}
