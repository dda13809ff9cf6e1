//! `wispctl component`.

use clap::{ArgMatches, Command};

use super::{
    choices::{IMAGE, SETTINGS, choices, chosen, image_of},
    terminal,
};
use crate::{
    cli::{
        args::option,
        command::{CliCommand, help_end},
        exit::{Exit, Outcome},
    },
    operator::{
        component::{Selector, component},
        inject::{
            Options,
            options::{CHOICES, Token},
        },
    },
};

const NAME: &str = "component";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| Ok(terminal::report(run(matches, env.get(IMAGE)))),
};

const MORE: &str = "\
Kustomize adds the same to every workload and looks into none, so what depends on a pod is refused here; `wispctl inject` can do
it. The token is the sidecar's own unless `--token webhook` is given.";

const EXAMPLES: &[&str] = &["wispctl component --mode env --config-map wisp > wisp/kustomization.yaml"];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Print a Kustomize component that puts wisp into pods")
        .args(choices())
        .arg(option(
            "selector",
            "LABELS",
            "Which workloads, by their own labels; '' for all [default: wisp/inject=true]",
        ))
        .after_help(help_end(
            MORE,
            EXAMPLES,
            &[(Exit::Usage, "the arguments are wrong, or a component cannot do this")],
        ))
}

/// Prints the component.
fn run(matches: &ArgMatches, image: Option<&str>) -> Outcome {
    // Whose token it is cannot depend on a pod's label here.
    let mut options = Options { token: Token::Own, ..Options::default() };
    let image = image_of(matches, image, &mut options);
    let mut errors = chosen(matches, &mut options);
    errors.extend(image.as_ref().err().cloned());
    let given = matches.get_one::<String>("selector");
    let selector = Selector::parse(given.map_or(Selector::DEFAULT, String::as_str));
    let selector = selector
        .map_err(|error| errors.push(format!("`--selector` {error}")))
        .ok();
    if let (Some(selector), true) = (selector, errors.is_empty()) {
        match component(
            &options,
            &selector,
            &command_line(NAME, matches, image.ok().flatten(), &[], &["selector"]),
        ) {
            Ok(text) => return Outcome::success(text),
            Err(more) => errors = more,
        }
    }
    Outcome::errors(Exit::Usage, errors)
}

/// The command that prints the same again: its `words`, then the choices, then its own `flags`.
pub(super) fn command_line(
    command: &str,
    matches: &ArgMatches,
    image: Option<&str>,
    words: &[&'static str],
    flags: &[&'static str],
) -> String {
    let given = |name: &str| {
        let given = matches.get_many::<String>(name).into_iter().flatten();
        given.map(String::as_str).collect::<Vec<_>>()
    };
    let words = words
        .iter()
        .flat_map(|name| given(name))
        .map(|value| format!(" {}", word(value)));
    let settings = SETTINGS.iter().map(|(flag, ..)| flag.name());
    let names = CHOICES
        .iter()
        .map(|choice| choice.name)
        .chain(settings)
        .chain(flags.iter().copied());
    let flags = names.flat_map(|name| {
        let mut values = given(name);
        if values.is_empty() && name == "image" {
            values.extend(image);
        }
        values
            .into_iter()
            .map(move |value| format!(" --{name} {}", word(value)))
            .collect::<Vec<_>>()
    });
    format!("wispctl {command}{}", words.chain(flags).collect::<String>())
}

/// `text` as a word of a shell, in one line.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.escape_default().to_string().replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{arguments, command_line, run};
    use crate::cli::exit::Exit;

    fn outcome(given: &[&str]) -> (Exit, String) {
        let matches = arguments().get_matches_from([&["component"], given].concat());
        let outcome = run(&matches, None);
        (outcome.exit, outcome.messages)
    }

    #[test]
    fn what_is_wrong_is_said_at_once() {
        let (exit, messages) = outcome(&["--mode", "proxy", "--cpu", "much", "--selector", "a=\"b\""]);
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(messages, @r#"
        error: `--mode` cannot be `proxy`: expected `redirect`, `env`, `http-proxy` or `manual`
        error: `--cpu` cannot be `much`: expected a quantity such as 100m or 1
        error: `--selector` cannot be `a=\"b\"`: expected a label selector such as wisp/inject=true or `app in (orders,bills)`
        "#);
        let (exit, messages) = outcome(&["--sidecar", "container", "--token", "auto"]);
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(messages, @"
        error: `--sidecar container` depends on the other containers of each pod; use `--sidecar native`, or `wispctl inject`
        error: `--token auto` depends on the labels of each pod; use `--token own` or `--token webhook`, or `wispctl inject`
        ");
    }

    #[test]
    fn the_command_is_told_in_words_of_a_shell() {
        let given = ["component", "--selector", "app in (a,b)", "--mode", "env", "--containers", "a\nb"];
        let matches = arguments().get_matches_from(given);
        insta::assert_snapshot!(command_line("component", &matches, Some("registry.example/wisp:1"), &[], &["selector"]), @r"wispctl component --mode env --image registry.example/wisp:1 --containers 'a\nb' --selector 'app in (a,b)'");
    }
}
