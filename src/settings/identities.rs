//! The identities: those of the table, the one of `client_id`, and what is said of them elsewhere by their names.

use std::net::SocketAddr;

use figment::value::Value;

use super::{
    error::SettingError,
    keys::{CLIENT_ID, DEFAULT_IDENTITY, IDENTITIES, IDENTITY_LISTEN, TENANT_ID},
    loader::Loader,
    parse,
    suggest::suggest_word,
    value::{placeholder, text},
};
use crate::{
    identity::Entry,
    names::{ClientId, TenantId},
    visible::{TOKEN, holds_token},
};

/// The fields of an entry.
const FIELDS: [&str; 4] = ["client_id", "tenant_id", "object_id", "resource_id"];

/// Reads the settings that are about identities, once the client id and the tenant are known.
pub(super) fn load(loader: &mut Loader<'_>) {
    let identities = identities(loader);
    loader.settings.rules.default = default(loader, &identities);
    loader.settings.identity_listen = listeners(loader, &identities);
    loader.settings.identities = identities;
}

/// The identities that may be asked for: the one of `client_id` first, then the table's by name.
fn identities(loader: &mut Loader<'_>) -> Vec<Entry> {
    let entries = entries(loader);
    let Some(client_id) = loader.settings.client_id.clone() else {
        return entries;
    };
    let listed = |entry: &Entry| entry.client_id == client_id;
    let (mut identities, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(listed);
    if identities.is_empty()
        && let Some(tenant) = tenant(loader, CLIENT_ID.name)
    {
        let name = client_id.to_string();
        identities.push(Entry { name, client_id, tenant, object_id: None, resource_id: None });
    }
    identities.extend(others);
    identities
}

/// The identity of requests that name none: the one that was chosen, else that of `client_id`, else the only one.
fn default(loader: &mut Loader<'_>, identities: &[Entry]) -> Option<ClientId> {
    let Some(chosen) = loader.one(&DEFAULT_IDENTITY, |text| Ok(text.to_owned())) else {
        let only = || if let [only] = identities { Some(only.client_id.clone()) } else { None };
        return loader.settings.client_id.clone().or_else(only);
    };
    let found = named(identities, &chosen);
    let is_valid = [&CLIENT_ID, &IDENTITIES, &TENANT_ID]
        .iter()
        .all(|key| loader.is_valid(key.name));
    if found.is_none() && is_valid && loader.is_whole() {
        let reason = match identities {
            [] => "there are no identities".into(),
            identities => format!("expected one of {}", names(identities)),
        };
        loader.refuse(&DEFAULT_IDENTITY, &chosen, reason);
    }
    found
}

/// Where requests that name no identity mean one that is told there.
fn listeners(loader: &mut Loader<'_>, identities: &[Entry]) -> Vec<(ClientId, SocketAddr)> {
    let pairs = loader.list(&IDENTITY_LISTEN, |text| {
        let (name, address) = text
            .rsplit_once('=')
            .ok_or_else(|| IDENTITY_LISTEN.expected())?;
        Ok((name.trim().to_owned(), parse::loopback(&IDENTITY_LISTEN, address.trim())?))
    });
    let mut listeners = Vec::new();
    for (name, address) in pairs {
        match named(identities, &name) {
            Some(client_id) => listeners.push((client_id, address)),
            // That there are none is told elsewhere.
            None if identities.is_empty() || !loader.is_whole() => {}
            None => {
                let reason = format!("expected one of {} before the `=`", names(identities));
                loader.refuse(&IDENTITY_LISTEN, &format!("{name}={address}"), reason);
            }
        }
    }
    listeners
}

/// The client id of the identity with this name or client id.
fn named(identities: &[Entry], name: &str) -> Option<ClientId> {
    let is_meant = |entry: &&Entry| entry.name == name || name.eq_ignore_ascii_case(entry.client_id.as_str());
    identities
        .iter()
        .find(is_meant)
        .map(|entry| entry.client_id.clone())
}

fn names(identities: &[Entry]) -> String {
    let names: Vec<_> = identities
        .iter()
        .map(|entry| format!("`{}`", entry.name))
        .collect();
    names.join(", ")
}

/// The entries of the table. One that is no identity is left out.
fn entries(loader: &mut Loader<'_>) -> Vec<Entry> {
    let layers = loader.layers();
    let Some(Value::Dict(_, table)) = layers.get(&IDENTITIES).map(|found| found.value) else {
        return Vec::new();
    };
    let mut identities = Vec::new();
    for (name, entry) in table {
        if holds_token(name) {
            let origin = layers.found(entry).origin;
            loader.invalid_at(IDENTITIES.name, TOKEN, origin, "it holds a token in the place of a name");
            continue;
        }
        let setting = format!("{}.{name}", IDENTITIES.name);
        let Value::Dict(_, fields) = entry else {
            let origin = layers.found(entry).origin;
            loader.invalid_at(
                &setting,
                &text(entry).unwrap_or_else(|| placeholder(entry).into()),
                origin,
                "expected a table",
            );
            continue;
        };
        if name.is_empty() || !parse::is_label(name) {
            let origin = layers.found(entry).origin;
            loader.invalid_at(
                IDENTITIES.name,
                name,
                origin,
                "expected names of 1 to 128 printable characters",
            );
        }
        for (field, value) in fields
            .iter()
            .filter(|(field, _)| !FIELDS.contains(&field.as_str()))
        {
            loader.push(SettingError::Unknown {
                what: format!("key of `{setting}` in {}", layers.found(value).origin),
                name: field.clone(),
                meant: suggest_word(field, &FIELDS).map(Into::into),
            });
        }
        let client_id = loader.field((&IDENTITIES, &setting), fields, "client_id", parse::name::<ClientId>);
        let own_tenant = loader.field((&IDENTITIES, &setting), fields, "tenant_id", parse::name::<TenantId>);
        let object_id = loader.field((&IDENTITIES, &setting), fields, "object_id", parse::guid);
        let resource_id = loader.field((&IDENTITIES, &setting), fields, "resource_id", parse::arm_id);
        if client_id.is_none() && !fields.contains_key("client_id") {
            loader.missing(&format!("{setting}.client_id"), "every identity needs its client id, a GUID");
        }
        let tenant = own_tenant.or_else(|| tenant(loader, &setting));
        if let (Some(client_id), Some(tenant)) = (client_id, tenant) {
            identities.push(Entry { name: name.clone(), client_id, tenant, object_id, resource_id });
        }
    }
    identities
}

/// The common tenant. Says once that it is missing, unless one is there that is invalid.
fn tenant(loader: &mut Loader<'_>, of: &str) -> Option<TenantId> {
    if loader.settings.tenant_id.is_some() {
        return loader.settings.tenant_id.clone();
    }
    if loader.is_whole() && loader.is_valid(TENANT_ID.name) && loader.is_valid(&format!("{of}.tenant_id")) {
        loader.missing(
            TENANT_ID.name,
            &format!(
                "`{of}` needs a tenant; set AZURE_TENANT_ID (the workload identity webhook does where the pod template \
                 has the label azure.workload.identity/use=true), --tenant-id, or `tenant_id` in the file"
            ),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use crate::settings::testing::{ID_A, ID_B, TENANT, errors, load};

    #[test]
    fn identities_may_have_listeners_of_their_own() {
        let two =
            format!("[identities.orders]\nclient_id = '{ID_A}'\n[identities.billing]\nclient_id = '{ID_B}'");
        let listeners = |text: &str| {
            let listeners = load(&[("WISP_IDENTITY_LISTEN", text)], &two)
                .unwrap()
                .identity_listen;
            let shown: Vec<_> = listeners
                .iter()
                .map(|(id, address)| format!("{id} {address}"))
                .collect();
            shown.join("\n")
        };
        assert_eq!(listeners(""), "");
        let by_client_id = format!("billing=127.0.0.1:4256, {}=[::1]:4257", ID_A.to_uppercase());
        assert_eq!(listeners(&by_client_id), format!("{ID_B} 127.0.0.1:4256\n{ID_A} [::1]:4257"));
        let invalid = |text: &str| errors(&[("WISP_IDENTITY_LISTEN", text)], &two);
        insta::assert_snapshot!(invalid("127.0.0.1:4256"), @"`identity_listen` cannot be `127.0.0.1:4256` (from environment WISP_IDENTITY_LISTEN): expected a comma-separated list of an identity and a loopback address with port each, such as orders=127.0.0.1:4256");
        insta::assert_snapshot!(invalid("orders=10.0.0.1:4256"), @"`identity_listen` cannot be `orders=10.0.0.1:4256` (from environment WISP_IDENTITY_LISTEN): tokens are served on loopback only; expected a comma-separated list of an identity and a loopback address with port each, such as orders=127.0.0.1:4256");
        insta::assert_snapshot!(invalid("order=127.0.0.1:4256"), @"`identity_listen` cannot be `order=127.0.0.1:4256` (from environment WISP_IDENTITY_LISTEN): expected one of `orders`, `billing` before the `=`");
        insta::assert_snapshot!(invalid("orders=127.0.0.1:4254,billing=127.0.0.1:4255"), @"
`identity_listen` cannot be `127.0.0.1:4254` (from environment WISP_IDENTITY_LISTEN): it is taken by `listen` or by another identity; choose another port
`identity_listen` cannot be `127.0.0.1:4255` (from environment WISP_IDENTITY_LISTEN): `admin_listen` has the same port; choose another one
");
        insta::assert_snapshot!(invalid("orders=127.0.0.1:4256,billing=127.0.0.1:4256"), @"`identity_listen` cannot be `127.0.0.1:4256` (from environment WISP_IDENTITY_LISTEN): it is taken by `listen` or by another identity; choose another port");
        insta::assert_snapshot!(invalid("orders=127.0.0.1:40342"), @"`identity_listen` cannot be `127.0.0.1:40342` (from environment WISP_IDENTITY_LISTEN): clients take a machine that listens on port 40342 for an Azure Arc server; choose another port");
        let nine: Vec<_> = (5000..5009)
            .map(|port| format!("orders=127.0.0.1:{port}"))
            .collect();
        insta::assert_snapshot!(invalid(&nine.join(",")), @"`identity_listen` cannot be `127.0.0.1:5008` (from environment WISP_IDENTITY_LISTEN): there are 9 of them; expected at most 8");
    }

    #[test]
    fn names_are_printable() {
        let file =
            format!("[identities]\n'' = {{client_id = '{ID_B}'}}\n\"a\\nb\" = {{client_id = '{TENANT}'}}");
        insta::assert_snapshot!(errors(&[], &file), @r#"
        `identities` cannot be `` (from file wisp.toml): expected names of 1 to 128 printable characters
        `identities` cannot be `a\nb` (from file wisp.toml): expected names of 1 to 128 printable characters
        "#);
    }

    #[test]
    fn variables_add_to_the_file() {
        let file = format!("[identities.a]\nclient_id = '{ID_B}'\nobject_id = '{ID_A}'");
        let more = format!(
            r#"{{"a": {{"tenant_id": "contoso.com"}}, "b": {{"client_id": "{TENANT}", "object_id": null}}}}"#
        );
        let identities = load(&[("WISP_IDENTITIES", &more)], &file)
            .unwrap()
            .identities;
        let shown: Vec<_> = identities
            .iter()
            .map(|i| format!("{} {} {:?}", i.name, i.tenant, i.object_id))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        aaaaaaaa-0000-0000-0000-000000000001 cccccccc-0000-0000-0000-000000000003 None
        a contoso.com Some("aaaaaaaa-0000-0000-0000-000000000001")
        b cccccccc-0000-0000-0000-000000000003 None
        "#);
        let invalid = format!("{{a = {{tenant_id = 'x y', client_id = ['{ID_B}']}}, c = 3}}");
        insta::assert_snapshot!(errors(&[("WISP_IDENTITIES", &invalid)], &file), @"
        `identities.a.client_id` cannot be `[…]` (from environment WISP_IDENTITIES): expected text
        `identities.a.tenant_id` cannot be `x y` (from environment WISP_IDENTITIES): expected a tenant's GUID or its domain name
        `identities.c` cannot be `3` (from environment WISP_IDENTITIES): expected a table
        ");
    }

    proptest! {
        #[test]
        fn nothing_panics(table in any::<String>(), file in r#"([a-z_\[\]{}='",0-9. \n]|client_id|identities|listen)*"#) {
            let _ = load(&[("WISP_IDENTITIES", &table), ("WISP_LISTEN", &table), ("HTTPS_PROXY", &table)], &file);
        }
    }
}
