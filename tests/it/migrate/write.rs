//! The files of migrations: a whole folder on record, what is refused, and what cannot be written.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{data, step};
use crate::kit::{
    programs::WISPCTL,
    run::{Ran, run},
};

/// Runs `wispctl migrate write` in `folder`.
fn write(folder: &Path, output: &Path, arguments: &[&str]) -> Ran {
    let output = output.to_str().unwrap();
    let mut command = step("write", folder, &[&["--output-dir", output], arguments].concat());
    let mut ran = run(command.env_remove("WISP_IMAGE"));
    ran.messages = ran.messages.replace(output, "OUTPUT");
    ran.output = ran.output.replace(output, "OUTPUT");
    ran
}

/// The arguments of a case.
fn arguments(case: &str) -> Vec<String> {
    let text = fs::read_to_string(data().join(case).join("write.arguments")).unwrap();
    text.split_whitespace().map(str::to_owned).collect()
}

/// All files below `folder`, by their paths.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// A copy of a case, to be changed.
fn copy(case: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files(&data().join(case)) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn written(output: &Path) -> Ran {
    let given = arguments("written");
    let given: Vec<_> = given.iter().map(String::as_str).collect();
    write(&data().join("written"), output, &given)
}

const STUCK: &str = "error: not written: Deployment bills/stuck: its selector has the label `aadpodidbinding`, and selectors cannot be \
     changed: make it anew under another selector to take the label off\n";

#[test]
fn the_whole_folder_is_what_is_on_record() {
    let output = tempfile::tempdir().unwrap();
    let ran = written(output.path());
    assert_eq!((ran.code, ran.messages.as_str()), (1, STUCK));
    let expected = data().join("written/expected");
    let (expected, found) = (files(&expected), files(output.path()));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (name, text) in &expected {
        assert_eq!(text, &found[name], "{name}");
    }
    assert_eq!(ran.output, format!("{} files in OUTPUT; begin with OUTPUT/README.md.\n", expected.len() - 1));
}

#[test]
fn the_order_of_the_files_changes_nothing() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    written(one.path());
    let mut given = arguments("written");
    given[..3].reverse();
    let given: Vec<_> = given.iter().map(String::as_str).collect();
    write(&data().join("written"), other.path(), &given);
    assert_eq!(files(one.path()), files(other.path()));
}

/// What is injected comes out again by wispctl's own means, and leaves what the user wrote.
#[test]
fn comments_stay_and_wisp_comes_out_again() {
    let expected = data().join("written/expected");
    for name in ["deploy/one/front.yaml", "deploy/two/front.yaml"] {
        let source = fs::read_to_string(data().join("written").join(name)).unwrap();
        let edited = expected.join("parallel/files").join(name);
        let out = run(Command::new(WISPCTL).arg("uninject").arg(&edited));
        assert_eq!((out.code, out.output), (0, source), "{name}");
    }
    let source = fs::read_to_string(data().join("written/deploy/shop.yaml")).unwrap();
    let cut = fs::read_to_string(expected.join("cut-over/files/deploy/shop.yaml")).unwrap();
    for comment in source
        .lines()
        .filter_map(|line| Some(line.split_once('#')?.1))
    {
        assert!(cut.contains(comment), "lost: {comment}");
    }
    assert!(!cut.contains("aadpodidbinding"), "{cut}");
}

#[test]
fn sources_are_replaced_where_that_is_chosen() {
    let folder = copy("written");
    let output = folder.path().join("out");
    let given = arguments("written");
    let given: Vec<_> = given
        .iter()
        .map(String::as_str)
        .chain(["--in-place"])
        .collect();
    let ran = write(folder.path(), &output, &given);
    assert_eq!((ran.code, ran.messages.as_str()), (1, STUCK));
    insta::assert_snapshot!(ran.output, @"
    39 files in OUTPUT; begin with OUTPUT/README.md.
    edited: deploy/bills.yaml
    edited: deploy/one/front.yaml
    edited: deploy/shop.yaml
    edited: deploy/two/front.yaml
    edited: chart/values.yaml
    ");
    let expected = files(&data().join("written/expected/parallel/files"));
    let mut found = files(folder.path());
    for (name, text) in &expected {
        assert_eq!(text, &found.remove(name).unwrap(), "{name}");
    }
    assert!(
        !files(&output)
            .keys()
            .any(|name| name.starts_with("parallel/files/"))
    );
    let page = fs::read_to_string(output.join("README.md")).unwrap();
    assert!(
        page.contains("kubectl apply --filename deploy/shop.yaml  # from where you ran wispctl"),
        "{page}"
    );
}

#[test]
fn only_what_wispctl_wrote_is_replaced() {
    let output = tempfile::tempdir().unwrap();
    written(output.path());
    let before = files(output.path());
    assert_eq!(written(output.path()).code, 1);
    assert_eq!(files(output.path()), before);

    let page = output.path().join("README.md");
    fs::write(&page, "mine\n").unwrap();
    fs::write(output.path().join("notes.txt"), "mine too\n").unwrap();
    let refused = written(output.path());
    insta::assert_snapshot!(refused.messages, @"error: changed since wispctl wrote them: README.md; move them away, or give `--force`");
    assert_eq!((refused.code, refused.output.as_str()), (1, ""));

    let arguments = arguments("written");
    let forced: Vec<_> = arguments
        .iter()
        .map(String::as_str)
        .chain(["--force", "--format", "az"])
        .collect();
    write(&data().join("written"), output.path(), &forced);
    let after = files(output.path());
    assert_ne!(after["README.md"], "mine\n");
    assert_eq!(after["notes.txt"], "mine too\n");
    // What is not written any more is gone, with its folder.
    assert!(!output.path().join("identities/terraform").exists());
    assert!(output.path().join("identities/identities.sh").exists());
}

#[test]
fn folders_of_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = fs::read_to_string(data().join("example/orders.yaml")).unwrap();
    fs::create_dir(folder.path().join("deploy")).unwrap();
    fs::write(folder.path().join("deploy/orders.yaml"), source).unwrap();
    let refused = |output: &str| {
        let ran = write(folder.path(), &folder.path().join(output), &["deploy"]);
        assert_eq!((ran.code, ran.output.as_str()), (1, ""), "{output}");
        ran.messages.replace(folder.path().to_str().unwrap(), "")
    };
    fs::create_dir(folder.path().join("others")).unwrap();
    fs::write(folder.path().join("others/a.txt"), "").unwrap();
    fs::write(folder.path().join("note"), "").unwrap();
    let all = [refused("others"), refused("deploy/out"), refused("note")].join("");
    insta::assert_snapshot!(all, @"
    error: there is something in OUTPUT that wispctl did not write; choose an empty folder, or `--force`
    error: OUTPUT is in deploy, which is read, so the next run would read what this one writes; choose another folder
    error: cannot write OUTPUT: Not a directory (os error 20)
    ");
}

#[test]
fn the_guide_shows_what_comes_out() {
    let output = tempfile::tempdir().unwrap();
    let plan = fs::read_to_string(data().join("example/plan.arguments")).unwrap();
    let given: Vec<_> = plan
        .split_whitespace()
        .chain(["--image", "registry.example/wisp:1"])
        .collect();
    assert_eq!(write(&data().join("example"), output.path(), &given).code, 0);
    let page = fs::read_to_string(output.path().join("README.md")).unwrap();
    let (_, rest) = page.split_once("\n## 2. ").unwrap();
    let (stage, _) = rest.split_once("\n## Back").unwrap();
    let guide = fs::read_to_string(data().join("../../docs/migrate.md")).unwrap();
    let (_, rest) = guide
        .split_once("<!-- write example -->\n````markdown\n")
        .unwrap();
    let (shown, _) = rest.split_once("````\n<!-- /write example -->").unwrap();
    assert_eq!(shown, format!("## 2. {stage}"));
}

/// What never replaces its pods has them until somebody deletes them, there and back.
#[test]
fn pods_that_nobody_replaces_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let source = fs::read_to_string(data().join("example/orders.yaml")).unwrap();
    fs::write(folder.path().join("orders.yaml"), source.replace("kind: Deployment", "kind: ReplicaSet"))
        .unwrap();
    let output = folder.path().join("out");
    let given = ["orders.yaml", "--issuer", "https://issuer.example/", "--tenant", "contoso.com"];
    assert_eq!(write(folder.path(), &output, &given).code, 0);
    let lines = |file: &str| {
        let text = fs::read_to_string(output.join(file)).unwrap();
        let named = text
            .lines()
            .filter(|line| line.contains("never replaces pods"));
        named.fold(String::new(), |all, line| all + line + "\n")
    };
    insta::assert_snapshot!(lines("README.md") + &lines("rollback.sh"), @"
    # ReplicaSet shop/orders: its kind never replaces pods: delete them, one after the other, so that new ones are made
    # ReplicaSet shop/orders: its kind never replaces pods: delete them, one after the other, so that new ones are made
      by_hand 'ReplicaSet shop/orders: its kind never replaces pods: delete them, so that new ones are made'
    ");
}

/// What cannot be written is told by name, in the README too, and all else is there.
#[test]
fn what_cannot_be_written_is_named() {
    let mut all = String::new();
    for (case, arguments) in [
        ("example", "orders.yaml"),
        ("charts", "objects.yaml values.yaml kustomization.yaml"),
        ("limit", "objects.yaml --issuer https://issuer.example/ --tenant t.example"),
        ("broken", "circle.yaml cut-off.json cut-off.yaml malformed.yaml template.yaml"),
    ] {
        let output = tempfile::tempdir().unwrap();
        let given: Vec<_> = arguments.split_whitespace().collect();
        let ran = write(&data().join(case), output.path(), &given);
        assert_eq!(ran.code, 1, "{case}: {}", ran.messages);
        let page = fs::read_to_string(output.path().join("README.md")).unwrap();
        for line in ran.messages.lines() {
            if let Some(line) = line.strip_prefix("error: not written: ") {
                let name = line.split(": ").next().unwrap();
                assert!(page.contains(&format!("- {name}: ")), "{case}: {name}\n{page}");
            }
        }
        write!(all, "{case}\n{}", ran.messages).unwrap();
    }
    insta::assert_snapshot!(all, @"
    example
    error: not written: Deployment shop/orders: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: identity 11111111-1111-1111-1111-111111111111: its tenant is not known: give what `az aks show` prints, or `--tenant`
    error: 2 decisions are missing: see `Decisions needed` (`decisions` in JSON) in the plan
    charts
    error: not written: Deployment shop/flex: it mounts a Key Vault FlexVolume, which has no workload identity
    error: not written: Deployment shop/reader: it has no identity of its own yet
    error: not written: Deployment velero/velero: its label `velero` gives it no identity: no AzureIdentityBinding that was read selects `velero`
    error: not written: kustomization.yaml: `aadpodidbinding: … in a patch`: no workload that was read has this label and loses it; give the rendered chart as well, or take it out by hand
    error: not written: values.yaml: `aadpodidbinding: patched in a patch`: no workload that was read has this label and loses it; give the rendered chart as well, or take it out by hand
    error: not written: values.yaml: `controller.podLabels.aadpodidbinding: front`: no workload that was read has this label and loses it; give the rendered chart as well, or take it out by hand
    error: 3 decisions are missing: see `Decisions needed` (`decisions` in JSON) in the plan
    error: 2 workloads are stuck: the plan has the reason of each
    limit
    error: not written: Deployment shop/app-01: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-02: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-03: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-04: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-05: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-06: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-07: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-08: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-09: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-10: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-11: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-12: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-13: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-14: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-15: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-16: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-17: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-18: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-19: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-20: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: Deployment shop/app-21: its identity 11111111-1111-1111-1111-111111111111 cannot be written
    error: not written: identity 11111111-1111-1111-1111-111111111111: it would hold 21 federated credentials, and Azure allows 20
    error: 1 decision is missing: see `Decisions needed` (`decisions` in JSON) in the plan
    broken
    error: not written: Deployment bills/unknown: its label `app` gives it no identity
    error: not written: Deployment shop/ancient: where identity 11111111-1111-1111-1111-111111111111 is in Azure is not known
    error: not written: Deployment shop/malformed: its label `malformed` gives it no identity: AzureIdentity `shop/no-client-id` is malformed: it has no `clientID`; add it
    error: not written: Deployment shop/self: where identity 11111111-1111-1111-1111-111111111111 is in Azure is not known
    error: not written: Pod shop/a: where identity 11111111-1111-1111-1111-111111111111 is in Azure is not known
    error: not written: identity 11111111-1111-1111-1111-111111111111: its tenant is not known: give what `az aks show` prints, or `--tenant`
    error: 5 decisions are missing: see `Decisions needed` (`decisions` in JSON) in the plan
    error: 2 workloads are stuck: the plan has the reason of each
    error: 10 parts are not read: see `Not read` (`unread` in JSON) in the plan
    ");
}

#[test]
fn arguments_are_checked() {
    let folder: PathBuf = data().join("example");
    let output = tempfile::tempdir().unwrap();
    let wrong = ["orders.yaml", "--format", "az", "--azurerm", "4", "--image", "a b"];
    let ran = write(&folder, output.path(), &wrong);
    assert_eq!((ran.code, ran.output.as_str()), (64, ""));
    insta::assert_snapshot!(ran.messages, @"
    error: `--image` cannot be `a b`: expected the reference of an image
    error: `--azurerm` is for `--format terraform`
    ");
    assert_eq!(fs::read_dir(output.path()).unwrap().count(), 0);
}
