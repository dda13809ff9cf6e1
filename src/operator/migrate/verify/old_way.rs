//! The old way, asked beside the new one.

use super::{
    asked::{Asked, TokenClaims},
    check::{Check, CheckId},
    model::{NEW, OLD, SeenToken, Verified},
};

/// What the old way gave, and whether it is the same as the new one gave.
pub(super) fn compare(old: &Asked, verified: &mut Verified) {
    for answer in &old.tokens {
        let id = answer.client_id.as_str();
        let Some(claims) = &answer.claims else {
            let message = answer
                .description
                .as_deref()
                .unwrap_or("there was no answer");
            let fix = "see what NMI says of it (`kubectl logs` of its pod on that node), and whether a binding selects the label";
            verified
                .checks
                .push(Check::failed(CheckId::OldWay, message, fix).about(id));
            continue;
        };
        verified
            .checks
            .push(Check::proven(CheckId::OldWay, "it gave a token").about(id));
        let new = verified
            .tokens
            .iter()
            .find(|token| token.by == NEW && token.client_id == id);
        let check = if let Some(new) = new {
            same(&new.claims, claims)
        } else {
            let text = "the new way gave no token to compare with";
            Check::unchecked(CheckId::SameIdentity, text, "verify again once `exchange` is proven")
        };
        verified.checks.push(check.about(id));
        verified
            .tokens
            .push(SeenToken { by: OLD, client_id: id.to_owned(), claims: claims.clone() });
    }
}

/// Whether both tokens are of the same identity, for the same resource.
fn same(new: &TokenClaims, old: &TokenClaims) -> Check {
    let show = |claim: Option<&str>| claim.unwrap_or("nothing").to_owned();
    let different: Vec<_> = old
        .compared()
        .into_iter()
        .zip(new.compared())
        .filter(|((_, old), (_, new))| old.is_none() || old != new)
        .map(|((name, old), (_, new))| {
            format!("`{name}` is {} by the old way and {} by the new one", show(old), show(new))
        })
        .collect();
    if different.is_empty() {
        let object = show(new.object_id.as_deref());
        return Check::proven(CheckId::SameIdentity, format!("object id {object} both ways"));
    }
    let objects =
        format!("object ids: old {}, new {}", show(old.object_id.as_deref()), show(new.object_id.as_deref()));
    let fix = "do not cut over: see which AzureIdentity the label selects, and which client id the service account names";
    Check::failed(CheckId::SameIdentity, format!("{}; {objects}", different.join(", ")), fix)
}
