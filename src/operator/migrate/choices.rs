//! What wisp is told for the pods of a workload, whoever puts it in: choices of `wispctl inject`, labels, and annotations for the webhook
//! and for policies.

use serde_json::{Value, json};

use super::plan::Road;
use crate::{
    operator::{
        inject::{
            Options,
            options::INJECT,
            settings::{SetBy, SettingFlag},
            webhook::USE_LABEL,
        },
        pod_identity::LABEL,
    },
    settings::keys::IDENTITIES,
};

/// The label that has the webhook adopt a pod.
pub(crate) const ADOPT: &str = "wisp/adopt";
const MODE: &str = "wisp/mode";
const CLIENT_ID: &str = "wisp/client-id";
const TENANT_ID: &str = "wisp/tenant-id";
const TABLE: &str = "wisp/set.WISP_IDENTITIES";
const AUTHORITY: &str = "wisp/authority";
const AUDIENCE: &str = "wisp/audience";

/// All labels and annotations by which wisp is told anything here, with the mapping that each is in.
pub(crate) const WRITTEN: [(&str, &str); 9] = [
    ("labels", INJECT),
    ("labels", ADOPT),
    ("labels", USE_LABEL),
    ("annotations", MODE),
    ("annotations", CLIENT_ID),
    ("annotations", TENANT_ID),
    ("annotations", TABLE),
    ("annotations", AUTHORITY),
    ("annotations", AUDIENCE),
];

/// What wisp is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices<'a> {
    /// The namespace of the pods.
    pub namespace: &'a str,
    /// The mode of wisp.
    pub mode: Option<&'a str>,
    /// What a request gets that names no identity.
    pub client_id: Option<&'a str>,
    /// The tenant of that.
    pub tenant_id: Option<&'a str>,
    /// All identities of the pods.
    pub identities: Vec<ChosenIdentity<'a>>,
    /// The cloud, where it is not the public one.
    pub cloud: Option<ChosenCloud<'a>>,
}

/// An identity of the pods.
#[derive(Clone, Debug)]
pub(crate) struct ChosenIdentity<'a> {
    /// Its client id.
    pub client_id: &'a str,
    /// The AzureIdentity, with its namespace.
    pub azure_identity: Option<&'a str>,
    /// Its tenant.
    pub tenant_id: Option<&'a str>,
    /// Its resource id.
    pub resource_id: Option<&'a str>,
}

/// Another cloud than the public one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChosenCloud<'a> {
    /// Where tokens are asked for.
    pub authority: &'a str,
    /// For whom the tokens of service accounts are.
    pub audience: &'a str,
}

/// The label by which pods get wisp, or workload identity, on `road`; none where their template has it already.
pub(crate) const fn label(road: Road) -> Option<&'static str> {
    match road {
        Road::Webhook | Road::Policy => Some(INJECT),
        Road::Adopt => Some(ADOPT),
        Road::Native => Some(USE_LABEL),
        Road::Inject | Road::Leave => None,
    }
}

impl Choices<'_> {
    /// The choices of `wispctl inject`, beginning with those for `all`. The error is what it cannot take.
    pub(crate) fn options(&self, all: &Options) -> Result<Options, String> {
        let mut options = all.clone();
        if let Some(mode) = self.mode {
            options.set("mode", mode)?;
        }
        options.client_id = self.client_id.map(str::to_owned);
        if let Some(tenant) = self.tenant_id {
            options.set("tenant-id", tenant)?;
        }
        if let Some(cloud) = self.cloud {
            options.set("authority", cloud.authority.trim_end_matches('/'))?;
            options.set("audience", cloud.audience)?;
        }
        if let Some(table) = self.table() {
            // Whose identities come by the label keeps it for now, and nobody is to warn of it.
            let by = SetBy::Label(LABEL);
            options
                .settings
                .set(SettingFlag::Set, IDENTITIES.variable(), &table, by)?;
        }
        Ok(options)
    }

    /// The annotations of pods on `road`.
    pub(crate) fn annotations(&self, road: Road) -> Vec<(&'static str, String)> {
        let text = |value: Option<&str>| value.map(str::to_owned);
        let several = self.identities.len() > 1;
        let all = match road {
            // One identity is named by the service account.
            Road::Webhook => vec![
                (MODE, text(self.mode)),
                (CLIENT_ID, text(self.client_id).filter(|_| several)),
                (TABLE, self.table()),
                (
                    AUTHORITY,
                    text(
                        self.cloud
                            .map(|cloud| cloud.authority.trim_end_matches('/')),
                    ),
                ),
                (AUDIENCE, text(self.cloud.map(|cloud| cloud.audience))),
            ],
            // A policy sees the pod alone, and not its service account; its mode is its own.
            Road::Policy => {
                vec![(CLIENT_ID, text(self.client_id)), (TENANT_ID, text(self.tenant_id))]
            }
            // Adopted pods name their identity themselves, once its objects go: their service account stays as it was.
            Road::Adopt => {
                vec![(MODE, text(self.mode)), (CLIENT_ID, text(self.client_id)), (TABLE, self.table())]
            }
            Road::Inject | Road::Native | Road::Leave => Vec::new(),
        };
        all.into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }

    /// The setting that lists the identities, by which requests find them that name a client id or a resource id; none where there is
    /// none.
    fn table(&self) -> Option<String> {
        let entries = self.identities.iter().map(|identity| {
            let mut entry = json!({"name": self.name(identity), "client_id": identity.client_id});
            if let Some(tenant) = identity.tenant_id {
                entry["tenant_id"] = tenant.into();
            }
            if let Some(id) = identity.resource_id {
                entry["resource_id"] = id.into();
            }
            entry
        });
        let entries: Vec<_> = entries.collect();
        (!entries.is_empty()).then(|| Value::from(entries).to_string())
    }

    /// What an identity is called in wisp's logs and errors: the AzureIdentity, with its namespace where it is of another.
    fn name<'b>(&self, identity: &ChosenIdentity<'b>) -> &'b str {
        let Some(full) = identity.azure_identity else { return identity.client_id };
        full.split_once('/')
            .filter(|(own, _)| *own == self.namespace)
            .map_or(full, |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Choices, ChosenCloud, ChosenIdentity, WRITTEN, label};
    use crate::operator::{inject::Options, migrate::plan::Road};

    const ROADS: [Road; 6] =
        [Road::Inject, Road::Webhook, Road::Policy, Road::Adopt, Road::Native, Road::Leave];

    fn choices() -> Choices<'static> {
        let identity = |client_id, azure_identity| ChosenIdentity {
            client_id,
            azure_identity: Some(azure_identity),
            tenant_id: Some("contoso.com"),
            resource_id: None,
        };
        let (orders, bills) =
            ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222");
        Choices {
            namespace: "shop",
            mode: Some("env"),
            client_id: Some(orders),
            tenant_id: Some("contoso.com"),
            identities: vec![identity(orders, "shop/orders"), identity(bills, "bills/orders")],
            cloud: Some(ChosenCloud { authority: "https://login.example/", audience: "api://example" }),
        }
    }

    #[test]
    fn each_road_has_what_it_cannot_know() {
        let lines =
            ROADS.map(|road| format!("{} {:?} {:?}", road.name(), label(road), choices().annotations(road)));
        insta::assert_snapshot!(lines.join("\n"), @r#"
        inject None []
        webhook Some("wisp/inject") [("wisp/mode", "env"), ("wisp/client-id", "11111111-1111-1111-1111-111111111111"), ("wisp/set.WISP_IDENTITIES", "[{\"client_id\":\"11111111-1111-1111-1111-111111111111\",\"name\":\"orders\",\"tenant_id\":\"contoso.com\"},{\"client_id\":\"22222222-2222-2222-2222-222222222222\",\"name\":\"bills/orders\",\"tenant_id\":\"contoso.com\"}]"), ("wisp/authority", "https://login.example"), ("wisp/audience", "api://example")]
        policy Some("wisp/inject") [("wisp/client-id", "11111111-1111-1111-1111-111111111111"), ("wisp/tenant-id", "contoso.com")]
        adopt Some("wisp/adopt") [("wisp/mode", "env"), ("wisp/client-id", "11111111-1111-1111-1111-111111111111"), ("wisp/set.WISP_IDENTITIES", "[{\"client_id\":\"11111111-1111-1111-1111-111111111111\",\"name\":\"orders\",\"tenant_id\":\"contoso.com\"},{\"client_id\":\"22222222-2222-2222-2222-222222222222\",\"name\":\"bills/orders\",\"tenant_id\":\"contoso.com\"}]")]
        native Some("azure.workload.identity/use") []
        leave None []
        "#);
        let one = Choices { identities: choices().identities[..1].to_vec(), cloud: None, ..choices() };
        insta::assert_snapshot!(format!("{:?}", one.annotations(Road::Webhook)), @r#"[("wisp/mode", "env"), ("wisp/set.WISP_IDENTITIES", "[{\"client_id\":\"11111111-1111-1111-1111-111111111111\",\"name\":\"orders\",\"tenant_id\":\"contoso.com\"}]")]"#);
    }

    #[test]
    fn all_that_is_written_can_be_taken_back() {
        for road in ROADS {
            let keys = choices()
                .annotations(road)
                .into_iter()
                .map(|(key, _)| ("annotations", key));
            for written in keys.chain(label(road).map(|label| ("labels", label))) {
                assert!(WRITTEN.contains(&written), "{written:?}");
            }
        }
    }

    #[test]
    fn inject_has_all_of_it() {
        let options = choices().options(&Options::default()).unwrap();
        assert_eq!(options.client_id, choices().client_id.map(str::to_owned));
        assert_eq!(options.audience.as_deref(), Some("api://example"));
        assert_eq!(options.authority.as_deref(), Some("https://login.example"));
        let wrong = Choices { mode: Some("nonsense"), ..choices() };
        assert!(wrong.options(&Options::default()).is_err());
    }
}
