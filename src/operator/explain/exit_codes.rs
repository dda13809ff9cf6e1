//! Exit codes of wisp's own programs. Other programs end with the same numbers, which mean something else there: a number counts where
//! the text says that it is wisp's, or where nothing but the number was pasted.

use super::{Explanation, Kind, text::Text, words::first_word};

/// An exit code: the number, what it means, what to do.
pub(crate) struct ExitCode {
    /// The number.
    pub(crate) code: u8,
    /// What it means.
    pub(crate) meaning: &'static str,
    /// What to do.
    pub(crate) fix: &'static str,
}

/// The exit codes of both programs that mean more than that something failed. Most are those of `wisp redirect`, which the
/// container `wisp-init` runs.
pub(crate) const EXIT_CODES: [ExitCode; 8] = [
    exit(
        64,
        "Arguments or configuration are wrong; for wisp redirect also: the pod's network is not known.",
        "Do what the message says; wisp serve --check and wisp serve --print-config show the settings and where they came from.",
    ),
    exit(
        69,
        "The kernel lacks what nftables needs, and what the other way needs.",
        "Inject with the mode env or http-proxy, which need nothing of the kernel.",
    ),
    exit(
        71,
        "The kernel refuses the redirect for another reason, which the message has.",
        "Try the other --mode of wisp redirect, or inject with the mode env or http-proxy.",
    ),
    exit(
        72,
        "The image lost the capability on its file.",
        "Copy the image with a tool that keeps extended attributes, or run the init container alone as user 0.",
    ),
    exit(
        73,
        "wisp could not listen: the port is taken, or privileged.",
        "Start the sidecar after wisp redirect, not before it; choose a free port by --port and WISP_LISTEN; set the sysctl net.ipv4.ip_unprivileged_port_start to 80 for the way lo.",
    ),
    exit(
        76,
        "The redirect was made, could not be proven, and was removed again.",
        "Look for a rule that comes first, by nft list ruleset in the pod's network namespace; --mode auto may find another way.",
    ),
    exit(
        77,
        "The capability NET_ADMIN is missing, or a profile forbids to use it.",
        "Add NET_ADMIN to the init container with the seccomp profile RuntimeDefault, or inject with the mode env or http-proxy.",
    ),
    exit(
        78,
        "The pod uses the network of its node, where a redirect would take the metadata service away from all.",
        "Take hostNetwork out of the pod, or inject with the mode env or http-proxy.",
    ),
];

const fn exit(code: u8, meaning: &'static str, fix: &'static str) -> ExitCode {
    ExitCode { code, meaning, fix }
}

/// Words before an exit code, where nothing else can be meant.
const BEFORE_CODES: [&str; 6] =
    ["exit code", "exitcode", "exit_code", "exit status", "exited with code", "exited with"];

/// Names of wisp's programs and containers.
const OWN: [&str; 3] = ["wisp", "wisp-init", "wispctl"];

/// Words without a value behind their colon which are no name of a container, above an exit code in kubectl describe.
const NO_NAMES: [&str; 2] = ["command", "args"];

/// The first words of lines that tell how a container ended, and of what, but not which one.
const STATE: [&str; 20] = [
    "code",
    "command",
    "containerid",
    "exit",
    "exit_code",
    "exitcode",
    "exited",
    "finished",
    "finishedat",
    "last",
    "laststate",
    "message",
    "ready",
    "reason",
    "restart",
    "signal",
    "started",
    "startedat",
    "state",
    "terminated",
];

/// Each exit code of wisp that `text` holds.
pub(super) fn exit_codes(text: &Text) -> Vec<Explanation> {
    let lines: Vec<_> = text.lines().collect();
    let is_alone = lines.iter().all(|(_, line)| is_of_state(line));
    let explanation = |exit: &ExitCode| {
        let code = exit.code.to_string();
        let is_code = |(at, line): &(usize, &str)| {
            text.only_word() == Some(code.as_str())
                || (ends_with_code(line, &code) && (is_alone || is_of_wisp(&lines, *at)))
        };
        let found: Vec<_> = lines
            .iter()
            .filter(|line| is_code(line))
            .map(|(at, _)| *at)
            .collect();
        (!found.is_empty()).then(|| Explanation {
            kind: Kind::ExitCode,
            title: format!("exit code {code}"),
            meaning: exit.meaning.to_owned(),
            fix: exit.fix.to_owned(),
            meanwhile: None,
            see: "docs/redirect.md#exit-codes".to_owned(),
            check: None,
            lines: found,
        })
    };
    EXIT_CODES.iter().filter_map(explanation).collect()
}

fn ends_with_code(line: &str, code: &str) -> bool {
    let after = |before: &str| {
        line.split(before)
            .skip(1)
            .any(|rest| first_word(rest) == code)
    };
    BEFORE_CODES.iter().any(|before| after(before))
}

fn is_of_state(line: &str) -> bool {
    let mut words = words(line);
    words.next().is_none_or(|first| STATE.contains(&first))
}

/// Whether line `at`, counted from 1, tells of wisp: by a name in it, or by the container that it belongs to.
fn is_of_wisp(lines: &[(usize, &str)], at: usize) -> bool {
    let (above, rest) = lines.split_at(at.saturating_sub(1).min(lines.len()));
    let is_named = rest
        .first()
        .is_some_and(|(_, line)| words(line).any(|word| OWN.contains(&word)));
    let above = || above.iter().rev().map(|(_, line)| *line);
    let name = match above().find_map(heading) {
        // In YAML and JSON the fields are in the order of the alphabet: the name stands below lastState and above state.
        Some("terminated") => {
            let is_last = above().find_map(|line| {
                ["laststate:", "state:"]
                    .into_iter()
                    .find(|field| line.starts_with(field))
            });
            match is_last {
                Some("laststate:") => rest.iter().find_map(|(_, line)| named(line)),
                _ => above().find_map(named),
            }
        }
        name => name,
    };
    is_named || name.is_some_and(|name| OWN.contains(&name))
}

/// The name in a line that has nothing but a name and a colon, as the first one of a container in kubectl describe.
fn heading(line: &str) -> Option<&str> {
    let name = line.trim_end_matches([' ', '{']).strip_suffix(':')?;
    let is_name = !name.is_empty() && !name.contains(' ') && !NO_NAMES.contains(&name);
    is_name.then_some(name)
}

/// The value of the field `name`.
fn named(line: &str) -> Option<&str> {
    let name = line.trim_start_matches("- ").strip_prefix("name:")?;
    Some(name.trim_matches([' ', ',']))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_'));
    words.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests;
