//! The command line, and the pods of `tests/inject`: the webhook makes of each what `inject` makes of it.

mod golden;

use super::arguments::{Arguments, arguments};
use crate::settings::Env;

/// What is wrong with these arguments.
fn errors(given: &[&str]) -> String {
    let all = ["webhook"].iter().chain(given);
    let matches = arguments().try_get_matches_from(all).unwrap();
    Arguments::read(&matches, &Env::default())
        .unwrap_err()
        .join("\n")
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let texts = [
        errors(&[
            "--certificate",
            "files",
            "--service",
            "Webhook!",
            "--mode",
            "magic",
            "--certificate-life",
            "5s",
        ]),
        errors(&["--certificate-folder", "/tls"]),
    ];
    insta::assert_snapshot!(texts.join("\n"), @r"
    `--mode` cannot be `magic`: expected `redirect`, `env`, `http-proxy` or `manual`
    `--certificate-life` cannot be less than 10 s
    `--certificate files` needs `--certificate-folder`, the folder with tls.crt and tls.key
    `--service` cannot be `Webhook!`: expected the name of an object
    `--certificate-folder` is of no use without `--certificate files`
    ");
}

#[test]
fn the_image_of_the_environment_counts_unless_another_one_is_given() {
    let image = |given: &[&str]| {
        let all = ["webhook"].iter().chain(given);
        let matches = arguments().try_get_matches_from(all).unwrap();
        let env = Env::from_iter([("WISP_IMAGE", "registry.example/wisp:1")]);
        Arguments::read(&matches, &env)
            .unwrap()
            .options()
            .image
            .clone()
    };
    assert_eq!(image(&[]), "registry.example/wisp:1");
    assert_eq!(image(&["--image", "other:2"]), "other:2");
}
