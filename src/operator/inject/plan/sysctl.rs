//! The port of the metadata service, which a sidecar that is not root may have only if the pod says so.

use serde_json::{Value, json};

use super::Draft;
use crate::operator::edit::{Step, get, is_empty, join};
use crate::operator::inject::{
    Diagnostic,
    additions::{self, FIRST_PORT, IMDS_PORT},
};

impl Draft<'_> {
    /// Lets every user of the pod listen on port 80, as the address on `lo` needs.
    pub(super) fn open_port(&mut self, spec: &[Step]) {
        let context = join(spec, "securityContext");
        match get(self.template, &context) {
            Some(Value::Object(map)) if !map.is_empty() => {}
            there if there.is_none_or(is_empty) => {
                self.record.sysctl = true;
                self.entries(
                    spec,
                    "securityContext",
                    vec![("sysctls".to_owned(), json!([additions::sysctl()]))],
                );
                return;
            }
            _ => {
                self.diagnostics
                    .push(Diagnostic::new(context, "`securityContext` must be a mapping"));
                return;
            }
        }
        let at = join(&context, "sysctls");
        let list = get(self.template, &at).and_then(Value::as_array);
        let named = |item: &Value| item.get("name") == Some(&FIRST_PORT.into());
        let Some(index) = list.and_then(|list| list.iter().position(named)) else {
            self.record.sysctl = true;
            self.items(&context, "sysctls", vec![additions::sysctl()]);
            return;
        };
        let item = join(&at, index);
        let value = get(self.template, &join(&item, "value")).unwrap_or(&Value::Null);
        let first = value.as_str().and_then(|text| text.parse::<u16>().ok());
        if first.is_none_or(|first| first > IMDS_PORT) {
            let text = format!(
                "sysctl `{FIRST_PORT}` is {value}, and `redirect` `lo` needs it at \"{IMDS_PORT}\" or less; change it, or use `redirect` \
                 `nft`"
            );
            self.diagnostics.push(Diagnostic::new(item, text));
        }
    }
}
