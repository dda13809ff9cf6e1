//! `wispctl identity issuer`.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use crate::{
    cli::{
        args::option,
        command::{CliCommand, help_end},
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    jwt::jwk::Jwk,
    operator::identity::issuer::{Comparison, Content, Documents, compare, documents, read},
};

pub(super) const COMMAND: CliCommand =
    CliCommand { name: "issuer", arguments, run: |matches, _| Ok(terminal::report(run(matches))) };

const MORE: &str = "\
FILE is what the API server verifies tokens by (`--service-account-key-file`, PEM) or what it serves (`kubectl get --raw
/openid/v1/jwks` and `/.well-known/openid-configuration`); they are told apart by what is in them. Entra has to read both documents at
the issuer's address over the internet, and takes tokens signed by RSA alone. Nothing is sent anywhere: publish what is written.";

const EXAMPLES: &[&str] = &[
    "wispctl identity issuer --issuer https://oidc.example/shop/ --write public sa.pub sa-next.pub",
    "wispctl identity issuer --issuer https://oidc.example/shop/ --print keys jwks.json",
    "wispctl identity issuer --compare published-jwks.json --compare published.json jwks.json discovery.json",
];

const MADE: [&str; 3] = ["write", "print", "compare"];

fn arguments() -> Command {
    Command::new(COMMAND.name)
        .about("Write what Entra reads of an issuer, or check that it is what the API server signs with")
        .arg(
            Arg::new("files")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help("Public keys in PEM, key sets and discovery documents of the API server"),
        )
        .arg(option(
            "issuer",
            "URL",
            "The issuer, `--service-account-issuer` [default: that of a discovery document among the files]",
        ))
        .arg(option(
            "jwks-uri",
            "URL",
            "Where the key set will be [default: openid/v1/jwks below the issuer]",
        ))
        .arg(
            option(
                "write",
                "FOLDER",
                "Write both documents into this folder, by their paths below the issuer",
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option("print", "DOCUMENT", "Print one document: discovery or keys")
                .value_parser(["discovery", "keys"])
                .hide_possible_values(true),
        )
        .arg(
            option(
                "compare",
                "FILE",
                "A document as it is published, such as curl gets it; may be given again",
            )
            .value_parser(value_parser!(PathBuf))
            .action(ArgAction::Append),
        )
        .group(ArgGroup::new("made").args(MADE).required(true))
        .after_help(help_end(
            MORE,
            EXAMPLES,
            &[(Exit::Failure, "a file is wrong, or what is published differs from what is signed with")],
        ))
}

fn run(matches: &ArgMatches) -> Outcome {
    let paths = |name: &str| matches.get_many::<PathBuf>(name).into_iter().flatten();
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let mut wrong = Vec::new();
    let files: Vec<_> = paths("files")
        .filter_map(|path| open(path, &mut wrong))
        .collect();
    let published: Vec<_> = paths("compare")
        .filter_map(|path| open(path, &mut wrong))
        .collect();
    let signing = Signing::of(files, text("issuer"), &mut wrong);
    if !wrong.is_empty() {
        return Outcome::errors(Exit::Failure, wrong);
    }
    if !published.is_empty() {
        return compared(&compare(signing.issuer.as_deref(), &signing.keys, &published));
    }
    let Some(issuer) = &signing.issuer else {
        let text = "the issuer is not known: give `--issuer`, or the API server's discovery document among the files";
        return Outcome::errors(Exit::Usage, [text]);
    };
    match documents(issuer, &signing.keys, text("jwks-uri")) {
        Err(errors) => Outcome::errors(Exit::Failure, errors),
        Ok(documents) => match (matches.get_one::<PathBuf>("write"), text("print")) {
            (Some(folder), _) => write(folder, issuer, &documents),
            (None, Some("discovery")) => {
                Outcome::success(documents.discovery).with_warnings(documents.warnings)
            }
            (None, _) => Outcome::success(documents.keys).with_warnings(documents.warnings),
        },
    }
}

/// What the API server signs with.
struct Signing {
    issuer: Option<String>,
    keys: Vec<Jwk>,
}

impl Signing {
    /// Puts `files` together. What is wrong is added to `wrong`.
    fn of(files: Vec<(String, Content)>, issuer: Option<&str>, wrong: &mut Vec<String>) -> Self {
        let mut signing = Self { issuer: issuer.map(str::to_owned), keys: Vec::new() };
        for (file, content) in files {
            match content {
                Content::Keys(keys, errors) => {
                    signing.keys.extend(keys);
                    wrong.extend(errors.iter().map(|what| format!("{file}: {what}")));
                }
                Content::Discovery(discovery) => match &signing.issuer {
                    Some(known) if *known != discovery.issuer => wrong.push(format!(
                        "{file}: `issuer` is {}, and {known} is expected; tokens have one of both as `iss`",
                        discovery.issuer.escape_debug()
                    )),
                    _ => signing.issuer = Some(discovery.issuer),
                },
            }
        }
        if signing.keys.is_empty() && wrong.is_empty() {
            wrong.push(
                "no file has a key in it; give the API server's public keys, or its key set".to_owned(),
            );
        }
        signing
    }
}

/// The largest file read, in bytes; a hundred keys take a twentieth of it.
const MAX_FILE: u64 = 1 << 20;

/// The name and the content of the file at `path`.
fn open(path: &Path, wrong: &mut Vec<String>) -> Option<(String, Content)> {
    let name = path.display().to_string();
    let text = File::open(path).and_then(|file| {
        let mut text = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut text)?;
        Ok(text)
    });
    match text {
        Err(error) => wrong.push(format!("{name}: cannot be read: {error}")),
        Ok(text) if text.len() as u64 > MAX_FILE => wrong.push(format!("{name}: is larger than 1 MiB")),
        Ok(text) => match read(&text) {
            Ok(content) => return Some((name, content)),
            Err(errors) => wrong.extend(errors.iter().map(|what| format!("{name}: {what}"))),
        },
    }
    None
}

fn compared(comparison: &Comparison) -> Outcome {
    let Comparison { differences, notes, same } = comparison;
    let outcome = if differences.is_empty() && *same == 0 {
        Outcome::success("The published issuer is right; no key set was compared.\n")
    } else if differences.is_empty() {
        let keys = if *same == 1 { "key is" } else { "keys are" };
        Outcome::success(format!(
            "What is published is what the API server signs with: {same} {keys} the same.\n"
        ))
    } else {
        Outcome::errors(Exit::Failure, differences)
    };
    outcome.with_warnings(notes)
}

fn write(folder: &Path, issuer: &str, documents: &Documents) -> Outcome {
    let Documents { discovery, keys, paths: (discovery_path, keys_path), warnings } = documents;
    let Some(keys_path) = keys_path else {
        let text = "`--write` writes below the issuer, and `--jwks-uri` is somewhere else; use `--print` for each document";
        return Outcome::errors(Exit::Usage, [text]);
    };
    let mut output = String::new();
    for (path, text) in [(*discovery_path, discovery), (keys_path, keys)] {
        let at = folder.join(path);
        if let Err(error) = write_file(&at, text) {
            return Outcome::errors(Exit::Failure, [format!("cannot write {}: {error}", at.display())]);
        }
        let _ = writeln!(output, "{}: publish as {}/{path}", at.display(), issuer.trim_end_matches('/'));
    }
    Outcome::success(output).with_warnings(warnings)
}

fn write_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
