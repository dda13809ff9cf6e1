//! Pictures as texts.

use std::fmt::Write as _;

use super::{Picture, picture};
use crate::operator::migrate::report::model::Chain;

fn chain(selector: &str, identity: &str, workloads: &[&str]) -> Chain {
    Chain {
        namespace: "shop".to_owned(),
        selector: Some(selector.to_owned()),
        binding: format!("{selector}-binding"),
        azure_identity: Some(identity.to_owned()),
        client_id: Some("11111111-1111-1111-1111-111111111111".to_owned()),
        identity_name: Some(identity.to_owned()),
        workloads: workloads.iter().map(|name| (*name).to_owned()).collect(),
        error: None,
    }
}

fn drawn(chains: &[Chain]) -> Picture {
    picture("shop", &chains.iter().collect::<Vec<_>>())
}

fn text(picture: &Picture) -> String {
    let mut text = String::new();
    for node in &picture.nodes {
        let _ = writeln!(text, "{} at {},{}: {}", node.column, node.x, node.y, node.title);
    }
    for edge in &picture.edges {
        let _ = writeln!(text, "{}", edge.path);
    }
    text
}

#[test]
fn a_binding_is_a_line_of_boxes() {
    let picture = drawn(&[chain("orders", "orders", &["Deployment shop/orders", "Job bills/ledger"])]);
    insta::assert_snapshot!(text(&picture), @"
    0 at 1,50: orders
    1 at 237,50: orders-binding
    2 at 473,50: orders
    3 at 709,34: orders, 11111111-1111-1111-1111-111111111111
    4 at 945,42: orders, Deployment
    4 at 945,100: bills/ledger, Job
    M191 66H237
    M427 66H473
    M663 66H709
    M899 66H945
    M899 66C922 66 922 124 945 124
    ");
}

#[test]
fn what_is_wrong_is_marked() {
    let broken = Chain {
        selector: None,
        azure_identity: None,
        client_id: None,
        error: Some("it names no AzureIdentity".to_owned()),
        ..chain("orders", "orders", &[])
    };
    let picture = drawn(&[broken]);
    let wrong: Vec<_> = picture
        .nodes
        .iter()
        .filter(|node| node.is_wrong)
        .map(|node| node.title.as_str())
        .collect();
    assert_eq!(
        wrong,
        [
            "none, the binding selects nothing",
            "orders-binding, it names no AzureIdentity",
            "none",
            "not known"
        ]
    );
}

#[test]
fn boxes_never_lie_upon_each_other() {
    let chains: Vec<_> = (0..25)
        .map(|number| {
            let users: Vec<_> = (0..number % 4)
                .map(|user| format!("Deployment shop/{}", (number * 7 + user) % 19))
                .collect();
            let users: Vec<_> = users.iter().map(String::as_str).collect();
            let mut chain =
                chain(&format!("label-{}", number % 9), &format!("identity-{}", number % 7), &users);
            chain.client_id = Some((number % 5).to_string());
            chain
        })
        .collect();
    let picture = drawn(&chains);
    for (index, node) in picture.nodes.iter().enumerate() {
        assert!(node.x + node.width <= picture.width && node.y + node.height <= picture.height);
        for other in &picture.nodes[index + 1..] {
            let is_apart =
                node.x != other.x || node.y + node.height <= other.y || other.y + other.height <= node.y;
            assert!(is_apart, "{} and {}", node.title, other.title);
        }
    }
}

#[test]
fn a_big_namespace_is_counted_and_not_drawn() {
    let many: Vec<_> = (0..100)
        .map(|number| format!("Deployment shop/{number}"))
        .collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let one = drawn(&[chain("orders", "orders", &many)]);
    let last = one.nodes.last().unwrap();
    assert_eq!(last.title, "100 workloads, named in the table");

    let chains: Vec<_> = (0..1000)
        .map(|number| {
            let mut chain =
                chain(&format!("label-{number}"), &format!("identity-{number}"), &[many[number % 100]]);
            chain.client_id = Some(number.to_string());
            chain
        })
        .collect();
    let picture = drawn(&chains);
    assert_eq!(picture.omitted, 970);
    assert!(picture.nodes.len() <= 5 * 30, "{}", picture.nodes.len());
}
