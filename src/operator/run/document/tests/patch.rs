//! The JSON Patch of an injection, beside the injection itself.

use std::{fs, io::BufReader, path::Path};

use serde_json::{Value, json};

use super::identified;
use crate::operator::{
    edit::{Edit, apply, get, patch},
    inject::{
        Beside, Decision, Mode, Options, inject,
        options::{Redirect, Sidecar},
        uninject,
    },
    manifest::{stream::Documents, values},
    workload::{Which, pods},
};

/// The edits and the patch of them make one document.
fn assert_patched(document: &Value, edits: &[Edit]) -> Value {
    let (mut edited, mut patched) = (document.clone(), document.clone());
    apply(&mut edited, edits).unwrap();
    let operations = serde_json::from_value::<json_patch::Patch>(patch(document, edits).unwrap()).unwrap();
    json_patch::patch(&mut patched, &operations).unwrap();
    assert_eq!(patched, edited);
    edited
}

/// Patches each pod of `document` with wisp, and without it again. The answer is how many there were.
fn into_and_out(document: &Value, options: &Options) -> usize {
    let Ok(found) = pods(document, &Which::default()) else { return 0 };
    let mut patched = 0;
    for pod_template in found.selected {
        let under = |edits: Vec<Edit>| {
            let edits = edits.into_iter().map(|edit| edit.under(&pod_template.path));
            edits.collect::<Vec<_>>()
        };
        let template = get(document, &pod_template.path).unwrap();
        let Ok(Decision::Inject(plan)) = inject(template, options, Beside::default(), &|_| None) else {
            continue;
        };
        let edited = assert_patched(document, &under(plan.edits));
        let undo = uninject(get(&edited, &pod_template.path).unwrap())
            .unwrap()
            .unwrap();
        assert_patched(&edited, &under(undo));
        patched += 1;
    }
    patched
}

fn every_choice() -> Vec<Options> {
    let mut all = Vec::new();
    for mode in Mode::ALL {
        for sidecar in [Sidecar::Native, Sidecar::Container] {
            for redirect in Redirect::ALL {
                all.push(Options { mode, redirect, sidecar, ..identified() });
            }
        }
    }
    all
}

#[test]
fn a_patch_makes_what_an_injection_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inject");
    let (mut folders, mut patched) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        for name in ["input.yaml", "input.json"] {
            let Ok(file) = fs::File::open(entry.as_ref().unwrap().path().join(name)) else { continue };
            folders += 1;
            for document in Documents::new(BufReader::new(file)) {
                let (document, _) = values::read(&document.unwrap().text).unwrap();
                for options in every_choice() {
                    patched += into_and_out(&document, &options);
                }
            }
        }
    }
    assert!(folders > 12 && patched > 100, "{patched} pods in {folders} files");
}

#[test]
fn what_a_pod_lacks_comes_with_the_patch() {
    for options in every_choice() {
        for pod in [
            json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}]}}),
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {"containers": [{"name": "a", "env": []}], "volumes": null}}),
        ] {
            into_and_out(&pod, &options);
        }
    }
}
