//! One value alone, for programs that write it where `wisp serve` will read it.

use super::{
    Env, Layers, SettingError,
    error::is_element_of,
    keys::{CONFIG, DEFAULT_IDENTITY, KEYS, Key},
    loader::Loader,
    sources::load_alone,
};

/// Whether `text` can be the value of `key`, by the parser that reads it at start. Says what would be accepted.
///
/// What only goes wrong together with other settings is not seen; for that there is [`super::Sources::load`].
pub fn check(key: &'static Key, text: &str) -> Result<(), String> {
    if text.trim().is_empty() && !key.is_list() {
        return Err(key.expected());
    }
    // One is a file, the other the name of something that other settings define.
    if [CONFIG.name, DEFAULT_IDENTITY.name].contains(&key.name) {
        return Ok(());
    }
    let nothing = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    let (layers, errors) = Layers::read(KEYS, &[(key, text.to_owned())], &Env::default(), &nothing);
    let mut loader = Loader::new(&layers, errors);
    load_alone(&mut loader, key);
    let reason = loader
        .into_errors()
        .into_iter()
        .find_map(|error| match error {
            SettingError::Invalid { setting, reason, .. } | SettingError::Missing { setting, reason } => {
                is_element_of(&setting, key.name).then_some(reason)
            }
            SettingError::Unknown { .. } | SettingError::Unreadable { .. } => Some(error.to_string()),
        });
    reason.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::settings::keys::*;

    #[test]
    fn each_value_is_read_by_its_own_parser() {
        for (key, good) in [
            (&CLIENT_ID, "11111111-2222-3333-4444-555555555555"),
            (&TENANT_ID, "contoso.onmicrosoft.com"),
            (&AUTHORITY, "https://login.microsoftonline.us/"),
            (&HTTPS_PROXY, "proxy:3128"),
            (&RESOURCES, ""),
            (&PREFETCH, "https://vault.azure.net"),
            (&READY_AFTER_PREFETCH, "true"),
            (&IDENTITIES, "{a = {client_id = '11111111-2222-3333-4444-555555555555', tenant_id = 'a.b'}}"),
            (&TOKEN_PROXY_SNI_NAME, "a.b"),
            (&CONFIG, "/etc/wisp.toml"),
        ] {
            assert_eq!(check(key, good), Ok(()), "{} {good}", key.name);
        }
        let reasons: Vec<_> = [
            (&CLIENT_ID, "00000000-0000-0000-0000-000000000000"),
            (&CLIENT_ID, ""),
            (&TENANT_ID, "common"),
            (&TENANT_ID, "contoso"),
            (&AUTHORITY, "https://login.example/tenant"),
            (&AUTHORITY, "https://login.example:99999"),
            (&AUTHORITY, ""),
            (&HTTPS_PROXY, "http://proxy:99999"),
            (&REQUEST_BUDGET, "8"),
            (&IDENTITIES, "{a = {client_id = 'x', tenant_id = 'a.b'}}"),
            (&TOKEN_PROXY_CA_DATA, "no pem"),
        ]
        .into_iter()
        .map(|(key, bad)| format!("{} `{bad}`: {}", key.name, check(key, bad).unwrap_err()))
        .collect();
        insta::assert_snapshot!(reasons.join("\n"), @"
client_id `00000000-0000-0000-0000-000000000000`: expected the identity's client id, not the all-zero placeholder
client_id ``: expected the client id of an identity, a GUID
tenant_id `common`: expected one tenant; `common`, `organizations` and `consumers` cannot issue app tokens
tenant_id `contoso`: expected a tenant's GUID or its domain name
authority `https://login.example/tenant`: expected an https origin without a path; the tenant is a setting of its own, AZURE_TENANT_ID
authority `https://login.example:99999`: expected a port from 1 to 65535
authority ``: expected an https origin such as https://login.microsoftonline.com
https_proxy `http://proxy:99999`: expected a port from 1 to 65535
request_budget `8`: expected a duration from 500ms to 1m, such as `500ms`, `8s`, `2m` or `1h30m`
identities `{a = {client_id = 'x', tenant_id = 'a.b'}}`: expected a GUID such as 00000000-1111-2222-3333-444444444444
token_proxy_ca_data `no pem`: expected certificates in PEM form, with line breaks; it holds no valid one
");
    }
}
