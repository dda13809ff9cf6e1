//! Where Entra is, cloud by cloud.

use crate::names::{Authority, TenantId};

/// One national cloud.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cloud {
    /// Its name in the log field `cloud`, as the Azure CLI spells it where it has a name for it.
    pub name: &'static str,
    /// The audience that its federated identity credentials usually carry.
    pub audience: &'static str,
    /// Its Resource Manager, where it is known: the resource that every identity may get a token for.
    pub resource_manager: Option<&'static str>,
    /// The hosts of its authority; the first is the one to use.
    hosts: &'static [&'static str],
}

/// The name of a cloud that is not in the table: air-gapped, private, or an emulator.
pub(crate) const CUSTOM_CLOUD: &str = "custom";

const CLOUDS: [Cloud; 6] = [
    Cloud {
        name: "AzureCloud",
        audience: "api://AzureADTokenExchange",
        resource_manager: Some("https://management.azure.com/"),
        hosts: &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
    },
    Cloud {
        name: "AzureUSGovernment",
        audience: "api://AzureADTokenExchangeUSGov",
        resource_manager: Some("https://management.usgovcloudapi.net/"),
        hosts: &["login.microsoftonline.us", "login.usgovcloudapi.net", "login-us.microsoftonline.com"],
    },
    Cloud {
        name: "AzureChinaCloud",
        audience: "api://AzureADTokenExchangeChina",
        resource_manager: Some("https://management.chinacloudapi.cn/"),
        hosts: &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
    },
    Cloud {
        name: "Bleu",
        audience: "api://AzureADTokenExchangeFrance",
        resource_manager: None,
        hosts: &["login.sovcloud-identity.fr"],
    },
    Cloud {
        name: "Delos",
        audience: "api://AzureADTokenExchangeGermany",
        resource_manager: None,
        hosts: &["login.sovcloud-identity.de"],
    },
    Cloud {
        name: "GovSG",
        audience: "api://AzureADTokenExchangeGovSG",
        resource_manager: None,
        hosts: &["login.sovcloud-identity.sg"],
    },
];

/// The cloud that `authority` belongs to, if it is a known one.
pub(crate) fn cloud(authority: &Authority) -> Option<&'static Cloud> {
    let host = host_and_port(authority);
    CLOUDS.iter().find(|cloud| {
        cloud
            .hosts
            .iter()
            .any(|known| *known == host.trim_end_matches(":443"))
    })
}

/// The name of the cloud for logs.
pub(crate) fn cloud_name(authority: &Authority) -> &'static str {
    cloud(authority).map_or(CUSTOM_CLOUD, |cloud| cloud.name)
}

/// The path of the v2.0 token endpoint, the only one wisp uses. A [`TenantId`] needs no escaping.
pub(super) fn token_path(tenant: &TenantId) -> String {
    format!("/{tenant}/oauth2/v2.0/token")
}

/// The host, and the port if it is given.
pub(super) fn host_and_port(authority: &Authority) -> &str {
    authority.as_str().trim_start_matches("https://")
}

#[cfg(test)]
mod tests {
    use super::{cloud, cloud_name, token_path};
    use crate::names::Authority;

    fn authority(text: &str) -> Authority {
        text.parse().unwrap()
    }

    #[test]
    fn knows_the_clouds() {
        for (host, name) in [
            ("https://login.microsoftonline.com/", "AzureCloud"),
            ("https://LOGIN.windows.net:443", "AzureCloud"),
            ("https://login.microsoftonline.us", "AzureUSGovernment"),
            ("https://login.chinacloudapi.cn/", "AzureChinaCloud"),
            ("https://login.sovcloud-identity.fr", "Bleu"),
            ("https://localhost:8443", "custom"),
            ("https://evil-login.microsoftonline.com", "custom"),
            ("https://login.microsoftonline.com.evil.example", "custom"),
        ] {
            assert_eq!(cloud_name(&authority(host)), name, "{host}");
        }
        assert_eq!(
            cloud(&authority("https://login.microsoftonline.us")).map(|c| c.audience),
            Some("api://AzureADTokenExchangeUSGov")
        );
    }

    #[test]
    fn the_token_endpoint_is_version_two() {
        let tenant = "Contoso.onmicrosoft.com".parse().unwrap();
        assert_eq!(token_path(&tenant), "/contoso.onmicrosoft.com/oauth2/v2.0/token");
    }
}
