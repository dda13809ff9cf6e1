//! What LimitRanges and ResourceQuotas beside a pod demand of wisp's containers, and amounts that fit.

use serde_json::Value;

use super::{
    Beside, Diagnostic,
    options::Options,
    quantity::Quantity,
    resources::{GUARANTEED, resources},
};
use crate::operator::edit::join;

/// CPU or memory: its name in Kubernetes, which is that of the choice, and what wisp has where requests are limits.
struct Resource {
    name: &'static str,
    usual: &'static str,
    write: fn(Quantity) -> String,
}

const RESOURCES: [Resource; 2] = [
    Resource { name: "cpu", usual: GUARANTEED.0, write: Quantity::in_thousandths },
    Resource { name: "memory", usual: GUARANTEED.1, write: Quantity::in_bytes },
];

/// What is demanded of one resource of a container.
#[derive(Default)]
struct Demand {
    min: Option<Quantity>,
    max: Option<Quantity>,
    /// How many times its request a limit may be.
    ratio: Option<Quantity>,
    /// The limit of a container that has none.
    default: Option<Quantity>,
    /// A limit has to be there.
    limited: bool,
    /// Who demands it.
    by: Vec<String>,
}

/// Chooses amounts in `options` where those of a pod with this `spec` would be refused. What was chosen stays. The answer is what
/// the owner should know.
pub(super) fn fit(options: &mut Options, spec: &Value, beside: Beside<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for resource in &RESOURCES {
        let demand = demand(resource.name, beside);
        let given = resources(options, spec);
        let amount = |amounts: &str| {
            given
                .get(amounts)?
                .get(resource.name)
                .and_then(Quantity::read)
        };
        let Some(refused) = demand.refuses(amount("requests"), amount("limits"), resource) else { continue };
        let by = demand.by.join(" and ");
        let is_chosen = match resource.name {
            "cpu" => options.cpu.is_some(),
            _ => options.memory.is_some(),
        };
        let fitting = demand.fitting(resource);
        let text = match fitting {
            Some(amount) if is_chosen => format!(
                "{by} would refuse wisp's containers: {refused}; choose `{}` `{amount}`",
                resource.name
            ),
            Some(amount) => match options.set(resource.name, &amount) {
                Ok(()) => {
                    format!("wisp's containers get {} {amount}, because of {by}: {refused}", resource.name)
                }
                Err(error) => {
                    format!("{by} would refuse wisp's containers: {refused}; `{}` {error}", resource.name)
                }
            },
            None => format!("{by} would refuse every container: {refused}"),
        };
        diagnostics.push(Diagnostic::new(join(&[], "spec"), text));
    }
    diagnostics
}

/// All that is demanded beside a pod.
fn demand(name: &str, beside: Beside<'_>) -> Demand {
    let mut all = Demand::default();
    for range in beside.limit_ranges() {
        let containers = range
            .is
            .limits
            .iter()
            .filter(|item| item.get("type") == Some(&"Container".into()));
        for item in containers {
            let amount = |key: &str| item.get(key)?.get(name).and_then(Quantity::read);
            let bounds = ["min", "max", "maxLimitRequestRatio", "default"].map(amount);
            if bounds.iter().all(Option::is_none) {
                continue;
            }
            let [min, max, ratio, default] = bounds;
            all.min = all.min.max(min);
            all.max = least(all.max, max);
            all.ratio = least(all.ratio, ratio);
            all.default = all.default.or(default).or(max);
            all.by.push(format!("LimitRange `{}`", range.display()));
        }
    }
    for quota in beside
        .quotas()
        .into_iter()
        .filter(|quota| quota.is.hard.contains(&format!("limits.{name}")))
    {
        all.limited = true;
        all.by.push(format!("ResourceQuota `{}`", quota.display()));
    }
    all
}

fn least(a: Option<Quantity>, b: Option<Quantity>) -> Option<Quantity> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl Demand {
    /// Why a container with this request and limit is refused, with the numbers.
    fn refuses(
        &self,
        request: Option<Quantity>,
        limit: Option<Quantity>,
        resource: &Resource,
    ) -> Option<String> {
        let name = resource.name;
        let write = resource.write;
        let limit = limit.or(self.default);
        let request = request.or(limit)?;
        if let Some(min) = self.min.filter(|min| request < *min) {
            return Some(format!(
                "a container must request {name} {} at least, not {}",
                write(min),
                write(request)
            ));
        }
        let Some(limit) = limit else {
            return (self.limited || self.ratio.is_some())
                .then(|| format!("a container must have a limit of {name}"));
        };
        if let Some(max) = self.max.filter(|max| limit > *max || request > *max) {
            return Some(format!(
                "a container may have {name} {} at most, not {}",
                write(max),
                write(limit.max(request))
            ));
        }
        if limit < request {
            return Some(format!(
                "the limit of {name} is {} by default, and the request is {}",
                write(limit),
                write(request)
            ));
        }
        let ratio = self.ratio.filter(|ratio| limit > request.times(*ratio))?;
        Some(format!(
            "the limit of {name} may be {} times the request, and {} is more than that for {}",
            factor(ratio),
            write(limit),
            write(request)
        ))
    }

    /// The amount nearest to the usual one that is not refused as request and limit in one.
    fn fitting(&self, resource: &Resource) -> Option<String> {
        let usual = Quantity::parse(resource.usual)?;
        let amount = least(Some(usual.max(self.min.unwrap_or(usual))), self.max)?;
        let fits = self.refuses(Some(amount), Some(amount), resource).is_none() && amount > Quantity::ZERO;
        fits.then(|| (resource.write)(amount))
    }
}

/// A ratio as people write it: `1.5`.
fn factor(ratio: Quantity) -> String {
    let text = ratio.in_thousandths();
    let thousandths = text
        .strip_suffix('m')
        .and_then(|number| number.parse::<f64>().ok());
    thousandths.map_or_else(|| text.clone(), |number| (number / 1000.0).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fit;
    use crate::operator::inject::{Options, surroundings::Surroundings};

    /// What is told and chosen beside these LimitRange items and names of a quota.
    fn fitted(
        limits: &Value,
        hard: &[&str],
        choices: &[(&str, &str)],
    ) -> (String, Option<String>, Option<String>) {
        let hard: serde_json::Map<_, _> = hard
            .iter()
            .map(|name| ((*name).to_owned(), json!("1")))
            .collect();
        let mut all = Surroundings::default();
        for (kind, spec) in
            [("LimitRange", json!({"limits": limits})), ("ResourceQuota", json!({"hard": hard}))]
        {
            let metadata = json!({"name": "x", "namespace": "shop"});
            all.add(&json!({"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}), 0);
        }
        let mut options = Options::default();
        for (name, value) in choices {
            options.set(name, value).unwrap();
        }
        let diagnostics = fit(&mut options, &json!({"containers": [{}]}), all.beside(0, Some("shop")));
        let messages: Vec<_> = diagnostics
            .into_iter()
            .map(|diagnostic| diagnostic.text)
            .collect();
        (messages.join("\n"), options.cpu, options.memory)
    }

    fn container(rest: &Value) -> Value {
        let mut item = json!({"type": "Container"});
        for (key, value) in rest.as_object().unwrap() {
            item[key] = value.clone();
        }
        json!([item])
    }

    #[test]
    fn amounts_are_made_to_fit() {
        let (messages, cpu, memory) =
            fitted(&container(&json!({"min": {"cpu": "20m", "memory": "64Mi"}})), &[], &[]);
        insta::assert_snapshot!(messages, @"
wisp's containers get cpu 100m, because of LimitRange `shop/x`: a container must request cpu 20m at least, not 10m
wisp's containers get memory 64Mi, because of LimitRange `shop/x`: a container must request memory 64Mi at least, not 16Mi
");
        assert_eq!((cpu.as_deref(), memory.as_deref()), (Some("100m"), Some("64Mi")));
        let (messages, cpu, _) =
            fitted(&container(&json!({"max": {"cpu": "50m"}, "min": {"cpu": "20m"}})), &[], &[]);
        insta::assert_snapshot!(messages, @"wisp's containers get cpu 50m, because of LimitRange `shop/x`: a container must request cpu 20m at least, not 10m");
        assert_eq!(cpu.as_deref(), Some("50m"));
        let (messages, _, memory) =
            fitted(&container(&json!({"maxLimitRequestRatio": {"memory": "1.5"}})), &[], &[]);
        insta::assert_snapshot!(messages, @"wisp's containers get memory 32Mi, because of LimitRange `shop/x`: the limit of memory may be 1.5 times the request, and 32Mi is more than that for 16Mi");
        assert_eq!(memory.as_deref(), Some("32Mi"));
        let (messages, cpu, _) = fitted(&container(&json!({"default": {"cpu": "5m"}})), &[], &[]);
        insta::assert_snapshot!(messages, @"wisp's containers get cpu 100m, because of LimitRange `shop/x`: the limit of cpu is 5m by default, and the request is 10m");
        assert_eq!(cpu.as_deref(), Some("100m"));
        let (messages, cpu, _) = fitted(&json!([]), &["limits.cpu", "requests.memory"], &[]);
        insta::assert_snapshot!(messages, @"wisp's containers get cpu 100m, because of ResourceQuota `shop/x`: a container must have a limit of cpu");
        assert_eq!(cpu.as_deref(), Some("100m"));
    }

    #[test]
    fn what_was_chosen_stays_and_is_told() {
        let tight = container(&json!({"max": {"cpu": "50m"}}));
        let (messages, cpu, _) = fitted(&tight, &[], &[("cpu", "100m")]);
        insta::assert_snapshot!(messages, @"LimitRange `shop/x` would refuse wisp's containers: a container may have cpu 50m at most, not 100m; choose `cpu` `50m`");
        assert_eq!(cpu.as_deref(), Some("100m"));
        let (messages, ..) =
            fitted(&container(&json!({"max": {"cpu": "50m"}, "min": {"cpu": "1"}})), &[], &[]);
        insta::assert_snapshot!(messages, @"LimitRange `shop/x` would refuse every container: a container must request cpu 1 at least, not 10m");
    }

    #[test]
    fn what_fits_is_left_alone() {
        for (limits, hard) in [
            (json!([]), [].as_slice()),
            (
                container(
                    &json!({"max": {"cpu": "2", "memory": "1Gi"}, "min": {"cpu": "1m"}, "default": {"cpu": "500m"}}),
                ),
                &[],
            ),
            (container(&json!({"defaultRequest": {"cpu": "1"}})), &["requests.cpu", "pods"]),
            (json!([{"type": "Pod", "max": {"cpu": "1m"}}]), &["limits.memory"]),
        ] {
            assert_eq!(fitted(&limits, hard, &[]), (String::new(), None, None), "{limits}");
        }
    }
}
