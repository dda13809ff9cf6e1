//! Static secrets by the names and by the shapes of values.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Kinds of credentials that do not expire by themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Credential {
    /// The secret of an app registration.
    ClientSecret,
    /// The certificate of an app registration, or its password.
    ClientCertificate,
    /// The password of a user.
    Password,
    /// The key of an account of storage, Cosmos DB and others.
    AccountKey,
    /// A shared access signature.
    Signature,
    /// A connection string with a key or a password in it.
    ConnectionString,
    /// What a SecretProviderClass brings out of a Key Vault.
    VaultSecret,
}

impl Credential {
    /// As a person calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ClientSecret => "client secret",
            Self::ClientCertificate => "client certificate",
            Self::Password => "password",
            Self::AccountKey => "account key",
            Self::Signature => "shared access signature",
            Self::ConnectionString => "connection string",
            Self::VaultSecret => "Key Vault secret",
        }
    }
}

/// Names of variables and keys that say by themselves what they hold. Capitals, and `-` for `_`, do not matter.
const NAMES: &[(&str, Credential)] = &[
    ("ARM_CLIENT_CERTIFICATE", Credential::ClientCertificate),
    ("ARM_CLIENT_CERTIFICATE_PATH", Credential::ClientCertificate),
    ("ARM_CLIENT_SECRET", Credential::ClientSecret),
    ("AZURE_CLIENT_CERTIFICATE", Credential::ClientCertificate),
    ("AZURE_CLIENT_CERTIFICATE_PASSWORD", Credential::ClientCertificate),
    ("AZURE_CLIENT_CERTIFICATE_PATH", Credential::ClientCertificate),
    ("AZURE_CLIENT_SECRET", Credential::ClientSecret),
    ("AZURE_PASSWORD", Credential::Password),
    ("AZURE_STORAGE_ACCESS_KEY", Credential::AccountKey),
    ("AZURE_STORAGE_ACCOUNT_KEY", Credential::AccountKey),
    ("AZURE_STORAGE_CONNECTION_STRING", Credential::ConnectionString),
    ("AZURE_STORAGE_KEY", Credential::AccountKey),
    ("AZURE_STORAGE_SAS_TOKEN", Credential::Signature),
    ("AZURESTORAGEACCOUNTKEY", Credential::AccountKey),
    ("AZUREWEBJOBSSTORAGE", Credential::ConnectionString),
];

/// Texts that a value has in it, in lower case; all of one row, followed by something in the first of them.
const SHAPES: &[(&[&str], Credential)] = &[
    (&["azure_client_secret="], Credential::ClientSecret),
    (&["\"clientsecret\":", "\"clientid\":"], Credential::ClientSecret),
    (&["aadclientsecret\":"], Credential::ClientSecret),
    (&["accountkey="], Credential::ConnectionString),
    (&["sharedaccesskey="], Credential::ConnectionString),
    (&["secret=", "endpoint=https://", ".azconfig."], Credential::ConnectionString),
    (&["password=", ".database.windows.net"], Credential::ConnectionString),
    (&["pwd=", ".database.windows.net"], Credential::ConnectionString),
    (&["password=", ".redis.cache.windows.net"], Credential::ConnectionString),
    (&["sharedaccesssignature="], Credential::Signature),
    (&["sig=", "sv=", "se="], Credential::Signature),
];

/// The most bytes of a value that are looked at. Connection strings are short.
const LONGEST: usize = 64 << 10;
/// The bytes of the key of an account, and of its base64.
const KEY_BYTES: usize = 64;
const KEY_TEXT: usize = 88;

/// What a variable or key of this name holds, by its name.
pub(super) fn by_name(name: &str) -> Option<Credential> {
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let found = NAMES.iter().find(|(known, _)| *known == name);
    found.map(|(_, credential)| *credential)
}

/// What `value` is, which something called `name` has.
pub(super) fn by_shape(name: &str, value: &str) -> Option<Credential> {
    let end = value.floor_char_boundary(LONGEST);
    let lower = value.get(..end).unwrap_or_default().to_ascii_lowercase();
    let is_filled =
        |rest: &str| !matches!(rest.trim_start().chars().next(), None | Some(';' | '&' | '\n' | '$' | '{'));
    let has = |texts: &[&str]| {
        let first = texts.first().and_then(|text| lower.split_once(text));
        first.is_some_and(|(_, rest)| is_filled(rest)) && texts.iter().all(|text| lower.contains(text))
    };
    if let Some((_, credential)) = SHAPES.iter().find(|(texts, _)| has(texts)) {
        return Some(*credential);
    }
    let is_key = name.to_ascii_lowercase().contains("key") && is_account_key(value.trim());
    is_key.then_some(Credential::AccountKey)
}

/// Whether it has the length and the alphabet of such a key.
fn is_account_key(value: &str) -> bool {
    value.len() == KEY_TEXT
        && STANDARD
            .decode(value)
            .is_ok_and(|bytes| bytes.len() == KEY_BYTES)
}

#[cfg(test)]
mod tests {
    use super::{Credential, by_name, by_shape};

    /// Bytes of which nobody could say what they open.
    fn key() -> String {
        format!("{}==", "Q".repeat(86))
    }

    #[test]
    fn credentials_are_known_by_their_names() {
        assert_eq!(by_name("AZURE_CLIENT_SECRET"), Some(Credential::ClientSecret));
        assert_eq!(by_name("azure-client-secret"), Some(Credential::ClientSecret));
        assert_eq!(by_name("AzureWebJobsStorage"), Some(Credential::ConnectionString));
        assert_eq!(by_name("azurestorageaccountkey"), Some(Credential::AccountKey));
        assert_eq!(by_name("AZURE_CLIENT_ID"), None);
        assert_eq!(by_name("CLIENT_SECRET"), None, "that of any program");
    }

    #[test]
    fn credentials_are_known_by_their_shapes() {
        let key = key();
        let connection = |text: &str| by_shape("x", &text.replace("KEY", &key));
        for text in [
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=KEY;EndpointSuffix=core.windows.net",
            "AccountEndpoint=https://a.documents.azure.com:443/;AccountKey=KEY;",
            "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=KEY",
            "HostName=a.azure-devices.net;SharedAccessKeyName=owner;SharedAccessKey=KEY",
            "Endpoint=https://a.azconfig.io;Id=b;Secret=KEY",
            "Server=tcp:a.database.windows.net,1433;User ID=b;Password=KEY;",
            "a.redis.cache.windows.net:6380,password=KEY,ssl=True",
        ] {
            assert_eq!(connection(text), Some(Credential::ConnectionString), "{text}");
        }
        let signature = "https://a.blob.core.windows.net/b?sv=2024-11-04&se=2030-01-01&sr=c&sig=KEY";
        assert_eq!(connection(signature), Some(Credential::Signature));
        assert_eq!(
            connection("[default]\nAZURE_CLIENT_ID=x\nAZURE_CLIENT_SECRET=KEY\n"),
            Some(Credential::ClientSecret)
        );
        assert_eq!(
            connection("{\"clientId\": \"x\", \"clientSecret\": \"KEY\"}"),
            Some(Credential::ClientSecret)
        );
        assert_eq!(by_shape("storage-key", &key), Some(Credential::AccountKey));
    }

    #[test]
    fn what_only_resembles_them_is_none() {
        let key = key();
        for text in [
            "",
            "AccountKey=",
            "AccountName=a;AccountKey=;EndpointSuffix=core.windows.net",
            "AccountKey=$(STORAGE_KEY)",
            "Server=tcp:a.database.windows.net,1433;Authentication=Active Directory Managed Identity;",
            "InstrumentationKey=00000000-0000-0000-0000-000000000000",
            "https://a.vault.azure.net",
            &key,
        ] {
            assert_eq!(by_shape("x", text), None, "{text}");
        }
        assert_eq!(by_shape("key", "short"), None);
    }
}
