//! What only shows when claims are seen together.

use super::placed::Placed;
use crate::operator::identity::{claim::Claim, model::FederatedCredential};

/// One service account is one identity, and one client id is one identity.
pub(super) fn strangers(claims: &[Placed]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, two) in claims.iter().enumerate() {
        for one in claims.iter().take(index) {
            let (a, b) = (&one.claim, &two.claim);
            if a.principal.is(&b.principal) {
                continue;
            }
            let cluster = a.issuers.iter().find(|issuer| b.issuers.contains(issuer));
            if a.account == b.account && cluster.is_some() {
                wrong.push(format!(
                    "{}: service account `{}` is {} here and {} at {}; its annotation names one, so give the workloads accounts of \
                     their own",
                    two.position(),
                    b.account,
                    b.principal,
                    a.principal,
                    one.position()
                ));
            }
            if let Some(id) = a
                .client_id
                .as_ref()
                .filter(|id| Some(*id) == b.client_id.as_ref())
            {
                wrong.push(format!(
                    "{}: client id `{}` belongs to {} at {}, and cannot belong to {} as well",
                    two.position(),
                    id.as_str(),
                    a.principal,
                    one.position(),
                    b.principal
                ));
            }
        }
    }
    wrong
}

/// What claims of one identity say differently about it.
pub(super) fn disagreements(group: &[&Placed]) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some((first, rest)) = group.split_first() else { return wrong };
    for other in rest {
        let (a, b) = (&first.claim, &other.claim);
        let differ = |what: &str| {
            format!(
                "{}: {} has another {what} at {}; make both the same",
                other.position(),
                b.principal,
                first.position()
            )
        };
        if a.tenant != b.tenant {
            wrong.push(differ("`tenantId`"));
        }
        if a.client_id.is_some() && b.client_id.is_some() && a.client_id != b.client_id {
            wrong.push(differ("`clientId`"));
        }
        if a.location != b.location {
            wrong.push(differ("`location`"));
        }
    }
    wrong
}

/// Owners and environments that share an identity share its rights.
pub(super) fn mixed(group: &[&Placed]) -> Vec<String> {
    type Field = fn(&Claim) -> Option<&str>;
    let fields: [(&str, Field); 2] =
        [("environments", |claim| claim.environment.as_deref()), ("owners", |claim| claim.owner.as_deref())];
    let mut warnings = Vec::new();
    for (what, field) in fields {
        let values = once(group.iter().filter_map(|placed| field(&placed.claim)));
        if let ([_, _, ..], Some(last)) = (values.as_slice(), group.last()) {
            warnings.push(format!(
                "{}: {} is shared by {what} {}, and each has the rights of all; give each an identity of its own",
                last.position(),
                last.claim.principal,
                values.join(", ")
            ));
        }
    }
    warnings
}

/// Why Azure would refuse `new` beside `known`.
pub(super) fn clash(
    known: &FederatedCredential,
    at: &Placed,
    new: &FederatedCredential,
    placed: &Placed,
) -> Option<String> {
    let here = placed.position();
    if known.issuer == new.issuer && known.account == new.account {
        let how = if known.name == new.name { "claimed" } else { "claimed by two names" };
        return Some(format!(
            "{here}: service account `{}` of issuer {} is {how} at {} already, and Azure takes an issuer and subject once; keep one claim",
            new.account,
            new.issuer,
            at.position()
        ));
    }
    known.name.eq_ignore_ascii_case(&new.name).then(|| {
        format!(
            "{here}: the name `{}` is that of another credential, claimed at {}; choose another",
            new.name,
            at.position()
        )
    })
}

/// `values` in their order, each once.
pub(super) fn once<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}
