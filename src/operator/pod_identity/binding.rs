//! AzureIdentityBinding: which pods have an identity.

use serde_json::Value;

use super::{
    ObjectName,
    fields::{Fields, shown},
};

/// The longest value of a label, in bytes.
const LONGEST_VALUE: usize = 63;

/// An AzureIdentityBinding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AzureIdentityBinding {
    /// Its name.
    pub name: ObjectName,
    /// The value that a pod's label has to have, to the letter.
    pub selector: String,
    /// The name of the AzureIdentity in the same namespace, or why there is none.
    pub identity: Result<String, String>,
}

impl AzureIdentityBinding {
    /// Reads `object`, which is called `name`; an error is the reason why it selects no pod.
    pub(crate) fn read(object: &Value, name: ObjectName) -> Result<Self, String> {
        let fields = Fields::of(object)?;
        let selector = fields
            .exact("selector")?
            .ok_or("it has no `selector`, so it selects nothing")?;
        if !is_label_value(selector) {
            return Err(format!(
                "`selector` cannot be `{}`: no label has such a value, so it selects nothing",
                shown(selector)
            ));
        }
        let identity = match fields.exact("azureIdentity") {
            Ok(Some(identity)) => Ok(identity.to_owned()),
            Ok(None) => Err("it has no `azureIdentity`; add the name of one".to_owned()),
            Err(reason) => Err(reason),
        };
        Ok(Self { name, selector: selector.to_owned(), identity })
    }
}

fn is_label_value(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric();
    text.len() <= LONGEST_VALUE
        && text.bytes().next().is_some_and(is_inner)
        && text.bytes().last().is_some_and(is_inner)
        && text
            .bytes()
            .all(|byte| is_inner(byte) || matches!(byte, b'-' | b'_' | b'.'))
}
