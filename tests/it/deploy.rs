//! What is shipped in `deploy` is what the program writes today.

use std::{fs, path::Path, process::Command};

use crate::kit::{programs::WISPCTL, run::must};

/// The line that tells how a file was made.
fn made_by(text: &str) -> Option<Vec<&str>> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("# wispctl "))?;
    Some(line.split(' ').collect())
}

/// The modes that its help lists.
fn known_modes() -> Vec<String> {
    let help = must(Command::new(WISPCTL).args(["component", "--help"]));
    let (_, listed) = help
        .split_once("--mode <MODE>")
        .unwrap()
        .1
        .split_once("[value: ")
        .unwrap();
    let listed = listed.split_once(']').unwrap().0;
    let mut modes: Vec<_> = listed
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    modes.sort();
    modes
}

#[test]
fn each_component_is_what_its_command_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kustomize");
    let mut modes: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    modes.sort();
    assert_eq!(modes, known_modes());
    for mode in modes {
        let shipped = fs::read_to_string(folder.join(&mode).join("kustomization.yaml")).unwrap();
        let arguments = made_by(&shipped).unwrap_or_else(|| panic!("{mode} does not say how it was made"));
        assert_eq!(arguments, ["component", "--mode", &mode, "--config-map", "wisp"]);
        let printed = must(Command::new(WISPCTL).args(&arguments));
        assert!(printed == shipped, "deploy/kustomize/{mode} is not what is printed: run `make components`");
    }
}
