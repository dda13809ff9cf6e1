//! The clients, each by its public constructors.

use std::{collections::HashMap, error::Error, sync::Arc};

use azure_core::credentials::TokenCredential;
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use http::{
    Request,
    header::{AUTHORIZATION, HeaderMap},
};
use object_store::azure::{AzureConfigKey, AzureCredential, MicrosoftAzure, MicrosoftAzureBuilder};
use reqsign_azure_storage::{ImdsCredentialProvider, RequestSigner};
use reqsign_core::{Context, OsEnv, Signer, StaticEnv};
use reqsign_http_send_reqwest::ReqwestHttpSend;
use serde::Deserialize;

pub type Failure = Box<dyn Error + Send + Sync>;

/// A token, and when it expires in seconds since 1970 where the client tells.
pub type Token = (String, Option<i64>);

/// How a user-assigned identity is named.
#[derive(Deserialize)]
pub enum Identity {
    #[serde(rename = "client_id")]
    Client(String),
    #[serde(rename = "object_id")]
    Object(String),
    #[serde(rename = "resource_id")]
    Resource(String),
}

#[derive(Clone, Copy)]
pub enum Client {
    AzureIdentity,
    ObjectStore,
    Reqsign,
}

#[derive(Clone)]
pub enum Credential {
    AzureIdentity(Arc<ManagedIdentityCredential>),
    ObjectStore(MicrosoftAzure),
    Reqsign(Signer<reqsign_azure_storage::Credential>),
}

/// The clients speak plain HTTP here, but they do not start without a provider of cryptography.
pub fn trust_ring() {
    // Fails only where there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Client {
    pub fn named(name: &str) -> Result<Self, Failure> {
        match name {
            "azure_identity" => Ok(Self::AzureIdentity),
            "object_store" => Ok(Self::ObjectStore),
            "reqsign-azure-storage" => Ok(Self::Reqsign),
            _ => Err(format!("the first argument says which client to play, and {name:?} is none").into()),
        }
    }

    pub fn credential(self, identity: Option<&Identity>) -> Result<Credential, Failure> {
        Ok(match self {
            Self::AzureIdentity => Credential::AzureIdentity(azure_identity(identity)?),
            Self::ObjectStore => Credential::ObjectStore(object_store(identity)?),
            Self::Reqsign => Credential::Reqsign(reqsign(identity)),
        })
    }
}

impl Credential {
    /// Asks once. The clients of the storage service choose the resource themselves.
    pub async fn token(&self, resource: &str) -> Result<Token, Failure> {
        match self {
            Self::AzureIdentity(credential) => {
                let scope = format!("{resource}/.default");
                let token = credential.get_token(&[&scope], None).await?;
                Ok((token.token.secret().to_owned(), Some(token.expires_on.unix_timestamp())))
            }
            Self::ObjectStore(store) => match store.credentials().get_credential().await?.as_ref() {
                AzureCredential::BearerToken(token) => Ok((token.clone(), None)),
                other => Err(format!("not a token: {other:?}").into()),
            },
            Self::Reqsign(signer) => {
                let (mut request, ()) = Request::get("https://account.blob.core.windows.net/container/blob")
                    .body(())?
                    .into_parts();
                signer.sign(&mut request, None).await?;
                Ok((bearer(&request.headers)?, None))
            }
        }
    }
}

fn azure_identity(identity: Option<&Identity>) -> azure_core::Result<Arc<ManagedIdentityCredential>> {
    let user_assigned_id = identity.map(|identity| match identity {
        Identity::Client(id) => UserAssignedId::ClientId(id.clone()),
        Identity::Object(id) => UserAssignedId::ObjectId(id.clone()),
        Identity::Resource(id) => UserAssignedId::ResourceId(id.clone()),
    });
    ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
        user_assigned_id,
        ..ManagedIdentityCredentialOptions::default()
    }))
}

fn object_store(identity: Option<&Identity>) -> object_store::Result<MicrosoftAzure> {
    let builder = MicrosoftAzureBuilder::from_env()
        .with_account("account")
        .with_container_name("container");
    let builder = match identity {
        Some(Identity::Client(id)) => builder.with_config(AzureConfigKey::ClientId, id),
        Some(Identity::Object(id)) => builder.with_config(AzureConfigKey::ObjectId, id),
        Some(Identity::Resource(id)) => builder.with_config(AzureConfigKey::MsiResourceId, id),
        None => builder,
    };
    builder.build()
}

/// Reads its configuration from the environment only, the identity too.
fn reqsign(identity: Option<&Identity>) -> Signer<reqsign_azure_storage::Credential> {
    let identity = identity.map(|identity| match identity {
        Identity::Client(id) => ("AZURE_CLIENT_ID", id),
        Identity::Object(id) => ("AZURE_OBJECT_ID", id),
        Identity::Resource(id) => ("AZURE_MSI_RES_ID", id),
    });
    let mut envs: HashMap<_, _> = Context::new().with_env(OsEnv).env_vars();
    envs.extend(identity.map(|(name, id)| (name.to_owned(), id.clone())));
    let context = Context::new()
        .with_env(StaticEnv { home_dir: None, envs })
        .with_http_send(ReqwestHttpSend::default());
    Signer::new(context, ImdsCredentialProvider::new(), RequestSigner::new())
}

fn bearer(headers: &HeaderMap) -> Result<String, Failure> {
    let value = headers
        .get(AUTHORIZATION)
        .ok_or("the request was not signed")?;
    let token = value
        .to_str()?
        .strip_prefix("Bearer ")
        .ok_or("not signed with a token")?;
    Ok(token.to_owned())
}
