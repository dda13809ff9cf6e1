//! Why a request is refused, by name.

macro_rules! reasons {
    ($($variant:ident = $name:literal, $meaning:literal;)*) => {
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

            /// What it means, for the documentation.
            #[cfg(test)]
            const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning),*
                }
            }
        }
    };
}

reasons! {
    MetadataHeader = "metadata_header", "no `Metadata: true`: a probe, or a forged request";
    Marked = "proxy_or_browser", "a header that only proxies and browsers send, such as `X-Forwarded-For`";
    Secret = "secret", "the App Service secret is missing or another one";
    NoSecret = "no_secret", "`WISP_IDENTITY_HEADER` is not set";
    Elsewhere = "elsewhere", "the target is another server";
    Host = "host", "the `Host` is not a name of this endpoint";
    ApiVersion = "api_version", "no API version, or an unknown one";
    ResourceMissing = "resource_missing", "no `resource`";
    ResourceMalformed = "resource_malformed", "the `resource` cannot be one";
    Duplicate = "duplicate", "a parameter is given twice, or the identity is named in two ways";
    Encoding = "encoding", "malformed percent-encoding";
    TooLong = "too_long", "query or form are longer than any real one";
    Form = "form", "the body is not a form, or did not arrive whole";
    IdentityUnknown = "identity_unknown", "no configured identity has the name that was asked for";
    IdentityAmbiguous = "identity_ambiguous", "no identity is named, there are several, and there is no default";
    ResourceNotAllowed = "resource_not_allowed", "`WISP_RESOURCES` does not list the resource";
    Loop = "loop", "what wisp passed on came back to it";
    NotServed = "not_served", "a path below `/metadata` that `WISP_INSTANCE_DOCUMENT` and `WISP_PASSTHROUGH` leave unserved";
    NotInDocument = "not_in_document", "the document of `WISP_INSTANCE_DOCUMENT` has nothing at the path";
    UnknownPath = "unknown_path", "nothing is served on the path";
    Method = "method", "the path does not have the method";
    Crowded = "crowded", "as many requests wait as may, by `WISP_MAX_CONNECTIONS`";
    Starting = "starting", "the configuration is not complete yet";
    Ending = "ending", "wisp ends before the answer is there";
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use crate::observe::page::page_has;

    #[test]
    fn documentation_has_this_table() {
        let row = |reason: &Reason| format!("| `{}` | {} |\n", reason.as_str(), reason.meaning());
        let rows: String = Reason::ALL.iter().map(row).collect();
        page_has("docs/observability.md", "reasons", &format!("| Reason | Meaning |\n|---|---|\n{rows}"));
    }

    #[test]
    fn a_reason_is_found_at_its_own_place() {
        for (index, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, index);
        }
    }
}
