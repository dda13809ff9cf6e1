//! The tables of the troubleshooting page, made from the tables that the answers are made from.

use std::fmt::Write as _;

use super::{
    aadsts::GROUPS,
    known::behaviour,
    transport_error::{Destination, TransportError},
};
use crate::{
    assertion::{TokenFileError, TokenFileErrorKind},
    failure::Class,
    jwt::NotAJwt,
    observe::page::page_has,
};

const INTRODUCTION: &str = "\
When wisp has no token to give, the answer's `error_description` says what is wrong and, after \"Fix:\", what to do. The
same text is in the log. What follows lists what is said about each of Entra's numbers, the token file and the network, ordered by
where the trouble is, and is made from wisp's own tables. What wisp refuses by itself is in the table of reasons in
[Observability](observability.md).

Look at the number after `AADSTS` first. If there is none, the trouble is before Entra: the token file or the network.

The column *wisp does* tells what happens meanwhile:
";

const NEIGHBOURS: &str = "\
Some numbers are often explained wrongly elsewhere. **AADSTS700024** is about time alone: a clock that is wrong, a token that
the kubelet no longer renews, a stale copy of the file. It says nothing about issuer, subject or audience.
The fix in the answer holds three clocks against each other, Entra's, the node's and the one that wrote the token, and names what is off.
**AADSTS700211**, **AADSTS700212** and **AADSTS700213** name the one part that does not match (issuer, audience, subject);
the description repeats the values that were presented, so that they can be held against the credential.
";

/// Refusals that are wisp's own, and begin with words that clients look for.
const REFUSALS: &str = "\
## Refused before Entra is asked

**Identity not found** (on the path of App Service *No User Assigned or Delegated Managed Identity found for specified
ClientId/ResourceId/PrincipalId*): the request names an identity that is not among the configured ones. The answer goes on with what
is configured; the log line with `reason=identity_unknown` has the name that was asked for, in full with
`WISP_LOG_IDENTIFIERS=full`, and `wisp_refused_requests_total{reason=\"identity_unknown\"}` counts them. Where the application is
right, add the identity to `WISP_IDENTITIES`. ODBC and old SqlClient name it by `object_id`, Fluentd by `msi_res_id`: these take the
`object_id` and `resource_id` of its entry. Where the application is wrong, look for another `AZURE_CLIENT_ID`, or for an object id
where a client id belongs.

**Required metadata header not specified**: a probe, which is fine, or a client of another service. Where the answer goes on, it
names the variables that led the client here, and what to do about them.

**not_served** with 403: the application asks for metadata that is not about identities. `WISP_INSTANCE_DOCUMENT` gives it an answer
for `/metadata/instance` ([instance metadata](instance-metadata.md)).

[Observability](observability.md) has every reason.

";

const CLASSES: [Class; 5] =
    [Class::Permanent, Class::Propagation, Class::Assertion, Class::Throttled, Class::Transient];

fn page() -> String {
    let mut page = format!("{INTRODUCTION}\n");
    for class in CLASSES {
        let (name, does) = behaviour(class);
        line(&mut page, format_args!("- *{name}*: {does}"));
    }
    line(
        &mut page,
        format_args!("\nA token that is still valid is served whatever happens.\n\n{NEIGHBOURS}"),
    );
    for group in GROUPS {
        line(
            &mut page,
            format_args!("## {}\n\n| Number | Meaning | Fix | wisp does |\n|---|---|---|---|", group.title),
        );
        for row in group.rows {
            let codes: Vec<String> = row
                .codes
                .iter()
                .map(|code| format!("AADSTS{code}"))
                .collect();
            let (meaning, fix, class) = (row.meaning, capitalised(row.fix), behaviour(row.class).0);
            line(&mut page, format_args!("| {} | {meaning} | {fix} | {class} |", codes.join(", ")));
        }
        page.push('\n');
    }
    page.push_str(REFUSALS);
    page.push_str("## Token file\n\n| Message | Fix |\n|---|---|\n");
    for kind in [
        TokenFileErrorKind::Missing,
        TokenFileErrorKind::Empty,
        TokenFileErrorKind::Directory,
        TokenFileErrorKind::Special,
        TokenFileErrorKind::Forbidden,
        TokenFileErrorKind::TooLarge,
        TokenFileErrorKind::NotAJwt(NotAJwt::Parts),
    ] {
        message(&mut page, &TokenFileError { path: "PATH".into(), kind }.to_string());
    }
    page.push_str("\n## Network\n\n| Message | Fix |\n|---|---|\n");
    let to = Destination { host: "HOST", proxy: None, setting: "AZURE_AUTHORITY_HOST" };
    for error in TransportError::named() {
        let description = error.failure(to, "").description;
        message(&mut page, description.trim_end_matches(" Correlation ID:"));
    }
    page
}

fn message(page: &mut String, text: &str) {
    let (cause, fix) = text.split_once(" Fix: ").unwrap();
    line(page, format_args!("| {cause} | {} |", capitalised(fix)));
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(page, "{text}").unwrap();
}

/// In a cell of its own the fix begins a sentence. Names of settings and addresses stay as they are.
fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first
        .chain(characters)
        .collect::<String>()
        .replace('<', "\\<")
        .replace("${", "\\${")
}

#[test]
fn the_page_is_up_to_date() {
    page_has("docs/troubleshooting.md", "numbers", &page());
}
