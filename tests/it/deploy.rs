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

/// What `deploy/policy` has, by folder: the files' names without their end.
fn policies(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy/policy")
        .join(folder);
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".yaml").map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}

#[test]
fn each_policy_is_what_its_command_prints() {
    let guard_rails = ["client-ids", "client-secret", "default-account", "sidecar"];
    assert_eq!(policies("kyverno"), guard_rails);
    let mut known = known_modes();
    known.extend(guard_rails.map(str::to_owned));
    known.sort();
    assert_eq!(policies(""), known);
    for (folder, name) in [("", &known), ("kyverno", &policies("kyverno"))]
        .into_iter()
        .flat_map(|(folder, names)| names.iter().map(move |name| (folder, name)))
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("deploy/policy")
            .join(folder)
            .join(format!("{name}.yaml"));
        let shipped = fs::read_to_string(&path).unwrap();
        let arguments = made_by(&shipped).unwrap_or_else(|| panic!("{name} does not say how it was made"));
        let expected = match (folder, guard_rails.contains(&name.as_str())) {
            ("", false) => vec!["policy", "--mode", name, "--config-map", "wisp"],
            ("", true) => vec!["policy", name],
            _ => vec!["policy", name, "--engine", "kyverno"],
        };
        assert_eq!(arguments, expected);
        let printed = must(Command::new(WISPCTL).args(&arguments));
        assert!(printed == shipped, "{} is not what is printed: run `make policies`", path.display());
    }
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
