//! The table of risks, and the page that has it.

use super::RiskId;
use crate::observe::page::page_has;

#[test]
fn the_guide_has_all_risks() {
    let row = |id: RiskId| {
        format!("| `{}` | {} | {} | {} |", id.name(), id.severity().name(), id.meaning(), id.advice())
    };
    let rows = RiskId::ALL.map(row).join("\n");
    let head = "| Risk | Severity | What it is | What to do |\n|---|---|---|---|";
    page_has("docs/migrate.md", "risks", &format!("{head}\n{rows}"));
}

#[test]
fn risks_are_in_the_order_of_their_names() {
    assert!(RiskId::ALL.is_sorted_by_key(|id| id.name()));
}
