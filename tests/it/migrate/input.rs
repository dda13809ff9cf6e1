//! What the steps of a migration are given: nothing, half of a file, or what another program wrote by mistake.

use std::{fs, path::Path};

use super::{data, inventory, step};
use crate::kit::run::run;

fn put(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.join(name), content).unwrap();
}

/// A dump that failed is an empty file, and no cluster without workloads.
#[test]
fn an_empty_file_is_no_empty_cluster() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "empty.yaml", "\n");
    put(folder.path(), "none.yaml", "apiVersion: v1\nitems: []\nkind: List\n");
    put(folder.path(), "none.json", "[]\n");
    fs::create_dir(folder.path().join("deploy")).unwrap();
    put(folder.path(), "deploy/nothing.yaml", "");
    let ran = inventory(folder.path(), &["none.yaml", "none.json", "deploy"]);
    assert_eq!((ran.code, ran.messages.as_str()), (0, ""));
    for arguments in [["empty.yaml"], ["-"]] {
        let ran = inventory(folder.path(), &arguments);
        assert_eq!(ran.code, 1, "{arguments:?}");
        let (_, shown) = ran.output.split_once("\nNot read\n").unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                shown.replace("empty.yaml", "FILE").replace("stdin", "FILE"),
                @"- FILE: there is nothing in it: the command that was to write it has failed, or wrote elsewhere; run it again and look"
            );
        }
    }
}

/// What is in a file that cannot be edited is not said to be written in it.
#[test]
fn what_is_in_half_a_file_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = fs::read(data().join("example/orders.yaml")).unwrap();
    put(folder.path(), "orders.yaml", [&manifest[..], b"---\n\xff\xfe\n"].concat());
    let given = [
        "--output-dir",
        "out",
        "--issuer",
        "https://issuer.example/",
        "--tenant",
        "contoso.com",
        "orders.yaml",
    ];
    let ran = run(&mut step("write", folder.path(), &given));
    assert_eq!(ran.code, 1);
    let (first, _) = ran.messages.split_once('\n').unwrap();
    insta::assert_snapshot!(first, @"error: not written: Deployment shop/orders: orders.yaml, which it is in, cannot be read to its end");
    let page = fs::read_to_string(folder.path().join("out/README.md")).unwrap();
    assert!(!page.contains("| `orders.yaml` |"), "{page}");
}
