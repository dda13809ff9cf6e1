//! `wispctl explain`.

use std::io::{self, IsTerminal as _, Read, Write as _};

use clap::{Arg, ArgMatches, Command};

use crate::{
    cli::{
        args::option,
        command::{CliCommand, CliError, help_end},
        exit::{Exit, Outcome},
        wispctl::terminal,
    },
    operator::explain::{explain, json, text},
};

const NAME: &str = "explain";

pub(super) const COMMAND: CliCommand = CliCommand {
    name: NAME,
    arguments,
    run: |matches, _| {
        if reads_stdin(matches) && io::stdin().is_terminal() {
            let _ = writeln!(io::stderr(), "paste the text, then press Ctrl-D");
        }
        Ok(terminal::report(run(matches, io::stdin())?))
    },
};

const TEXT: &str = "TEXT";

/// In place of a text: it is read from standard input.
const STDIN: &str = "-";

/// The longest text, in bytes.
const MAX_TEXT: u64 = 1 << 20;

const MORE: &str = "\
It knows lines of wisp's log, Entra's numbers (AADSTS700213, or 700213 alone), reasons of refusals, exit codes of the container wisp-init,
ids of checks, and what SDKs, tools, kubectl describe and resources say. Each is explained once, what says most first. Nothing is asked
of any server, and nothing of the text is repeated: it may hold tokens.";

const EXAMPLES: &[&str] = &[
    "wispctl explain AADSTS700213",
    "kubectl logs POD -c wisp --tail 50 | wispctl explain",
    "kubectl describe pod POD | wispctl explain -",
];

fn arguments() -> Command {
    Command::new(NAME)
        .about("Say what an error means and what to do: paste a log line, an SDK's error, a number")
        .arg(
            Arg::new(TEXT)
                .num_args(0..)
                .help("The text; `-` or nothing reads it from standard input, up to 1 MiB"),
        )
        .arg(
            option("output", "FORM", "Form of the answer: text or json [default: text]")
                .value_parser(["text", "json"])
                .hide_possible_values(true),
        )
        .after_help(help_end(MORE, EXAMPLES, &[(Exit::Failure, "nothing of the text is known")]))
}

fn reads_stdin(matches: &ArgMatches) -> bool {
    let mut words = matches.get_many::<String>(TEXT).into_iter().flatten();
    words
        .next()
        .is_none_or(|first| first == STDIN && words.next().is_none())
}

fn run(matches: &ArgMatches, stdin: impl Read) -> Result<Outcome, CliError> {
    let pasted = if reads_stdin(matches) {
        read(stdin)?
    } else {
        let words = matches.get_many::<String>(TEXT).into_iter().flatten();
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    if pasted.len() as u64 > MAX_TEXT {
        return Err(CliError::Usage("the text is longer than 1 MiB; give the part around the error".into()));
    }
    if pasted.trim().is_empty() {
        return Err(CliError::Usage("there is no text to explain".into()));
    }
    let explained = explain(&pasted);
    let is_json = matches
        .get_one::<String>("output")
        .is_some_and(|form| form == "json");
    let output = if is_json { json(&explained) } else { text(&explained) };
    if explained.is_known() {
        return Ok(Outcome::success(output).with_warnings(explained.advice()));
    }
    Ok(Outcome { output, ..Outcome::errors(Exit::Failure, explained.advice()) })
}

/// What is wrong with the commonest text that is none in UTF-8.
const UTF16: &str = "the text on standard input is in UTF-16, as Windows PowerShell writes it by `>`; convert it: \
     iconv -f UTF-16 -t UTF-8 FILE | wispctl explain, or in PowerShell Get-Content FILE | wispctl explain";

/// What is no UTF-8 is replaced: it explains nothing, and may stand beside what does.
fn read(stdin: impl Read) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    stdin
        .take(MAX_TEXT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| CliError::Failed(anyhow::anyhow!("cannot read standard input: {error}")))?;
    if is_utf16(&bytes) {
        return Err(CliError::Usage(UTF16.into()));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a text begins with the mark of UTF-16, or with a letter of two bytes of which one is zero.
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0xff, ..] | [1..=0xff, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::{Exit, MAX_TEXT, Outcome, arguments, run};
    use crate::{cli::redirect::EXITS, operator::explain::EXIT_CODES};

    fn explained(arguments_given: &[&str], stdin: &str) -> Result<Outcome, String> {
        let all = ["explain"].iter().chain(arguments_given);
        let matches = arguments().try_get_matches_from(all).unwrap();
        run(&matches, stdin.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_text_comes_as_words_or_from_standard_input() {
        let of_words = explained(&["it", "said", "AADSTS90002"], "AADSTS700213").unwrap();
        assert!(of_words.output.starts_with("AADSTS90002\n") && of_words.exit == Exit::Success);
        for from_stdin in [&[][..], &["-"]] {
            assert!(
                explained(from_stdin, "AADSTS700213")
                    .unwrap()
                    .output
                    .starts_with("AADSTS700213\n")
            );
        }
    }

    #[test]
    fn what_is_not_known_is_said_to_be() {
        let unknown = explained(&["good", "morning"], "").unwrap();
        assert_eq!((unknown.exit, unknown.output.as_str()), (Exit::Failure, ""));
        insta::assert_snapshot!(unknown.messages, @"error: nothing of this is known here; paste the lines around it too: wisp's own (kubectl logs POD -c wisp), the end of kubectl describe pod POD, or the whole error of the client; docs/troubleshooting.md has what is known");
        let number = explained(&["--output", "json", "AADSTS1234567"], "").unwrap();
        insta::assert_snapshot!(number.output + &number.messages, @r#"
        {
          "explanations": [],
          "unknownNumbers": [
            1234567
          ],
          "version": 1
        }
        error: AADSTS1234567 stands in no table here; https://login.microsoftonline.com/error?code=1234567 has Microsoft's words
        error: nothing of this is known here; paste the lines around it too: wisp's own (kubectl logs POD -c wisp), the end of kubectl describe pod POD, or the whole error of the client; docs/troubleshooting.md has what is known
        "#);
        let beside = explained(&["AADSTS1234567 AADSTS90002"], "").unwrap();
        assert_eq!(beside.exit, Exit::Success);
        assert!(beside.messages.starts_with("warning: AADSTS1234567 "), "{}", beside.messages);
    }

    #[test]
    fn a_text_is_bounded() {
        let long = "x".repeat(usize::try_from(MAX_TEXT).unwrap() + 1);
        let expected = "the text is longer than 1 MiB; give the part around the error";
        assert_eq!(explained(&[], &long).unwrap_err(), expected);
        assert_eq!(explained(&[&long], "").unwrap_err(), expected);
        assert_eq!(explained(&[], " \n").unwrap_err(), "there is no text to explain");
    }

    #[test]
    fn text_in_utf_16_is_said_to_be() {
        let matches = arguments().try_get_matches_from(["explain"]).unwrap();
        let units: Vec<u16> = "AADSTS700213".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [[b"\xff\xfe", &*little].concat(), [b"\xfe\xff", &*big].concat(), little, big] {
            let error = run(&matches, &*bytes).unwrap_err();
            insta::allow_duplicates! {
                insta::assert_snapshot!(error.to_string(), @"the text on standard input is in UTF-16, as Windows PowerShell writes it by `>`; convert it: iconv -f UTF-16 -t UTF-8 FILE | wispctl explain, or in PowerShell Get-Content FILE | wispctl explain");
            }
        }
    }

    #[test]
    fn every_exit_code_of_the_redirect_is_explained() {
        for (exit, _) in EXITS {
            assert!(EXIT_CODES.iter().any(|known| known.code == exit as u8), "{exit:?}");
        }
    }
}
