//! The checks: their ids, which stay as they are, and what each means.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Level {
    /// It fails, or somebody can get what is not theirs.
    Error,
    /// It works, and somebody should look at it.
    Warning,
}

impl Level {
    /// The level in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! checks {
    ($($name:ident $id:literal $level:ident $meaning:literal;)*) => {
        /// A check.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub(crate) enum Check {
            $(#[doc = $meaning] $name,)*
        }

        impl Check {
            /// All of them, in the order of reports.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// Its id.
            pub(crate) fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// How bad it is.
            pub(crate) fn level(self) -> Level {
                match self { $(Self::$name => Level::$level,)* }
            }

            /// What it means.
            pub(crate) fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

checks! {
    SubjectUnknown "subject-unknown" Error "A credential names a service account that the cluster does not have: who makes one of that name gets the identity";
    SubjectMalformed "subject-malformed" Error "A credential of the cluster's issuer has a subject that no service account can have";
    IssuerSpelling "issuer-spelling" Error "A credential's issuer differs from the cluster's by a slash at the end or by capital letters";
    AudienceWrong "audience-wrong" Error "A credential's audience is none that Entra takes, or it has several";
    CredentialTwice "credential-twice" Error "Two credentials of an identity have one issuer and subject";
    CredentialMissing "credential-missing" Error "A service account names an identity that has no credential for it";
    ClientIdIsPrincipalId "client-id-is-principal-id" Error "A service account names an identity by its principal (object) id";
    RoleGrants "role-grants" Error "An identity can give roles, and so itself every other";
    RoleBroad "role-broad" Error "An identity may do everything in a subscription or a management group";
    EnvironmentShared "environment-shared" Error "Service accounts of several environments are one identity: one environment has the rights of another";
    StaticSecret "static-secret" Error "A workload still has a secret of an application, in a variable, a Secret or a volume; SDKs take it before an identity";
    CredentialNotSeen "credential-not-seen" Warning "A service account names an identity of which no credential was read: it has none, or its list is missing";
    ClientIdUnknown "client-id-unknown" Warning "A service account names an identity that is not in the list of identities";
    CredentialsFull "credentials-full" Warning "An identity holds as many credentials as Azure allows";
    IdentityShared "identity-shared" Warning "Service accounts of several namespaces or clusters are one identity, and have each other's rights";
    StaticKey "static-key" Warning "A workload has an account key, a shared access signature or a connection string: whoever has it needs no identity";
    AccountUnused "account-unused" Warning "A service account with an identity has no pod and no workload";
    DefaultAccount "default-account" Warning "The service account `default`, which pods have that name no other, is an identity";
    RoleWide "role-wide" Warning "An identity has a role for a whole subscription or management group";
}

/// The checks as a Markdown table.
#[cfg(test)]
fn markdown() -> String {
    let row =
        |check: &Check| format!("| `{}` | {} | {} |\n", check.id(), check.level().name(), check.meaning());
    let rows: Vec<_> = Check::ALL.iter().map(row).collect();
    format!("| Id | Level | Meaning |\n|---|---|---|\n{}", rows.concat())
}

#[cfg(test)]
mod tests {
    use super::{Check, markdown};
    use crate::observe::page::page_has;

    #[test]
    fn the_page_has_this_table() {
        page_has("docs/identity.md", "checks", &markdown());
    }

    #[test]
    fn errors_come_first_and_every_id_once() {
        assert!(Check::ALL.is_sorted_by_key(|check| check.level()));
        let mut ids: Vec<_> = Check::ALL.iter().map(|check| check.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Check::ALL.len());
    }
}
