//! A report as one page, which loads nothing and runs nothing.
//!
//! - `page.html` and the files beside it: the page, part by part; `style.css`: what it looks like
//! - `view`: what the page shows that is not in the report as it is: groups, and what is left out of long lists
//! - `escape`: texts of others

mod escape;
mod view;

use askama::Template;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};

use super::{graph, model::Report, summary::SEVERITIES};
use crate::operator::migrate::tables::count;
use escape::prose;
use view::View;

const STYLE: &str = include_str!("style.css");

#[derive(Template)]
#[template(path = "page.html", config = "src/operator/migrate/report/html/askama.toml")]
struct Page<'a> {
    report: &'a Report,
    view: View<'a>,
    style: String,
    /// What the page may be styled by: this style, and no other.
    style_digest: String,
}

/// `report` as a page.
pub(super) fn html(report: &Report) -> String {
    let style = dense(STYLE);
    let style_digest = BASE64_STANDARD.encode(Sha256::digest(&style));
    let page = Page { report, view: View::new(report), style, style_digest };
    // A text takes all that is written, and nothing in the templates fails.
    dense(&page.render().unwrap_or_default())
}

/// `text` without the empty lines that templates leave. Texts of others have no ends of lines.
fn dense(text: &str) -> String {
    let filled = text.lines().filter(|line| !line.trim().is_empty());
    filled.flat_map(|line| [line, "\n"]).collect()
}
