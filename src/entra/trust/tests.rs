use std::{fs, path::Path};

use tempfile::tempdir;

use super::{EXTRA_SETTING, Trust};
use crate::entra::testing::Authority;

fn extra(path: &Path) -> Trust {
    Trust::File { setting: EXTRA_SETTING, path: path.to_owned() }
}

fn complaint(path: &Path) -> String {
    let directory = path.parent().unwrap().display().to_string();
    extra(path)
        .load(None)
        .unwrap_err()
        .to_string()
        .replace(&directory, "DIR")
}

#[test]
fn names_the_file_and_the_setting() {
    let dir = tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("empty"), "\n").unwrap();
    fs::write(path("text"), "hello").unwrap();
    fs::write(path("broken"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    fs::create_dir(path("directory")).unwrap();
    insta::assert_snapshot!(complaint(&path("missing")), @"The root certificates in DIR/missing (WISP_CA_FILE) do not exist. Fix: name a readable PEM file of CA certificates.");
    insta::assert_snapshot!(complaint(&path("empty")), @"The root certificates in DIR/empty (WISP_CA_FILE) cannot be used: the file is empty. Fix: name a readable PEM file of CA certificates.");
    insta::assert_snapshot!(complaint(&path("text")), @"The root certificates in DIR/text (WISP_CA_FILE) cannot be used: the file holds no valid certificate. Fix: name a readable PEM file of CA certificates.");
    insta::assert_snapshot!(complaint(&path("broken")), @"The root certificates in DIR/broken (WISP_CA_FILE) cannot be used: the file holds no valid certificate. Fix: name a readable PEM file of CA certificates.");
    insta::assert_snapshot!(complaint(&path("directory")), @"The root certificates in DIR/directory (WISP_CA_FILE) cannot be read: not a regular file. Fix: name a readable PEM file of CA certificates.");
}

#[test]
fn reads_again_only_what_changed() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ca.pem");
    let trust = extra(&path);
    fs::write(&path, Authority::new().pem()).unwrap();
    let (first, roots) = trust.load(None).unwrap().unwrap();
    assert_eq!(roots.len(), 1);
    assert!(trust.load(Some(first)).unwrap().is_none());

    fs::write(&path, "").unwrap();
    assert!(trust.load(Some(first)).is_err(), "an empty file is being replaced");

    fs::write(&path, Authority::new().pem() + &Authority::new().pem()).unwrap();
    let (second, roots) = trust.load(Some(first)).unwrap().unwrap();
    assert_ne!(first, second);
    assert_eq!(roots.len(), 2);

    fs::write(&path, "rubbish").unwrap();
    assert!(trust.load(Some(second)).is_err());
    fs::remove_file(&path).unwrap();
    assert!(trust.load(Some(second)).is_err());
}

#[test]
fn a_given_bundle_replaces_the_system_and_an_extra_one_adds() {
    let dir = tempdir().unwrap();
    let (bundle, extra) = (dir.path().join("bundle.pem"), dir.path().join("extra.pem"));
    fs::write(&bundle, Authority::new().pem()).unwrap();
    fs::write(&extra, Authority::new().pem()).unwrap();
    let count = |bundle: Option<&Path>, extra: Option<&Path>| {
        let trust = Trust::System { bundle: bundle.map(Path::to_owned), extra: extra.map(Path::to_owned) };
        trust.load(None).map_or(0, |loaded| loaded.unwrap().1.len())
    };
    assert_eq!(count(Some(&bundle), None), 1);
    assert_eq!(count(Some(&bundle), Some(&extra)), 2);
    assert_eq!(count(None, Some(&extra)), count(None, None) + 1);
}
