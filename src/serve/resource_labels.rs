//! Resources as metric labels. Callers invent resources, and every label value is a time series that stays for ever.

use std::collections::HashSet;

use parking_lot::Mutex;

use crate::{names::Resource, settings::Settings};

/// How many resources that nobody configured have a label of their own. Real applications ask for a handful.
const MAX_SEEN: usize = 32;

/// The label of all others.
const OTHER: &str = "other";

/// Which resources have a label of their own: those of the configuration, and the first that were seen.
#[derive(Debug, Default)]
pub(super) struct ResourceLabels(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    configured: HashSet<Resource>,
    seen: HashSet<Resource>,
}

impl ResourceLabels {
    /// Takes the resources that `settings` name; those seen so far stay.
    pub(super) fn configure(&self, settings: &Settings) {
        self.set(settings.rules.resources.iter().chain(&settings.prefetch));
    }

    fn set<'a>(&self, resources: impl Iterator<Item = &'a Resource>) {
        let mut known = self.0.lock();
        known.configured = resources.cloned().collect();
    }

    /// The label of `resource`.
    pub(super) fn label<'a>(&self, resource: &'a Resource) -> &'a str {
        let mut known = self.0.lock();
        if known.configured.contains(resource) || known.seen.contains(resource) {
            return resource.as_str();
        }
        if known.seen.len() == MAX_SEEN {
            return OTHER;
        }
        known.seen.insert(resource.clone());
        resource.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_SEEN, OTHER, Resource, ResourceLabels};

    #[test]
    fn invented_resources_share_one_label() {
        let labels = ResourceLabels::default();
        let configured: Resource = "https://vault.azure.net".parse().unwrap();
        labels.set([&configured].into_iter());
        let invented: Vec<Resource> = (0..1000)
            .map(|n| format!("api://{n}").parse().unwrap())
            .collect();
        for _ in 0..2 {
            let own = invented
                .iter()
                .filter(|resource| labels.label(resource) == resource.as_str());
            assert_eq!(own.count(), MAX_SEEN);
            assert_eq!(labels.label(&invented[999]), OTHER);
            assert_eq!(labels.label(&configured), configured.as_str());
        }
    }
}
