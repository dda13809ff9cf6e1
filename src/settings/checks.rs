//! Rules between settings. Each is checked only when the values it is about are usable, so that one fault is one error.

use super::{
    Settings, TokenProxy,
    keys::{self, Key},
    reader::Reader,
};

/// The port of the Azure Arc agent's identity endpoint. Clients that find it open take the machine for an Arc server and
/// speak another protocol.
const ARC_PORT: u16 = 40_342;

/// Checks what the types cannot say.
pub(super) fn run(r: &mut Reader<'_>, settings: &Settings) {
    some_identity(r, settings);
    distinct_identities(r, settings);
    ports(r, settings);
    prefetch(r, settings);
}

/// The rules of the `AZURE_KUBERNETES_*` variables, as Azure's SDKs check them at start.
pub(super) fn token_proxy(r: &mut Reader<'_>, proxy: &TokenProxy) {
    let both = proxy.ca_file.is_some() && proxy.ca_data.is_some();
    if both {
        r.refuse(
            &keys::TOKEN_PROXY_CA_FILE,
            &shown(proxy.ca_file.as_deref()),
            "`token_proxy_ca_data` is set too; keep one of AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA",
        );
    }
    if !proxy.url.is_empty() || !r.is_sound(keys::TOKEN_PROXY.name) {
        return;
    }
    let set: [(&Key, Option<String>); 3] = [
        (&keys::TOKEN_PROXY_SNI_NAME, proxy.sni_name.clone()),
        (&keys::TOKEN_PROXY_CA_FILE, proxy.ca_file.as_deref().map(|path| shown(Some(path)))),
        (&keys::TOKEN_PROXY_CA_DATA, proxy.ca_data.clone()),
    ];
    for (key, value) in set {
        if let Some(value) = value {
            r.refuse(
                key,
                &value,
                "`token_proxy` is not set; set AZURE_KUBERNETES_TOKEN_PROXY too, or neither",
            );
        }
    }
}

fn shown(path: Option<&std::path::Path>) -> String {
    path.map(|path| path.display().to_string())
        .unwrap_or_default()
}

fn some_identity(r: &mut Reader<'_>, settings: &Settings) {
    let sound = [keys::CLIENT_ID.name, keys::IDENTITIES.name, keys::TENANT_ID.name]
        .iter()
        .all(|name| r.is_sound(name));
    if settings.identities.is_empty() && sound {
        r.missing(
            keys::CLIENT_ID.name,
            "there is no identity to issue tokens for; set AZURE_CLIENT_ID (the workload identity webhook does when \
             the service account has the annotation azure.workload.identity/client-id), --client-id, or `[identities]` \
             in the file",
        );
    }
}

fn distinct_identities(r: &mut Reader<'_>, settings: &Settings) {
    for (i, identity) in settings.identities.iter().enumerate() {
        for earlier in settings.identities.iter().take(i) {
            let same = |a: &Option<String>, b: &Option<String>| {
                a.as_ref()
                    .zip(b.as_ref())
                    .is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
            };
            let mut twice = |field: &str, value: &str| {
                r.refuse_part(
                    &keys::IDENTITIES,
                    &[&identity.name, field],
                    value,
                    &format!("`{}` has the same; each identity is listed once", earlier.name),
                );
            };
            if identity.client_id == earlier.client_id {
                twice("client_id", identity.client_id.as_str());
            }
            if same(&identity.object_id, &earlier.object_id) {
                twice("object_id", identity.object_id.as_deref().unwrap_or_default());
            }
            if same(&identity.resource_id, &earlier.resource_id) {
                twice("resource_id", identity.resource_id.as_deref().unwrap_or_default());
            }
        }
    }
}

fn ports(r: &mut Reader<'_>, settings: &Settings) {
    if settings.listen.is_empty() && r.is_sound(keys::LISTEN.name) {
        r.refuse(&keys::LISTEN, "", "expected at least one loopback address with port");
    }
    let listen = settings
        .listen
        .iter()
        .map(|address| (&keys::LISTEN, address));
    let admin = settings
        .admin_listen
        .iter()
        .map(|address| (&keys::ADMIN_LISTEN, address));
    for (key, address) in listen.chain(admin) {
        if address.port() == ARC_PORT {
            r.refuse(
                key,
                &address.to_string(),
                "clients take a machine that listens on port 40342 for an Azure Arc server; choose another port",
            );
        }
    }
    if let Some(admin) = settings.admin_listen
        && admin.port() != 0
        && settings
            .listen
            .iter()
            .any(|address| address.port() == admin.port())
    {
        r.refuse(&keys::ADMIN_LISTEN, &admin.to_string(), "`listen` has the same port; choose another one");
    }
}

fn prefetch(r: &mut Reader<'_>, settings: &Settings) {
    let allowed = &settings.resources;
    if !allowed.is_empty() && r.is_sound(keys::RESOURCES.name) {
        for resource in settings
            .prefetch
            .iter()
            .filter(|resource| !allowed.contains(resource))
        {
            r.refuse(
                &keys::PREFETCH,
                resource.as_str(),
                "`resources` is set and does not have it, spelt exactly so",
            );
        }
    }
    let sound = r.is_sound(keys::IDENTITIES.name) && r.is_sound(keys::DEFAULT_IDENTITY.name);
    if let Some(resource) = settings.prefetch.first()
        && settings.default_identity.is_none()
        && !settings.identities.is_empty()
        && sound
    {
        r.refuse(
            &keys::PREFETCH,
            resource.as_str(),
            "prefetched tokens are for the default identity, and there are several identities; set `default_identity`",
        );
    }
    if settings.ready_after_prefetch && settings.prefetch.is_empty() && r.is_sound(keys::PREFETCH.name) {
        r.refuse(&keys::READY_AFTER_PREFETCH, "true", "`prefetch` is empty; list the resources to wait for");
    }
}
