//! The words that services refuse with, and what each means.

/// What a refusal is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cause {
    /// The token is for another audience.
    Audience,
    /// It was issued by another tenant or another cloud.
    Issuer,
    /// It has ended, or is not one.
    Token,
    /// No token came.
    NoToken,
    /// The identity has no role that fits.
    Role,
    /// A Key Vault whose access policies do not name the identity.
    Policy,
    /// The resource's firewall does not let the address in.
    Firewall,
    /// The resource takes connections from private endpoints alone.
    Private,
}

/// Codes by what they mean, in lower case.
const CODES: &[(&str, Cause)] = &[
    ("forbiddenbyrbac", Cause::Role),
    ("deniedwithnovalidrbac", Cause::Role),
    ("authorizationpermissionmismatch", Cause::Role),
    ("authorizationfailed", Cause::Role),
    ("linkedauthorizationfailed", Cause::Role),
    ("authorization_requestdenied", Cause::Role),
    ("permissiondenied", Cause::Role),
    ("insufficientaccountpermissions", Cause::Role),
    ("forbiddenbypolicy", Cause::Policy),
    ("forbiddenbyfirewall", Cause::Firewall),
    ("authorizationfailure", Cause::Firewall),
    ("ipauthorizationfailed", Cause::Firewall),
    ("forbiddenbyconnection", Cause::Private),
    ("publicnetworkaccessdisabled", Cause::Private),
    ("publicaccessnotpermitted", Cause::NoToken),
    ("keybasedauthenticationnotpermitted", Cause::NoToken),
    ("noauthenticationinformation", Cause::NoToken),
    ("authenticationfailedmissingtoken", Cause::NoToken),
    ("invalidauthenticationtokenaudience", Cause::Audience),
    ("invalidaudience", Cause::Audience),
    ("invalidauthenticationtokentenant", Cause::Issuer),
    ("expiredauthenticationtoken", Cause::Token),
    ("invalidauthenticationtoken", Cause::Token),
];

/// What stands in texts where the code says little, in lower case. The first that is found counts.
const PHRASES: &[(&str, Cause)] = &[
    ("akv10022", Cause::Audience),
    ("invalid audience", Cause::Audience),
    ("invalidaudience", Cause::Audience),
    ("audience validation failed", Cause::Audience),
    ("wrong audience", Cause::Audience),
    ("akv10032", Cause::Issuer),
    ("invalid issuer", Cause::Issuer),
    ("issuer validation failed", Cause::Issuer),
    ("akv10000", Cause::NoToken),
    ("caller was not found on any access policy", Cause::Policy),
    ("does not have secrets", Cause::Policy),
    ("does not have keys", Cause::Policy),
    ("does not have certificates", Cause::Policy),
    ("public network access is disabled", Cause::Private),
    ("public access is disabled", Cause::Private),
    ("virtual network/firewall rules", Cause::Firewall),
    ("not an approved private link", Cause::Private),
    ("client address is not authorized", Cause::Firewall),
    ("claim(s) are required", Cause::Role),
    ("not authorized to perform", Cause::Role),
    ("does not have authorization to perform action", Cause::Role),
    ("lifetime validation failed", Cause::Token),
];

/// What a refusal with these codes and this text is about. The first code that is known counts, and then what the text says.
pub(super) fn cause(codes: &[String], text: &str) -> Option<Cause> {
    let known = |code: &String| {
        let code = code.to_ascii_lowercase();
        CODES.iter().find(|(name, _)| *name == code)
    };
    let text = text.to_ascii_lowercase();
    let by_text = || PHRASES.iter().find(|(phrase, _)| text.contains(phrase));
    codes
        .iter()
        .find_map(known)
        .or_else(by_text)
        .map(|(_, cause)| *cause)
}
