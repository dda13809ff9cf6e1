//! `wispctl policy`.

use clap::{ArgAction, ArgMatches, Command};

use super::{
    choices::{IMAGE, choices, chosen, image_of},
    component::command_line,
    terminal,
};
use crate::{
    cli::{
        args::option,
        command::{CliCommand, help_end},
        exit::{Exit, Outcome},
    },
    operator::{
        inject::{Options, options::CHOICES},
        policy::{self, Action, ApiVersion, Engine, GuardRail, OWN_NAMESPACE, Scope},
        workload::Selector,
    },
};

const NAME: &str = "policy";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| Ok(terminal::report(run(matches, env.get(IMAGE)))),
};

const MORE: &str = "\
WHAT is `injection`, which has the API server itself put wisp into new pods with the label wisp/inject=true on them or on their
namespace, or a guard rail, which refuses what nobody should do: `sidecar` (pods that are to have wisp have it, and its token is
nobody else's), `client-ids` (a namespace uses those of its annotation wisp/client-ids), `default-account` (no identity for the
service account `default`), `client-secret` (no secret of an application beside an identity). Kubernetes 1.36.5 or newer injects.
What a policy cannot do is refused here, or by the policy with a message where it depends on the pod; `wispctl inject` can do it.";

const EXAMPLES: &[&str] = &[
    "wispctl policy --mode env --config-map wisp --image registry.example/wisp:0.1.0 | kubectl apply -f -",
    "wispctl policy sidecar | kubectl apply -f -",
    "wispctl policy client-ids --action warn --namespaces 'team in (orders,bills)'",
];

/// What prints injection.
const INJECTION: &str = "injection";

/// The flags that are not choices for pods.
const FLAGS: [&str; 6] = ["name", "namespaces", "own-namespace", "api-version", "action", "engine"];

const ENGINES: [(Engine, &str); 2] = [(Engine::Kubernetes, "kubernetes"), (Engine::Kyverno, "kyverno")];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Print admission policies that put wisp into pods, or that refuse what nobody should do")
        .arg(
            clap::Arg::new("what")
                .value_name("WHAT")
                .help("`injection`, `sidecar`, `client-ids`, `default-account` or `client-secret`; several make one stream [default: injection]")
                .action(ArgAction::Append),
        )
        .args(choices())
        .arg(option("name", "NAME", "What the names of all objects begin with [default: wisp]"))
        .arg(option("namespaces", "LABELS", "Which namespaces, by their labels [default: all but kube-system, kube-node-lease and wisp's own]"))
        .arg(option("own-namespace", "NAME", "The namespace of wisp's own programs, which policies leave alone [default: wisp-system]"))
        .arg(option("api-version", "VERSION", "Version of what injects: v1 or, before Kubernetes 1.36, v1beta1 [default: v1]"))
        .arg(option("action", "ACTION", "What a guard rail does: deny, warn or audit [default: deny]"))
        .arg(option("engine", "ENGINE", "What a guard rail is for: kubernetes or kyverno [default: kubernetes]"))
        .after_help(help_end(
            MORE,
            EXAMPLES,
            &[(Exit::Usage, "the arguments are wrong, or a policy cannot do this")],
        ))
}

/// Prints the policies.
fn run(matches: &ArgMatches, image: Option<&str>) -> Outcome {
    let mut options = Options::default();
    let image = image_of(matches, image, &mut options);
    let mut errors = chosen(matches, &mut options);
    errors.extend(image.as_ref().err().cloned());
    let request = Request::read(matches, &mut errors);
    let Some(request) = request.filter(|_| errors.is_empty()) else {
        return Outcome::errors(Exit::Usage, errors);
    };
    let made_by = command_line(NAME, matches, image.ok().flatten(), &["what"], &FLAGS);
    match request.print(&options, &fixed(&options, matches), &made_by) {
        Ok(text) => Outcome::success(text),
        Err(errors) => Outcome::errors(Exit::Usage, errors),
    }
}

/// What is asked for, but for the choices for pods.
struct Request {
    injection: bool,
    rails: Vec<GuardRail>,
    scope: Scope,
    version: ApiVersion,
    action: Action,
    engine: Engine,
}

impl Request {
    /// Reads the arguments; what is wrong with them is added to `errors`.
    fn read(matches: &ArgMatches, errors: &mut Vec<String>) -> Option<Self> {
        let (injection, rails) = what(matches, errors);
        let scope = scope(matches, errors);
        let version =
            word(matches, "api-version", &ApiVersion::ALL.map(|version| (version, version.name())), errors);
        let action = word(matches, "action", &Action::ALL.map(|action| (action, action.name())), errors);
        let engine = word(matches, "engine", &ENGINES, errors);
        if engine == Engine::Kyverno && injection {
            errors.push(
                "`--engine kyverno` is for guard rails, and `injection` is the API server's own; name guard rails instead".to_owned(),
            );
        }
        Some(Self { injection, rails, scope: scope?, version, action, engine })
    }

    /// One stream of all of it.
    fn print(
        &self,
        options: &Options,
        fixed: &[(&str, String)],
        made_by: &str,
    ) -> Result<String, Vec<String>> {
        let mut texts = Vec::new();
        if self.injection {
            texts.push(policy::injection(options, fixed, &self.scope, self.version, made_by)?);
        }
        for rail in &self.rails {
            texts.push(policy::guard_rail(*rail, options, &self.scope, self.engine, self.action, made_by));
        }
        Ok(texts.join("---\n"))
    }
}

fn what(matches: &ArgMatches, errors: &mut Vec<String>) -> (bool, Vec<GuardRail>) {
    let given: Vec<_> = matches
        .get_many::<String>("what")
        .into_iter()
        .flatten()
        .collect();
    let mut rails = Vec::new();
    for name in &given {
        match GuardRail::ALL.into_iter().find(|rail| rail.name() == *name) {
            Some(rail) => rails.push(rail),
            None if *name == INJECTION => {}
            None => errors.push(format!(
                "`{name}` is not known: expected `injection`, `sidecar`, `client-ids`, `default-account` or `client-secret`"
            )),
        }
    }
    (given.is_empty() || given.iter().any(|name| *name == INJECTION), rails)
}

/// The longest name, in bytes; that of a binding has more words behind it.
const LONGEST: usize = 200;

fn scope(matches: &ArgMatches, errors: &mut Vec<String>) -> Option<Scope> {
    let text = |flag: &str, default: &str| {
        matches
            .get_one::<String>(flag)
            .map_or_else(|| default.to_owned(), Clone::clone)
    };
    let (name, own_namespace, labels) =
        (text("name", "wisp"), text("own-namespace", OWN_NAMESPACE), text("namespaces", ""));
    for (flag, value) in [("name", &name), ("own-namespace", &own_namespace)] {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let fits = value.len() <= LONGEST
            && value.starts_with(inner)
            && value.ends_with(inner)
            && value.chars().all(|c| inner(c) || c == '-');
        if !fits {
            errors.push(format!(
                "`--{flag}` cannot be `{}`: expected a name of lower-case letters, digits and `-`",
                value.escape_debug()
            ));
        }
    }
    let namespaces = Selector::parse(&labels);
    if namespaces.is_none() {
        errors.push(format!(
            "`--namespaces` cannot be `{}`: expected a label selector such as team=orders or `team in (orders,bills)`",
            labels.escape_debug()
        ));
    }
    Some(Scope { name, own_namespace, namespaces: namespaces? })
}

/// One of a few words.
fn word<T: Copy + Default>(
    matches: &ArgMatches,
    flag: &str,
    known: &[(T, &str)],
    errors: &mut Vec<String>,
) -> T {
    let Some(given) = matches.get_one::<String>(flag) else { return T::default() };
    let found = known.iter().find(|(_, name)| name == given);
    if found.is_none() {
        let names: Vec<_> = known.iter().map(|(_, name)| format!("`{name}`")).collect();
        errors.push(format!(
            "`--{flag}` cannot be `{}`: expected {}",
            given.escape_debug(),
            names.join(" or ")
        ));
    }
    found.map(|(value, _)| *value).unwrap_or_default()
}

/// The choices as text: those given, else the defaults that are values.
fn fixed(options: &Options, matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let text = |name: &'static str, default: &str| {
        let given = matches.get_one::<String>(name).cloned();
        let image = || (name == "image").then(|| options.image.clone());
        let is_value = || Options::default().set(name, default).is_ok();
        let default = || is_value().then(|| default.to_owned());
        Some((name, given.or_else(image).or_else(default)?))
    };
    CHOICES
        .iter()
        .filter_map(|choice| text(choice.name, choice.default))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{arguments, run};
    use crate::cli::exit::Exit;

    fn outcome(given: &[&str]) -> (Exit, String, String) {
        let matches = arguments().get_matches_from([&["policy"], given].concat());
        let outcome = run(&matches, None);
        (outcome.exit, outcome.output, outcome.messages)
    }

    #[test]
    fn what_is_wrong_is_said_at_once() {
        let (exit, _, messages) = outcome(&[
            "sidecars",
            "--mode",
            "proxy",
            "--name",
            "Wisp",
            "--namespaces",
            "a=\"b\"",
            "--own-namespace",
            "a b",
            "--api-version",
            "v2",
            "--action",
            "log",
            "--engine",
            "gatekeeper",
        ]);
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(messages, @r#"
        error: `--mode` cannot be `proxy`: expected `redirect`, `env`, `http-proxy` or `manual`
        error: `sidecars` is not known: expected `injection`, `sidecar`, `client-ids`, `default-account` or `client-secret`
        error: `--name` cannot be `Wisp`: expected a name of lower-case letters, digits and `-`
        error: `--own-namespace` cannot be `a b`: expected a name of lower-case letters, digits and `-`
        error: `--namespaces` cannot be `a=\"b\"`: expected a label selector such as team=orders or `team in (orders,bills)`
        error: `--api-version` cannot be `v2`: expected `v1` or `v1beta1`
        error: `--action` cannot be `log`: expected `deny` or `warn` or `audit`
        error: `--engine` cannot be `gatekeeper`: expected `kubernetes` or `kyverno`
        "#);
        let (exit, _, messages) = outcome(&["--engine", "kyverno"]);
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(messages, @r#"error: `--engine kyverno` is for guard rails, and `injection` is the API server's own; name guard rails instead"#);
    }

    #[test]
    fn what_a_policy_cannot_do_is_refused() {
        let (exit, _, messages) =
            outcome(&["--sidecar", "container", "--redirect", "lo", "--container-identities", "a=b"]);
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(messages, @r#"
        error: `--sidecar container` is for clusters older than native sidecars, and those have no admission policies that inject; use `--sidecar native`, or `wispctl inject`
        error: `--redirect lo` adds a sysctl to those of each pod; use `--redirect auto`, or `wispctl inject`
        error: `--container-identities` gives each container its own variables, and a policy gives all the same; use `wispctl inject`
        "#);
        let (exit, _, messages) =
            outcome(&["--config-map", "ids", "--client-id", "11111111-1111-1111-1111-111111111111"]);
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(messages, @r#"error: the client id is given twice: `client-id` is `11111111-1111-1111-1111-111111111111`, and `config-map` takes AZURE_CLIENT_ID from ConfigMap `ids`; keep one"#);
    }

    #[test]
    fn several_things_are_one_stream() {
        let (exit, output, _) =
            outcome(&["injection", "client-secret", "--config-map", "wisp", "--action", "audit"]);
        assert_eq!(exit, Exit::Success);
        let kinds: Vec<_> = output
            .lines()
            .filter_map(|line| line.strip_prefix("kind: "))
            .collect();
        insta::assert_snapshot!(kinds.join(" "), @r#"MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBinding ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"#);
        assert!(
            output.contains("\n# wispctl policy injection client-secret --config-map wisp --action audit\n")
        );
        assert!(output.contains("validationActions: [Audit]"));
    }
}
