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

    const BEGIN: &str = "<!-- reasons -->\n";
    const END: &str = "<!-- /reasons -->";

    #[test]
    fn documentation_has_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/observability.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (before, rest) = page.split_once(BEGIN).unwrap();
        let (written, after) = rest.split_once(END).unwrap();
        let row = |reason: &Reason| format!("| `{}` | {} |\n", reason.as_str(), reason.meaning());
        let rows: String = Reason::ALL.iter().map(row).collect();
        let table = format!("| Reason | Meaning |\n|---|---|\n{rows}");
        #[expect(clippy::disallowed_methods, reason = "a switch of this test")]
        let update = std::env::var_os("WISP_UPDATE_DOCS").is_some();
        if update {
            std::fs::write(path, format!("{before}{BEGIN}{table}\n{END}{after}")).unwrap();
            return;
        }
        assert!(
            written.trim() == table.trim(),
            "the page differs: run the tests once with WISP_UPDATE_DOCS=1"
        );
    }

    #[test]
    fn a_reason_is_found_at_its_own_place() {
        for (index, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, index);
        }
    }
}
