//! Names learned from tokens: the object id and the resource id that Entra put into a token of a known client id.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;

use super::comparison::compared;
use crate::{
    exchange::{Exchange, Key},
    failure::Failure,
    jwt,
    names::ClientId,
    token::Token,
};

/// How many identities names are kept for. More than any pod has; the bound guards against the absurd.
const MAX_IDENTITIES: usize = 256;

/// The longest name kept, in bytes. An Azure resource id has at most a few hundred.
const MAX_NAME: usize = 512;

/// The names learned so far. Outlives a [`super::Registry`], so that new configuration does not forget them.
#[derive(Debug, Default)]
pub(crate) struct Learned(RwLock<HashMap<ClientId, Names>>);

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Names {
    object_id: Option<String>,
    resource_id: Option<String>,
}

impl Learned {
    /// Notes what `token`, issued to `client_id`, says about that identity.
    ///
    /// Tokens are meant for their resource and need not be readable: one that is not a JWT teaches nothing.
    pub(crate) fn learn(&self, client_id: &ClientId, token: &Token) {
        let Ok(claims) = jwt::peek(token.secret.expose()) else { return };
        let short = |name: &String| name.len() <= MAX_NAME;
        let names = Names {
            object_id: claims
                .object_id
                .filter(short)
                .map(|id| id.to_ascii_lowercase()),
            resource_id: claims.mi_resource_id.filter(short).map(|id| compared(&id)),
        };
        if names == Names::default() || self.knows(client_id, &names) {
            return;
        }
        let mut known = self.0.write();
        if known.len() >= MAX_IDENTITIES && !known.contains_key(client_id) {
            return;
        }
        let entry = known.entry(client_id.clone()).or_default();
        entry.object_id = names.object_id.or_else(|| entry.object_id.take());
        entry.resource_id = names.resource_id.or_else(|| entry.resource_id.take());
    }

    pub(super) fn with_object_id(&self, id: &str) -> Option<ClientId> {
        let id = id.to_ascii_lowercase();
        self.find(|names| names.object_id.as_deref() == Some(id.as_str()))
    }

    pub(super) fn with_resource_id(&self, id: &str) -> Option<ClientId> {
        let id = compared(id);
        self.find(|names| names.resource_id.as_deref() == Some(id.as_str()))
    }

    pub(super) fn knows_object_id_of(&self, client_id: &ClientId) -> bool {
        self.has(client_id, |names| names.object_id.is_some())
    }

    pub(super) fn knows_resource_id_of(&self, client_id: &ClientId) -> bool {
        self.has(client_id, |names| names.resource_id.is_some())
    }

    fn has(&self, client_id: &ClientId, name: impl Fn(&Names) -> bool) -> bool {
        let known = self.0.read();
        known.get(client_id).is_some_and(name)
    }

    fn find(&self, matches: impl Fn(&Names) -> bool) -> Option<ClientId> {
        let known = self.0.read();
        known
            .iter()
            .find(|(_, names)| matches(names))
            .map(|(id, _)| id.clone())
    }

    fn knows(&self, client_id: &ClientId, names: &Names) -> bool {
        let known = self.0.read();
        known.get(client_id) == Some(names)
    }
}

/// An exchange whose tokens teach names.
///
/// Only configured identities ever reach an exchange, so only they are learned about.
#[derive(Debug)]
pub(crate) struct Learning<E> {
    inner: E,
    learned: Arc<Learned>,
}

impl<E: Exchange> Learning<E> {
    /// Lets `learned` listen to `inner`.
    pub(crate) const fn new(inner: E, learned: Arc<Learned>) -> Self {
        Self { inner, learned }
    }
}

impl<E: Exchange> Exchange for Learning<E> {
    async fn exchange(&self, key: &Key) -> Result<Token, Failure> {
        let result = self.inner.exchange(key).await;
        if let Ok(token) = &result {
            self.learned.learn(&key.client_id, token);
        }
        result
    }

    fn credential_version(&self) -> u64 {
        self.inner.credential_version()
    }
}

#[cfg(test)]
mod tests {
    use super::{Learned, Learning, MAX_IDENTITIES};
    use crate::{
        clock::UnixTime,
        exchange::{Exchange, Key},
        failure::Failure,
        identity::{Entry, LookupError, Registry, Rules, Selection},
        names::ClientId,
        token::{Secret, Token},
    };
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use std::{sync::Arc, time::Duration};

    const ID: &str = "aaaaaaaa-1111-2222-3333-444444444444";
    const ARM: &str = "/subscriptions/s/resourcegroups/g/providers/x/userAssignedIdentities/api";

    fn token(payload: &str) -> Token {
        Token {
            secret: Secret::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))),
            requested_at: UnixTime::from_secs(0),
            expires_at: UnixTime::from_secs(3600),
            extended_lifetime: Duration::from_secs(3600),
            refresh_in: None,
            correlation_id: None,
        }
    }

    struct Issues(Token);

    impl Exchange for Issues {
        async fn exchange(&self, _: &Key) -> Result<Token, Failure> {
            Ok(self.0.clone())
        }

        fn credential_version(&self) -> u64 {
            7
        }
    }

    fn registry(object_id: Option<&str>, learned: &Arc<Learned>) -> Registry {
        let entry = Entry {
            name: "api".into(),
            client_id: ID.parse().unwrap(),
            tenant: "contoso.com".parse().unwrap(),
            object_id: object_id.map(Into::into),
            resource_id: None,
        };
        let rules = Rules {
            authority: "https://login.microsoftonline.com".parse().unwrap(),
            via_token_proxy: false,
            default: Some(entry.client_id.clone()),
            resources: Vec::new(),
        };
        Registry::new(vec![entry], rules, Arc::clone(learned))
    }

    #[tokio::test]
    async fn an_issued_token_teaches_names_of_its_identity() {
        let learned = Arc::new(Learned::default());
        let registry = registry(None, &learned);
        let resource: crate::names::Resource = "api://x".parse().unwrap();
        let by_object = Selection::ObjectId("0B1E");
        assert_eq!(registry.resolve(&by_object, &resource), Err(LookupError::Unknown));

        let issued = token(&format!(r#"{{"oid":"0b1e","xms_mirid":"{ARM}"}}"#));
        let exchange = Learning::new(Issues(issued), Arc::clone(&learned));
        let key = registry
            .resolve(&Selection::Default, &resource)
            .unwrap()
            .key(resource.clone());
        exchange.exchange(&key).await.unwrap();

        assert!(registry.resolve(&by_object, &resource).is_ok());
        assert!(
            registry
                .resolve(&Selection::ResourceId(&ARM.to_uppercase()), &resource)
                .is_ok()
        );
        assert_eq!(exchange.credential_version(), 7);
    }

    #[test]
    fn configuration_wins_over_what_was_learned() {
        let learned = Arc::new(Learned::default());
        learned.learn(&ID.parse().unwrap(), &token(r#"{"oid":"learned"}"#));
        let registry = registry(Some("configured"), &learned);
        let resource = "api://x".parse().unwrap();
        assert!(
            registry
                .resolve(&Selection::ObjectId("configured"), &resource)
                .is_ok()
        );
        assert_eq!(registry.resolve(&Selection::ObjectId("learned"), &resource), Err(LookupError::Unknown));
    }

    #[test]
    fn what_is_learned_about_a_stranger_opens_nothing() {
        let learned = Arc::new(Learned::default());
        let stranger = "bbbbbbbb-1111-2222-3333-444444444444".parse().unwrap();
        learned.learn(&stranger, &token(r#"{"oid":"0b1e"}"#));
        let registry = registry(None, &learned);
        let resource = "api://x".parse().unwrap();
        assert_eq!(registry.resolve(&Selection::ObjectId("0b1e"), &resource), Err(LookupError::Unknown));
    }

    #[test]
    fn an_opaque_token_teaches_nothing_and_the_memory_is_bounded() {
        let learned = Learned::default();
        let opaque = Token { secret: Secret::new("opaque".into()), ..token("{}") };
        learned.learn(&ID.parse().unwrap(), &opaque);
        assert_eq!(learned.0.read().len(), 0);
        for n in 1..=MAX_IDENTITIES + 9 {
            let id: ClientId = format!("{n:08x}-1111-2222-3333-444444444444")
                .parse()
                .unwrap();
            learned.learn(&id, &token(r#"{"oid":"x"}"#));
        }
        assert_eq!(learned.0.read().len(), MAX_IDENTITIES);
    }
}
