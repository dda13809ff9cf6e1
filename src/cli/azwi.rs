//! wisp in the containers of another webhook: that of Azure workload identity (azwi) v1.6.0, told by `PROXY_IMAGE` and
//! `PROXY_INIT_IMAGE` to use wisp's image, writes them for its own proxy.
//!
//! It writes no command for either container, but for the `postStart` hook it does (`pkg/webhook/webhook.go`):
//!
//! | container | what runs |
//! |---|---|
//! | `azwi-proxy` | the image's entrypoint with `--proxy-port=PORT --log-level=LEVEL` |
//! | its `postStart` hook | `/proxy --proxy-port=PORT --probe --log-level=LEVEL` |
//! | `azwi-proxy-init` | the image's entrypoint, without arguments, with `PROXY_PORT` in its environment |

mod arguments;

use std::{ffi::OsString, path::Path, process::ExitCode, time::Duration};

use self::arguments::Proxy;
use super::{
    exit::{Exit, Outcome},
    probe,
    serve::{self, Serve},
};
use crate::settings::{Env, Settings, keys};

/// The file that the hook runs. In wisp's image it leads to wisp.
const PROGRAM: &str = "proxy";

/// The port that both containers are given.
const PROXY_PORT: &str = "PROXY_PORT";

/// What the init container of azwi reads too, with the only value that says what happens here.
const WITHOUT_MEANING: [(&str, &str, &str); 3] = [
    ("PROXY_UID", "", "the redirect exempts no user"),
    ("METADATA_IP", "169.254.169.254", "the redirect is that of 169.254.169.254"),
    ("METADATA_PORT", "80", "the redirect is that of port 80"),
];

/// How long the hook waits until wisp is ready. azwi's asks seven times, a second apart, and gives up at once where nobody listens
/// yet; a hook that fails has its container killed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What azwi's webhook has a container do.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Call {
    /// To be the proxy, or to ask it how it is, with these arguments.
    Proxy(Vec<String>),
    /// To make the redirect.
    Init,
}

impl Call {
    /// None where `arguments`, the program's name first, are wisp's own.
    pub(super) fn of(arguments: &[OsString], env: &Env) -> Option<Self> {
        let (program, arguments) = arguments.split_first()?;
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        let is_hook = Path::new(program)
            .file_name()
            .is_some_and(|name| name == PROGRAM);
        match arguments.first() {
            None if !is_hook => env.get(PROXY_PORT).map(|_| Self::Init),
            first if is_hook || first.is_some_and(|first| arguments::is_known(first)) => {
                Some(Self::Proxy(arguments))
            }
            _ => None,
        }
    }

    /// Does it.
    pub(super) fn run(self, env: Env) -> ExitCode {
        let outcome = match self {
            Self::Init => redirect(&env),
            Self::Proxy(arguments) => match Proxy::parse(&arguments) {
                Ok(arguments) => proxy(arguments, env),
                Err(error) => Outcome::errors(Exit::Usage, [error]),
            },
        };
        outcome.report()
    }
}

fn proxy(arguments: Proxy, env: Env) -> Outcome {
    let Proxy { port, is_probe, is_version, log, ignored } = arguments;
    if is_version {
        return Outcome::success(concat!("wisp ", env!("WISP_VERSION"), "\n"));
    }
    if is_probe {
        return probe::ready(PATIENCE, env);
    }
    let listen = format!("127.0.0.1:{port},[::1]:{port}");
    let log = log.map(|level| (&keys::LOG, level.to_owned()));
    let flags = [(&keys::LISTEN, listen)].into_iter().chain(log).collect();
    let arguments = Serve { flags, print_config: false, check: false };
    serve::run(arguments, env, |sources, settings, prepared| {
        let notes = ignored
            .iter()
            .map(|name| format!("the argument `{name}` means nothing to wisp and is ignored"));
        let warnings = settings.warnings.iter().cloned().chain(notes).collect();
        crate::serve::run(sources, &Settings { warnings, ..settings.clone() }, prepared)
    })
}

#[cfg(target_os = "linux")]
fn redirect(env: &Env) -> Outcome {
    use crate::redirect::{Backend, HOSTS_FILE, Mode, Plan, Proof};

    let text = env.get(PROXY_PORT).unwrap_or_default();
    let Some(port) = arguments::port(text) else {
        let text = text.escape_default();
        return Outcome::errors(
            Exit::Usage,
            [format!("{PROXY_PORT} cannot be `{text}`: {}", arguments::PORT)],
        );
    };
    let network = match super::redirect::network([None, None], env) {
        Ok(network) => network,
        Err(reason) => return Outcome::errors(Exit::Usage, [reason]),
    };
    // azwi gives the pod's addresses to nobody.
    let network = network.with_hosts_file(&std::fs::read_to_string(HOSTS_FILE).unwrap_or_default());
    let plan = Plan { port, passthrough_uid: None };
    // The sidecar is there already where it is a native one, and has not listened on 169.254.169.254.
    super::redirect::apply(plan, Mode::Only(Backend::Nft), Proof::AnyListener, &network, env)
        .with_warnings(without_meaning(env))
}

#[cfg(not(target_os = "linux"))]
fn redirect(_: &Env) -> Outcome {
    Outcome::errors(Exit::Unsupported, ["a redirect is made on Linux only"])
}

/// A sentence for each variable that azwi's init container would heed and wisp does not.
fn without_meaning(env: &Env) -> impl Iterator<Item = String> {
    WITHOUT_MEANING.iter().filter_map(|(name, same, why)| {
        let value = env
            .get(name)
            .filter(|value| !value.is_empty() && value != same)?;
        Some(format!("{name}={} means nothing to wisp and is ignored: {why}", value.escape_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::{Call, Env, proxy, redirect, without_meaning};
    use crate::cli::azwi::arguments::Proxy;

    fn called(command: &str, env: &[(&str, &str)]) -> Option<Call> {
        let words: Vec<_> = command.split(' ').map(Into::into).collect();
        Call::of(&words, &env.iter().copied().collect())
    }

    #[test]
    fn what_the_webhook_writes_is_known_and_nothing_else() {
        let port = [("PROXY_PORT", "8000")];
        let arguments = |text: &str| Some(Call::Proxy(text.split(' ').map(str::to_owned).collect()));
        assert_eq!(called("/wisp", &port), Some(Call::Init));
        assert_eq!(
            called("/wisp --proxy-port=8000 --log-level=", &[]),
            arguments("--proxy-port=8000 --log-level=")
        );
        assert_eq!(called("/proxy --proxy-port=1 --probe", &[]), arguments("--proxy-port=1 --probe"));
        assert_eq!(called("/proxy", &port), Some(Call::Proxy(Vec::new())), "it has a port by default");
        for own in ["/wisp", "/wisp serve", "/wisp --version", "/wisp redirect --port 8000", "wisp --help"] {
            assert_eq!(called(own, &[]), None, "{own}");
        }
        assert_eq!(called("/wisp serve", &port), None);
        assert_eq!(called("/wisp --version", &port), None);
    }

    #[test]
    fn what_means_nothing_is_named() {
        let named = |env: &[(&str, &str)]| {
            let env: Env = env.iter().copied().collect();
            without_meaning(&env).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(
            named(&[("METADATA_IP", "169.254.169.254"), ("METADATA_PORT", "80"), ("PROXY_UID", "")]),
            ""
        );
        insta::assert_snapshot!(named(&[("METADATA_IP", "10.0.0.1"), ("METADATA_PORT", "81"), ("PROXY_UID", "1501")]), @"
        PROXY_UID=1501 means nothing to wisp and is ignored: the redirect exempts no user
        METADATA_IP=10.0.0.1 means nothing to wisp and is ignored: the redirect is that of 169.254.169.254
        METADATA_PORT=81 means nothing to wisp and is ignored: the redirect is that of port 80
        ");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let messages = |env: &[(&str, &str)]| redirect(&env.iter().copied().collect()).messages;
        insta::assert_snapshot!(messages(&[("PROXY_PORT", "70000")]), @"error: PROXY_PORT cannot be `70000`: expected a port from 1 to 65535");
        insta::assert_snapshot!(messages(&[("PROXY_PORT", "1"), ("WISP_POD_IP", "x")]), @"error: WISP_POD_IP cannot be `x`: expected an IP address, or several with commas between them");
        let parsed = |words: &[&str]| {
            Proxy::parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
        };
        insta::assert_snapshot!(proxy(parsed(&["--proxy-port=8000"]), Env::default()).messages, @"error: `client_id` is not set: there is no identity to issue tokens for; set AZURE_CLIENT_ID (the workload identity webhook does when the pod template has the label azure.workload.identity/use=true and the service account the annotation azure.workload.identity/client-id), --client-id, or `[identities]` in the file");
        let version = proxy(parsed(&["--version"]), Env::default()).output;
        assert!(version.starts_with("wisp "), "{version}");
        let off = Env::from_iter([("WISP_ADMIN_LISTEN", "off")]);
        insta::assert_snapshot!(proxy(parsed(&["--probe"]), off).messages, @"error: nothing answers probes: `admin_listen` is `off` (WISP_ADMIN_LISTEN)");
    }
}
