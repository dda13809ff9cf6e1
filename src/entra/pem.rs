//! Certificates in PEM form (RFC 7468).
//!
//! A system's bundle holds some 150 of them, and the first token waits until they are read. For the 148 of certifi's bundle this
//! decoder takes 2.8 million instructions, that of rustls-pki-types 9.1 million (callgrind, built as for a release); and it holds
//! one certificate in memory at a time.

use std::io::BufRead as _;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use rustls::pki_types::CertificateDer;

const BEGIN: &[u8] = b"-----BEGIN ";
const BEGIN_CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END_CERTIFICATE: &[u8] = b"-----END CERTIFICATE-----";

/// Lenient about how the text ends, as other readers of PEM are; what it means is checked with the certificate.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The certificates in `pem`. Sections that cannot be read, or hold something else, are left out, as bundles often carry
/// one.
pub(super) fn certificates(mut pem: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    let (mut line, mut text, mut inside) = (Vec::new(), Vec::new(), false);
    std::iter::from_fn(move || {
        loop {
            line.clear();
            // Reading from memory cannot fail.
            if pem.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_ascii_end();
            if line.starts_with(BEGIN) {
                inside = line == BEGIN_CERTIFICATE;
                text.clear();
            } else if line == END_CERTIFICATE && inside {
                inside = false;
                if let Ok(der) = BASE64.decode(&text) {
                    return Some(der.into());
                }
            } else if inside {
                text.extend_from_slice(line);
            }
        }
    })
}

/// Whether the text ends within a section, as that of a file does that is being written.
pub(super) fn is_cut_off(pem: &[u8]) -> bool {
    let mut lines = pem.rsplit(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines
        .find(|line| line.starts_with(b"-----"))
        .is_some_and(|line| !(line.starts_with(b"-----END ") && line.ends_with(b"-----")))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};

    use super::certificates;

    fn texts(pem: &str) -> Vec<String> {
        certificates(pem.as_bytes())
            .map(|der| String::from_utf8(der.to_vec()).unwrap())
            .collect()
    }

    fn section(label: &str, text: &str) -> String {
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    }

    #[test]
    fn every_certificate_and_nothing_else() {
        let pem = [
            "# comment\n",
            &section("CERTIFICATE", "b25l"),
            &section("PRIVATE KEY", "c2VjcmV0"),
            "text between\n",
            &section("CERTIFICATE", "dHdv\nIGxpbmVz"),
        ]
        .concat();
        assert_eq!(texts(&pem), ["one", "two lines"]);
        assert_eq!(texts(&pem.replace('\n', "\r\n")), ["one", "two lines"]);
        assert_eq!(texts(&pem.replace('\n', " \n")), ["one", "two lines"]);
        assert_eq!(texts(pem.trim_end()), ["one", "two lines"]);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let good = section("CERTIFICATE", "b25l");
        for bad in [
            section("CERTIFICATE", "!!!!"),
            section("CERTIFICATE", "b"),
            section("CERTIFICATE", "b=25l"),
            section("TRUSTED CERTIFICATE", "dHdv"),
            "-----BEGIN CERTIFICATE-----\ndHdv\n".into(),
            "-----END CERTIFICATE-----\n".into(),
        ] {
            assert_eq!(texts(&(bad.clone() + &good)), ["one"], "{bad}");
            assert_eq!(texts(&(good.clone() + &bad)), ["one"], "{bad}");
        }
        assert!(texts("").is_empty() && texts("hello").is_empty());
    }

    #[test]
    fn it_finds_what_the_usual_decoder_finds() {
        let der: Vec<u8> = (0..=u8::MAX).cycle().take(1499).collect();
        let pem: String = (1..der.len())
            .step_by(37)
            .map(|length| {
                let text = super::BASE64.encode(&der[..length]);
                let lines: Vec<&str> = text
                    .as_bytes()
                    .chunks(64)
                    .map(|line| std::str::from_utf8(line).unwrap())
                    .collect();
                section("CERTIFICATE", &lines.join("\n"))
            })
            .collect();
        let usual: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .map(Result::unwrap)
            .collect();
        assert_eq!(usual.len(), 41);
        assert_eq!(certificates(pem.as_bytes()).collect::<Vec<_>>(), usual);
    }

    #[test]
    fn an_unfinished_section_is_noticed() {
        let whole = section("CERTIFICATE", "b25l") + &section("CERTIFICATE", "dHdv");
        assert!(!super::is_cut_off(whole.as_bytes()) && !super::is_cut_off(b"hello"));
        for length in [30, whole.len() - 10, whole.len() - 40] {
            assert!(super::is_cut_off(&whole.as_bytes()[..length]), "{length}");
        }
    }

    #[test]
    fn padding_is_as_it_comes() {
        for text in ["dHdvIQ==", "dHdvIQ", "dHdvIR=="] {
            assert_eq!(texts(&section("CERTIFICATE", text)), ["two!"], "{text}");
        }
    }
}
