//! Names in lines of a fixed width.

use crate::visible::is_hidden;

/// The most lines of a name.
const MAX_LINES: usize = 3;
/// What stands for letters that are left out.
const ELLIPSIS: char = '…';

/// `text` in lines of at most `width` columns, broken behind `-`, `.`, `/` or a blank where that goes. What is longer than three lines loses its middle.
pub(super) fn lines(text: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let found = broken(&letters, width);
    if found.len() <= MAX_LINES {
        return found;
    }
    // As much of both ends as there is room for.
    let most = letters.len().min(width * MAX_LINES) / 2;
    let shortened = (1..=most).rev().map(|half| {
        let (begin, end) = (&letters[..half], &letters[letters.len() - half..]);
        broken(&[begin, &[ELLIPSIS], end].concat(), width)
    });
    let mut fitting = shortened.filter(|lines| lines.len() <= MAX_LINES);
    fitting.next().unwrap_or_else(|| vec![ELLIPSIS.to_string()])
}

fn broken(letters: &[char], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = letters;
    while !rest.is_empty() {
        let fits = fitting(rest, width);
        let end = if fits == rest.len() {
            fits
        } else {
            let is_end = |letter: &char| "-./ ".contains(*letter);
            let natural = rest[..fits].iter().rposition(is_end).map(|at| at + 1);
            // A line is not to be much shorter than it could be.
            natural.filter(|end| *end * 2 > fits).unwrap_or(fits)
        };
        let (line, others) = rest.split_at(end);
        lines.push(line.iter().collect::<String>().trim().to_owned());
        rest = others;
    }
    lines
}

/// How many of `letters` fit into `width` columns, at least one.
fn fitting(letters: &[char], width: usize) -> usize {
    let mut sum = 0;
    let fits = letters.iter().take_while(|letter| {
        sum += columns(**letter);
        sum <= width
    });
    fits.count().max(1)
}

/// The columns that a letter takes. What is not of the alphabets of Europe may be wide, and what nobody sees is written as its number.
fn columns(letter: char) -> usize {
    match letter {
        letter if is_hidden(letter) => 8,
        ' '..='~' | '\u{a0}'..='\u{590}' | ELLIPSIS => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn names_break_where_a_reader_would() {
        assert_eq!(lines("orders", 12), ["orders"]);
        assert_eq!(lines("orders-of-the-shop", 12), ["orders-of-", "the-shop"]);
        assert_eq!(lines("ordersoftheshop", 12), ["ordersofthes", "hop"]);
        assert_eq!(lines("", 12), [""; 0]);
    }

    #[test]
    fn what_is_too_long_loses_its_middle() {
        let long = format!("begin{}end", "x".repeat(500));
        assert_eq!(lines(&long, 6), ["beginx", "xx…xxx", "xxend"]);
        let parts = lines(&"a-very-long-name.".repeat(20), 12);
        assert_eq!(parts.len(), 3);
        assert!(parts.iter().all(|line| line.chars().count() <= 12), "{parts:?}");
        assert!(parts[0].starts_with("a-very") && parts[2].ends_with("name."), "{parts:?}");
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(lines("注文注文", 4), ["注文", "注文"]);
    }
}
