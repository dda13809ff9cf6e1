//! Why a request is refused, by name.

macro_rules! reasons {
    ($($variant:ident = $name:literal, $meaning:literal, $fix:literal;)*) => {
        /// The bounded vocabulary of the `reason` log field and metric label.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub(crate) enum Reason {
            $(#[doc = $meaning] $variant),*
        }

        impl Reason {
            /// Every reason, for building bounded tables.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// The reason as it stands in logs and metrics.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            /// What it means.
            #[cfg(any(test, feature = "wispctl"))]
            pub(crate) const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning),*
                }
            }

            /// What to do about it.
            #[cfg(any(test, feature = "wispctl"))]
            pub(crate) const fn fix(self) -> &'static str {
                match self {
                    $(Self::$variant => $fix),*
                }
            }
        }
    };
}

reasons! {
    MetadataHeader = "metadata_header", "no `Metadata: true`: a probe, or a forged request",
        "send the header `Metadata: true`; a probe without it needs nothing";
    Marked = "proxy_or_browser", "a header that only proxies and browsers send, such as `X-Forwarded-For`",
        "ask without a proxy: 169.254.169.254 and 127.0.0.1 belong into `NO_PROXY`";
    Secret = "secret", "the App Service secret is missing or another one",
        "give wisp and the application the same value, in `WISP_IDENTITY_HEADER` and `IDENTITY_HEADER` (or `MSI_SECRET`)";
    NoSecret = "no_secret", "`WISP_IDENTITY_HEADER` is not set",
        "set it, or remove `IDENTITY_ENDPOINT`, `IDENTITY_HEADER`, `MSI_ENDPOINT` and `MSI_SECRET` from the application";
    Elsewhere = "elsewhere", "the target is another server",
        "do not use wisp as `http_proxy` for other hosts";
    Host = "host", "the `Host` is not a name of this endpoint",
        "ask by 169.254.169.254 or loopback, or add the name to `WISP_HOSTS`";
    ApiVersion = "api_version", "no API version, or an unknown one",
        "ask with a version of the metadata service, such as 2018-02-01";
    ResourceMissing = "resource_missing", "no `resource`",
        "name what the token is for, such as `https://vault.azure.net`";
    ResourceMalformed = "resource_malformed", "the `resource` cannot be one",
        "give an App ID URI or a GUID, without white space";
    Duplicate = "duplicate", "a parameter is given twice, or the identity is named in two ways",
        "give each parameter once, and name the identity in one way";
    Encoding = "encoding", "malformed percent-encoding",
        "encode the query as URLs are";
    TooLong = "too_long", "query or form are longer than any real one",
        "ask with fewer and shorter parameters";
    Form = "form", "the body is not a form, or did not arrive whole",
        "send it whole, as `application/x-www-form-urlencoded`";
    IdentityUnknown = "identity_unknown", "no configured identity has the name that was asked for",
        "add the identity to `WISP_IDENTITIES`, or look in the application for another `AZURE_CLIENT_ID`, or an object id in its place";
    IdentityAmbiguous = "identity_ambiguous", "no identity is named, there are several, and there is no default",
        "name one, or set `WISP_DEFAULT_IDENTITY`; if the log of wisp has no such line, the node's own service answered: the redirect is missing";
    ResourceNotAllowed = "resource_not_allowed", "`WISP_RESOURCES` does not list the resource",
        "add it there";
    Loop = "loop", "what wisp passed on came back to it",
        "give `wisp redirect` the arguments `--mode nft --passthrough-uid` and the user of wisp, or empty `WISP_PASSTHROUGH`";
    NotServed = "not_served", "a path below `/metadata` that `WISP_INSTANCE_DOCUMENT` and `WISP_PASSTHROUGH` leave unserved",
        "set one of them where the application needs the path";
    NotInDocument = "not_in_document", "the document of `WISP_INSTANCE_DOCUMENT` has nothing at the path",
        "add it there";
    UnknownPath = "unknown_path", "nothing is served on the path",
        "ask on a path that hands out tokens";
    Method = "method", "the path does not have the method",
        "use one that the header `Allow` of the answer names";
    Crowded = "crowded", "as many requests wait as may, by `WISP_MAX_CONNECTIONS`",
        "raise it where clients need that many at once";
    Starting = "starting", "the configuration is not complete yet",
        "ask again in a moment; if it lasts, do what `/readyz` names as pending";
    Ending = "ending", "wisp ends before the answer is there",
        "nothing, unless applications need tokens while the pod ends: `WISP_LINGER`";
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use crate::observe::page::page_has;

    #[test]
    fn documentation_has_this_table() {
        let row = |reason: &Reason| {
            format!("| `{}` | {} | {} |\n", reason.as_str(), reason.meaning(), reason.fix())
        };
        let rows: String = Reason::ALL.iter().map(row).collect();
        page_has(
            "docs/observability.md",
            "reasons",
            &format!("| Reason | Meaning | What to do |\n|---|---|---|\n{rows}"),
        );
    }

    #[test]
    fn a_reason_is_found_at_its_own_place() {
        for (index, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, index);
        }
    }
}
