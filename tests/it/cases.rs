//! Golden cases: each directory of `tests/cases/` is one, and its README says how they are written.
//!
//! The real `wisp serve` runs for each, against an Entra that answers by script.

mod ask;
mod check;
mod entra;
mod format;
mod node;
mod own_network;
mod reading;
mod run;
mod sidecar;
mod template;
mod token_file;
mod written;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

/// Cases that run at the same time. They mostly wait.
const AT_ONCE: usize = 4;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

#[test]
fn all_cases() {
    #[expect(clippy::disallowed_methods, reason = "how a developer asks for one case")]
    let filter = std::env::var("WISP_CASE").ok();
    let only = own_network::case_of_this_process();
    let mut names = names(&root());
    names.retain(|name| match (&only, &filter) {
        (Some(only), _) => name == only,
        (None, Some(filter)) => name.contains(filter.as_str()),
        (None, None) => true,
    });
    assert!(!names.is_empty(), "there is no case {filter:?}");
    let count = names.len();
    let (left, failed) = (Mutex::new(names.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some(name) = next else { return };
                    let run::Outcome { problems, log } = outcome_of(&name, only.is_some());
                    if filter.is_some() {
                        println!("case {name}\n{}\n", log.join("\n"));
                    }
                    if !problems.is_empty() {
                        failed.lock().unwrap().push((name, problems));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    let report: Vec<_> = failed
        .iter()
        .map(|(name, problems)| format!("case {name}\n{}\n", problems.join("\n")))
        .collect();
    assert!(failed.is_empty(), "{} of {count} cases failed\n\n{}", failed.len(), report.join("\n"));
}

/// The names of all cases below `root`, sorted.
fn names(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root).unwrap().map(Result::unwrap);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn outcome_of(name: &str, is_own_network: bool) -> run::Outcome {
    let failed = |error| run::Outcome { problems: vec![error], ..run::Outcome::default() };
    let folder = root().join(name);
    let case = match reading::read(&folder) {
        Ok(case) => case,
        Err(error) => return failed(error),
    };
    if case.node.is_some() && !is_own_network {
        return own_network::run(name);
    }
    // A panic in one case is its failure, not the end of the others.
    catch_unwind(AssertUnwindSafe(|| run::run(&case)))
        .unwrap_or_else(|panic| failed(format!("panic: {:?}", panic.downcast_ref::<String>())))
}

#[test]
fn what_is_wrong_is_found() {
    let case = reading::parse(
        r#"
why = "Everything in it is wrong."
never = ["wisp is serving"]
[[entra]]
token = {}
asked = { scope = "https://elsewhere/.default" }
[[entra]]
token = {}
[[request]]
query = "resource=https://vault.azure.net"
[request.expect]
status = "201 Created"
headers = { server = "other" }
absent = ["content-length"]
body = '{"access_token":"{token}"}'
has = ["absent text"]
lacks = ["access_token"]
exchanges = 7
[[log]]
fields = { operation = "exchange" }
lines = 5
"#,
    )
    .unwrap();
    let problems = run::run(&case).problems.join("\n");
    for expected in [
        "status: expected \"HTTP/1.1 201 Created\", found \"HTTP/1.1 200 OK\"",
        "header server: expected \"other\", found \"wisp/",
        "header content-length: expected none",
        "expected \"}\", found \",\\\"client_id\\\"",
        "expected to hold \"absent text\"",
        "expected not to hold \"access_token\"",
        "so far, expected 7",
        "Entra was asked 1 times, expected 2",
        "`scope` should be \"https://elsewhere/.default\"",
        "expected 5 line(s) with {\"operation\":\"exchange\"}, found 1",
        "the log holds \"wisp is serving\"",
    ] {
        assert!(problems.contains(expected), "{expected:?} is not reported:\n{problems}");
    }
}
