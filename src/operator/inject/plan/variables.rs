//! The variables of the application's containers.

use serde_json::{Value, json};

use super::{Draft, shape::label};
use crate::operator::edit::{Edit, is_empty, join};
use crate::operator::inject::{
    Diagnostic,
    additions::{self, NO_PROXY},
    container::Container,
    options::{Mode, Options},
    recipients::gets_variables,
    settings::identities,
};

impl Draft<'_> {
    /// The variables of the application's containers.
    pub(super) fn variables(&mut self, containers: &[Container<'_>], options: &Options) {
        if !options.mode.sets_variables() {
            return;
        }
        let ports = identities::ports(options, self.template.get("spec").unwrap_or(&Value::Null));
        self.record.identity_ports = ports.iter().map(|(_, port)| *port).collect();
        for container in containers {
            if !gets_variables(container, options) {
                continue;
            }
            let port = identities::port_of(options, &ports, container.name);
            let mut new = additions::variables(options.mode, port, &options.variables);
            self.refuse_set(container, &new);
            if options.mode == Mode::HttpProxy {
                let direct = additions::direct(options);
                for name in NO_PROXY {
                    self.direct(container, name, &direct, &mut new);
                }
                self.record.no_proxy = Some(direct);
            }
            self.items(&container.at, "env", new);
        }
    }

    /// A variable that is set already would hide ours, or be lost.
    fn refuse_set(&mut self, container: &Container<'_>, new: &[Value]) {
        for variable in new {
            let name = variable
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let spellings =
                [name.to_owned(), if name == "http_proxy" { "HTTP_PROXY" } else { name }.to_owned()];
            let Some((index, set)) = set_variables(container).find(|(_, set)| {
                set.get("name")
                    .and_then(Value::as_str)
                    .is_some_and(|set| spellings.iter().any(|s| s == set))
            }) else {
                continue;
            };
            let set = set.get("name").and_then(Value::as_str).unwrap_or_default();
            let text = format!(
                "container `{}` sets `{set}` itself, which wisp needs to set; remove it, leave the container out with \
                 `wisp/containers`, or use another mode",
                container.name
            );
            self.diagnostics
                .push(Diagnostic::new(join(&join(&container.at, "env"), index), text));
        }
    }

    /// Lets `direct` be reached without the proxy: by a variable of our own, or by more text in the one that is there.
    fn direct(&mut self, container: &Container<'_>, name: &str, direct: &str, new: &mut Vec<Value>) {
        let set = set_variables(container).find(|(_, set)| set.get("name") == Some(&name.into()));
        let Some((index, set)) = set else {
            new.push(json!({"name": name, "value": direct}));
            return;
        };
        let at = join(&join(&container.at, "env"), index);
        let value = join(&at, "value");
        match set.get("value") {
            // An API server drops the value of a variable that is empty.
            None if set.get("valueFrom").is_none_or(is_empty) => {
                self.record.unset.push(label(self.template, &value));
                self.edits.push(Edit::Add {
                    at,
                    key: "value".to_owned(),
                    value: json!(format!(",{direct}")),
                });
            }
            Some(Value::Null) if set.get("valueFrom").is_none_or(is_empty) => {
                self.note_if_empty(&value);
                self.edits
                    .push(Edit::Fill { at: value, value: json!(format!(",{direct}")) });
            }
            Some(Value::String(hosts)) if !hosts.split(',').any(covers_imds) => {
                let suffix = format!(",{direct}");
                self.edits.push(Edit::Extend { at: value, suffix });
            }
            Some(Value::String(_)) => {
                let text = format!(
                    "container `{}` lists 169.254.169.254 in `{name}`, so its requests would not come to wisp; remove it there, \
                     or use another mode",
                    container.name
                );
                self.diagnostics.push(Diagnostic::new(at, text));
            }
            _ => {
                let text = format!(
                    "container `{}` takes `{name}` from elsewhere, so nothing can be added to it; write it out, or use another \
                     mode",
                    container.name
                );
                self.diagnostics.push(Diagnostic::new(at, text));
            }
        }
    }
}

/// The variables that a container sets, with their places in its list.
fn set_variables<'a>(container: &Container<'a>) -> impl Iterator<Item = (usize, &'a Value)> {
    let list = container.value.get("env").and_then(Value::as_array);
    list.into_iter().flatten().enumerate()
}

fn covers_imds(host: &str) -> bool {
    let host = host.trim();
    host == "*" || host.starts_with("169.254.")
}
