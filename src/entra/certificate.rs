//! Who issued a server's certificates, as far as their DER says it: enough to name a firewall that inspects traffic.

use super::text;

/// The longest name repeated, in bytes.
const MAX_NAME: usize = 100;

/// Tags of DER (X.690) that certificates are made of.
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const VERSION: u8 = 0xa0;

/// The parts of a name that say who it is (X.520): common name and organisation.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];

/// The name of the issuer in a certificate, such as `Root CA (Example Ltd.)`. None where there is none to be read.
pub(super) fn issuer(der: &[u8]) -> Option<String> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (mut rest, _) = element(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        (_, rest) = element(rest, VERSION)?;
    }
    // Serial number and algorithm come before the issuer.
    for _ in 0..2 {
        (_, _, rest) = any(rest)?;
    }
    let (name, _) = element(rest, SEQUENCE)?;
    shown(name)
}

/// A name, from its attributes.
fn shown(mut name: &[u8]) -> Option<String> {
    let (mut common, mut organisation) = (None, None);
    while let Some((attributes, rest)) = element(name, SET) {
        name = rest;
        let Some((attribute, _)) = element(attributes, SEQUENCE) else { continue };
        let Some((kind, value)) = element(attribute, OBJECT_ID) else { continue };
        let text = || {
            let (_, value, _) = any(value)?;
            Some(text::cut(&text::clean(&String::from_utf8_lossy(value)), MAX_NAME))
        };
        match kind {
            COMMON_NAME => common = text(),
            ORGANISATION => organisation = text(),
            _ => {}
        }
    }
    match (common, organisation) {
        (Some(common), Some(organisation)) => Some(format!("{common} ({organisation})")),
        (common, organisation) => common.or(organisation),
    }
}

/// The content of the element with `tag` that `der` begins with, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    any(der)
        .filter(|(found, ..)| *found == tag)
        .map(|(_, content, rest)| (content, rest))
}

/// The tag and the content of the first element, and what follows it.
fn any(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    const LONG: u8 = 0x80;
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < LONG {
        (usize::from(*first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first - LONG))?;
        if bytes.len() > 4 {
            return None;
        }
        let length = bytes
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
#[cfg(feature = "wispctl")]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::issuer;

    fn certificate(parts: &[(DnType, &str)]) -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in parts {
            params
                .distinguished_name
                .push(kind.clone(), (*value).to_owned());
        }
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_issuer_is_named() {
        let country = (DnType::CountryName, "US");
        let name = (DnType::CommonName, "Root CA");
        let organisation = (DnType::OrganizationName, "Example Ltd.");
        let named = |parts: &[(DnType, &str)]| issuer(&certificate(parts));
        assert_eq!(
            named(&[country.clone(), organisation.clone(), name.clone()]).as_deref(),
            Some("Root CA (Example Ltd.)")
        );
        assert_eq!(named(&[name]).as_deref(), Some("Root CA"));
        assert_eq!(named(&[organisation]).as_deref(), Some("Example Ltd."));
        assert_eq!(named(&[country]), None);
        let long = "n".repeat(3000);
        assert!(named(&[(DnType::CommonName, &long)]).is_some_and(|name| name.len() <= 100));
    }

    proptest! {
        #[test]
        fn nothing_read_makes_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            cut in 0_usize..400,
            changed in any::<u8>(),
        ) {
            let _ = issuer(&bytes);
            let mut der = certificate(&[(DnType::CommonName, "Root CA")]);
            let at = cut.min(der.len() - 1);
            der[at] = changed;
            let _ = issuer(&der);
            let _ = issuer(&der[..at]);
        }
    }
}
