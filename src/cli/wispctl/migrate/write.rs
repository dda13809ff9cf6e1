//! `wispctl migrate write`.

use std::{
    fmt::Write as _,
    io::{self, Read},
    path::PathBuf,
};

use clap::{ArgAction, ArgMatches, Command, value_parser};

use super::{plan, reading};
use crate::{
    cli::{
        args::{option, switch},
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::{
            choices::{IMAGE, image_of},
            terminal,
        },
    },
    operator::{
        identity::write::Azurerm,
        inject::Options,
        migrate::{
            inventory::{Inventory, KeptObject},
            plan::{Plan, plan as make_plan},
            tables::count,
            write::{Folder, Format, Input, Settings, Unwritten, Written, write},
        },
        run::{Report, STDIN, replace_all, sources},
    },
    settings::Env,
};

const NAME: &str = "write";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, env| Ok(terminal::report(outcome(matches, &env, io::stdin())?)),
};

const OUTPUT_DIR: &str = "output-dir";
const FORMAT: &str = "format";
const AZURERM: &str = "azurerm";
const IN_PLACE: &str = "in-place";
const FORCE: &str = "force";

const MORE: &str = "\
Reads what `wispctl migrate plan` reads, and writes what the plan says into a folder: federated credentials, service accounts, manifests
and values edited in place, Kustomize patches for workloads whose source is not given, scripts to clean up and to go back, and a README
that leads through them. Neither Azure nor a cluster is changed. What cannot be written is listed with the reason, here and in the README.
WISP_IMAGE in the environment is the image of wisp unless `--image` is given.";

const EXAMPLES: &[&str] = &[
    "wispctl migrate write --output-dir migration manifests/ dump.yaml aks.json",
    "wispctl migrate write --output-dir migration --decisions decisions.yaml --format bicep --format az manifests/ aks.json",
    "wispctl migrate write --output-dir migration --kubeconfig ~/.kube/config aks.json",
];

const CODES: [(Exit, &str); 1] = [(
    Exit::Failure,
    "something cannot be written, decisions are missing or files are in the way; the folder has the rest",
)];

fn arguments() -> Command {
    let command = Command::new(NAME)
        .about("Write the files of a migration: for Azure, for the cluster, and a README that leads through them")
        .arg(
            option(OUTPUT_DIR, "DIR", "Folder to write to; what wispctl did not write there stays")
                .required(true)
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option(FORMAT, "LANGUAGE", "Language for Azure: az, bicep or terraform; may be given again [default: all of them]")
                .action(ArgAction::Append)
                .value_parser(Format::ALL.map(Format::name))
                .hide_possible_values(true),
        )
        .arg(
            option(AZURERM, "MAJOR", "Major version of Terraform's provider azurerm: 4 or 5 [default: 5]")
                .value_parser(Azurerm::ALL.map(Azurerm::name))
                .hide_possible_values(true),
        )
        .arg(option("image", "IMAGE", "Image of wisp, on the road `inject` [default: that of this version]"))
        .arg(switch(IN_PLACE, "Replace your own manifests by the edited ones, instead of writing these to the folder"))
        .arg(switch(FORCE, "Replace what was changed in the folder by hand, and write beside what others wrote"));
    reading::inputs(plan::decided(command))
        .arg(reading::progress_switch())
        .after_help(help_end(MORE, EXAMPLES, &CODES))
}

/// Writes the files for what the arguments name.
fn outcome(matches: &ArgMatches, env: &Env, stdin: impl Read) -> Result<Outcome, CliError> {
    let usage = |errors: Vec<String>| Ok(Outcome::errors(Exit::Usage, errors));
    let request = match plan::request(matches) {
        Ok(request) => request,
        Err(errors) => return usage(errors),
    };
    let settings = match settings(matches, env) {
        Ok(settings) => settings,
        Err(errors) => return usage(errors),
    };
    let inputs = reading::files(matches);
    let is_forced = matches.get_flag(FORCE);
    let path = matches
        .get_one::<PathBuf>(OUTPUT_DIR)
        .cloned()
        .unwrap_or_default();
    let folder = match Folder::open(&path, &inputs, is_forced) {
        Ok(folder) => folder,
        Err(error) => return Ok(Outcome::errors(Exit::Failure, [error])),
    };
    let (inventory, objects) = match reading::read_with_objects(matches, env, stdin)? {
        Ok(read) => read,
        Err(errors) => return usage(errors),
    };
    let plan = match make_plan(&inventory, &request) {
        Ok(plan) => plan,
        Err(errors) => return usage(errors),
    };
    let written = files(&inventory, &plan, &objects, &inputs, &settings);
    if let Err(error) = folder.write(&written.files, is_forced) {
        return Ok(Outcome::errors(Exit::Failure, [error]));
    }
    if let Err(error) = replace_all(&written.replaced) {
        return Ok(Outcome::errors(Exit::Failure, [format!("{}: {}", error.file, error.text)]));
    }
    Ok(ended(&written, &plan, &path))
}

/// The files for what was read.
fn files(
    inventory: &Inventory,
    plan: &Plan,
    objects: &[KeptObject],
    inputs: &[PathBuf],
    settings: &Settings,
) -> Written {
    let inputs: Vec<_> = inputs
        .iter()
        .filter(|input| input.as_os_str() != STDIN)
        .cloned()
        .collect();
    // What cannot be opened is in the inventory already.
    let sources = sources(&inputs, io::empty(), &mut Report::default());
    write(Input { inventory, plan, objects, sources: &sources }, settings)
}

/// What there is to say once all is written.
fn ended(written: &Written, plan: &Plan, path: &std::path::Path) -> Outcome {
    let mut output = format!(
        "{} in {}; begin with {}.\n",
        count(written.files.len(), "file"),
        path.display(),
        path.join("README.md").display()
    );
    for (source, _) in &written.replaced {
        let _ = writeln!(output, "edited: {}", source.display());
    }
    let unwritten = written
        .unwritten
        .iter()
        .map(|Unwritten { about, reason }| format!("not written: {about}: {reason}"));
    let open = plan.open_ends().into_iter();
    let errors: Vec<_> = unwritten.chain(open).collect();
    let outcome = if errors.is_empty() {
        Outcome::success(output)
    } else {
        Outcome { output, ..Outcome::errors(Exit::Failure, errors) }
    };
    outcome.with_warnings(&written.warnings)
}

/// What the user chooses. The error is all that is wrong with it.
fn settings(matches: &ArgMatches, env: &Env) -> Result<Settings, Vec<String>> {
    let mut errors = Vec::new();
    let mut options = Options::default();
    if let Some(image) = matches.get_one::<String>("image")
        && let Err(error) = options.set("image", image)
    {
        errors.push(format!("`--image` {error}"));
    }
    errors.extend(image_of(matches, env.get(IMAGE), &mut options).err());
    let named: Vec<_> = matches
        .get_many::<String>(FORMAT)
        .into_iter()
        .flatten()
        .collect();
    let formats: Vec<_> = Format::ALL
        .into_iter()
        .filter(|format| named.is_empty() || named.iter().any(|name| *name == format.name()))
        .collect();
    let azurerm = matches.get_one::<String>(AZURERM);
    if azurerm.is_some() && !formats.contains(&Format::Terraform) {
        errors.push(format!("`--{AZURERM}` is for `--{FORMAT} terraform`"));
    }
    let azurerm = Azurerm::ALL
        .into_iter()
        .find(|version| Some(version.name()) == azurerm.map(String::as_str));
    let (which, namespace) = reading::which(matches).unwrap_or_else(|more| {
        errors.extend(more);
        Default::default()
    });
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Settings {
        formats,
        azurerm: azurerm.unwrap_or_default(),
        options,
        which,
        namespace,
        is_in_place: matches.get_flag(IN_PLACE),
        decisions: plan::decisions_text(matches)?.map(|(_, text)| text),
    })
}
