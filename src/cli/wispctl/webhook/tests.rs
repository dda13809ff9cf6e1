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
        errors(&["--adopt-mode", "env"]),
        errors(&["--adopt-pod-identity=managed", "--adopt-mode", "magic"]),
    ];
    insta::assert_snapshot!(texts.join("\n"), @r"
    `--mode` cannot be `magic`: expected `redirect`, `env`, `http-proxy` or `manual`
    `--certificate-life` cannot be less than 10 s
    `--certificate files` needs `--certificate-folder`, the folder with tls.crt and tls.key
    `--service` cannot be `Webhook!`: expected the name of an object
    `--certificate-folder` is of no use without `--certificate files`
    `--adopt-mode` is of no use without `--adopt-pod-identity`
    `--adopt-mode` cannot be `magic`: expected one of `redirect`, `env`, `http-proxy`, `manual`
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

#[test]
fn pods_are_adopted_in_standard_mode_unless_another_is_named() {
    let adoption = |given: &[&str]| {
        let all = ["webhook"].iter().chain(given);
        let matches = arguments().try_get_matches_from(all).unwrap();
        Arguments::read(&matches, &Env::default())
            .unwrap()
            .adoption()
    };
    let texts = [
        adoption(&[]),
        adoption(&["--adopt-pod-identity"]),
        adoption(&["--adopt-pod-identity=managed", "--mode", "env"]),
        adoption(&["--adopt-pod-identity=namespaced", "--adopt-mode", "http-proxy"]),
    ]
    .map(|adoption| format!("{adoption:?}"));
    insta::assert_snapshot!(texts.join("\n"), @r"
    None
    Some(AdoptionConfig { matching: Standard, mode: Redirect })
    Some(AdoptionConfig { matching: Namespaced, mode: Redirect })
    Some(AdoptionConfig { matching: Namespaced, mode: HttpProxy })
    ");
    let unknown = arguments().try_get_matches_from(["webhook", "--adopt-pod-identity=yes"]);
    assert!(unknown.is_err());
}
