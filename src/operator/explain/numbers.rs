//! Entra's error numbers: as it writes them, as a field of wisp's log and metrics, in a list of codes, or alone.

use super::{Explanation, Kind, text::Text};
use crate::entra::{
    aadsts::{self, GROUPS},
    known::behaviour,
};

/// How many digits a number of Entra has.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=8;

/// What to do where an application was told the number, and not wisp, which the table speaks of.
const BESIDE: [(&[u32], &str); 1] = [(
    &[7_000_215, 7_000_222],
    "remove AZURE_CLIENT_SECRET from the application, whose SDK takes it first and asks Entra past wisp (docs/static-secrets.md); where wisp \
     itself says so,",
)];

/// Each known number that `text` holds, and the unknown ones.
pub(super) fn explained(text: &Text) -> (Vec<Explanation>, Vec<u32>) {
    let mut found: Vec<(u32, Vec<usize>)> = Vec::new();
    let alone = alone(text);
    let numbers = text
        .lines()
        .flat_map(|(line, words)| numbers(words).into_iter().map(move |code| (code, line)));
    for (code, line) in alone.into_iter().chain(numbers) {
        match found.iter_mut().find(|(known, _)| *known == code) {
            Some((_, lines)) => lines.push(line),
            None => found.push((code, vec![line])),
        }
    }
    let (known, unknown): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|(code, _)| aadsts::find(*code).is_some());
    let known = known
        .into_iter()
        .filter_map(|(code, lines)| explanation(code, lines))
        .collect();
    (known, unknown.into_iter().map(|(code, _)| code).collect())
}

/// The numbers of a text that has nothing else, with their lines.
fn alone(text: &Text) -> Vec<(u32, usize)> {
    let words = text.lines().flat_map(|(at, line)| {
        let words = line.split([' ', ',', ';']).filter(|word| !word.is_empty());
        words.map(move |word| (number(word.trim_start_matches("aadsts")), at))
    });
    let numbers: Option<Vec<_>> = words.map(|(code, at)| Some((code?, at))).collect();
    numbers.unwrap_or_default()
}

fn explanation(code: u32, mut lines: Vec<usize>) -> Option<Explanation> {
    lines.dedup();
    let row = aadsts::find(code)?;
    let group = GROUPS
        .iter()
        .find(|group| group.rows.iter().any(|of| of.codes.contains(&code)))?;
    Some(Explanation {
        kind: Kind::Number,
        title: format!("AADSTS{code}"),
        meaning: row.meaning.to_owned(),
        fix: match BESIDE.iter().find(|(codes, _)| codes.contains(&code)) {
            Some((_, beside)) => format!("{beside} {}", row.fix),
            None => row.fix.to_owned(),
        },
        meanwhile: Some(behaviour(row.class).1),
        see: format!("docs/troubleshooting.md#{}", anchor(group.title)),
        check: None,
        lines,
    })
}

/// The numbers in a line.
fn numbers(line: &str) -> Vec<u32> {
    let after = |word: &'static str| line.split(word).skip(1);
    let named = after("aadsts").filter_map(|rest| number(digits(rest.trim_start_matches([':', '=', ' ']))));
    let listed = after("error_codes").flat_map(|rest| {
        let list = rest.trim_start_matches([':', '=', ' ', '[']);
        let list = list.split(']').next().unwrap_or_default();
        list.split(',').filter_map(|code| number(code.trim()))
    });
    // Python and Java name the credential of a chain before what Entra said.
    let chained = after("secretcredential: ").filter_map(|rest| number(digits(rest)));
    named.chain(listed).chain(chained).collect()
}

fn digits(text: &str) -> &str {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn number(text: &str) -> Option<u32> {
    let is_number = DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The anchor of a heading.
fn anchor(title: &str) -> String {
    let kept = title
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == ' ');
    kept.map(|letter| if letter == ' ' { '-' } else { letter.to_ascii_lowercase() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, Text, anchor, explained};

    fn found(text: &str) -> (Vec<String>, Vec<u32>) {
        let (known, unknown) = explained(&Text::of(text));
        let shown = known
            .iter()
            .map(|known| format!("{} {:?}", known.title, known.lines));
        (shown.collect(), unknown)
    }

    #[test]
    fn numbers_are_found_however_they_are_written() {
        for text in [
            "700213",
            "AADSTS700213",
            "AADSTS700213: No matching federated identity record found",
            r#"{"aadsts":700213}"#,
            "                aadsts                   700213",
            r#"failure_total{category="federated_credential",aadsts="700213"} 1"#,
            r#"{"error":"invalid_client","error_codes":[700213],"timestamp":"x"}"#,
        ] {
            assert_eq!(found(text), (vec!["AADSTS700213 [1]".to_owned()], vec![]), "{text}");
        }
        assert_eq!(
            found("700213 50034, AADSTS700016\n1234567"),
            (
                ["AADSTS700213 [1]", "AADSTS50034 [1]", "AADSTS700016 [1]"]
                    .map(str::to_owned)
                    .into(),
                vec![1_234_567]
            )
        );
        assert_eq!(
            found("ClientSecretCredential: 7000215: Invalid client secret provided."),
            (vec!["AADSTS7000215 [1]".to_owned()], vec![])
        );
        assert_eq!(found("took 700213 ms"), (vec![], vec![]));
        assert_eq!(found(r#"{"aadsts":null}"#), (vec![], vec![]));
    }

    #[test]
    fn each_is_told_once_with_its_lines_and_unknown_ones_apart() {
        let text =
            "AADSTS90002 AADSTS700016\nnothing\nAADSTS700016 aadsts=700016\nerror_codes:[90002, 1234567]";
        let known = vec!["AADSTS90002 [1, 4]".to_owned(), "AADSTS700016 [1, 3]".to_owned()];
        assert_eq!(found(text), (known, vec![1_234_567]));
    }

    #[test]
    fn a_secret_that_is_left_over_is_to_be_removed() {
        for code in [7_000_215, 7_000_222] {
            let (known, _) = explained(&Text::of(&format!("AADSTS{code}: Invalid client secret provided.")));
            insta::allow_duplicates! {
                insta::assert_snapshot!(known[0].fix, @"remove AZURE_CLIENT_SECRET from the application, whose SDK takes it first and asks Entra past wisp (docs/static-secrets.md); where wisp itself says so, check that AZURE_AUTHORITY_HOST leads to Entra itself; wisp sends no client secret.");
            }
        }
    }

    #[test]
    fn links_lead_to_headings_of_the_page() {
        let page =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/troubleshooting.md")).unwrap();
        let anchors: Vec<_> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .map(anchor)
            .collect();
        for group in GROUPS {
            assert!(anchors.contains(&anchor(group.title)), "{} in {anchors:?}", group.title);
        }
    }
}
