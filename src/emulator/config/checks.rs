//! Reading the configuration, and the checks that types alone do not make.

use std::{collections::BTreeSet, path::Path};

use figment::{
    Figment,
    error::Kind as Kinds,
    providers::{Format as _, Toml},
};

use super::{Config, DEFAULT, ProjectionConfig, TenantConfig};
use crate::names::{Authority, ClientId, TenantId, is_guid};

/// The shortest lifetime that Kubernetes grants a projected token, in seconds.
const SHORTEST_TTL: u64 = 600;

/// Why a configuration cannot be used: unreadable, not TOML, an unknown key, or values that do not fit.
#[derive(Debug, thiserror::Error)]
#[error("{source_name}: {message}")]
pub struct ConfigError {
    /// The file, or what else it came from.
    pub source_name: String,
    /// The path of the key, what was found there, and what would be accepted.
    pub message: String,
}

impl Default for Config {
    /// The built-in configuration.
    fn default() -> Self {
        Self::parse(DEFAULT, "built-in configuration").expect("the built-in configuration is valid")
    }
}

impl Config {
    /// Reads and checks the file at `path`.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            source_name: name.clone(),
            message: format!("cannot be read: {error}"),
        })?;
        Self::parse(&text, &name)
    }

    /// Parses and checks TOML; `source_name` says in errors where it came from.
    pub fn parse(text: &str, source_name: &str) -> Result<Self, ConfigError> {
        let config: Self = Figment::from(Toml::string(text))
            .extract()
            .map_err(|error| {
                let at = if error.path.is_empty() { String::new() } else { error.path.join(".") + ": " };
                ConfigError { source_name: source_name.into(), message: at + &plain(&error.kind) }
            })?;
        config
            .check()
            .map_err(|error| ConfigError { source_name: source_name.into(), ..error })?;
        Ok(config)
    }

    /// Whether the values are valid names and fit together.
    pub fn check(&self) -> Result<(), ConfigError> {
        let is_host = !self.host.contains(':')
            && format!("https://{}", self.host)
                .parse::<Authority>()
                .is_ok();
        need(is_host, "host", "expected a host name or an IPv4 address, without port")?;
        let mut issuers = BTreeSet::new();
        for issuer in &self.issuers {
            let key = format!("issuers.{}", issuer.name);
            need(is_path_word(&issuer.name), &key, "a name needs letters, digits, `-` and `_` only")?;
            need(issuers.insert(issuer.name.as_str()), &key, "there are two issuers of this name")?;
            need(
                issuer.url.is_some() == issuer.jwks_file.is_some(),
                &key,
                "`url` and `jwks_file` describe an outside cluster and go together",
            )?;
        }
        need(!self.tenants.is_empty(), "tenants", "at least one tenant is needed")?;
        let mut clients = BTreeSet::new();
        for tenant in &self.tenants {
            tenant.check(&issuers, &mut clients)?;
        }
        let mut projections = BTreeSet::new();
        for projection in &self.projections {
            projection.check(&issuers)?;
            let key = format!("projections.{}", projection.name);
            need(projections.insert(&projection.name), &key, "there are two projections of this name")?;
        }
        for (index, fault) in self.faults.iter().enumerate() {
            fault
                .check()
                .map_err(|message| value(&format!("faults.{index}"), &message))?;
        }
        Ok(())
    }
}

impl TenantConfig {
    fn check<'a>(
        &'a self,
        issuers: &BTreeSet<&str>,
        clients: &mut BTreeSet<&'a str>,
    ) -> Result<(), ConfigError> {
        let key = format!("tenants.{}", self.id);
        need(is_guid(&self.id) && self.id.parse::<TenantId>().is_ok(), &key, "`id` needs a tenant's GUID")?;
        for domain in &self.domains {
            domain
                .parse::<TenantId>()
                .map_err(|error| value(&format!("{key}.domains"), &format!("`{domain}`: {error}")))?;
        }
        for resource in &self.resources {
            let key = format!("{key}.resources.{}", resource.name);
            need(is_guid(&resource.app_id), &key, "`app_id` needs a GUID")?;
            need(matches!(resource.token_version, 1 | 2), &key, "`token_version` is 1 or 2")?;
        }
        for identity in &self.identities {
            let key = format!("{key}.identities.{}", identity.name);
            identity
                .client_id
                .parse::<ClientId>()
                .map_err(|error| value(&format!("{key}.client_id"), &error.to_string()))?;
            need(is_guid(&identity.object_id), &key, "`object_id` needs a GUID")?;
            need(clients.insert(&identity.client_id), &key, "another identity has this `client_id`")?;
            need(identity.token_lifetime_seconds != Some(0), &key, "`token_lifetime_seconds` is at least 1")?;
            let mut pairs = BTreeSet::new();
            for credential in &identity.federated_credentials {
                let key = format!("{key}.federated_credentials.{}", credential.name);
                need(
                    credential.issuer.contains("://") || issuers.contains(credential.issuer.as_str()),
                    &key,
                    "`issuer` is neither the name of an issuer nor a URL",
                )?;
                need(
                    pairs.insert((&credential.issuer, &credential.subject)),
                    &key,
                    "issuer and subject together must be unique on an identity (Entra's AADSTS700263)",
                )?;
            }
        }
        Ok(())
    }
}

impl ProjectionConfig {
    fn check(&self, issuers: &BTreeSet<&str>) -> Result<(), ConfigError> {
        let key = format!("projections.{}", self.name);
        need(is_path_word(&self.name), &key, "a name needs letters, digits, `-` and `_` only")?;
        need(issuers.contains(self.issuer.as_str()), &key, "`issuer` is not the name of an issuer")?;
        need(self.ttl_seconds >= SHORTEST_TTL, &key, "`ttl_seconds` is at least 600, as in Kubernetes")?;
        need((1..=100).contains(&self.rotate_at_percent), &key, "`rotate_at_percent` is 1 to 100")?;
        self.mode_bits().map(drop)
    }

    /// The permission bits of the token file.
    pub fn mode_bits(&self) -> Result<u32, ConfigError> {
        u32::from_str_radix(&self.mode, 8)
            .ok()
            .filter(|bits| *bits <= 0o777)
            .ok_or_else(|| {
                value(&format!("projections.{}.mode", self.name), "expected octal text such as \"0644\"")
            })
    }

    /// The subject that Kubernetes gives the service account.
    pub fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.service_account)
    }
}

fn is_path_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn need(holds: bool, key: &str, message: &str) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(value(key, message)) }
}

fn value(key: &str, message: &str) -> ConfigError {
    ConfigError { source_name: "configuration".into(), message: format!("{key}: {message}") }
}

/// The two mistakes that are made most, in plain words.
fn plain(kind: &Kinds) -> String {
    match kind {
        Kinds::UnknownField(name, known) => format!("unknown key `{name}`; known are {}", known.join(", ")),
        Kinds::UnknownVariant(name, known) => format!("`{name}` is not one of {}", known.join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, DEFAULT};

    fn error(text: &str) -> String {
        Config::parse(text, "emulator.toml")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_default_stands_for_itself() {
        let config = Config::default();
        assert_eq!(config.tenants.len(), 1);
        assert_eq!(config.tenants[0].identities.len(), 1);
        assert_eq!(config.projections[0].subject(), "system:serviceaccount:default:app");
        let again = serde_json::to_value(Config::parse(DEFAULT, "x").unwrap()).unwrap();
        assert_eq!(serde_json::to_value(config).unwrap(), again);
    }

    #[test]
    fn an_unknown_key_is_named() {
        insta::assert_snapshot!(error("tenants = []\nissuer = []\n"), @"emulator.toml: issuer: unknown key `issuer`; known are host, tls_names, issuers, tenants, projections, token_proxy, faults");
        insta::assert_snapshot!(error("[[tenants]]\nid = 7\n"), @"emulator.toml: tenants.0.id: invalid type: found signed int `7`, expected a string");
        insta::assert_snapshot!(error("[[tenants]\n"), @r"
emulator.toml: TOML parse error at line 1, column 10
  |
1 | [[tenants]
  |          ^
invalid table header
expected `.`, `]]`
");
        insta::assert_snapshot!(error("tenants = []\n"), @"emulator.toml: tenants: at least one tenant is needed");
    }

    #[test]
    fn names_are_checked_against_each_other() {
        let with = |from: &str, to: &str| {
            assert!(DEFAULT.contains(from), "{from}");
            error(&DEFAULT.replacen(from, to, 1))
        };
        insta::assert_snapshot!(with("issuer = \"cluster\"", "issuer = \"clustre\""), @"emulator.toml: tenants.11111111-aaaa-4aaa-8aaa-111111111111.identities.app-identity.federated_credentials.cluster-default-app: `issuer` is neither the name of an issuer nor a URL");
        insta::assert_snapshot!(with("ttl_seconds = 3600", "ttl_seconds = 60"), @"emulator.toml: projections.app: `ttl_seconds` is at least 600, as in Kubernetes");
        insta::assert_snapshot!(with("mode = \"0644\"", "mode = \"rw\""), @r#"emulator.toml: projections.app.mode: expected octal text such as "0644""#);
        insta::assert_snapshot!(with("kind = \"uami\"", "kind = \"user\""), @"emulator.toml: tenants.0.identities.0.kind: `user` is not one of uami, app");
    }

    #[test]
    fn faults_are_part_of_the_file() {
        let config = Config::parse(
            &format!("{DEFAULT}\n[[faults]]\nfault = \"hang\"\n\n[[faults]]\nfault = {{ throttle = {{}} }}\nrequests = 2\n"),
            "x",
        )
        .unwrap();
        assert_eq!(config.faults.len(), 2);
        let unknown = error(&format!("{DEFAULT}\n[[faults]]\nfault = {{ aadsts = 1 }}\n"));
        let (wrong, known) = unknown.split_once("; known are ").unwrap();
        insta::assert_snapshot!(wrong, @"emulator.toml: faults.0: AADSTS1 is not known");
        let known: Vec<u32> = known
            .split(", ")
            .map(|number| number.parse().unwrap())
            .collect();
        assert!(known.contains(&700213) && known.is_sorted(), "{known:?}");
        insta::assert_snapshot!(
            error(&format!("{DEFAULT}\n[[faults]]\nfault = \"explode\"\n")), @"emulator.toml: faults.0.fault: `explode` is not one of aadsts, throttle, unavailable, backup, hang, reset, html_body, empty_body, huge_body, redirect, delay, slow_body, truncated_body, string_numbers, older_descriptions, older_mismatch, cookies, clock_offset, metadata_cache, propagation, flapping, issuer_unreachable, issuer_keys_broken"
        );
    }
}
