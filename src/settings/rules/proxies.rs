//! The settings of the token proxy belong together; a proxy that no request goes through does no harm.

use crate::settings::{keys, loader::Loader};

/// Where no request would use the proxy, one that is invalid does no harm.
pub(in crate::settings) fn excuse_unused(loader: &mut Loader<'_>) {
    let entra = &loader.settings.entra;
    let unused = if entra.token_proxy.is_some() {
        Some("the token proxy is reached without it")
    } else if loader.is_valid(keys::AUTHORITY.name)
        && entra.no_proxy.excludes(&loader.settings.rules.authority)
    {
        Some("NO_PROXY excludes the authority")
    } else {
        None
    };
    if let Some(why) = unused {
        loader.excuse(&keys::HTTPS_PROXY, why);
    }
}

/// The variables beside the proxy's URL mean nothing without it, as Azure's SDKs have it too.
pub(super) fn token_proxy(loader: &mut Loader<'_>) {
    if loader.has(&keys::TOKEN_PROXY) || !loader.is_valid(keys::TOKEN_PROXY.name) {
        return;
    }
    for key in [&keys::TOKEN_PROXY_SNI_NAME, &keys::TOKEN_PROXY_CA_FILE, &keys::TOKEN_PROXY_CA_DATA] {
        if let Some(value) = loader.given(key) {
            loader.refuse(
                key,
                &value,
                "`token_proxy` is not set; set AZURE_KUBERNETES_TOKEN_PROXY too, or neither",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::testing::*;

    #[test]
    fn no_proxy_entries_that_match_nothing_are_warned_about() {
        let warnings = |more: &[(&str, &str)]| load(more, "").unwrap().warnings.join("\n");
        assert_eq!(warnings(&[("NO_PROXY", "localhost,.svc,10.0.0.0/8,*")]), "");
        insta::assert_snapshot!(warnings(&[("NO_PROXY", "a.example;b.example,https://c.example/,d.example:443,*.e")]), @"
`a.example;b.example` in `no_proxy` (from environment NO_PROXY) has no effect, because it matches no host: separate entries by commas
`https://c.example/` in `no_proxy` (from environment NO_PROXY) has no effect, because it matches no host: write the host alone, without scheme and path
`d.example:443` in `no_proxy` (from environment NO_PROXY) has no effect, because it matches no host: write the host alone: a port cannot be excepted
`*.e` in `no_proxy` (from environment NO_PROXY) has no effect, because it matches no host: write the domain alone, as .example.com; it stands for all below it
");
    }

    #[test]
    fn a_proxy_that_nothing_uses_may_be_wrong() {
        let bad = ("HTTPS_PROXY", "socks5://user:hunter2@proxy");
        assert!(load(&[bad], "").is_err());
        let excluded = [bad, ("NO_PROXY", "microsoftonline.com")];
        let warnings = load(&excluded, "").unwrap().warnings.join("\n");
        insta::assert_snapshot!(warnings, @"`https_proxy` cannot be `***@proxy` (from environment HTTPS_PROXY): expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants a login; that does no harm, for it is not used: NO_PROXY excludes the authority");
        let bound = [bad, ("AZURE_KUBERNETES_TOKEN_PROXY", "https://proxy")];
        insta::assert_snapshot!(load(&bound, "").unwrap().warnings.join("\n"), @"`https_proxy` cannot be `***@proxy` (from environment HTTPS_PROXY): expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants a login; that does no harm, for it is not used: the token proxy is reached without it");
    }

    #[test]
    fn token_proxy_variables_belong_together() {
        let (proxy, sni) = ("AZURE_KUBERNETES_TOKEN_PROXY", "AZURE_KUBERNETES_SNI_NAME");
        let (file, data) = ("AZURE_KUBERNETES_CA_FILE", "AZURE_KUBERNETES_CA_DATA");
        insta::assert_snapshot!(errors(&[(sni, "name"), (file, "/ca.pem")], ""), @"
        `token_proxy_sni_name` cannot be `name` (from environment AZURE_KUBERNETES_SNI_NAME): `token_proxy` is not set; set AZURE_KUBERNETES_TOKEN_PROXY too, or neither
        `token_proxy_ca_file` cannot be `/ca.pem` (from environment AZURE_KUBERNETES_CA_FILE): `token_proxy` is not set; set AZURE_KUBERNETES_TOKEN_PROXY too, or neither
        ");
        insta::assert_snapshot!(errors(&[(proxy, "https://proxy"), (data, "-----BEGIN CERTIFICATE-----")], ""), @"`token_proxy_ca_data` cannot be `-----BEGIN CERTIFICATE-----` (from environment AZURE_KUBERNETES_CA_DATA): expected certificates in PEM form, with line breaks; it holds no valid one");
        assert!(load(&[(proxy, "https://proxy"), (sni, "name"), (file, "/ca.pem")], "").is_ok());
    }
}
