//! What people change in the injected parts stops the next run, until they let go of it.

use std::fs;

use super::{IDENTITY, POD, stderr, wispctl};

fn run(folder: &std::path::Path, arguments: &[&str]) -> (i32, String) {
    let output = wispctl(folder, arguments).output().unwrap();
    (output.status.code().unwrap(), stderr(&output))
}

#[test]
fn an_edit_stops_injection_and_its_inverse() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.yaml");
    fs::write(&file, POD).unwrap();
    let inject = [&["inject", "-w", "p.yaml", "--mode", "env"], IDENTITY.as_slice()].concat();
    assert_eq!(run(folder.path(), &inject).0, 0);
    let injected = fs::read_to_string(&file).unwrap();
    let edited = injected.replace("    - name: WISP_IDENTITY_HEADER\n", "    - name: WISP_RESOURCES\n      value: https://vault.azure.net\n    - name: WISP_IDENTITY_HEADER\n");
    assert_ne!(edited, injected);
    fs::write(&file, &edited).unwrap();

    // The same choices: nothing but the edit would go.
    let (code, messages) = run(folder.path(), &inject);
    assert_eq!(code, 1);
    insta::assert_snapshot!(messages, @r#"
error: p.yaml:22: Pod p: `env[WISP_RESOURCES]` of container `wisp` was set to `{"name":"WISP_RESOURCES","value":"https://vault.azure.net"}` by hand, which would be lost; make it a choice, undo it, or drop it with `--discard-edits`
nothing was written
"#);
    let (code, messages) = run(folder.path(), &["uninject", "-w", "p.yaml"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(messages, @r#"
error: p.yaml:22: Pod p: `env[WISP_RESOURCES]` of container `wisp` was set to `{"name":"WISP_RESOURCES","value":"https://vault.azure.net"}` by hand, which would be lost; make it a choice, undo it, or drop it with `--discard-edits`
nothing was written
"#);
    assert_eq!(fs::read_to_string(&file).unwrap(), edited);

    // Said by a choice, it stays.
    let changed = [inject.as_slice(), &["--set", "WISP_RESOURCES=https://vault.azure.net"]].concat();
    assert_eq!(run(folder.path(), &changed).0, 0);
    assert!(
        fs::read_to_string(&file)
            .unwrap()
            .contains("https://vault.azure.net")
    );

    fs::write(&file, &edited).unwrap();
    let (code, messages) = run(folder.path(), &["uninject", "-w", "p.yaml", "--discard-edits"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(messages, @r#"
p.yaml:1: Pod p: removed
warning: p.yaml:22: Pod p: `env[WISP_RESOURCES]` of container `wisp` was set to `{"name":"WISP_RESOURCES","value":"https://vault.azure.net"}` by hand, which would be lost
1 of 1 pods changed, 0 other documents left as they are
"#);
    assert_eq!(fs::read_to_string(&file).unwrap(), POD);

    fs::write(&file, &edited).unwrap();
    let discarding = [inject.as_slice(), &["--discard-edits"]].concat();
    assert_eq!(run(folder.path(), &discarding).0, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), injected);
}
