//! The resources of prefetched tokens and of the proof at start can be asked for.

use crate::settings::{Settings, Verify, keys, loader::Loader};

pub(super) fn prefetch(loader: &mut Loader<'_>, settings: &Settings) {
    let allowed = &settings.rules.resources;
    if !allowed.is_empty() && loader.is_valid(keys::RESOURCES.name) {
        for resource in settings
            .prefetch
            .iter()
            .filter(|resource| !allowed.contains(resource))
        {
            loader.refuse(
                &keys::PREFETCH,
                resource.as_str(),
                "`resources` is set and does not list it in exactly this spelling",
            );
        }
    }
    let is_valid = loader.is_valid(keys::IDENTITIES.name) && loader.is_valid(keys::DEFAULT_IDENTITY.name);
    if let Some(resource) = settings.prefetch.first()
        && settings.rules.default.is_none()
        && !settings.identities.is_empty()
        && is_valid
    {
        loader.refuse(
            &keys::PREFETCH,
            resource.as_str(),
            "prefetched tokens are for the default identity, and there are several identities; set `default_identity`",
        );
    }
    if settings.ready_after_prefetch && settings.prefetch.is_empty() && loader.is_valid(keys::PREFETCH.name) {
        loader.refuse(
            &keys::READY_AFTER_PREFETCH,
            "true",
            "`prefetch` is empty; list the resources to wait for",
        );
    }
}

pub(super) fn verify(loader: &mut Loader<'_>, settings: &Settings) {
    let parts =
        [&keys::VERIFY, &keys::PREFETCH, &keys::RESOURCES, &keys::IDENTITIES, &keys::DEFAULT_IDENTITY];
    let is_valid = parts.iter().all(|key| loader.is_valid(key.name));
    if settings.verify == Verify::Off || !is_valid || settings.identities.is_empty() {
        return;
    }
    let value = loader.given(&keys::VERIFY).unwrap_or_default();
    if settings.rules.default.is_none() {
        loader.refuse(
            &keys::VERIFY,
            &value,
            "the token at start is for the default identity, and there are several identities; set `default_identity`",
        );
    }
    if settings.verified_resource().is_none() {
        loader.refuse(
            &keys::VERIFY,
            &value,
            "the Resource Manager of the cloud that `authority` names is not known; list a resource in `prefetch`",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::testing::*;

    #[test]
    fn prefetched_resources_are_allowed() {
        insta::assert_snapshot!(errors(&[("WISP_RESOURCES", "a,b"), ("WISP_PREFETCH", "a,c")], ""), @"`prefetch` cannot be `c` (from environment WISP_PREFETCH): `resources` is set and does not list it in exactly this spelling");
        insta::assert_snapshot!(errors(&[("WISP_READY_AFTER_PREFETCH", "true")], ""), @"`ready_after_prefetch` cannot be `true` (from environment WISP_READY_AFTER_PREFETCH): `prefetch` is empty; list the resources to wait for");
        let two = format!(
            "prefetch = 'r'\n[identities.a]\nclient_id = '{ID_A}'\n[identities.b]\nclient_id = '{ID_B}'"
        );
        insta::assert_snapshot!(errors(&[("AZURE_CLIENT_ID", "")], &two), @"`prefetch` cannot be `r` (from file wisp.toml): prefetched tokens are for the default identity, and there are several identities; set `default_identity`");
    }

    #[test]
    fn what_is_verified_is_known() {
        let verified = |more: &[(&str, &str)]| {
            let env = [&[("WISP_VERIFY", "ready")], more].concat();
            load(&env, "")
                .unwrap()
                .verified_resource()
                .unwrap()
                .to_string()
        };
        assert_eq!(verified(&[]), "https://management.azure.com/");
        assert_eq!(
            verified(&[("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us")]),
            "https://management.usgovcloudapi.net/"
        );
        assert_eq!(
            verified(&[("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn/")]),
            "https://management.chinacloudapi.cn/"
        );
        assert_eq!(verified(&[("WISP_RESOURCES", "a,b")]), "a");
        assert_eq!(verified(&[("WISP_RESOURCES", "a,b"), ("WISP_PREFETCH", "b")]), "b");
        let elsewhere = ("AZURE_AUTHORITY_HOST", "https://login.example");
        assert_eq!(verified(&[elsewhere, ("WISP_PREFETCH", "b")]), "b");
        insta::assert_snapshot!(errors(&[("WISP_VERIFY", "log"), elsewhere], ""), @"`verify` cannot be `log` (from environment WISP_VERIFY): the Resource Manager of the cloud that `authority` names is not known; list a resource in `prefetch`");
        let two = format!("[identities.a]\nclient_id = '{ID_A}'\n[identities.b]\nclient_id = '{ID_B}'");
        insta::assert_snapshot!(errors(&[("WISP_VERIFY", "log"), ("AZURE_CLIENT_ID", "")], &two), @"`verify` cannot be `log` (from environment WISP_VERIFY): the token at start is for the default identity, and there are several identities; set `default_identity`");
        insta::assert_snapshot!(errors(&[("WISP_VERIFY", "yes")], ""), @"`verify` cannot be `yes` (from environment WISP_VERIFY): expected `off`, `log` or `ready`");
    }
}
