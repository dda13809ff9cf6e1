//! Rules between settings. Each is checked only when the values it is about are usable, so that one fault is one error.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Settings, Verify, keys, reader::Reader};

/// Where `listen_vm_extension` listens.
const VM_EXTENSION: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_342);

/// The port of the Azure Arc agent's identity endpoint. Clients that find it open take the machine for an Arc server and
/// speak another protocol.
const ARC_PORT: u16 = 40_342;

/// Checks what the types cannot say.
pub(super) fn run(r: &mut Reader<'_>, settings: &Settings) {
    some_identity(r, settings);
    distinct_identities(r, settings);
    ports(r, settings);
    identity_ports(r, settings);
    identity_header(r, settings);
    prefetch(r, settings);
    verify(r, settings);
    token_proxy(r);
}

/// The variables beside the proxy's URL mean nothing without it, as Azure's SDKs have it too.
fn token_proxy(r: &mut Reader<'_>) {
    if r.has(&keys::TOKEN_PROXY) || !r.is_sound(keys::TOKEN_PROXY.name) {
        return;
    }
    for key in [&keys::TOKEN_PROXY_SNI_NAME, &keys::TOKEN_PROXY_CA_FILE, &keys::TOKEN_PROXY_CA_DATA] {
        if let Some(value) = r.given(key) {
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
             the pod template has the label azure.workload.identity/use=true and the service account the annotation \
             azure.workload.identity/client-id), --client-id, or `[identities]` \
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
    let vm_extension = settings
        .listen
        .iter()
        .find(|address| **address == VM_EXTENSION);
    if settings.listen_vm_extension
        && let Some(address) = vm_extension
    {
        r.refuse(
            &keys::LISTEN,
            &address.to_string(),
            "`listen_vm_extension` listens there already; keep one",
        );
    }
    for (i, address) in settings.listen.iter().enumerate() {
        if address.port() != 0
            && settings
                .listen
                .iter()
                .take(i)
                .any(|earlier| earlier == address)
        {
            r.refuse(&keys::LISTEN, &address.to_string(), "it is there twice");
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

/// The most listeners with an identity of their own. They share the connections that are kept open.
const MOST_IDENTITY_LISTENERS: usize = 8;

fn identity_ports(r: &mut Reader<'_>, settings: &Settings) {
    let all = &settings.identity_listen;
    for (i, (_, address)) in all.iter().enumerate() {
        let port = address.port();
        let earlier = all.iter().take(i).map(|(_, earlier)| earlier);
        let reason = if port == ARC_PORT {
            "clients take a machine that listens on port 40342 for an Azure Arc server; choose another port"
                .to_owned()
        } else if i == MOST_IDENTITY_LISTENERS {
            format!("there are {} of them; expected at most {MOST_IDENTITY_LISTENERS}", all.len())
        } else if port != 0
            && settings
                .listen
                .iter()
                .chain(earlier)
                .any(|taken| taken == address)
        {
            "it is taken by `listen` or by another identity; choose another port".to_owned()
        } else if port != 0
            && settings
                .admin_listen
                .is_some_and(|admin| admin.port() == port)
        {
            "`admin_listen` has the same port; choose another one".to_owned()
        } else {
            continue;
        };
        r.refuse(&keys::IDENTITY_LISTEN, &address.to_string(), reason);
    }
}

fn identity_header(r: &mut Reader<'_>, settings: &Settings) {
    if settings.identity_header.is_some()
        && let Some(file) = &settings.identity_header_file
    {
        r.refuse(
            &keys::IDENTITY_HEADER_FILE,
            &shown(Some(file)),
            "`identity_header` is set too; keep one of WISP_IDENTITY_HEADER and WISP_IDENTITY_HEADER_FILE",
        );
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

fn verify(r: &mut Reader<'_>, settings: &Settings) {
    let parts =
        [&keys::VERIFY, &keys::PREFETCH, &keys::RESOURCES, &keys::IDENTITIES, &keys::DEFAULT_IDENTITY];
    let sound = parts.iter().all(|key| r.is_sound(key.name));
    if settings.verify == Verify::Off || !sound || settings.identities.is_empty() {
        return;
    }
    let value = r.given(&keys::VERIFY).unwrap_or_default();
    if settings.default_identity.is_none() {
        r.refuse(
            &keys::VERIFY,
            &value,
            "a token is got for the default identity, and there are several identities; set `default_identity`",
        );
    }
    if settings.verified_resource().is_none() {
        r.refuse(
            &keys::VERIFY,
            &value,
            "the Resource Manager of the cloud that `authority` names is not known; list a resource in `prefetch`",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::{identity_header, print, sources::testing::*};

    #[test]
    fn an_identity_and_its_tenant_are_needed() {
        insta::assert_snapshot!(errors(&[("AZURE_CLIENT_ID", "")], ""), @"`client_id` is not set: there is no identity to issue tokens for; set AZURE_CLIENT_ID (the workload identity webhook does when the pod template has the label azure.workload.identity/use=true and the service account the annotation azure.workload.identity/client-id), --client-id, or `[identities]` in the file");
        insta::assert_snapshot!(errors(&[("AZURE_TENANT_ID", "")], ""), @"`tenant_id` is not set: `client_id` needs a tenant; set AZURE_TENANT_ID (the workload identity webhook does where the pod template has the label azure.workload.identity/use=true), --tenant-id, or `tenant_id` in the file");
        let file = format!("[identities.a]\nclient_id = '{ID_B}'\n[identities.b]\nobject_id = 'x'");
        insta::assert_snapshot!(errors(&[("AZURE_TENANT_ID", "")], &file), @"
`tenant_id` is not set: `identities.a` needs a tenant; set AZURE_TENANT_ID (the workload identity webhook does where the pod template has the label azure.workload.identity/use=true), --tenant-id, or `tenant_id` in the file
`identities.b.object_id` cannot be `x` (from file wisp.toml): expected a GUID such as 00000000-1111-2222-3333-444444444444
`identities.b.client_id` is not set: every identity needs its client id, a GUID
");
    }

    #[test]
    fn one_fault_is_one_error() {
        assert_eq!(
            errors(&[("AZURE_CLIENT_ID", "x"), ("WISP_DEFAULT_IDENTITY", "y")], "")
                .lines()
                .count(),
            1
        );
        assert_eq!(
            errors(&[("AZURE_TENANT_ID", "x")], "prefetch = 'r'")
                .lines()
                .count(),
            1
        );
        assert_eq!(
            errors(&[("WISP_RESOURCES", "a b")], "prefetch = 'r'")
                .lines()
                .count(),
            1
        );
    }

    #[test]
    fn identities_are_listed_once() {
        let id =
            "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n";
        let file = format!(
            "[identities.a]\nclient_id = '{ID_B}'\nobject_id = '{TENANT}'\nresource_id = '{id}'\n\
             [identities.b]\nclient_id = '{ID_B}'\nobject_id = '{TENANT}'\nresource_id = '{}'",
            id.to_uppercase()
        );
        insta::assert_snapshot!(errors(&[], &file), @"
        `identities.b.client_id` cannot be `bbbbbbbb-0000-0000-0000-000000000002` (from file wisp.toml): `a` has the same; each identity is listed once
        `identities.b.object_id` cannot be `cccccccc-0000-0000-0000-000000000003` (from file wisp.toml): `a` has the same; each identity is listed once
        `identities.b.resource_id` cannot be `/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.MANAGEDIDENTITY/USERASSIGNEDIDENTITIES/N` (from file wisp.toml): `a` has the same; each identity is listed once
        ");
    }

    #[test]
    fn the_identity_of_the_environment_may_be_listed_too() {
        let file = format!(
            "[identities.own]\nclient_id = '{ID_A}'\nobject_id = '{TENANT}'\n[identities.b]\nclient_id = '{ID_B}'"
        );
        let settings = load(&[], &file).unwrap();
        let names: Vec<_> = settings
            .identities
            .iter()
            .map(|i| i.name.as_str())
            .collect();
        assert_eq!(names, ["own", "b"]);
        assert_eq!(settings.default_identity.unwrap().as_str(), ID_A);
    }

    #[test]
    fn the_default_identity_is_one_of_them() {
        let two = format!("[identities.a]\nclient_id = '{ID_A}'\n[identities.b]\nclient_id = '{ID_B}'");
        let chosen = |more: &[(&str, &str)], file: &str| {
            let default = load(&[&[("AZURE_CLIENT_ID", "")], more].concat(), file)
                .unwrap()
                .default_identity;
            default.map(|id| id.to_string())
        };
        assert_eq!(chosen(&[], &two), None);
        assert_eq!(chosen(&[("WISP_DEFAULT_IDENTITY", "b")], &two).as_deref(), Some(ID_B));
        assert_eq!(chosen(&[("WISP_DEFAULT_IDENTITY", &ID_B.to_uppercase())], &two).as_deref(), Some(ID_B));
        assert_eq!(chosen(&[], &format!("[identities.a]\nclient_id = '{ID_B}'")).as_deref(), Some(ID_B));
        insta::assert_snapshot!(errors(&[("WISP_DEFAULT_IDENTITY", "c")], &two), @"`default_identity` cannot be `c` (from environment WISP_DEFAULT_IDENTITY): expected one of `a`, `b`");
    }

    #[test]
    fn ports_do_not_collide() {
        insta::assert_snapshot!(errors(&[("WISP_ADMIN_LISTEN", "10.0.0.1:4254")], ""), @"`admin_listen` cannot be `10.0.0.1:4254` (from environment WISP_ADMIN_LISTEN): `listen` has the same port; choose another one");
        insta::assert_snapshot!(errors(&[("WISP_LISTEN", "127.0.0.1:1,127.0.0.1:1")], ""), @"`listen` cannot be `127.0.0.1:1` (from environment WISP_LISTEN): it is there twice");
        insta::assert_snapshot!(errors(&[("WISP_LISTEN", "127.0.0.1:40342")], ""), @"`listen` cannot be `127.0.0.1:40342` (from environment WISP_LISTEN): clients take a machine that listens on port 40342 for an Azure Arc server; choose another port");
        assert!(load(&[("WISP_LISTEN", "127.0.0.1:0"), ("WISP_ADMIN_LISTEN", "127.0.0.1:0")], "").is_ok());
    }

    #[test]
    fn the_app_service_secret_is_given_once_and_never_shown() {
        let secret = ("WISP_IDENTITY_HEADER", "0123456789abcdef-hunter2");
        let settings = load(&[secret], "").unwrap();
        assert_eq!(settings.identity_header.as_ref().unwrap().expose(), secret.1);
        assert!(!format!("{settings:?}").contains("hunter2"));
        insta::assert_snapshot!(errors(&[secret, ("WISP_IDENTITY_HEADER_FILE", "/s")], ""), @"`identity_header_file` cannot be `/s` (from environment WISP_IDENTITY_HEADER_FILE): `identity_header` is set too; keep one of WISP_IDENTITY_HEADER and WISP_IDENTITY_HEADER_FILE");
        for bad in ["hunter2", "hunter2 0123456789abcdef", &"hunter2".repeat(40)] {
            assert_eq!(
                errors(&[("WISP_IDENTITY_HEADER", bad)], ""),
                "`identity_header` cannot be `***` (from environment WISP_IDENTITY_HEADER): expected 16 to 256 printable ASCII characters without spaces"
            );
        }
        let printed = print(&sources(&[secret], "", Vec::new()).layers().0);
        assert!(
            printed.contains("identity_header = \"***\"  # environment WISP_IDENTITY_HEADER\n"),
            "{printed}"
        );
        assert_eq!(identity_header("0123456789abcdef\n").unwrap().expose(), "0123456789abcdef");
        assert!(identity_header("a\nb0123456789abcdef").is_err());
    }

    #[test]
    fn the_port_of_the_vm_extension_is_asked_for_once() {
        assert!(load(&[("WISP_LISTEN", "127.0.0.1:50342")], "").is_ok());
        assert!(
            load(&[("WISP_LISTEN_VM_EXTENSION", "true")], "")
                .unwrap()
                .listen_vm_extension
        );
        insta::assert_snapshot!(errors(&[("WISP_LISTEN_VM_EXTENSION", "true"), ("WISP_LISTEN", "127.0.0.1:50342")], ""), @"`listen` cannot be `127.0.0.1:50342` (from environment WISP_LISTEN): `listen_vm_extension` listens there already; keep one");
    }

    #[test]
    fn identities_are_not_passed_on() {
        let paths = "/metadata/instance,/metadata/identity/oauth2,/metadata/x/../identity,/metadata,/latest/meta-data";
        insta::assert_snapshot!(errors(&[("WISP_PASSTHROUGH", paths)], ""), @r#"
`passthrough` cannot be `/metadata/identity/oauth2` (from environment WISP_PASSTHROUGH): identities are never passed on; expected another path below /metadata
`passthrough` cannot be `/metadata/x/../identity` (from environment WISP_PASSTHROUGH): expected a plain path below /metadata, such as /metadata/instance
`passthrough` cannot be `/metadata` (from environment WISP_PASSTHROUGH): expected a plain path below /metadata, such as /metadata/instance
`passthrough` cannot be `/latest/meta-data` (from environment WISP_PASSTHROUGH): expected a plain path below /metadata, such as /metadata/instance
"#);
        let settings =
            load(&[("WISP_PASSTHROUGH", "/metadata/instance/, /metadata/scheduledevents")], "").unwrap();
        assert_eq!(
            settings
                .passthrough
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["/metadata/instance", "/metadata/scheduledevents"]
        );
    }

    #[test]
    fn prefetched_resources_can_be_had() {
        insta::assert_snapshot!(errors(&[("WISP_RESOURCES", "a,b"), ("WISP_PREFETCH", "a,c")], ""), @"`prefetch` cannot be `c` (from environment WISP_PREFETCH): `resources` is set and does not have it, spelt exactly so");
        insta::assert_snapshot!(errors(&[("WISP_READY_AFTER_PREFETCH", "true")], ""), @"`ready_after_prefetch` cannot be `true` (from environment WISP_READY_AFTER_PREFETCH): `prefetch` is empty; list the resources to wait for");
        let two = format!(
            "prefetch = 'r'\n[identities.a]\nclient_id = '{ID_A}'\n[identities.b]\nclient_id = '{ID_B}'"
        );
        insta::assert_snapshot!(errors(&[("AZURE_CLIENT_ID", "")], &two), @"`prefetch` cannot be `r` (from file wisp.toml): prefetched tokens are for the default identity, and there are several identities; set `default_identity`");
    }

    #[test]
    fn no_proxy_entries_that_match_nothing_are_warned_about() {
        let warnings = |more: &[(&str, &str)]| load(more, "").unwrap().warnings.join("\n");
        assert_eq!(warnings(&[("NO_PROXY", "localhost,.svc,10.0.0.0/8,*")]), "");
        insta::assert_snapshot!(warnings(&[("NO_PROXY", "a.example;b.example,https://c.example/,d.example:443,*.e")]), @"
`a.example;b.example` in `no_proxy` (from environment NO_PROXY) has no effect, for it matches no host: separate entries by commas
`https://c.example/` in `no_proxy` (from environment NO_PROXY) has no effect, for it matches no host: write the host alone, without scheme and path
`d.example:443` in `no_proxy` (from environment NO_PROXY) has no effect, for it matches no host: write the host alone: a port cannot be excepted
`*.e` in `no_proxy` (from environment NO_PROXY) has no effect, for it matches no host: write the domain alone, as .example.com; it stands for all below it
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
    fn what_is_verified_can_be_had() {
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
        insta::assert_snapshot!(errors(&[("WISP_VERIFY", "log"), ("AZURE_CLIENT_ID", "")], &two), @"`verify` cannot be `log` (from environment WISP_VERIFY): a token is got for the default identity, and there are several identities; set `default_identity`");
        insta::assert_snapshot!(errors(&[("WISP_VERIFY", "yes")], ""), @"`verify` cannot be `yes` (from environment WISP_VERIFY): expected `off`, `log` or `ready`");
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
