//! From layers to [`Settings`].

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{
    Errors, ImdsListen, Layers, LogFormat, LogIdentifiers, Problem, Settings, TokenProxy, checks, identities,
    keys::{self, Accepts, Key},
    parse,
    reader::Reader,
};
use crate::names::{Authority, Resource};

impl Settings {
    /// Types and checks the values of `layers`. `problems` are those of reading the layers.
    pub(super) fn from_layers(layers: &Layers, problems: Vec<Problem>) -> Result<Self, Errors> {
        let mut reader = Reader::new(layers, problems);
        let settings = Self::read(&mut reader);
        if let Some(settings) = &settings {
            checks::run(&mut reader, settings);
        }
        reader.finish(settings)
    }

    /// Reads every value. Where one is not usable the reader knows a problem, and what stands here instead is never
    /// seen.
    fn read(r: &mut Reader<'_>) -> Option<Self> {
        let identities = identities::read(r);
        let authority = r.one(&keys::AUTHORITY, parse::name::<Authority>);
        Some(Self {
            default_identity: identities::default(r, &identities),
            identities,
            resources: r.list(&keys::RESOURCES, parse::name::<Resource>),
            token_file: path(r, &keys::TOKEN_FILE).unwrap_or_default(),
            token_proxy: token_proxy(r),
            ca_file: path(r, &keys::CA_FILE),
            ssl_cert_file: path(r, &keys::SSL_CERT_FILE),
            https_proxy: r.one(&keys::HTTPS_PROXY, |text| parse::proxy_url(&keys::HTTPS_PROXY, text)),
            no_proxy: r.list(&keys::NO_PROXY, |text| Ok(text.to_owned())),
            listen: r.list(&keys::LISTEN, |text| parse::loopback(&keys::LISTEN, text)),
            imds_listen: word(r, &keys::IMDS_LISTEN, &[ImdsListen::Auto, ImdsListen::Off]),
            admin_listen: admin_listen(r),
            hosts: r.list(&keys::HOSTS, |text| parse::host(&keys::HOSTS, text)),
            prefetch: r.list(&keys::PREFETCH, parse::name::<Resource>),
            ready_after_prefetch: r
                .one(&keys::READY_AFTER_PREFETCH, |text| parse::boolean(&keys::READY_AFTER_PREFETCH, text))
                .unwrap_or_default(),
            request_budget: duration(r, &keys::REQUEST_BUDGET),
            connect_timeout: duration(r, &keys::CONNECT_TIMEOUT),
            attempt_timeout: duration(r, &keys::ATTEMPT_TIMEOUT),
            propagation_grace: duration(r, &keys::PROPAGATION_GRACE),
            max_connections: number(r, &keys::MAX_CONNECTIONS),
            header_timeout: duration(r, &keys::HEADER_TIMEOUT),
            cache_tokens: number(r, &keys::CACHE_TOKENS),
            cache_bytes: number(r, &keys::CACHE_BYTES),
            new_keys_per_minute: number(r, &keys::NEW_KEYS_PER_MINUTE),
            new_keys_burst: number(r, &keys::NEW_KEYS_BURST),
            drain_timeout: duration(r, &keys::DRAIN_TIMEOUT),
            log: parse::targets(&r.list(&keys::LOG, |text| parse::level(&keys::LOG, text))),
            log_format: word(r, &keys::LOG_FORMAT, &[LogFormat::Json, LogFormat::Text]),
            log_identifiers: word(r, &keys::LOG_IDENTIFIERS, &[LogIdentifiers::Hashed, LogIdentifiers::Full]),
            cluster: r.one(&keys::CLUSTER, |text| parse::label(&keys::CLUSTER, text)),
            // The last one, so that the others have been read when it is missing.
            authority: authority?,
        })
    }
}

/// Where metrics and probes are answered, for `wisp probe`, which needs nothing else.
pub(super) fn admin_listen(r: &mut Reader<'_>) -> Option<SocketAddr> {
    r.one(&keys::ADMIN_LISTEN, |text| match text {
        "off" => Ok(None),
        _ => parse::address(&keys::ADMIN_LISTEN, text).map(Some),
    })
    .flatten()
}

fn token_proxy(r: &mut Reader<'_>) -> Option<TokenProxy> {
    let url = r.one(&keys::TOKEN_PROXY, |text| parse::token_proxy_url(&keys::TOKEN_PROXY, text));
    let proxy = TokenProxy {
        url: url.clone().unwrap_or_default(),
        sni_name: r.one(&keys::TOKEN_PROXY_SNI_NAME, |text| parse::host(&keys::TOKEN_PROXY_SNI_NAME, text)),
        ca_file: path(r, &keys::TOKEN_PROXY_CA_FILE),
        ca_data: r.one(&keys::TOKEN_PROXY_CA_DATA, |text| parse::pem(&keys::TOKEN_PROXY_CA_DATA, text)),
    };
    checks::token_proxy(r, &proxy);
    url.map(|_| proxy)
}

fn path(r: &mut Reader<'_>, key: &Key) -> Option<PathBuf> {
    r.one(key, |text| if text.is_empty() { Err(parse::expected(key)) } else { Ok(PathBuf::from(text)) })
}

fn duration(r: &mut Reader<'_>, key: &Key) -> Duration {
    r.one(key, |text| parse::duration(key, text))
        .unwrap_or_default()
}

fn number<T: TryFrom<u64> + Default>(r: &mut Reader<'_>, key: &Key) -> T {
    r.one(key, |text| T::try_from(parse::number(key, text)?).map_err(|_| parse::expected(key)))
        .unwrap_or_default()
}

/// The meaning of a word: `meanings` are in the order of the words that the table lists. The first is also what stands
/// in for a word that was refused.
fn word<T: Copy>(r: &mut Reader<'_>, key: &Key, meanings: &[T; 2]) -> T {
    let [first, _] = *meanings;
    let Accepts::OneOf(words) = key.accepts else {
        return first;
    };
    r.one(key, |text| {
        let mut pairs = words.iter().zip(meanings);
        pairs
            .find(|(word, _)| **word == text)
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| parse::expected(key))
    })
    .unwrap_or(first)
}
