//! Every pod of `tests/inject`, by the choices of each of its runs, as a pod that is created.

use std::{
    collections::BTreeMap,
    fs,
    io::BufReader,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Arguments, arguments};
use crate::{
    observe::Identifiers,
    operator::{
        cluster::{Object, fake::Fake},
        edit::get,
        inject::{self, Options, surroundings::Surroundings},
        manifest::{stream::Documents, values},
        run::document::{self, Around},
        webhook::testing::{Admission, read_review},
        workload::{Which, pods},
    },
    settings::Env,
};

const NAMESPACE: &str = "shop";

/// A pod and what stands beside it in its stream.
struct Case {
    pod: Value,
    fake: Fake,
    surroundings: Surroundings,
}

#[derive(Debug, Default)]
struct Count {
    injected: usize,
    refused: usize,
    skipped: usize,
    standing: usize,
}

#[tokio::test(start_paused = true)]
async fn the_webhook_makes_the_pods_that_inject_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inject");
    let mut folders: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let mut count = Count::default();
    for folder in folders {
        let runs = fs::read_to_string(folder.join("runs")).unwrap_or_default();
        let plain = options_of("plain: --mode env").unwrap();
        for options in runs.lines().filter_map(options_of).chain([plain.clone()]) {
            for case in cases_of(&folder, |name| name.starts_with("input.")) {
                compare(&case, &options, &mut count).await;
            }
        }
        // What `inject` made before, and what it refuses.
        for case in cases_of(&folder, |name| !name.starts_with("input.") && !name.ends_with(".messages")) {
            compare(&case, &plain, &mut count).await;
        }
    }
    assert!(count.injected > 60 && count.refused > 20 && count.standing > 60, "{count:?}");
}

/// The pods in those files of a folder whose names are `included`.
fn cases_of(folder: &Path, included: impl Fn(&str) -> bool) -> Vec<Case> {
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let has_pods = |path: &PathBuf| {
        path.extension()
            .is_some_and(|end| end == "yaml" || end == "json")
    };
    let files =
        entries.filter(|path| has_pods(path) && included(path.file_name().unwrap().to_str().unwrap()));
    files.flat_map(|file| cases(&file)).collect()
}

fn cases(input: &Path) -> Vec<Case> {
    let documents = Documents::new(BufReader::new(fs::File::open(input).unwrap()));
    // What is no valid document never gets to an API server.
    let texts = documents
        .filter_map(Result::ok)
        .filter_map(|document| values::read(&document.text).ok());
    let documents: Vec<_> = texts.map(|(value, _)| value).collect();
    let found = documents.iter().flat_map(|document| {
        let found = pods(document, &Which::default())
            .map(|found| found.selected)
            .unwrap_or_default();
        found
            .into_iter()
            .filter_map(|template| get(document, &template.path).cloned())
    });
    let make = |template: Value| {
        let (fake, mut surroundings) = (Fake::new(), Surroundings::default());
        for object in documents.iter().filter_map(beside) {
            surroundings.add(&object.1, 0);
            fake.put(&object.0, object.1);
        }
        // What is not rendered yet never gets to an API server.
        let pod = pod(template).filter(|pod| !pod.to_string().contains("{{"))?;
        Some(Case { pod, fake, surroundings })
    };
    found.filter_map(make).collect()
}

/// The objects of the stream that the webhook asks for.
fn beside(document: &Value) -> Option<(Object, Value)> {
    let mut object = document.clone();
    let name = document.pointer("/metadata/name")?.as_str()?;
    match (document.get("apiVersion")?.as_str()?, document.get("kind")?.as_str()?) {
        ("v1", "ServiceAccount") => {
            object["metadata"]["namespace"] = NAMESPACE.into();
            Some((Object::service_account(NAMESPACE, name), object))
        }
        ("v1", "Namespace") => {
            object["metadata"]["name"] = NAMESPACE.into();
            Some((Object::namespace(NAMESPACE), object))
        }
        _ => None,
    }
}

/// The pod of a template, with the label that it is asked for by; none of what an API server would refuse by itself.
fn pod(template: Value) -> Option<Value> {
    let mut pod = template;
    if pod.get("metadata").is_none_or(Value::is_null) {
        pod["metadata"] = json!({});
    }
    let metadata = pod["metadata"].as_object_mut()?;
    metadata.insert("name".into(), "pod".into());
    metadata.insert("namespace".into(), NAMESPACE.into());
    for key in ["labels", "annotations"] {
        if metadata.get(key).is_none_or(Value::is_null) {
            metadata.insert(key.into(), json!({}));
        }
    }
    if metadata["annotations"].get("wisp/inject").is_none() {
        metadata["labels"]
            .as_object_mut()?
            .entry("wisp/inject")
            .or_insert_with(|| "true".into());
    }
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    Some(pod)
}

/// The choices of a run; none where the run has flags that are about files.
fn options_of(line: &str) -> Option<Options> {
    let (_, given) = line.split_once(':').filter(|_| !line.starts_with('#'))?;
    let given = ["webhook"].into_iter().chain(given.split_whitespace());
    let matches = arguments().try_get_matches_from(given).ok()?;
    Some(
        Arguments::read(&matches, &Env::default())
            .ok()?
            .options()
            .clone(),
    )
}

async fn compare(case: &Case, options: &Options, count: &mut Count) {
    let Case { pod, fake, surroundings } = case;
    let response = admit(pod, fake, options).await;
    let mut expected_options = options.clone();
    inject::prefer_account(&mut expected_options, pod, surroundings.beside(0, Some(NAMESPACE)));
    let around = Around { surroundings, source: 0 };
    let text = serde_json::to_string_pretty(pod).unwrap();
    if response["auditAnnotations"]["reason"] == "wisp is in this pod already" {
        count.standing += 1;
        assert_eq!(response.get("patch"), None);
        return;
    }
    match document::inject(&text, &expected_options, &Which::default(), around) {
        Ok(done) => {
            assert_eq!(response["allowed"], true, "{response} of {text}");
            let expected = done
                .text
                .map_or_else(|| pod.clone(), |text| serde_json::from_str(&text).unwrap());
            let patched = patched(pod, &response);
            assert_eq!(patched, expected);
            if patched == *pod {
                count.skipped += 1;
                return;
            }
            count.injected += 1;
            let warnings = response.get("warnings").and_then(Value::as_array);
            for warning in warnings.into_iter().flatten() {
                assert!(warning.as_str().unwrap().chars().count() <= 120, "{warning}");
            }
            let again = admit(&patched, fake, options).await;
            assert_eq!((again.get("patch"), &again["allowed"]), (None, &Value::Bool(true)), "{again}");
        }
        Err(diagnostics) => {
            count.refused += 1;
            assert_eq!(response["allowed"], false, "{diagnostics:?}");
            let message = response["status"]["message"].as_str().unwrap();
            for diagnostic in diagnostics {
                let text = diagnostic
                    .text
                    .split_once(": ")
                    .map_or(diagnostic.text.as_str(), |(_, text)| text);
                assert!(message.contains(text), "{message}\nhas not: {text}");
            }
        }
    }
}

async fn admit(pod: &Value, fake: &Fake, options: &Options) -> Value {
    let kind: BTreeMap<_, _> = [("group", ""), ("version", "v1"), ("kind", "Pod")].into();
    let request =
        json!({"uid": "u", "kind": kind, "namespace": NAMESPACE, "operation": "CREATE", "object": pod});
    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request});
    let request = read_review(review.to_string().as_bytes()).unwrap();
    let admission = Admission::new(options.clone(), Arc::new(fake.clone()), true, Identifiers::Hashed);
    admission.decide(&request).await.response.review("u")["response"].clone()
}

fn patched(pod: &Value, response: &Value) -> Value {
    let mut pod = pod.clone();
    if let Some(patch) = response.get("patch").and_then(Value::as_str) {
        let patch: json_patch::Patch = serde_json::from_slice(&STANDARD.decode(patch).unwrap()).unwrap();
        json_patch::patch(&mut pod, &patch).unwrap();
    }
    pod
}
