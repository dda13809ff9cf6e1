//! Addresses are taken once, and the secret of one of the endpoints is given once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::settings::{Settings, keys, loader::Loader};

/// Where `listen_vm_extension` listens.
const VM_EXTENSION: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_342);

/// The port of the Azure Arc agent's identity endpoint. Clients that find it open take the machine for an Arc server and
/// speak another protocol.
const ARC_PORT: u16 = 40_342;

pub(super) fn ports(loader: &mut Loader<'_>, settings: &Settings) {
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
            loader.refuse(
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
        loader.refuse(
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
            loader.refuse(&keys::LISTEN, &address.to_string(), "it is listed twice");
        }
    }
    if let Some(admin) = settings.admin_listen
        && admin.port() != 0
        && settings
            .listen
            .iter()
            .any(|address| address.port() == admin.port())
    {
        loader.refuse(
            &keys::ADMIN_LISTEN,
            &admin.to_string(),
            "`listen` has the same port; choose another one",
        );
    }
}

/// The most listeners with an identity of their own. They share the connections that are kept open.
const MOST_IDENTITY_LISTENERS: usize = 8;

pub(super) fn identity_ports(loader: &mut Loader<'_>, settings: &Settings) {
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
        loader.refuse(&keys::IDENTITY_LISTEN, &address.to_string(), reason);
    }
}

pub(super) fn identity_header(loader: &mut Loader<'_>, settings: &Settings) {
    if settings.identity_header.is_some()
        && let Some(file) = &settings.identity_header_file
    {
        loader.refuse(
            &keys::IDENTITY_HEADER_FILE,
            &file.display().to_string(),
            "`identity_header` is set too; keep one of WISP_IDENTITY_HEADER and WISP_IDENTITY_HEADER_FILE",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::{identity_header, print, testing::*};

    #[test]
    fn ports_do_not_collide() {
        insta::assert_snapshot!(errors(&[("WISP_ADMIN_LISTEN", "10.0.0.1:4254")], ""), @"`admin_listen` cannot be `10.0.0.1:4254` (from environment WISP_ADMIN_LISTEN): `listen` has the same port; choose another one");
        insta::assert_snapshot!(errors(&[("WISP_LISTEN", "127.0.0.1:1,127.0.0.1:1")], ""), @"`listen` cannot be `127.0.0.1:1` (from environment WISP_LISTEN): it is listed twice");
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
}
