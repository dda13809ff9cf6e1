//! Public keys in PEM form (RFC 7468), in the forms that API servers take.

use x509_parser::{
    pem::Pem,
    prelude::{FromDer as _, SubjectPublicKeyInfo},
    public_key::{PublicKey as Parsed, RSAPublicKey},
};

use crate::jwt::jwk::{Jwk, PublicKey, curve};

/// The keys in `text`, each named as Kubernetes names it. The errors follow the name of the file.
pub(super) fn keys(text: &[u8]) -> Result<Vec<Jwk>, Vec<String>> {
    // Not even decoded, so that no secret gets into this process more than its file did.
    if contains(text, b"PRIVATE KEY-----") {
        return Err(vec![
            "has a private key in it, which belongs to the API server alone; give its public half (`openssl pkey -in FILE -pubout`)"
                .to_owned(),
        ]);
    }
    let mut keys = Vec::new();
    let mut wrong = Vec::new();
    for (index, section) in Pem::iter_from_buffer(text).enumerate() {
        let number = index + 1;
        let Ok(section) = section else {
            wrong.push(format!("section {number} is cut off, or not base64"));
            break;
        };
        match key(&section) {
            Ok(key) => keys.push(Jwk::named(key)),
            Err(what) => wrong.push(format!("section {number}, `{}`, {what}", section.label.escape_debug())),
        }
    }
    if keys.is_empty() && wrong.is_empty() {
        wrong.push(
            "has no public key in it: expected PEM, or JSON as `kubectl get --raw /openid/v1/jwks` prints"
                .to_owned(),
        );
    }
    if wrong.is_empty() { Ok(keys) } else { Err(wrong) }
}

fn key(section: &Pem) -> Result<PublicKey, &'static str> {
    const NOT_ONE: &str = "is not a key of its kind";
    match section.label.as_str() {
        "PUBLIC KEY" => {
            let (_, info) = SubjectPublicKeyInfo::from_der(&section.contents).map_err(|_| NOT_ONE)?;
            of_info(&info)
        }
        "CERTIFICATE" => of_info(
            section
                .parse_x509()
                .map_err(|_| "is not a certificate")?
                .public_key(),
        ),
        "RSA PUBLIC KEY" => {
            let (_, key) = RSAPublicKey::from_der(&section.contents).map_err(|_| NOT_ONE)?;
            PublicKey::rsa(key.modulus, key.exponent).ok_or(NOT_ONE)
        }
        _ => Err("is no public key"),
    }
}

fn of_info(info: &SubjectPublicKeyInfo<'_>) -> Result<PublicKey, &'static str> {
    const OTHER: &str = "is neither RSA nor on a curve that Kubernetes signs by (P-256, P-384, P-521)";
    match info.parsed() {
        Ok(Parsed::RSA(key)) => PublicKey::rsa(key.modulus, key.exponent).ok_or("is not an RSA key"),
        Ok(Parsed::EC(point)) => {
            let oid = info
                .algorithm
                .parameters
                .as_ref()
                .and_then(|any| any.as_oid().ok());
            let oid = oid.map(|oid| oid.to_id_string()).unwrap_or_default();
            let curve = curve(|curve| curve.oid == oid).ok_or(OTHER)?;
            // 4 says that both coordinates follow.
            let point = point
                .data()
                .strip_prefix(&[4])
                .ok_or("is compressed, and API servers do not read that")?;
            PublicKey::ec(curve, point).ok_or("is not a point of its curve")
        }
        _ => Err(OTHER),
    }
}

fn contains(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}
