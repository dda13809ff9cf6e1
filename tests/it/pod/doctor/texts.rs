//! What a person reads, of a healthy pod and of one that is not, as the page shows it.

use std::fs;

use super::patient::{Patient, VAULT};
use crate::kit::run::run;

/// The page, and what it shows between two markers.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/doctor.md");

#[test]
fn the_page_shows_what_is_said_of_a_healthy_pod() {
    let patient = Patient::new();
    let ran = run(&mut patient.command(&[], &["--redirected", "--resource", VAULT]));
    assert_eq!(ran.code, 0, "{ran:?}");
    page_shows("healthy", &plain(&patient, &ran.output));
}

#[test]
fn the_page_shows_what_is_said_of_a_wrong_client_id() {
    let patient = Patient::new();
    let wrong = [("AZURE_CLIENT_ID", "33333333-cccc-4ccc-8ccc-333333333333".to_owned())];
    let ran = run(&mut patient.command(&wrong, &["--quiet"]));
    assert_eq!(ran.code, 1, "{ran:?}");
    page_shows("wrong client id", &plain(&patient, &ran.output));
}

#[test]
fn a_container_that_was_added_to_debug_says_what_it_cannot_see() {
    let patient = Patient::new();
    let roots = patient
        .entra
        .with(|emulator| emulator.ca_path().display().to_string());
    let mut debugger = patient.pod.wisp(1000, &[]);
    debugger
        .args(["doctor", "--authority"])
        .arg(patient.authority());
    let ran = run(debugger.env("SSL_CERT_FILE", roots));
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(plain(&patient, &ran.output), @"
settings
--------
✓ the settings are valid: environment SSL_CERT_FILE; flag --authority (authority)
- an identity is configured
    not checked: nothing of wisp's configuration is in this container; run it in wisp's container: kubectl exec POD -c wisp -- /wisp doctor; or name what is missing with flags

token-file
----------
- the projected token can be read
    not checked: /var/run/secrets/azure/tokens/azure-identity-token is not in this container; run it in wisp's container: kubectl exec POD -c wisp -- /wisp doctor; or name what is missing with flags
- it is a service-account token of Kubernetes
    not checked: token-file was not checked; do what is said there
- it is valid now
    not checked: token-file was not checked; do what is said there
- its audience is the one that Entra takes
    not checked: token-file was not checked; do what is said there
- it lives between ten minutes and a day
    not checked: token-file was not checked; do what is said there

issuer
------
- its issuer is one that Entra can reach
    not checked: token-file was not checked; do what is said there
- the issuer's discovery document is published and names it
    not checked: issuer-public was not checked; do what is said there
- the issuer's keys are published
    not checked: issuer-public was not checked; do what is said there
- the key that signed the token is among them
    not checked: issuer-public was not checked; do what is said there

network
-------
✓ the authority's name resolves: login.microsoftonline.com is 10.77.0.1
✓ a connection to it can be opened
✓ the proxy leads to it: there is none
✓ its certificate is trusted: issued by wisp emulator CA
✓ it answers as Entra does: login.microsoftonline.com, no cloud that is known here
- the tenant exists there
    not checked: no tenant is configured; set AZURE_TENANT_ID, or name one with --tenant-id
✓ the node's clock agrees with Entra's: to 0 s

exchange
--------
- Entra issues a token
    not checked: identities was not checked; do what is said there
- it is for the identity and the resource that were asked for
    not checked: exchange was not checked; do what is said there

endpoint
--------
✓ 127.0.0.1:4254: wisp answers where applications ask
✓ [::1]:4254: wisp answers where applications ask
✓ it refuses what a forged request would send: no header Metadata
✓ it is ready
✓ requests for 169.254.169.254 come to wisp: wisp answers there
✓ the node's own identity cannot be had: nobody but wisp answers at 169.254.169.254

process
-------
- memory is well below its limit
    not checked: the kernel shows no control group of this container; look at `kubectl top pod --containers`
✓ enough files may be open: 1048576, needed are 352
✓ the running wisp is this version: 0.1.0

failed 0, warnings 0, passed 15, not checked 14
");
}

/// What differs from run to run by what stands for it.
fn plain(patient: &Patient, text: &str) -> String {
    let token_file = patient
        .entra
        .with(|emulator| emulator.token_path().unwrap());
    let mut text = text
        .replace(&patient.authority(), "https://login.microsoftonline.com")
        .replace(patient.authority().trim_start_matches("https://"), "login.microsoftonline.com")
        .replace(&token_file.display().to_string(), "/var/run/secrets/wisp/azure-identity-token");
    for (before, after, shown) in [
        ("it is valid now: ", "\n", "it ends in 48 min"),
        ("clock agrees with Entra's: ", "\n", "to 0 s"),
        ("key that signed the token is among them: ", "\n", "KEY"),
        ("memory is well below its limit: ", "\n", "9 MiB of 32 MiB"),
        ("enough files may be open: ", "\n", "1048576, needed are 352"),
        ("Trace ID: ", "\n", "TRACE"),
        ("Correlation ID: ", "\n", "CORRELATION"),
    ] {
        text = masked(&text, before, after, shown);
    }
    text
}

/// `text` with `shown` in the place of all that stands between `before` and `after`.
fn masked(text: &str, before: &str, after: &str, shown: &str) -> String {
    let mut parts = text.split(before);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, segment| {
        let rest = segment.find(after).map_or("", |at| &segment[at..]);
        text + before + shown + rest
    })
}

#[expect(clippy::disallowed_methods, reason = "tells a test to write the page, and wisp nothing")]
fn page_shows(name: &str, answered: &str) {
    let page = fs::read_to_string(PAGE).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (written, after) = rest.split_once(&end).unwrap();
    let answered = format!("```text\n{}\n```\n", answered.trim_end());
    if std::env::var_os("WISP_UPDATE_DOCS").is_some() {
        fs::write(PAGE, format!("{before}{begin}\n{answered}\n{end}{after}")).unwrap();
        return;
    }
    assert!(
        written.trim() == answered.trim(),
        "{PAGE} differs: run the tests once with WISP_UPDATE_DOCS=1\n{answered}"
    );
}
