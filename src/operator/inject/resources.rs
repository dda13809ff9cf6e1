//! What wisp's containers ask of a node, by the class of quality of service that their pod has without them.

use serde_json::{Map, Value, json};

use super::{options::Options, quantity::Quantity};

/// The two things that make the class.
const COUNTED: [&str; 2] = ["cpu", "memory"];

/// Amounts of CPU and memory.
type Amounts = (&'static str, &'static str);

/// Enough in every pod: an idle wisp with its probes uses 4 millicores and 5 MB. CPU has no limit, because a limit is what makes
/// a probe of some milliseconds take tenths of a second.
const REQUESTED: Amounts = ("10m", "16Mi");
/// What wisp may not exceed: memory beyond it is a fault.
const MEMORY_LIMIT: &str = "32Mi";
/// Where requests have to be limits: what `wisp probe` needs to be done in time.
pub(super) const GUARANTEED: Amounts = ("100m", "32Mi");

/// The `resources` of each of wisp's containers in the pod with this `spec`.
pub(super) fn resources(options: &Options, spec: &Value) -> Value {
    let chosen = [("cpu", options.cpu.as_deref()), ("memory", options.memory.as_deref())];
    let guaranteed = is_guaranteed(spec);
    let (cpu, memory) = if guaranteed { GUARANTEED } else { REQUESTED };
    let mut requests = Map::from_iter([("cpu".to_owned(), json!(cpu)), ("memory".to_owned(), json!(memory))]);
    let mut limits = if guaranteed {
        requests.clone()
    } else {
        Map::from_iter([("memory".to_owned(), json!(MEMORY_LIMIT))])
    };
    // What is chosen is both, so that it satisfies quotas that ask for limits.
    for (name, amount) in chosen {
        if let Some(amount) = amount {
            requests.insert(name.to_owned(), json!(amount));
            limits.insert(name.to_owned(), json!(amount));
        }
    }
    json!({"requests": requests, "limits": limits})
}

/// Whether the kubelet gives the pod with this `spec` the class Guaranteed: it has limits for all that counts, and requests no
/// less. What a pod as a whole asks for counts in the place of what its containers ask for.
pub(super) fn is_guaranteed(spec: &Value) -> bool {
    let whole = spec
        .get("resources")
        .filter(|resources| COUNTED.iter().any(|name| is_given(resources, name)));
    if let Some(whole) = whole {
        return is_fixed(whole);
    }
    let containers = ["initContainers", "containers"]
        .into_iter()
        .filter_map(|key| spec.get(key)?.as_array())
        .flatten();
    let mut any = false;
    for container in containers {
        any = true;
        if !container.get("resources").is_some_and(is_fixed) {
            return false;
        }
    }
    any
}

/// Whether these `resources` say anything of `name`.
fn is_given(resources: &Value, name: &str) -> bool {
    ["requests", "limits"]
        .iter()
        .any(|amounts| amount(resources, amounts, name).is_some())
}

/// Whether limits are there for all that counts, and requests, which are the limits where nobody says otherwise, equal them.
fn is_fixed(resources: &Value) -> bool {
    COUNTED.iter().all(|name| {
        let limit = amount(resources, "limits", name).filter(|limit| *limit > Quantity::ZERO);
        limit.is_some() && amount(resources, "requests", name).is_none_or(|request| Some(request) == limit)
    })
}

/// An amount among `resources`.
pub(super) fn amount(resources: &Value, amounts: &str, name: &str) -> Option<Quantity> {
    Quantity::read(resources.get(amounts)?.get(name)?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{is_guaranteed, resources};
    use crate::operator::inject::Options;

    fn fixed() -> Value {
        json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m", "memory": "1024Mi"}})
    }

    #[test]
    fn the_class_is_that_of_the_kubelet() {
        let only_limits = json!({"limits": {"cpu": 2, "memory": "1Gi"}});
        let no_cpu_limit = json!({"limits": {"memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}});
        let less = json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1G"}});
        let pod = |inits: Value, mains: Value| json!({"initContainers": inits, "containers": mains});
        for (spec, guaranteed) in [
            (pod(json!(null), json!([{"resources": fixed()}])), true),
            (
                pod(
                    json!([{"resources": only_limits}]),
                    json!([{"resources": fixed()}, {"resources": only_limits}]),
                ),
                true,
            ),
            (pod(json!([{"name": "no resources"}]), json!([{"resources": fixed()}])), false),
            (pod(json!([]), json!([{"resources": fixed()}, {}])), false),
            (pod(json!([]), json!([{"resources": no_cpu_limit}])), false),
            (pod(json!([]), json!([{"resources": less}])), false),
            (json!({"containers": [{}]}), false),
            (json!({}), false),
            (json!({"resources": fixed(), "containers": [{}]}), true),
            (json!({"resources": no_cpu_limit, "containers": [{"resources": fixed()}]}), false),
            (json!({"resources": {"claims": []}, "containers": [{"resources": fixed()}]}), true),
        ] {
            assert_eq!(is_guaranteed(&spec), guaranteed, "{spec}");
        }
    }

    #[test]
    fn a_class_is_kept_and_little_is_reserved() {
        let mut options = Options::default();
        let burstable = json!({"containers": [{"resources": {"requests": {"cpu": "1"}}}]});
        let guaranteed = json!({"containers": [{"resources": fixed()}]});
        let small = json!({"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}});
        assert_eq!(resources(&options, &burstable), small);
        assert_eq!(resources(&options, &json!({})), small, "and where nothing is asked for");
        let with_wisp = |options: &Options, spec: &Value| {
            let mut spec = spec.clone();
            spec["initContainers"] = json!([{"resources": resources(options, &spec)}]);
            is_guaranteed(&spec)
        };
        assert!(with_wisp(&options, &guaranteed));
        options.set("cpu", "50m").unwrap();
        assert!(with_wisp(&options, &guaranteed));
        let chosen =
            json!({"requests": {"cpu": "50m", "memory": "16Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}});
        assert_eq!(resources(&options, &burstable), chosen);
        options.set("memory", "64Mi").unwrap();
        let both = json!({"cpu": "50m", "memory": "64Mi"});
        for spec in [&guaranteed, &burstable] {
            assert_eq!(resources(&options, spec), json!({"requests": both, "limits": both}));
        }
    }
}
