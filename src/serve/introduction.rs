//! The first line of the log: who this is, in plain words.

use std::collections::BTreeSet;

use crate::settings::{Settings, Verify};

/// Whose tokens, from where, by which file, answered where, and whether that is proven at start.
pub(super) fn introduce(settings: &Settings) -> String {
    let Settings { listen, .. } = settings;
    let authority = &settings.rules.authority;
    let listeners: Vec<_> = listen.iter().map(ToString::to_string).collect();
    let admin = settings.admin_listen.map_or_else(
        || "probes and metrics are off".to_owned(),
        |address| format!("probes and metrics on {address}"),
    );
    let source = settings.entra.token_proxy.as_ref().map_or_else(
        || authority.to_string(),
        |proxy| format!("{authority} through the token proxy {}", proxy.endpoint),
    );
    format!(
        "wisp {} gets tokens of {} in {} from {source}, with the token file {}. Applications ask on {}; {admin}. {}.",
        env!("CARGO_PKG_VERSION"),
        identities(settings),
        tenants(settings),
        settings.entra.token_file.display(),
        listeners.join(", "),
        verification(settings),
    )
}

fn identities(settings: &Settings) -> String {
    let identifiers = settings.log_identifiers;
    let default = settings
        .rules
        .default
        .as_ref()
        .map(|id| identifiers.show(id));
    match (settings.identities.as_slice(), default) {
        ([only], _) => format!("identity {}", identifiers.show(&only.client_id)),
        (all, Some(default)) => format!("{} identities, {default} by default,", all.len()),
        (all, None) => format!("{} identities, none by default,", all.len()),
    }
}

fn tenants(settings: &Settings) -> String {
    let tenants: BTreeSet<_> = settings
        .identities
        .iter()
        .map(|identity| identity.tenant.as_str())
        .collect();
    let names: Vec<_> = tenants.into_iter().collect();
    match names.as_slice() {
        [only] => format!("tenant {only}"),
        several => format!("{} tenants", several.len()),
    }
}

fn verification(settings: &Settings) -> String {
    let resource = settings
        .verified_resource()
        .map_or_else(String::new, |resource| resource.to_string());
    match settings.verify {
        Verify::Off => "The first request shows whether a token is available (WISP_VERIFY is off)".to_owned(),
        Verify::Log => {
            format!(
                "wisp asks for a token for {resource} now, to log whether it gets one (WISP_VERIFY is log)"
            )
        }
        Verify::Ready => {
            format!("wisp is ready once it has got a token for {resource} (WISP_VERIFY is ready)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::introduce;
    use crate::settings::{Env, Sources};

    fn introduced(more: &[(&str, &str)]) -> String {
        let mut env = vec![
            ("AZURE_CLIENT_ID", "aaaaaaaa-1111-2222-3333-444444444444"),
            ("AZURE_TENANT_ID", "contoso.onmicrosoft.com"),
        ];
        env.extend(more);
        let nothing = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
        let settings = Sources::new(Vec::new(), Env::from_iter(env), Box::new(nothing))
            .load()
            .unwrap();
        introduce(&settings).replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    #[test]
    fn the_first_line_says_who_this_is() {
        insta::assert_snapshot!(introduced(&[]), @"wisp VERSION gets tokens of identity 61eef8f68895 in tenant contoso.onmicrosoft.com from https://login.microsoftonline.com, with the token file /var/run/secrets/azure/tokens/azure-identity-token. Applications ask on 127.0.0.1:4254, [::1]:4254; probes and metrics on [::]:4255. The first request shows whether a token is available (WISP_VERIFY is off).");
        insta::assert_snapshot!(introduced(&[
            ("WISP_LOG_IDENTIFIERS", "full"),
            ("WISP_VERIFY", "ready"),
            ("WISP_ADMIN_LISTEN", "off"),
            ("AZURE_KUBERNETES_TOKEN_PROXY", "https://proxy.kube-system.svc"),
        ]), @"wisp VERSION gets tokens of identity aaaaaaaa-1111-2222-3333-444444444444 in tenant contoso.onmicrosoft.com from https://login.microsoftonline.com through the token proxy https://proxy.kube-system.svc/, with the token file /var/run/secrets/azure/tokens/azure-identity-token. Applications ask on 127.0.0.1:4254, [::1]:4254; probes and metrics are off. wisp is ready once it has got a token for https://management.azure.com/ (WISP_VERIFY is ready).");
        let two = "{b = {client_id = 'bbbbbbbb-1111-2222-3333-444444444444', tenant_id = 'fabrikam.com'}}";
        insta::assert_snapshot!(introduced(&[("WISP_IDENTITIES", two), ("WISP_VERIFY", "log")]), @"wisp VERSION gets tokens of 2 identities, 61eef8f68895 by default, in 2 tenants from https://login.microsoftonline.com, with the token file /var/run/secrets/azure/tokens/azure-identity-token. Applications ask on 127.0.0.1:4254, [::1]:4254; probes and metrics on [::]:4255. wisp asks for a token for https://management.azure.com/ now, to log whether it gets one (WISP_VERIFY is log).");
    }
}
