//! What is remembered in the pod, so that taking wisp out restores what was there to the byte.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Diagnostic,
    hand_edits::Digest,
    options::{EndpointVariables, Mode, annotation},
};

/// The annotation that marks a pod with wisp in it.
pub(crate) const INJECTED: &str = "wisp/injected";

/// The annotation that has the webhook inject its own proxy; its value does not matter.
pub(crate) const AZWI_PROXY: &str = "azure.workload.identity/inject-proxy-sidecar";

/// The content of [`INJECTED`].
#[derive(Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Record {
    /// The mode.
    pub mode: String,
    /// The version of wisp that wrote it.
    pub version: String,
    /// The variables of mode `env` that were set, if not all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// What was there and empty, and how it was written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub empty: BTreeMap<String, String>,
    /// Values of variables that were not there at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unset: Vec<String>,
    /// What was set as, or added to, `NO_PROXY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_proxy: Option<String>,
    /// What was set as, or added to, the webhook's `skip-containers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_containers: Option<String>,
    /// The container that `kubectl` takes by default, if we had to name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_container: Option<String>,
    /// Where the application was told to ask, if that is another port than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_port: Option<u16>,
    /// Where containers with an identity of their own were told to ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity_ports: Vec<u16>,
    /// The sysctl for port 80 was added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sysctl: bool,
    /// What was written into our containers and volumes, to tell it from what people write there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Digest>,
    /// The webhook's label was added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub label: bool,
}

impl Record {
    /// The record among `annotations`; none when wisp is not in the pod.
    pub(crate) fn read(annotations: &Map<String, Value>) -> Result<Option<Self>, Diagnostic> {
        let Some(value) = annotations.get(INJECTED) else { return Ok(None) };
        let record = value
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok());
        record.map(Some).ok_or_else(|| {
            let text = format!(
                "annotation `{INJECTED}` is not as wispctl wrote it, so wispctl cannot tell what it injected; \
                 restore it, or remove it together with the containers `wisp` and `wisp-init` and the volume `wisp-token`"
            );
            Diagnostic::new(annotation(INJECTED), text)
        })
    }

    /// The mode.
    pub(crate) fn mode(&self) -> Option<Mode> {
        Mode::parse(&self.mode)
    }

    /// The variables that mode `env` has set.
    pub(crate) fn variables(&self) -> Vec<EndpointVariables> {
        let named: Vec<_> = self
            .variables
            .iter()
            .filter_map(|name| EndpointVariables::parse(name))
            .collect();
        if named.is_empty() { EndpointVariables::ALL.to_vec() } else { named }
    }

    /// The text of the annotation.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
