//! Where everything is, in pixels: columns of boxes, each as near to what it is connected with as the others let it.

use std::fmt::Write as _;

use super::{
    COLUMNS,
    lines::lines,
    network::{Label, Network},
};

/// The width of a box, and of what is between two columns.
const WIDTH: usize = 190;
const GAP: usize = 46;
/// Letters of the fixed width that fit into a box.
const LETTERS: usize = 24;
/// The height of a line, what is above and below the lines of a box, and what is between two boxes.
const LINE: usize = 16;
const PADDING: usize = 8;
const SPACE: usize = 10;
/// Where the boxes begin: the heads of the columns are above.
const TOP: usize = 34;
/// How often boxes move towards what they are connected with.
const SWEEPS: usize = 4;

/// A picture of bindings.
pub(crate) struct Picture {
    /// Its width.
    pub width: usize,
    /// Its height.
    pub height: usize,
    /// The heads of the columns, with the place of each.
    pub heads: Vec<(usize, &'static str)>,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// What connects them.
    pub edges: Vec<Edge>,
    /// Bindings that are not drawn.
    pub omitted: usize,
}

/// A box.
pub(crate) struct Node {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
    /// Its column, from 0.
    pub column: usize,
    /// Whether something is wrong with it.
    pub is_wrong: bool,
    /// All that it says.
    pub title: String,
    /// Its lines, each with its place from the top of the box, and whether it is a detail.
    pub lines: Vec<(usize, String, bool)>,
}

/// A line from a box to one of the next column.
pub(crate) struct Edge {
    /// As SVG has it.
    pub path: String,
}

/// The picture of `network`.
pub(super) fn layout(network: Network) -> Picture {
    let mut columns: Vec<Vec<Node>> = Vec::new();
    for (column, labels) in network.columns.into_iter().enumerate() {
        columns.push(
            labels
                .into_iter()
                .map(|label| node(column, label))
                .collect(),
        );
    }
    for boxes in &mut columns {
        let natural: Vec<_> = boxes.iter().map(|_| 0).collect();
        stack(boxes, &natural);
    }
    let edges: Vec<_> = network.edges.into_iter().collect();
    for sweep in 0..SWEEPS {
        // From the right first, where the most boxes are.
        let order: Vec<usize> = if sweep % 2 == 0 { (0..4).rev().collect() } else { (1..5).collect() };
        for column in order {
            let targets = targets(&columns, &edges, column, sweep % 2 == 0);
            stack(&mut columns[column], &targets);
        }
    }
    raise(&mut columns);
    let ends = columns.iter().flatten().map(|node| node.y + node.height);
    let height = ends.max().unwrap_or(TOP) + SPACE;
    let edges = edges
        .iter()
        .filter_map(|edge| line(&columns, *edge))
        .collect();
    Picture {
        width: WIDTH * 5 + GAP * 4 + 2,
        height,
        heads: COLUMNS
            .iter()
            .enumerate()
            .map(|(column, head)| (left(column), *head))
            .collect(),
        nodes: columns.into_iter().flatten().collect(),
        edges,
        omitted: network.omitted,
    }
}

fn left(column: usize) -> usize {
    1 + column * (WIDTH + GAP)
}

fn node(column: usize, label: Label) -> Node {
    let name = lines(&label.name, LETTERS)
        .into_iter()
        .map(|line| (line, false));
    let detail = lines(&label.detail, LETTERS + 2)
        .into_iter()
        .map(|line| (line, true));
    let all: Vec<_> = name.chain(detail).collect();
    let height = all.len().max(1) * LINE + 2 * PADDING;
    let baseline = |index: usize| PADDING + LINE * (index + 1) - 4;
    let title = [label.name, label.detail]
        .into_iter()
        .filter(|text| !text.is_empty());
    Node {
        x: left(column),
        y: TOP,
        width: WIDTH,
        height,
        column,
        is_wrong: label.is_wrong,
        title: title.collect::<Vec<_>>().join(", "),
        lines: all
            .into_iter()
            .enumerate()
            .map(|(index, (line, is_detail))| (baseline(index), line, is_detail))
            .collect(),
    }
}

/// Where the middles of the boxes of a column should be: beside what they are connected with on one side.
fn targets(
    columns: &[Vec<Node>],
    edges: &[(usize, usize, usize)],
    column: usize,
    is_to_the_right: bool,
) -> Vec<usize> {
    let mut sums = vec![(0, 0); columns[column].len()];
    for (left, from, to) in edges {
        let (own, other, of) = if is_to_the_right { (*from, *to, left + 1) } else { (*to, *from, *left) };
        let is_own = if is_to_the_right { *left == column } else { left + 1 == column };
        if is_own && let (Some((sum, number)), Some(node)) = (sums.get_mut(own), columns[of].get(other)) {
            *sum += node.y + node.height / 2;
            *number += 1;
        }
    }
    sums.into_iter()
        .map(|(sum, number)| sum.checked_div(number).unwrap_or(0))
        .collect()
}

/// Puts the boxes of a column near their targets, without one upon another. Their order stays.
fn stack(boxes: &mut [Node], targets: &[usize]) {
    let mut free = TOP;
    for (node, target) in boxes.iter_mut().zip(targets) {
        node.y = free.max(target.saturating_sub(node.height / 2));
        free = node.y + node.height + SPACE;
    }
}

/// Takes away what is free above all boxes.
fn raise(columns: &mut [Vec<Node>]) {
    let first = columns
        .iter()
        .flatten()
        .map(|node| node.y)
        .min()
        .unwrap_or(TOP);
    for node in columns.iter_mut().flatten() {
        node.y -= first - TOP;
    }
}

fn line(columns: &[Vec<Node>], (column, from, to): (usize, usize, usize)) -> Option<Edge> {
    let (from, to) = (columns.get(column)?.get(from)?, columns.get(column + 1)?.get(to)?);
    let (x, y) = (from.x + from.width, from.y + from.height / 2);
    let (end, level) = (to.x, to.y + to.height / 2);
    let half = GAP / 2;
    let mut path = format!("M{x} {y}");
    let _ = if y == level {
        write!(path, "H{end}")
    } else {
        write!(path, "C{} {y} {} {level} {end} {level}", x + half, end - half)
    };
    Some(Edge { path })
}
