//! Calls about one object, made again while that may help.
//!
//! All changes can be made twice: a patch names what it was made from, a deletion the object's uid, and what is to be made has a name.

use std::time::Duration;

use serde_json::{Value, json};

use crate::operator::cluster::{Api, ApiError, Call, Object, Verb, patiently};

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often a call is made, with a pause between, which doubles.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// Calls to one API server.
pub(super) struct Calls<'a, A> {
    pub api: &'a A,
}

impl<A> Clone for Calls<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Calls<'_, A> {}

impl<A: Api> Calls<'_, A> {
    /// The object; none when there is none.
    pub(super) async fn get(&self, object: &Object) -> Result<Option<Value>, ApiError> {
        match self.call(Verb::Get, object, None).await {
            Ok(found) => Ok(Some(found)),
            Err(ApiError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the object.
    pub(super) async fn create(&self, object: &Object, body: &Value) -> Result<Value, ApiError> {
        self.call(Verb::Create, object, Some(body)).await
    }

    /// Changes the object.
    pub(super) async fn patch(&self, object: &Object, patch: &Value) -> Result<Value, ApiError> {
        self.call(Verb::Patch, object, Some(patch)).await
    }

    /// Deletes the object that was read as `read`, and what it owns. That it is gone already is well.
    pub(super) async fn delete(&self, object: &Object, read: &Value) -> Result<(), ApiError> {
        self.delete_if(object, read, &["uid"]).await
    }

    /// The same, if nobody has written the object since it was read: else there is a conflict.
    pub(super) async fn delete_unchanged(&self, object: &Object, read: &Value) -> Result<(), ApiError> {
        self.delete_if(object, read, &["uid", "resourceVersion"])
            .await
    }

    /// The same, if these fields of its metadata are what was read.
    async fn delete_if(&self, object: &Object, read: &Value, fields: &[&str]) -> Result<(), ApiError> {
        let mut options =
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
        for field in fields {
            if let Some(value) = read
                .get("metadata")
                .and_then(|metadata| metadata.get(field))
            {
                options["preconditions"][field] = value.clone();
            }
        }
        match self.call(Verb::Delete, object, Some(&options)).await {
            Ok(_) | Err(ApiError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn call(&self, verb: Verb, object: &Object, body: Option<&Value>) -> Result<Value, ApiError> {
        let call = Call { verb, object, body, timeout: TIMEOUT };
        let answer = patiently(TRIES, PAUSE, || self.api.call(call)).await;
        answer.map(|answer| answer.object)
    }
}
