//! Azure's services, told by the ends of their names.

/// A service, as far as a token for it goes.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Service {
    /// What its names end with, in the public cloud, China and the US Government's; empty where it has none.
    ends: [&'static str; 3],
    /// What it is called.
    pub(crate) name: &'static str,
    /// What a token for it is asked for by, in these clouds.
    audiences: [&'static str; 3],
    /// The role that usually fits, or several.
    pub(crate) role: &'static str,
    /// What stands before the rest of the name in the zone of private endpoints; empty where it has no such zone.
    private: &'static str,
}

const STORAGE: [&str; 3] = ["https://storage.azure.com"; 3];

/// By what they are asked for. The first end that fits counts.
const SERVICES: &[Service] = &[
    Service {
        ends: [".vault.azure.net", ".vault.azure.cn", ".vault.usgovcloudapi.net"],
        name: "Key Vault",
        audiences: ["https://vault.azure.net", "https://vault.azure.cn", "https://vault.usgovcloudapi.net"],
        role: "Key Vault Secrets User (for keys Key Vault Crypto User, for certificates Key Vault Certificate User)",
        private: ".privatelink.vaultcore.azure.net",
    },
    Service {
        ends: [".managedhsm.azure.net", ".managedhsm.azure.cn", ".managedhsm.usgovcloudapi.net"],
        name: "Managed HSM",
        audiences: [
            "https://managedhsm.azure.net",
            "https://managedhsm.azure.cn",
            "https://managedhsm.usgovcloudapi.net",
        ],
        role: "Managed HSM Crypto User, one of its local roles",
        private: ".privatelink.managedhsm.azure.net",
    },
    Service {
        ends: [".blob.core.windows.net", ".blob.core.chinacloudapi.cn", ".blob.core.usgovcloudapi.net"],
        name: "Blob Storage",
        audiences: STORAGE,
        role: "Storage Blob Data Reader (to write, Storage Blob Data Contributor)",
        private: ".privatelink.blob.core.windows.net",
    },
    Service {
        ends: [".dfs.core.windows.net", ".dfs.core.chinacloudapi.cn", ".dfs.core.usgovcloudapi.net"],
        name: "Data Lake Storage",
        audiences: STORAGE,
        role: "Storage Blob Data Reader (to write, Storage Blob Data Contributor)",
        private: ".privatelink.dfs.core.windows.net",
    },
    Service {
        ends: [".queue.core.windows.net", ".queue.core.chinacloudapi.cn", ".queue.core.usgovcloudapi.net"],
        name: "Queue Storage",
        audiences: STORAGE,
        role: "Storage Queue Data Contributor",
        private: ".privatelink.queue.core.windows.net",
    },
    Service {
        ends: [".table.core.windows.net", ".table.core.chinacloudapi.cn", ".table.core.usgovcloudapi.net"],
        name: "Table Storage",
        audiences: STORAGE,
        role: "Storage Table Data Reader (to write, Storage Table Data Contributor)",
        private: ".privatelink.table.core.windows.net",
    },
    Service {
        ends: [".servicebus.windows.net", ".servicebus.chinacloudapi.cn", ".servicebus.usgovcloudapi.net"],
        name: "Service Bus or Event Hubs",
        audiences: ["https://servicebus.azure.net"; 3],
        role: "Azure Service Bus Data Sender or Receiver (Event Hubs: Azure Event Hubs Data Sender or Receiver)",
        private: ".privatelink.servicebus.windows.net",
    },
    Service {
        ends: [".documents.azure.com", ".documents.azure.cn", ".documents.azure.us"],
        name: "Cosmos DB",
        audiences: ["https://cosmos.azure.com"; 3],
        role: "Cosmos DB Built-in Data Reader, a role of its own (az cosmosdb sql role assignment create)",
        private: ".privatelink.documents.azure.com",
    },
    Service {
        ends: [".database.windows.net", ".database.chinacloudapi.cn", ".database.usgovcloudapi.net"],
        name: "SQL Database",
        audiences: [
            "https://database.windows.net/",
            "https://database.chinacloudapi.cn/",
            "https://database.usgovcloudapi.net/",
        ],
        role: "a user of the database made by CREATE USER [NAME] FROM EXTERNAL PROVIDER; Azure's roles do not count",
        private: ".privatelink.database.windows.net",
    },
    Service {
        ends: [".azconfig.io", ".azconfig.azure.cn", ".azconfig.azure.us"],
        name: "App Configuration",
        audiences: ["https://azconfig.io", "https://azconfig.azure.cn", "https://azconfig.azure.us"],
        role: "App Configuration Data Reader",
        private: ".privatelink.azconfig.io",
    },
    Service {
        ends: [".openai.azure.com", ".openai.azure.cn", ".openai.azure.us"],
        name: "Azure OpenAI",
        audiences: [
            "https://cognitiveservices.azure.com",
            "https://cognitiveservices.azure.cn",
            "https://cognitiveservices.azure.us",
        ],
        role: "Cognitive Services OpenAI User",
        private: ".privatelink.openai.azure.com",
    },
    Service {
        ends: ["management.azure.com", "management.chinacloudapi.cn", "management.usgovcloudapi.net"],
        name: "Azure Resource Manager",
        audiences: [
            "https://management.azure.com",
            "https://management.chinacloudapi.cn",
            "https://management.usgovcloudapi.net",
        ],
        role: "Reader (to change something, the role that the action asks for)",
        private: "",
    },
    Service {
        ends: ["graph.microsoft.com", "microsoftgraph.chinacloudapi.cn", "graph.microsoft.us"],
        name: "Microsoft Graph",
        audiences: [
            "https://graph.microsoft.com",
            "https://microsoftgraph.chinacloudapi.cn",
            "https://graph.microsoft.us",
        ],
        role: "an app role of Microsoft Graph, such as User.Read.All; Azure's roles do not count",
        private: "",
    },
];

/// Entra's authority, in the same clouds.
const AUTHORITIES: [&str; 3] = [
    "https://login.microsoftonline.com",
    "https://login.partner.microsoftonline.cn",
    "https://login.microsoftonline.us",
];

/// A service in one of the clouds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Known {
    /// Which service.
    pub(crate) service: &'static Service,
    /// Which of the clouds.
    cloud: usize,
}

/// The service that has this host, and its cloud.
pub(crate) fn known(host: &str) -> Option<Known> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    SERVICES.iter().find_map(|service| {
        let cloud = service.ends.iter().position(|end| host.ends_with(end))?;
        Some(Known { service, cloud })
    })
}

impl Known {
    /// What a token for it is asked for by.
    pub(crate) fn audience(self) -> &'static str {
        self.service
            .audiences
            .get(self.cloud)
            .copied()
            .unwrap_or_default()
    }

    /// Who issues tokens for it.
    pub(crate) fn authority(self) -> &'static str {
        AUTHORITIES.get(self.cloud).copied().unwrap_or_default()
    }

    /// The name that `host` has in public DNS if, and only if, it has a private endpoint. Known of the public cloud alone.
    pub(crate) fn private_name(self, host: &str) -> Option<String> {
        let end = *self.service.ends.first()?;
        let first = host.trim_end_matches('.').strip_suffix(end)?;
        (self.cloud == 0 && !self.service.private.is_empty() && !first.is_empty())
            .then(|| format!("{first}{}", self.service.private))
    }
}
