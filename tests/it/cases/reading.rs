//! Reading a case. One that expects nothing, or contradicts itself, is refused.

use std::{fs, path::Path};

use figment::providers::{Format as _, Toml};

use super::format::{Case, Connection, Expect, Node, Reaction, Request};

/// Reads the case in `folder`.
pub(super) fn read(folder: &Path) -> Result<Case, String> {
    let text = fs::read_to_string(folder.join("case.toml")).map_err(|e| format!("case.toml: {e}"))?;
    let mut case = parse(&text)?;
    let of_node = case.node.iter_mut().flat_map(|node| node.answer.iter_mut());
    for reaction in case.entra.iter_mut().chain(of_node) {
        if let Some(name) = reaction.body_file.take() {
            let text = fs::read_to_string(folder.join(&name)).map_err(|e| format!("{name}: {e}"))?;
            reaction.body = Some(text);
        }
    }
    Ok(case)
}

/// Reads a case from text.
pub(super) fn parse(text: &str) -> Result<Case, String> {
    let case: Case = Toml::from_str(text).map_err(|e| format!("case.toml: {e}"))?;
    match flaw(&case) {
        Some(flaw) => Err(format!("case.toml: {flaw}")),
        None => Ok(case),
    }
}

fn flaw(case: &Case) -> Option<String> {
    if case.why.trim().is_empty() {
        return Some("`why` is empty".into());
    }
    if case.request.is_empty() {
        return Some("there is no request".into());
    }
    if case.request.iter().all(|request| request.expect.is_none()) {
        return Some("nothing is expected".into());
    }
    let of_request =
        |(i, request): (usize, &Request)| Some(format!("request {}: {}", i + 1, request.flaw(i)?));
    let of_entra = |(i, r): (usize, &Reaction)| Some(format!("entra {}: {}", i + 1, r.flaw()?));
    case.request
        .iter()
        .enumerate()
        .find_map(of_request)
        .or_else(|| case.entra.iter().enumerate().find_map(of_entra))
        .or_else(|| Some(format!("node: {}", case.node.as_ref()?.flaw()?)))
}

impl Node {
    fn flaw(&self) -> Option<&'static str> {
        if self.absent && !self.answer.is_empty() {
            return Some("one that is absent does not answer");
        }
        self.answer.iter().find_map(|answer| match answer {
            Reaction { token: None, error: None, .. } => answer.flaw(),
            _ => Some("it hands out no tokens: `token` and `error` are Entra's"),
        })
    }
}

impl Request {
    fn flaw(&self, index: usize) -> Option<&'static str> {
        let targets = [self.target.is_some(), self.query.is_some(), self.raw.is_some()];
        let given = targets.into_iter().filter(|given| *given).count();
        let expect = self.expect.as_ref();
        let many = self.repeat != 1 || self.at_once != 1 || !self.each.is_empty();
        match () {
            () if given != 1 => Some("one of `target`, `query` and `raw` is needed"),
            () if self.left_waiting && expect.is_some() => {
                Some("an answer that is not read cannot be expected")
            }
            () if !self.left_waiting && expect.is_none() => Some("nothing is expected"),
            () if self.repeat == 0 || self.at_once == 0 => Some("it is never sent"),
            () if self.connection != Connection::New && (index == 0 || many || self.left_waiting) => {
                Some("a shared connection needs a request before it, and carries each request once")
            }
            () if expect.is_some_and(Expect::says_nothing_of_the_body) => {
                Some("nothing is expected of the body: one of `body`, `json`, `has` and `empty` is needed")
            }
            () => None,
        }
    }
}

impl Expect {
    fn says_nothing_of_the_body(&self) -> bool {
        self.body.is_none() && self.json.is_none() && self.has.is_empty() && !self.empty
    }
}

impl Reaction {
    fn flaw(&self) -> Option<&'static str> {
        let answers = [
            self.body.is_some(),
            self.body_file.is_some(),
            self.token.is_some(),
            self.error.is_some(),
            self.reset,
            self.hang,
        ];
        let one = answers.into_iter().filter(|answer| *answer).count() == 1;
        (!one).then_some("one of `body`, `body_file`, `token`, `error`, `reset` and `hang` is needed")
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    const GOOD: &str =
        "why = \"x\"\n[[request]]\nquery = \"\"\nexpect = { status = \"400 Bad Request\", has = [\"x\"] }\n";

    fn refused(text: &str) -> String {
        parse(text).unwrap_err()
    }

    #[test]
    fn what_is_unknown_or_expects_nothing_is_refused() {
        assert!(parse(GOOD).is_ok());
        assert!(refused(&format!("colour = 1\n{GOOD}")).contains("unknown field `colour`"));
        assert!(refused(&GOOD.replace("has", "hsa")).contains("unknown field `hsa`"));
        assert!(refused("why = \"x\"\nrequest = []").contains("no request"));
        assert!(refused("why = \"x\"\n[[request]]\nquery = \"\"").contains("nothing is expected"));
        assert!(refused(&GOOD.replace(", has = [\"x\"]", "")).contains("nothing is expected of the body"));
        assert!(refused(&GOOD.replace("query", "version")).contains("`target`"));
        assert!(refused(&format!("{GOOD}[[entra]]\nstatus = 200")).contains("entra 1"));
        assert!(
            refused(&format!("{GOOD}[[node.answer]]\ntoken = {{}}")).contains("node: it hands out no tokens")
        );
        assert!(
            refused(&format!("{GOOD}[node]\nabsent = true\n[[node.answer]]\nhang = true")).contains("absent")
        );
    }
}
