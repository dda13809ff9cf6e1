//! The headers that the guard looks at.

use hyper::{
    Uri, Version,
    header::{HeaderValue, USER_AGENT},
    http::request::Parts,
};

use super::marks::{FETCH_SITE, FORWARDED, FORWARDED_FOR, Mark, ORIGIN, VIA};

/// The header of the IMDS contract, as a header map spells it.
pub(in crate::endpoint) const METADATA: &str = "metadata";

/// What a request says besides its target, found in one pass over the headers: looking each up by name would hash each
/// name, which costs more than comparing the half dozen that clients send.
#[derive(Debug)]
pub(in crate::endpoint) struct GuardHeaders<'a> {
    /// All of it, for what only one dialect looks for.
    pub(super) head: &'a Parts,
    pub(super) metadata: Metadata,
    pub(super) mark: Option<&'static Mark>,
    pub(super) host: Host<'a>,
    pub(super) authority: Authority<'a>,
    /// `x-ms-client-request-id`, unchecked.
    pub(in crate::endpoint) client_request_id: Option<&'a HeaderValue>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Metadata {
    Absent,
    True,
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Host<'a> {
    Absent,
    /// Absent in a version of HTTP that did not ask for it.
    NotNeeded,
    One(&'a HeaderValue),
    Several,
}

/// The authority that the target names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Authority<'a> {
    /// None: the target is a path (RFC 9112 section 3.2.1).
    None,
    /// That of an absolute-form target (section 3.2.2), from a client that takes wisp for its proxy.
    Host(&'a str),
    /// One that no such client sends: not of the scheme `http`, or with a user before the host.
    Odd,
}

impl<'a> Authority<'a> {
    fn of(uri: &'a Uri) -> Self {
        let Some(authority) = uri.authority() else { return Self::None };
        // A tunnel is asked for without a scheme, and refused by its method.
        let is_http = uri.scheme_str().is_none_or(|scheme| scheme == "http");
        if is_http && !authority.as_str().contains('@') { Self::Host(authority.host()) } else { Self::Odd }
    }
}

impl<'a> GuardHeaders<'a> {
    pub(in crate::endpoint) fn read(head: &'a Parts) -> Self {
        let mut guard_headers = Self {
            head,
            metadata: Metadata::Absent,
            mark: None,
            host: if head.version < Version::HTTP_11 { Host::NotNeeded } else { Host::Absent },
            authority: Authority::of(&head.uri),
            client_request_id: None,
        };
        for (name, value) in &head.headers {
            match name.as_str() {
                "host" => {
                    guard_headers.host = match guard_headers.host {
                        Host::Absent | Host::NotNeeded => Host::One(value),
                        Host::One(_) | Host::Several => Host::Several,
                    };
                }
                METADATA => {
                    // `true` in the contract, `True` from google-auth and in Microsoft's samples. Twice is nobody's.
                    let is_true = value.as_bytes().eq_ignore_ascii_case(b"true")
                        && guard_headers.metadata == Metadata::Absent;
                    guard_headers.metadata = if is_true { Metadata::True } else { Metadata::Other };
                }
                "x-ms-client-request-id" => guard_headers.client_request_id = Some(value),
                "x-forwarded-for" => guard_headers.mark = Some(&FORWARDED_FOR),
                "forwarded" => guard_headers.mark = Some(&FORWARDED),
                "via" => guard_headers.mark = Some(&VIA),
                "origin" => guard_headers.mark = Some(&ORIGIN),
                // A page of the same origin cannot be there, and `none` is a person who typed the address.
                "sec-fetch-site" if is_foreign(value) => guard_headers.mark = Some(&FETCH_SITE),
                _ => {}
            }
        }
        guard_headers
    }

    /// The client that sent it.
    pub(in crate::endpoint) fn user_agent(&self) -> Option<&'a HeaderValue> {
        self.head.headers.get(USER_AGENT)
    }

    /// Whether it has the header `Metadata` as the contract wants it.
    pub(in crate::endpoint) fn has_metadata(&self) -> bool {
        self.metadata == Metadata::True
    }
}

fn is_foreign(fetch_site: &HeaderValue) -> bool {
    let site = fetch_site.as_bytes();
    site.eq_ignore_ascii_case(b"cross-site") || site.eq_ignore_ascii_case(b"same-site")
}
