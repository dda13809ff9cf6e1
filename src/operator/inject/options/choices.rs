//! The table of choices: a flag and an annotation for each.

use super::{
    EndpointVariables, Mode, Options, Redirect, Sidecar, Token,
    parse::{
        container_identities, container_name, lifetime, object_name, port, quantity, strict_bool, user, word,
    },
};
use crate::operator::inject::{settings::Object, taken::Taken};

/// One choice: flag `--name`, annotation `wisp/name`.
#[derive(Debug)]
pub(crate) struct Choice {
    /// The name.
    pub name: &'static str,
    /// What stands for the value in help.
    pub placeholder: &'static str,
    /// What it means.
    pub help: &'static str,
    /// What would be accepted.
    pub accepts: &'static str,
    /// The value when nobody chooses.
    pub default: &'static str,
    pub(super) set: fn(&mut Options, &str) -> Option<()>,
}

/// Every choice.
pub(crate) const CHOICES: &[Choice] = &[
    Choice {
        name: "mode",
        placeholder: "MODE",
        help: "How requests of the application get to wisp",
        accepts: "`redirect`, `env`, `http-proxy` or `manual`",
        default: "redirect",
        set: |options, value| {
            options.mode = Mode::parse(value)?;
            Some(())
        },
    },
    Choice {
        name: "redirect",
        placeholder: "WAY",
        help: "How mode redirect does it: by nftables, by the address on `lo`, or by the first of them that works",
        accepts: "`auto`, `nft` or `lo`",
        default: "auto",
        set: |options, value| {
            options.redirect = Redirect::ALL
                .into_iter()
                .find(|redirect| redirect.name() == value)?;
            Some(())
        },
    },
    Choice {
        name: "image",
        placeholder: "IMAGE",
        help: "Image of wisp",
        accepts: "the reference of an image",
        default: concat!("wisp:", env!("CARGO_PKG_VERSION")),
        set: |options, value| {
            options.image = word(value)?;
            Some(())
        },
    },
    Choice {
        name: "sidecar",
        placeholder: "KIND",
        help: "Native sidecar (Kubernetes 1.29 or newer) or ordinary container",
        accepts: "`native` or `container`",
        default: "native",
        set: |options, value| {
            options.sidecar = match value {
                "native" => Sidecar::Native,
                "container" => Sidecar::Container,
                _ => return None,
            };
            Some(())
        },
    },
    Choice {
        name: "client-id",
        placeholder: "GUID",
        help: "Client id of the identity",
        accepts: "a GUID",
        default: "what the workload identity webhook says",
        set: |options, value| {
            options.client_id = Some(value.to_owned());
            Some(())
        },
    },
    Choice {
        name: "tenant-id",
        placeholder: "TENANT",
        help: "Tenant of the identity",
        accepts: "a tenant's GUID or its domain name",
        default: "what the workload identity webhook says",
        set: |options, value| {
            options.tenant_id = Some(value.to_owned());
            Some(())
        },
    },
    Choice {
        name: "authority",
        placeholder: "URL",
        help: "Entra cloud that issues the tokens",
        accepts: "an https origin",
        default: "the public cloud",
        set: |options, value| {
            options.authority = Some(value.to_owned());
            Some(())
        },
    },
    Choice {
        name: "config-map",
        placeholder: "NAME",
        help: "ConfigMap with AZURE_CLIENT_ID, AZURE_TENANT_ID and other variables of wisp",
        accepts: "the name of a ConfigMap in the pod's namespace",
        default: "",
        set: |options, value| {
            options.config_map = Some(object_name(value)?);
            Some(())
        },
    },
    Choice {
        name: "settings-from",
        placeholder: "OBJECTS",
        help: "ConfigMaps and Secrets whose keys are variables of wisp; later ones win",
        accepts: Object::ACCEPTS,
        default: "",
        set: |options, value| {
            let objects = value.split(',').map(str::trim).map(Object::parse);
            options.settings_from = objects.collect::<Option<_>>()?;
            Some(())
        },
    },
    Choice {
        name: "token",
        placeholder: "SOURCE",
        help: "Whose token volume the sidecar uses: its own, or that of the workload identity webhook",
        accepts: "`auto`, `own` or `webhook`",
        default: "auto: the webhook's where the pod has its label",
        set: |options, value| {
            options.token = match value {
                "auto" => Token::Auto,
                "own" => Token::Own,
                "webhook" => Token::Webhook,
                _ => return None,
            };
            Some(())
        },
    },
    Choice {
        name: "audience",
        placeholder: "AUDIENCE",
        help: "Audience of the sidecar's own token volume",
        accepts: "an audience without spaces",
        default: "api://AzureADTokenExchange, or api://AKSIdentityBinding where AZURE_KUBERNETES_TOKEN_PROXY is set",
        set: |options, value| {
            options.audience = Some(word(value)?);
            Some(())
        },
    },
    Choice {
        name: "token-lifetime",
        placeholder: "SECONDS",
        help: "How long a token of the sidecar's own volume lives",
        accepts: "a number of seconds from 600 to 86400",
        default: "3600",
        set: |options, value| {
            options.token_lifetime = lifetime(value)?;
            Some(())
        },
    },
    Choice {
        name: "share-token",
        placeholder: "BOOL",
        help: "Let the application have the webhook's token as well",
        accepts: "`true` or `false`",
        default: "false",
        set: |options, value| {
            options.share_token = strict_bool(value)?;
            Some(())
        },
    },
    Choice {
        name: "token-port",
        placeholder: "PORT",
        help: "Port of 127.0.0.1 where the application asks for tokens",
        accepts: "a port from 1024 to 65535 that is not 40342, which means Azure Arc",
        default: "4254",
        set: |options, value| {
            options.token_port = port(value)?;
            Some(())
        },
    },
    Choice {
        name: "admin-port",
        placeholder: "PORT",
        help: "Port of the pod where metrics and probes are answered",
        accepts: "a port from 1024 to 65535 that is not 40342, which means Azure Arc",
        default: "4255",
        set: |options, value| {
            options.admin_port = port(value)?;
            Some(())
        },
    },
    Choice {
        name: "user",
        placeholder: "UID",
        help: "User that the sidecar runs as; the init container runs as the next one",
        accepts: "a user id from 1 to 2147483646",
        default: "54254",
        set: |options, value| {
            options.user = user(value)?;
            Some(())
        },
    },
    Choice {
        name: "containers",
        placeholder: "NAMES",
        help: "Containers that get environment variables in the modes env and http-proxy",
        accepts: "a comma-separated list of container names",
        default: "all of the application's",
        set: |options, value| {
            let names = value.split(',').map(str::trim).map(container_name);
            options.containers = names.collect::<Option<_>>()?;
            Some(())
        },
    },
    Choice {
        name: "container-identities",
        placeholder: "PAIRS",
        help: "Containers with an identity of their own among several, in the modes env and http-proxy",
        accepts: "a comma-separated list of CONTAINER=IDENTITY, such as app=orders,worker=billing, each container once",
        default: "",
        set: |options, value| {
            options.container_identities = container_identities(value)?;
            Some(())
        },
    },
    Choice {
        name: "variables",
        placeholder: "NAMES",
        help: "Variables that mode env sets, for clients that prefer the wrong one of them",
        accepts: "a comma-separated list of `authority-host`, `app-service` and `msi`",
        default: "authority-host,app-service,msi",
        set: |options, value| {
            let chosen: Vec<_> = value
                .split(',')
                .map(str::trim)
                .map(EndpointVariables::parse)
                .collect::<Option<_>>()?;
            options.variables = EndpointVariables::ALL
                .into_iter()
                .filter(|variables| chosen.contains(variables))
                .collect();
            Some(())
        },
    },
    Choice {
        name: "no-proxy",
        placeholder: "HOSTS",
        help: "Hosts and networks reached directly in mode http-proxy, besides localhost and the cluster's domains",
        accepts: "a comma-separated list without spaces",
        default: "",
        set: |options, value| {
            options.no_proxy = word(value)?;
            Some(())
        },
    },
    Choice {
        name: "take-proxy",
        placeholder: "BOOL",
        help: "Give the sidecar the application's HTTPS_PROXY, NO_PROXY and bundle of certificates, where it has none",
        accepts: "`true` or `false`",
        default: "true",
        set: |options, value| {
            options.taken = strict_bool(value)?.then(Taken::default);
            Some(())
        },
    },
    Choice {
        name: "cpu",
        placeholder: "QUANTITY",
        help: "CPU of each container of wisp, requested and limited",
        accepts: "a quantity such as 100m or 1",
        default: "what fits the pod's class",
        set: |options, value| {
            options.cpu = Some(quantity(value, &["", "m"])?);
            Some(())
        },
    },
    Choice {
        name: "memory",
        placeholder: "QUANTITY",
        help: "Memory of each container of wisp, requested and limited",
        accepts: "a quantity such as 32Mi",
        default: "what fits the pod's class",
        set: |options, value| {
            options.memory = Some(quantity(value, &["", "k", "M", "G", "Ki", "Mi", "Gi"])?);
            Some(())
        },
    },
    Choice {
        name: "verify",
        placeholder: "off|log|ready",
        help: "Get a token at start, and log how that went, or be ready only once it worked (WISP_VERIFY)",
        accepts: "`off`, `log` or `ready`",
        default: "off",
        set: |options, value| {
            options.verify = (value != "off").then(|| value.to_owned());
            Some(())
        },
    },
];
