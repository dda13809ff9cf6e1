//! The token file, in every state it can be in.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::CommandExt as _,
    },
    path::Path,
};

use ::wisp::emulator::FaultKind;

use super::wisp::{STORAGE, VAULT, Wisp, command, emulator, exchanges};

/// The user of the image. Tests may run as root, for whom every file is readable.
const NOBODY: u32 = 65_532;

/// What is wrong with the file, how it comes to that, and what is said about it.
type State = (&'static str, fn(&Path, &str), &'static str);

const STATES: [State; 6] = [
    ("missing", |_, _| {}, "does not exist"),
    ("empty", |path, _| fs::write(path, "").unwrap(), "is empty"),
    ("truncated", |path, token| fs::write(path, &token[..token.len() / 3]).unwrap(), "is not a JWT"),
    ("something else", |path, _| fs::write(path, "hello\n").unwrap(), "is not a JWT"),
    ("a directory", |path, _| fs::create_dir(path).unwrap(), "is a directory"),
    ("unreadable", unreadable, "permission denied"),
];

fn unreadable(path: &Path, token: &str) {
    fs::write(path, token).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_until_it_can() {
    let emulator = emulator(|_| {}).await;
    let token = fs::read_to_string(emulator.token_path().unwrap()).unwrap();
    for (state, bring_about, messages) in STATES {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = folder.path().join("token");
        bring_about(&path, &token);
        let before = exchanges(&emulator).len();
        let mut command = command(&emulator, &[("AZURE_FEDERATED_TOKEN_FILE", path.to_str().unwrap())]);
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(NOBODY);
        }
        let wisp = Wisp::run(&emulator, command).await;

        let answer = wisp.token(VAULT).await;
        assert_eq!(answer.status(), 503, "{state}: {}", answer.body);
        assert!((1..=10).contains(&answer.retry_after().unwrap()), "{state}");
        let text = answer.description();
        assert!(text.contains(path.to_str().unwrap()) && text.contains("Fix: "), "{state}: {text}");
        assert!(text.contains(messages), "{state}: {text}");
        assert_eq!(exchanges(&emulator).len(), before, "{state}: Entra was asked");

        if path.is_dir() {
            fs::remove_dir(&path).unwrap();
        }
        let whole = folder.path().join("new");
        fs::write(&whole, &token).unwrap();
        fs::rename(&whole, &path).unwrap();
        wisp.token(VAULT).await.granted();
    }
}

#[tokio::test]
async fn the_kubelets_new_token_is_used_at_once() {
    let emulator = emulator(|config| config.issuers[0].keep_old_keys_seconds = 0).await;
    let wisp = Wisp::start(&emulator, &[("WISP_PROPAGATION_GRACE", "0")]).await;
    wisp.token(VAULT).await.granted();
    emulator
        .add_fault(FaultKind::MetadataCache { seconds: 0 })
        .unwrap();
    emulator.rotate_keys().await.unwrap();
    let old = wisp.token(STORAGE).await;
    assert_eq!((old.status(), &old.description()[..14]), (400, "AADSTS7000272:"));

    emulator.rotate_tokens().unwrap();
    wisp.token(STORAGE).await.granted();
    let outcomes: Vec<_> = exchanges(&emulator)
        .into_iter()
        .map(|e| e.outcome)
        .collect();
    assert_eq!(outcomes, ["issued", "AADSTS7000272", "issued"]);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_suspected() {
    let emulator = emulator(|_| {}).await;
    let wisp = Wisp::start(&emulator, &[]).await;
    for (seconds, resource) in [(7200, VAULT), (-7200, STORAGE)] {
        emulator
            .set_faults(vec![FaultKind::ClockOffset { seconds }.into()])
            .unwrap();
        let answer = wisp.token(resource).await;
        let text = answer.description();
        assert_eq!(
            (answer.status(), answer.text("error").as_str()),
            (503, "temporarily_unavailable"),
            "{text}"
        );
        assert!(text.starts_with("AADSTS700024: ") && text.contains("clock"), "{text}");
        assert_eq!(emulator.count(super::wisp::CLIENT_ID, &format!("{resource}/.default")), 1);
        emulator.clear_faults();
        emulator.rotate_tokens().unwrap();
        wisp.token(resource).await.granted();
    }
}
