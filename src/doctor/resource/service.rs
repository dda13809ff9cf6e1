//! Azure's services, told by the ends of their names.

/// A service, as far as a token for it goes. What differs between clouds stands in one text with blanks: that of the public cloud,
/// China's and the US Government's, or one for all. (A table of many small texts takes more room than they do.)
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Service {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What its names end with.
    ends: &'static str,
    /// What a token for it is asked for by.
    audiences: &'static str,
    /// The role that usually fits, or several.
    pub(crate) role: &'static str,
    /// What stands before the rest of the name in the zone of private endpoints; empty where it has no such zone.
    private: &'static str,
    /// Where it takes connections, if it does not speak HTTP.
    pub(crate) port: Option<u16>,
}

const STORAGE: &str = "https://storage.azure.com";

/// PostgreSQL and MySQL have one for both.
const OPEN_SOURCE: &str = "https://ossrdbms-aad.database.windows.net https://ossrdbms-aad.database.chinacloudapi.cn https://ossrdbms-aad.database.usgovcloudapi.net";

const REDIS: &str = "an access policy of the cache, such as Data Contributor; Azure's roles do not count";

/// By what they are asked for. The first end that fits counts.
const SERVICES: &[Service] = &[
    Service {
        name: "Key Vault",
        ends: ".vault.azure.net .vault.azure.cn .vault.usgovcloudapi.net",
        audiences: "https://vault.azure.net https://vault.azure.cn https://vault.usgovcloudapi.net",
        role: "Key Vault Secrets User (for keys Key Vault Crypto User, for certificates Key Vault Certificate User)",
        private: ".privatelink.vaultcore.azure.net",
        port: None,
    },
    Service {
        name: "Managed HSM",
        ends: ".managedhsm.azure.net .managedhsm.azure.cn .managedhsm.usgovcloudapi.net",
        audiences: "https://managedhsm.azure.net https://managedhsm.azure.cn https://managedhsm.usgovcloudapi.net",
        role: "Managed HSM Crypto User, one of its local roles",
        private: ".privatelink.managedhsm.azure.net",
        port: None,
    },
    Service {
        name: "Blob Storage",
        ends: ".blob.core.windows.net .blob.core.chinacloudapi.cn .blob.core.usgovcloudapi.net",
        audiences: STORAGE,
        role: "Storage Blob Data Reader (to write, Storage Blob Data Contributor)",
        private: ".privatelink.blob.core.windows.net",
        port: None,
    },
    Service {
        name: "Data Lake Storage",
        ends: ".dfs.core.windows.net .dfs.core.chinacloudapi.cn .dfs.core.usgovcloudapi.net",
        audiences: STORAGE,
        role: "Storage Blob Data Reader (to write, Storage Blob Data Contributor)",
        private: ".privatelink.dfs.core.windows.net",
        port: None,
    },
    Service {
        name: "Queue Storage",
        ends: ".queue.core.windows.net .queue.core.chinacloudapi.cn .queue.core.usgovcloudapi.net",
        audiences: STORAGE,
        role: "Storage Queue Data Contributor",
        private: ".privatelink.queue.core.windows.net",
        port: None,
    },
    Service {
        name: "Table Storage",
        ends: ".table.core.windows.net .table.core.chinacloudapi.cn .table.core.usgovcloudapi.net",
        audiences: STORAGE,
        role: "Storage Table Data Reader (to write, Storage Table Data Contributor)",
        private: ".privatelink.table.core.windows.net",
        port: None,
    },
    Service {
        name: "Azure Files",
        ends: ".file.core.windows.net .file.core.chinacloudapi.cn .file.core.usgovcloudapi.net",
        audiences: STORAGE,
        role: "Storage File Data Privileged Reader (to write, Storage File Data Privileged Contributor)",
        private: ".privatelink.file.core.windows.net",
        port: None,
    },
    Service {
        name: "Service Bus or Event Hubs",
        ends: ".servicebus.windows.net .servicebus.chinacloudapi.cn .servicebus.usgovcloudapi.net",
        audiences: "https://servicebus.azure.net",
        role: "Azure Service Bus Data Sender or Receiver (Event Hubs: Azure Event Hubs Data Sender or Receiver)",
        private: ".privatelink.servicebus.windows.net",
        port: None,
    },
    Service {
        name: "Cosmos DB",
        ends: ".documents.azure.com .documents.azure.cn .documents.azure.us",
        audiences: "https://cosmos.azure.com",
        role: "Cosmos DB Built-in Data Reader, a role of its own (az cosmosdb sql role assignment create)",
        private: ".privatelink.documents.azure.com",
        port: None,
    },
    Service {
        name: "PostgreSQL",
        ends: ".postgres.database.azure.com .postgres.database.chinacloudapi.cn .postgres.database.usgovcloudapi.net",
        audiences: OPEN_SOURCE,
        role: "a role of the database made by pgaadauth_create_principal; Azure's roles do not count",
        private: ".privatelink.postgres.database.azure.com",
        port: Some(5432),
    },
    Service {
        name: "MySQL",
        ends: ".mysql.database.azure.com .mysql.database.chinacloudapi.cn .mysql.database.usgovcloudapi.net",
        audiences: OPEN_SOURCE,
        role: "a user of the database made by CREATE AADUSER; Azure's roles do not count",
        private: ".privatelink.mysql.database.azure.com",
        port: Some(3306),
    },
    Service {
        name: "SQL Database",
        ends: ".database.windows.net .database.chinacloudapi.cn .database.usgovcloudapi.net",
        audiences: "https://database.windows.net/ https://database.chinacloudapi.cn/ https://database.usgovcloudapi.net/",
        role: "a user of the database made by CREATE USER [NAME] FROM EXTERNAL PROVIDER; Azure's roles do not count",
        private: ".privatelink.database.windows.net",
        port: Some(1433),
    },
    Service {
        name: "Azure Cache for Redis",
        ends: ".redis.cache.windows.net .redis.cache.chinacloudapi.cn .redis.cache.usgovcloudapi.net",
        audiences: "https://redis.azure.com",
        role: REDIS,
        private: ".privatelink.redis.cache.windows.net",
        port: Some(6380),
    },
    Service {
        name: "Azure Managed Redis",
        ends: ".redis.azure.net",
        audiences: "https://redis.azure.com",
        role: REDIS,
        private: ".privatelink.redis.azure.net",
        port: Some(10_000),
    },
    Service {
        name: "AI Search",
        ends: ".search.windows.net .search.azure.cn .search.azure.us",
        audiences: "https://search.azure.com https://search.azure.cn https://search.azure.us",
        role: "Search Index Data Reader (to write, Search Index Data Contributor; the service has to allow roles beside its keys)",
        private: ".privatelink.search.windows.net",
        port: None,
    },
    Service {
        name: "Container Registry",
        ends: ".azurecr.io .azurecr.cn .azurecr.us",
        audiences: "https://containerregistry.azure.net",
        role: "AcrPull (to push, AcrPush)",
        private: ".privatelink.azurecr.io",
        port: None,
    },
    Service {
        name: "App Configuration",
        ends: ".azconfig.io .azconfig.azure.cn .azconfig.azure.us",
        audiences: "https://azconfig.io https://azconfig.azure.cn https://azconfig.azure.us",
        role: "App Configuration Data Reader",
        private: ".privatelink.azconfig.io",
        port: None,
    },
    Service {
        name: "Azure OpenAI",
        ends: ".openai.azure.com .openai.azure.cn .openai.azure.us",
        audiences: "https://cognitiveservices.azure.com https://cognitiveservices.azure.cn https://cognitiveservices.azure.us",
        role: "Cognitive Services OpenAI User",
        private: ".privatelink.openai.azure.com",
        port: None,
    },
    Service {
        name: "Azure Resource Manager",
        ends: "management.azure.com management.chinacloudapi.cn management.usgovcloudapi.net",
        audiences: "https://management.azure.com https://management.chinacloudapi.cn https://management.usgovcloudapi.net",
        role: "Reader (to change something, the role that the action asks for)",
        private: "",
        port: None,
    },
    Service {
        name: "Microsoft Graph",
        ends: "graph.microsoft.com microsoftgraph.chinacloudapi.cn graph.microsoft.us",
        audiences: "https://graph.microsoft.com https://microsoftgraph.chinacloudapi.cn https://graph.microsoft.us",
        role: "an app role of Microsoft Graph, such as User.Read.All; Azure's roles do not count",
        private: "",
        port: None,
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
        let cloud = service
            .ends
            .split(' ')
            .position(|end| host.ends_with(end))?;
        Some(Known { service, cloud })
    })
}

/// The service whose address was given for the resource that its tokens are asked for by; none where `resource` is one itself.
pub(crate) fn mistaken(resource: &str) -> Option<Known> {
    let bare = resource.trim_end_matches("/.default").trim_end_matches('/');
    let is_audience = |service: &Service| {
        service
            .audiences
            .split(' ')
            .any(|audience| audience.trim_end_matches('/') == bare)
    };
    let rest = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next()?;
    known(host).filter(|_| !SERVICES.iter().any(is_audience))
}

impl Known {
    /// What a token for it is asked for by.
    pub(crate) fn audience(self) -> &'static str {
        let audiences = self.service.audiences;
        audiences.split(' ').nth(self.cloud).unwrap_or(audiences)
    }

    /// Who issues tokens for it.
    pub(crate) fn authority(self) -> &'static str {
        AUTHORITIES.get(self.cloud).copied().unwrap_or_default()
    }

    /// Whether it is asked as Azure Files is: who reads a file by a role says that he passes over its own rights.
    pub(crate) fn has_files(self) -> bool {
        self.service.ends.starts_with(".file.")
    }

    /// Whether it takes no token of Entra itself, but one that its clients get for it.
    pub(crate) fn exchanges(self) -> bool {
        self.service.ends.starts_with(".azurecr.")
    }

    /// The name that `host` has in public DNS if, and only if, it has a private endpoint. Known of the public cloud alone.
    pub(crate) fn private_name(self, host: &str) -> Option<String> {
        let end = self.service.ends.split(' ').next()?;
        let first = host.trim_end_matches('.').strip_suffix(end)?;
        (self.cloud == 0 && !self.service.private.is_empty() && !first.is_empty())
            .then(|| format!("{first}{}", self.service.private))
    }
}
