//! What is asked for, by the parameter names that all dialects share.

use crate::{
    broker::{Freshness, TokenHash},
    endpoint::{request::Parameters, request_error::RequestError},
    identity::Selection,
    names::Resource,
};

/// A token that was asked for.
#[derive(Debug)]
pub(in crate::endpoint) struct TokenRequest<'a> {
    /// The API it is for.
    pub(in crate::endpoint) resource: Resource,
    /// The identity it is for.
    pub(in crate::endpoint) selection: Selection<'a>,
    /// Whether the token in the cache will do.
    pub(in crate::endpoint) freshness: Freshness,
}

/// The parameters that name an identity, in the spellings that clients are known to send.
const CLIENT_ID: &[&str] = &["client_id", "clientid"];
const OBJECT_ID: &[&str] = &["object_id", "principal_id"];
pub(in crate::endpoint) const RESOURCE_ID: &[&str] =
    &["msi_res_id", "mi_res_id", "msi-res-id", "resource_id"];

/// The kinds of such names, as they stand in the log, with their spellings.
pub(in crate::endpoint) const IDENTITY: [(&str, &[&str]); 3] =
    [("client_id", CLIENT_ID), ("object_id", OBJECT_ID), ("resource_id", RESOURCE_ID)];

/// Whether `parameter` names an identity.
pub(in crate::endpoint) fn names_identity(parameter: &str) -> bool {
    IDENTITY
        .into_iter()
        .flat_map(|(_, spellings)| spellings)
        .any(|spelling| spelling.eq_ignore_ascii_case(parameter))
}

/// The resource and the identity, by the parameter names that all dialects share.
///
/// Every spelling that a client is known to send is taken on every path; empty ones count as absent.
pub(super) fn common_token_request<'a>(
    parameters: &'a Parameters<'_>,
) -> Result<TokenRequest<'a>, RequestError> {
    let resource = parameters
        .get("resource")
        .ok_or(RequestError::ResourceMissing)?
        .parse::<Resource>()
        .map_err(RequestError::ResourceInvalid)?;
    let client = parameters.any_of(CLIENT_ID)?;
    let object = parameters.any_of(OBJECT_ID)?;
    let azure = parameters.any_of(RESOURCE_ID)?;
    let selection = match (client, object, azure) {
        (None, None, None) => Selection::Default,
        (Some(id), None, None) => Selection::ClientId(id),
        (None, Some(id), None) => Selection::ObjectId(id),
        (None, None, Some(id)) => Selection::ResourceId(id),
        _ => return Err(RequestError::Duplicate),
    };
    Ok(TokenRequest { resource, selection, freshness: freshness(parameters) })
}

/// Whether the client has a reason not to take the token in the cache.
///
/// A hash that is none names no token, so it asks for nothing. `xms_cc`, which says what else the client understands,
/// changes nothing: a token made for it would live long and could be revoked any time.
fn freshness(parameters: &Parameters<'_>) -> Freshness {
    if let Some(hash) = parameters.get("token_sha256_to_refresh") {
        return TokenHash::from_hex(hash).map_or(Freshness::Any, Freshness::NotThis);
    }
    let is_bypass = parameters
        .get("bypass_cache")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_bypass { Freshness::Newer } else { Freshness::Any }
}

#[cfg(test)]
mod tests {
    use super::{Freshness, Parameters, RequestError, Selection, TokenHash, common_token_request};

    fn token_request(query: &str) -> Result<String, RequestError> {
        let parameters = Parameters::parse(query).unwrap();
        common_token_request(&parameters)
            .map(|token_request| format!("{} {:?}", token_request.resource, token_request.selection))
    }

    #[test]
    fn every_spelling_of_an_identity() {
        for (name, kind) in [
            ("client_id", "ClientId"),
            ("clientid", "ClientId"),
            ("object_id", "ObjectId"),
            ("principal_id", "ObjectId"),
            ("msi_res_id", "ResourceId"),
            ("mi_res_id", "ResourceId"),
            ("msi-res-id", "ResourceId"),
            ("resource_id", "ResourceId"),
        ] {
            assert_eq!(
                token_request(&format!("resource=api://x&{name}=id")).unwrap(),
                format!("api://x {kind}(\"id\")")
            );
            let empty = format!("resource=api://x&{name}=");
            assert_eq!(token_request(&empty).unwrap(), format!("api://x {:?}", Selection::Default));
        }
    }

    #[test]
    fn what_a_client_says_of_the_token_it_has() {
        let freshness = |more: &str| {
            let query = format!("resource=x&{more}");
            common_token_request(&Parameters::parse(&query).unwrap())
                .unwrap()
                .freshness
        };
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let rejected = Freshness::NotThis(TokenHash::from_hex(hash).unwrap());
        assert_eq!(freshness(&format!("token_sha256_to_refresh={hash}")), rejected);
        assert_eq!(
            freshness(&format!("bypass_cache=true&xms_cc=cp1&token_sha256_to_refresh={hash}")),
            rejected
        );
        for newer in ["bypass_cache=true", "bypass_cache=True", "token_sha256_to_refresh=&bypass_cache=true"]
        {
            assert_eq!(freshness(newer), Freshness::Newer, "{newer}");
        }
        for any in [
            "",
            "bypass_cache=",
            "bypass_cache=false",
            "bypass_cache=1",
            "xms_cc=cp1",
            "token_sha256_to_refresh=x",
        ] {
            assert_eq!(freshness(any), Freshness::Any, "{any}");
        }
    }

    #[test]
    fn one_identity_and_one_resource() {
        assert_eq!(token_request("client_id=a&object_id=b&resource=x"), Err(RequestError::Duplicate));
        assert_eq!(token_request("msi_res_id=a&mi_res_id=a&resource=x"), Err(RequestError::Duplicate));
        assert_eq!(token_request("client_id=a&object_id=&resource=x").unwrap(), "x ClientId(\"a\")");
        assert_eq!(token_request("client_id=a"), Err(RequestError::ResourceMissing));
        assert_eq!(token_request("resource="), Err(RequestError::ResourceMissing));
        assert!(matches!(token_request("resource=a%20b"), Err(RequestError::ResourceInvalid(_))));
    }
}
