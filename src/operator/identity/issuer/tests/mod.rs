//! Keys in each form, and each way in which what is published can differ.

mod pem;

use pem::{CERTIFICATE, ED25519, P256, P384, P521, RSA, RSA_ONLY};
use serde_json::{Value, json};

use super::{Content, compare, documents, read};
use crate::jwt::jwk::Jwk;

fn keys(text: &str) -> Vec<Jwk> {
    match read(text.as_bytes()).unwrap() {
        Content::Keys(keys, wrong) if wrong.is_empty() => keys,
        other => panic!("{other:?}"),
    }
}

fn wrong(text: &str) -> String {
    match read(text.as_bytes()) {
        Ok(Content::Keys(_, wrong)) | Err(wrong) => wrong.join("\n"),
        Ok(other) => panic!("{other:?}"),
    }
}

/// The identifiers were made by `openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | basenc --base64url`.
#[test]
fn a_key_is_named_as_kubernetes_names_it() {
    let named: Vec<_> = keys(&[RSA, P256, P384, P521].concat())
        .iter()
        .map(|key| format!("{} {}", key.kid, key.key.algorithm()))
        .collect();
    insta::assert_snapshot!(named.join("\n"), @"
    OAN7oCup2CaUM8YTxYGgjCAN0LzqU4DzxWWYJYlfBpM RS256
    8mKRTL0roM6uZhQ8GcmqRbaQ8km97R6ovbqm9Nfol_Y ES256
    8Oyw1EyHAWSe6QZua4kcUNLCPzXJwn4Pbfnzz6m3mso ES384
    RlimXNvFlxQPISDCR5_VN2DQet58hqh9_d0l3hBOEfA ES512
    ");
    assert_eq!(keys(RSA_ONLY), keys(RSA));
    assert_eq!(keys(CERTIFICATE), keys(RSA));
}

#[test]
fn what_is_written_is_read_back() {
    let all = keys(&[RSA, P256, P384, P521, RSA_ONLY].concat());
    let documents = documents("https://oidc.example/shop/", &all, None).unwrap();
    assert_eq!(keys(&documents.keys), all[..4]);
    insta::assert_snapshot!(documents.discovery, @r#"
    {
      "id_token_signing_alg_values_supported": [
        "ES256",
        "ES384",
        "ES512",
        "RS256"
      ],
      "issuer": "https://oidc.example/shop/",
      "jwks_uri": "https://oidc.example/shop/openid/v1/jwks",
      "response_types_supported": [
        "id_token"
      ],
      "subject_types_supported": [
        "public"
      ]
    }
    "#);
    insta::assert_snapshot!(documents.warnings.join("\n"), @"
    key `8mKRTL0roM6uZhQ8GcmqRbaQ8km97R6ovbqm9Nfol_Y` signs by ES256, and Entra takes RS256 alone (AADSTS5002738); have the API server sign with an RSA key
    key `8Oyw1EyHAWSe6QZua4kcUNLCPzXJwn4Pbfnzz6m3mso` signs by ES384, and Entra takes RS256 alone (AADSTS5002738); have the API server sign with an RSA key
    key `RlimXNvFlxQPISDCR5_VN2DQet58hqh9_d0l3hBOEfA` signs by ES512, and Entra takes RS256 alone (AADSTS5002738); have the API server sign with an RSA key
    ");
    assert_eq!(documents.paths, (".well-known/openid-configuration", Some("openid/v1/jwks".to_owned())));
}

#[test]
fn the_key_set_can_be_elsewhere() {
    let at = |uri| {
        documents("https://oidc.example/shop", &keys(RSA), Some(uri)).map(|documents| documents.paths.1)
    };
    assert_eq!(at("https://oidc.example/shop/keys.json"), Ok(Some("keys.json".to_owned())));
    assert_eq!(at("https://keys.example/keys.json"), Ok(None));
    assert_eq!(at("https://oidc.example/shop/../keys.json"), Ok(None));
    insta::assert_snapshot!(at("http://keys.example/").unwrap_err().join("\n"), @"the address of the key set must begin with https://, for Entra reads its keys over TLS");
}

#[test]
fn what_cannot_be_published_is_refused() {
    let error = |issuer, keys: &[Jwk]| documents(issuer, keys, None).unwrap_err().join("\n");
    insta::assert_snapshot!(error("https://kubernetes.default.svc", &[]), @"
    the issuer is inside the cluster or its network (`kubernetes.default.svc`), where Entra cannot read its keys; publish them with `wispctl identity issuer`, and have the API server sign with that issuer
    there is no key
    ");
    let mut clash = keys(&[RSA, P256].concat());
    clash[1].kid = clash[0].kid.clone();
    insta::assert_snapshot!(error("https://oidc.example/", &clash), @"two keys have the identifier `OAN7oCup2CaUM8YTxYGgjCAN0LzqU4DzxWWYJYlfBpM`");
    let mut many = vec![keys(RSA).remove(0); 101];
    many.iter_mut()
        .enumerate()
        .for_each(|(index, key)| key.kid = index.to_string());
    insta::assert_snapshot!(error("https://oidc.example/", &many), @"there are 101 keys, and Entra reads the first 100");
}

#[test]
fn files_that_are_no_keys_are_refused() {
    let cut = &RSA[..RSA.len() - 40];
    let texts = [
        wrong(""),
        wrong("kubectl: not found"),
        wrong("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
        wrong(cut),
        wrong(&[P256, ED25519].concat()),
        wrong("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        wrong("-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n"),
        wrong("{\"keys\": ["),
        wrong("{\"kind\": \"Status\"}"),
        wrong(r#"{"keys": []}"#),
        wrong(
            r#"{"keys": [1, {"kty": "oct", "kid": "a", "k": "AA"}, {"kty": "RSA", "kid": "a", "n": "*", "e": "AQAB"}, {"kty": "OKP"}]}"#,
        ),
        wrong(
            r#"{"keys": [{"kty": "RSA", "n": "AQ", "e": "AQAB"}, {"kty": "EC", "crv": "P-192"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}"#,
        ),
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    has no public key in it: expected PEM, or JSON as `kubectl get --raw /openid/v1/jwks` prints
    has no public key in it: expected PEM, or JSON as `kubectl get --raw /openid/v1/jwks` prints
    has a private key in it, which belongs to the API server alone; give its public half (`openssl pkey -in FILE -pubout`)
    section 1 is cut off, or not base64
    section 2, `PUBLIC KEY`, is neither RSA nor on a curve that Kubernetes signs by (P-256, P-384, P-521)
    section 1, `PUBLIC KEY`, is not a key of its kind
    section 1, `DH PARAMETERS`, is no public key
    is not whole JSON: EOF while parsing a list, line 1 column 10
    is neither a key set (`keys`) nor a discovery document (`issuer`)
    the key set is empty
    key 1 is not an object
    key 2 has `k`, which is its private half: whoever reads it can sign for every service account; replace the key
    key 3 has a `n` that is not base64url
    key 4 is neither `RSA` nor `EC`
    key 1 is not a key of its kind
    key 2 is on a curve that Kubernetes does not sign by
    key 3 is not a key of its kind
    ");
}

#[test]
fn what_a_key_is_for_is_looked_at() {
    let mut key = keys(RSA)[0].json();
    key["alg"] = "RS512".into();
    key["use"] = "enc".into();
    insta::assert_snapshot!(wrong(&json!({"keys": [key]}).to_string()), @"
    key 1 is for `enc`, not for signatures (`sig`)
    key 1 is for `RS512`, and API servers sign by RS256 with it
    ");
    let mut key = keys(RSA)[0].json();
    key.as_object_mut().unwrap().remove("kid");
    insta::assert_snapshot!(wrong(&json!({"keys": [key]}).to_string()), @"key 1 has no `kid`, by which Entra finds it");
}

fn published(documents: &[Value]) -> Vec<(String, Content)> {
    let content =
        |document: &Value| ("public.json".to_owned(), read(document.to_string().as_bytes()).unwrap());
    documents.iter().map(content).collect()
}

/// What differs from the issuer `https://oidc.example/`, which signs with the RSA key.
fn differences(documents: &[Value]) -> String {
    let comparison = compare(Some("https://oidc.example/"), &keys(RSA), &published(documents));
    let notes = comparison.notes.iter().map(|note| format!("note: {note}"));
    comparison
        .differences
        .into_iter()
        .chain(notes)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn keys_are_compared() {
    let (rsa, other) = (keys(RSA).remove(0), keys(P256).remove(0));
    let set = |keys: &[&Jwk]| json!({"keys": keys.iter().map(|key| key.json()).collect::<Vec<_>>()});
    let comparison = compare(None, std::slice::from_ref(&rsa), &published(&[set(&[&rsa])]));
    assert_eq!((comparison.same, differences(&[set(&[&rsa])])), (1, String::new()));

    let renamed = Jwk { kid: "by-hand".into(), ..rsa.clone() };
    let taken = Jwk { kid: rsa.kid.clone(), ..other.clone() };
    let mut many: Vec<_> = (0..100)
        .map(|index| Jwk { kid: index.to_string(), ..other.clone() })
        .collect();
    many.push(rsa.clone());
    let behind = differences(&[set(&many.iter().collect::<Vec<_>>())]);
    let texts = [
        differences(&[set(&[&rsa, &other])]),
        differences(&[set(&[&other])]),
        differences(&[set(&[&renamed])]),
        differences(&[set(&[&taken])]),
        behind.lines().next().unwrap().to_owned(),
    ];
    insta::assert_snapshot!(texts.join("\n---\n"), @"
    note: public.json: key `8mKRTL0roM6uZhQ8GcmqRbaQ8km97R6ovbqm9Nfol_Y` is published, and the API server does not sign with it; take it out once its last token has expired
    ---
    public.json: key `OAN7oCup2CaUM8YTxYGgjCAN0LzqU4DzxWWYJYlfBpM` is missing, and Entra refuses the tokens that it signs (AADSTS7000272); publish the set anew, then allow half an hour
    note: public.json: key `8mKRTL0roM6uZhQ8GcmqRbaQ8km97R6ovbqm9Nfol_Y` is published, and the API server does not sign with it; take it out once its last token has expired
    ---
    public.json: key `OAN7oCup2CaUM8YTxYGgjCAN0LzqU4DzxWWYJYlfBpM` is published as `by-hand`, and Entra looks for the identifier in the token's header (AADSTS7000272); publish the set anew
    ---
    public.json: key `OAN7oCup2CaUM8YTxYGgjCAN0LzqU4DzxWWYJYlfBpM` is another key by the same identifier, so no signature is right; publish the set anew
    ---
    public.json: key `OAN7oCup2CaUM8YTxYGgjCAN0LzqU4DzxWWYJYlfBpM` is number 101 of the set, and Entra reads the first 100; publish fewer
    ");
}

#[test]
fn discovery_documents_are_compared() {
    let good = json!({
        "issuer": "https://oidc.example/", "jwks_uri": "https://oidc.example/openid/v1/jwks",
        "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    assert_eq!(differences(std::slice::from_ref(&good)), "");
    let with = |name: &str, value: Value| {
        let mut document = good.clone();
        document[name] = value;
        differences(&[document])
    };
    let texts = [
        with("issuer", "https://oidc.example".into()),
        with("issuer", "https://oidc.example/Shop".into()),
        with("issuer", "https://OIDC.example/".into()),
        with("jwks_uri", "https://10.0.0.1:6443/openid/v1/jwks".into()),
        with("jwks_uri", "https://westeurope.oic.prod-aks.azure.com/t/i/openid/v1/jwks".into()),
        with("jwks_uri", Value::Null),
        with("subject_types_supported", json!([])),
        with("authorization_endpoint", "".into()),
        with("id_token_signing_alg_values_supported", json!(["ES256"])),
    ];
    insta::assert_snapshot!(texts.join("\n---\n"), @"
    public.json: `issuer` is https://oidc.example, and the API server signs as https://oidc.example/ (a slash at the end); Entra compares each letter (AADSTS700211)
    ---
    public.json: `issuer` is https://oidc.example/Shop, and the API server signs as https://oidc.example/ (another one); Entra compares each letter (AADSTS700211)
    ---
    public.json: `issuer` is https://OIDC.example/, and the API server signs as https://oidc.example/ (capital letters); Entra compares each letter (AADSTS700211)
    public.json: `issuer` has capital letters in its host, and Entra compares each letter with `iss` of the token; write oidc.example
    ---
    public.json: `jwks_uri` is inside the cluster or its network (`10.0.0.1`), where Entra cannot read its keys; publish them with `wispctl identity issuer`, and have the API server sign with that issuer
    ---

    ---
    public.json: `jwks_uri` is missing, by which Entra finds the keys
    ---
    public.json: `subject_types_supported` is empty or missing, and Entra refuses the document (AADSTS501661)
    ---
    public.json: `authorization_endpoint` is empty, and Entra refuses the document (AADSTS501661); leave it out
    ---
    public.json: `id_token_signing_alg_values_supported` lacks RS256, the one that Entra takes
    ");
}
