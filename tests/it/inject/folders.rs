//! Files and folders: found, replaced all together or not at all.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use super::{IDENTITY, POD, stderr, stdout, wispctl};

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let arguments = [arguments, &IDENTITY].concat();
    let output = wispctl(folder, &arguments).output().unwrap();
    (output.status.code(), stderr(&output))
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_folder_is_edited_in_place_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("sub")).unwrap();
    fs::write(at("sub/pod.yaml"), POD).unwrap();
    fs::write(at("service.yaml"), "kind:   Service # odd spacing\n").unwrap();
    fs::write(at("notes.txt"), "kind: Pod").unwrap();
    fs::set_permissions(at("sub/pod.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("sub/pod.yaml", at("link.yaml")).unwrap();

    let (code, said) = run(folder.path(), &["inject", "--check", "."]);
    assert_eq!(code, Some(4), "{said}");
    assert_eq!(fs::read_to_string(at("sub/pod.yaml")).unwrap(), POD);
    let (code, said) = run(folder.path(), &["inject", "-w", "sub", "service.yaml", "notes.txt"]);
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(said, @"");
    let injected = fs::read_to_string(at("sub/pod.yaml")).unwrap();
    assert!(injected.contains("name: wisp-init"), "{injected}");
    assert_eq!(
        fs::metadata(at("sub/pod.yaml"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o640
    );
    assert_eq!(listing(&at("sub")), ["pod.yaml"]);

    let (code, said) = run(folder.path(), &["inject", "--check", "--require-change", "."]);
    assert_eq!(code, Some(3), "{said}");
    let (code, _) = run(folder.path(), &["inject", "--check", "link.yaml"]);
    assert_eq!(code, Some(0));
    let output = wispctl(folder.path(), &["uninject", "--write", "link.yaml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(at("link.yaml").is_symlink());
    assert_eq!(fs::read_to_string(at("sub/pod.yaml")).unwrap(), POD);
}

#[test]
fn one_error_keeps_all_files_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.yaml"), POD).unwrap();
    fs::write(at("b.yaml"), "kind: Pod\n\tx: 1\n").unwrap();
    let (code, said) = run(folder.path(), &["inject", "-w", "."]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"");
    assert_eq!(fs::read_to_string(at("a.yaml")).unwrap(), POD);
    assert_eq!(listing(folder.path()), ["a.yaml", "b.yaml"]);
    let output = wispctl(folder.path(), &[["inject", "."].as_slice(), &IDENTITY].concat())
        .output()
        .unwrap();
    assert_eq!(stdout(&output), "", "nothing is half written to a pipe either");
}

#[test]
fn a_folder_that_cannot_be_written_to_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::write(locked.join("a.yaml"), POD).unwrap();
    fs::write(folder.path().join("b.yaml"), POD).unwrap();
    for (path, mode) in
        [(folder.path(), 0o777), (locked.as_path(), 0o555), (&folder.path().join("b.yaml"), 0o666)]
    {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // Root may write everywhere, so it becomes nobody.
    let program = folder.path().join("wispctl");
    fs::copy(env!("CARGO_BIN_EXE_wispctl"), &program).unwrap();
    let id = Command::new("id").arg("-u").output().unwrap();
    let mut command = if id.stdout == b"0\n" {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            .arg(&program);
        command
    } else {
        Command::new(&program)
    };
    let output = command
        .current_dir(folder.path())
        .args(["inject", "-w", "b.yaml", "locked"])
        .args(IDENTITY)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    insta::assert_snapshot!(stderr(&output), @"");
    assert_eq!(fs::read_to_string(folder.path().join("b.yaml")).unwrap(), POD);
    assert_eq!(fs::read_to_string(locked.join("a.yaml")).unwrap(), POD);
    assert_eq!(listing(folder.path()), ["b.yaml", "locked", "wispctl"]);
}

#[test]
fn arguments_that_are_wrong_have_a_code_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut shown = String::new();
    for arguments in [
        ["inject", "--mode", "sidecar", "--cpu", "x", "--path", "Rollout", "x.yaml"].as_slice(),
        &["inject", "-w", "-"],
        &["uninject", "-w", "--check", "x.yaml"],
        &["inject"],
        &["inject", "--colour", "x.yaml"],
        &["uninject", "--mode", "env", "x.yaml"],
    ] {
        let output = wispctl(folder.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        shown.push_str(&stderr(&output));
    }
    insta::assert_snapshot!(shown, @"");
    let (code, said) = run(folder.path(), &["inject", "missing.yaml", "."]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"");
}

#[test]
fn help_names_every_choice() {
    let folder = tempfile::tempdir().unwrap();
    let help = |name: &str| stdout(&wispctl(folder.path(), &[name, "--help"]).output().unwrap());
    insta::assert_snapshot!(help("inject"), @"");
    insta::assert_snapshot!(help("uninject"), @"");
}
