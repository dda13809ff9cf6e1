//! The table of identities: its three notations, and its entries.

use std::net::SocketAddr;

use figment::{
    providers::{Format, Toml},
    value::{Dict, Value},
};

use super::{
    Identity,
    keys::{CLIENT_ID, DEFAULT_IDENTITY, IDENTITIES, IDENTITY_LISTEN, TENANT_ID},
    layers::text,
    nearest::nearest_of,
    parse,
    problem::Problem,
    reader::{Reader, sketch},
};
use crate::{
    failure::one_line,
    names::{ClientId, TenantId},
};

/// The fields of an entry.
const FIELDS: [&str; 4] = ["client_id", "tenant_id", "object_id", "resource_id"];

/// Reads the table from one variable or flag: TOML inline or JSON.
pub(super) fn from_text(text: &str) -> Result<Dict, String> {
    if text.trim().is_empty() {
        return Ok(Dict::new());
    }
    let toml = Toml::from_str::<Dict>(&format!("value = {}", text.trim()));
    let value = match toml {
        Ok(mut document) if document.len() == 1 => document
            .remove("value")
            .unwrap_or_else(|| Dict::new().into()),
        Ok(_) => return Err("expected one table or array, nothing after it".into()),
        Err(toml) => serde_json::from_str(text).map_err(|json| {
            format!(
                "expected {}; not TOML ({}), not JSON ({json})",
                IDENTITIES.accepts,
                one_line(toml.message())
            )
        })?,
    };
    by_name(value)
}

/// Turns an array of entries with a `name` into a table, so that layers merge entry by entry.
pub(super) fn by_name(value: Value) -> Result<Dict, String> {
    let entries = match value {
        Value::Dict(_, entries) => return Ok(entries),
        Value::Array(_, entries) => entries,
        _ => return Err(format!("expected {}", IDENTITIES.accepts)),
    };
    let mut table = Dict::new();
    for entry in entries {
        let Value::Dict(tag, mut fields) = entry else {
            return Err("expected only tables in the array".into());
        };
        let name = fields
            .remove("name")
            .or_else(|| fields.get("client_id").cloned());
        let Some(name) = name.as_ref().and_then(text) else {
            return Err("expected a `name` or a `client_id` in each entry of the array".into());
        };
        if table
            .insert(name.clone(), Value::Dict(tag, fields))
            .is_some()
        {
            return Err(format!("`{name}` is there twice"));
        }
    }
    Ok(table)
}

/// The identities that may be asked for: the one of `client_id` first, then the table's by name.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<Identity> {
    let own = reader.one(&CLIENT_ID, parse::name::<ClientId>);
    let tenant = reader.one(&TENANT_ID, parse::name::<TenantId>);
    let entries = entries(reader, tenant.as_ref());
    let Some(client_id) = own else {
        return entries;
    };
    let listed = |identity: &Identity| identity.client_id == client_id;
    let (mut identities, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(listed);
    if identities.is_empty()
        && let Some(tenant_id) = tenant.or_else(|| missing_tenant(reader, CLIENT_ID.name))
    {
        let name = client_id.to_string();
        identities.push(Identity { name, client_id, tenant_id, object_id: None, resource_id: None });
    }
    identities.extend(others);
    identities
}

/// The identity of requests that name none: the one that was chosen, else that of `client_id`, else the only one.
pub(super) fn default(reader: &mut Reader<'_>, identities: &[Identity]) -> Option<ClientId> {
    let client_id = |identity: &Identity| identity.client_id.clone();
    let chosen = reader.one(&DEFAULT_IDENTITY, |text| Ok(text.to_owned()));
    let Some(chosen) = chosen else {
        let own = reader
            .one(&CLIENT_ID, |text| Ok(text.parse::<ClientId>().ok()))
            .flatten();
        return own.or_else(|| if let [only] = identities { Some(client_id(only)) } else { None });
    };
    let named = |identity: &&Identity| {
        identity.name == chosen || chosen.eq_ignore_ascii_case(identity.client_id.as_str())
    };
    let found = identities.iter().find(named).map(client_id);
    let sound = [CLIENT_ID.name, IDENTITIES.name, TENANT_ID.name]
        .iter()
        .all(|name| reader.is_sound(name));
    if found.is_none() && sound && reader.is_whole() {
        let names: Vec<_> = identities
            .iter()
            .map(|identity| format!("`{}`", identity.name))
            .collect();
        let reason = match names.as_slice() {
            [] => "there are no identities".into(),
            names => format!("expected one of {}", names.join(", ")),
        };
        reader.refuse(&DEFAULT_IDENTITY, &chosen, reason);
    }
    found
}

/// Where requests that name no identity mean one that is told there.
pub(super) fn listeners(reader: &mut Reader<'_>, identities: &[Identity]) -> Vec<(ClientId, SocketAddr)> {
    let pairs = reader.list(&IDENTITY_LISTEN, |text| {
        let (name, address) = text
            .rsplit_once('=')
            .ok_or_else(|| parse::expected(&IDENTITY_LISTEN))?;
        Ok((name.trim().to_owned(), parse::loopback(&IDENTITY_LISTEN, address.trim())?))
    });
    let mut listeners = Vec::new();
    for (name, address) in pairs {
        let named = |identity: &&Identity| {
            identity.name == name || name.eq_ignore_ascii_case(identity.client_id.as_str())
        };
        match identities.iter().find(named) {
            Some(identity) => listeners.push((identity.client_id.clone(), address)),
            // That there are none is told elsewhere.
            None if identities.is_empty() || !reader.is_whole() => {}
            None => {
                let names: Vec<_> = identities
                    .iter()
                    .map(|identity| format!("`{}`", identity.name))
                    .collect();
                let reason = format!("expected one of {} before the `=`", names.join(", "));
                reader.refuse(&IDENTITY_LISTEN, &format!("{name}={address}"), reason);
            }
        }
    }
    listeners
}

fn entries(reader: &mut Reader<'_>, common_tenant: Option<&TenantId>) -> Vec<Identity> {
    let layers = reader.layers();
    let Some(Value::Dict(_, table)) = layers.get(&IDENTITIES).map(|found| found.value) else {
        return Vec::new();
    };
    let mut identities = Vec::new();
    for (name, entry) in table {
        let setting = format!("{}.{name}", IDENTITIES.name);
        let Value::Dict(_, fields) = entry else {
            let origin = layers.found(entry).origin;
            reader.invalid(
                &setting,
                &text(entry).unwrap_or_else(|| sketch(entry).into()),
                origin,
                "expected a table",
            );
            continue;
        };
        if name.is_empty() || !parse::is_label(name) {
            let origin = layers.found(entry).origin;
            reader.invalid(IDENTITIES.name, name, origin, "expected names of 1 to 128 printable characters");
        }
        for (field, value) in fields
            .iter()
            .filter(|(field, _)| !FIELDS.contains(&field.as_str()))
        {
            reader.push(Problem::Unknown {
                what: format!("key of `{setting}` in {}", layers.found(value).origin),
                name: field.clone(),
                meant: nearest_of(field, &FIELDS).map(Into::into),
            });
        }
        let client_id = reader.field(&setting, fields, "client_id", parse::name::<ClientId>);
        let tenant = reader.field(&setting, fields, "tenant_id", parse::name::<TenantId>);
        let object_id = reader.field(&setting, fields, "object_id", parse::guid);
        let resource_id = reader.field(&setting, fields, "resource_id", parse::arm_id);
        if client_id.is_none() && !fields.contains_key("client_id") {
            reader.missing(&format!("{setting}.client_id"), "every identity needs its client id, a GUID");
        }
        let tenant = tenant
            .or_else(|| common_tenant.cloned())
            .or_else(|| missing_tenant(reader, &setting));
        if let (Some(client_id), Some(tenant_id)) = (client_id, tenant) {
            identities.push(Identity { name: name.clone(), client_id, tenant_id, object_id, resource_id });
        }
    }
    identities
}

/// Says once that a tenant is missing, unless one is there that is not usable.
fn missing_tenant(reader: &mut Reader<'_>, of: &str) -> Option<TenantId> {
    if reader.is_whole() && reader.is_sound(TENANT_ID.name) && reader.is_sound(&format!("{of}.tenant_id")) {
        reader.missing(
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

    use super::from_text;
    use crate::settings::sources::testing::{ID_A, ID_B, TENANT, errors, load};

    #[test]
    fn three_notations_say_the_same() {
        let expected = from_text("{a = {client_id = 'x'}, b = {client_id = 'y'}}").unwrap();
        for text in [
            r#"{"a": {"client_id": "x"}, "b": {"client_id": "y"}}"#,
            "[{name = 'a', client_id = 'x'}, {name = 'b', client_id = 'y'}]",
            r#"
            [
              {"name": "a", "client_id": "x"},
              {"name": "b", "client_id": "y"}
            ]
            "#,
        ] {
            let table = from_text(text).unwrap();
            assert_eq!(format!("{table:?}"), format!("{expected:?}"), "{text}");
        }
    }

    #[test]
    fn entries_without_a_name_are_named_by_their_client_id() {
        let table = from_text("[{client_id = 'x'}]").unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), ["x"]);
    }

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
        let wrong = |text: &str| errors(&[("WISP_IDENTITY_LISTEN", text)], &two);
        insta::assert_snapshot!(wrong("127.0.0.1:4256"), @"`identity_listen` cannot be `127.0.0.1:4256` (from environment WISP_IDENTITY_LISTEN): expected a comma-separated list of an identity and a loopback address with port each, such as orders=127.0.0.1:4256");
        insta::assert_snapshot!(wrong("orders=10.0.0.1:4256"), @"`identity_listen` cannot be `orders=10.0.0.1:4256` (from environment WISP_IDENTITY_LISTEN): tokens are served on loopback only; expected a comma-separated list of an identity and a loopback address with port each, such as orders=127.0.0.1:4256");
        insta::assert_snapshot!(wrong("order=127.0.0.1:4256"), @"`identity_listen` cannot be `order=127.0.0.1:4256` (from environment WISP_IDENTITY_LISTEN): expected one of `orders`, `billing` before the `=`");
        insta::assert_snapshot!(wrong("orders=127.0.0.1:4254,billing=127.0.0.1:4255"), @"
`identity_listen` cannot be `127.0.0.1:4254` (from environment WISP_IDENTITY_LISTEN): it is taken by `listen` or by another identity; choose another port
`identity_listen` cannot be `127.0.0.1:4255` (from environment WISP_IDENTITY_LISTEN): `admin_listen` has the same port; choose another one
");
        insta::assert_snapshot!(wrong("orders=127.0.0.1:4256,billing=127.0.0.1:4256"), @"`identity_listen` cannot be `127.0.0.1:4256` (from environment WISP_IDENTITY_LISTEN): it is taken by `listen` or by another identity; choose another port");
        insta::assert_snapshot!(wrong("orders=127.0.0.1:40342"), @"`identity_listen` cannot be `127.0.0.1:40342` (from environment WISP_IDENTITY_LISTEN): clients take a machine that listens on port 40342 for an Azure Arc server; choose another port");
        let nine: Vec<_> = (5000..5009)
            .map(|port| format!("orders=127.0.0.1:{port}"))
            .collect();
        insta::assert_snapshot!(wrong(&nine.join(",")), @"`identity_listen` cannot be `127.0.0.1:5008` (from environment WISP_IDENTITY_LISTEN): there are 9 of them; expected at most 8");
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
            .map(|i| format!("{} {} {:?}", i.name, i.tenant_id, i.object_id))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        aaaaaaaa-0000-0000-0000-000000000001 cccccccc-0000-0000-0000-000000000003 None
        a contoso.com Some("aaaaaaaa-0000-0000-0000-000000000001")
        b cccccccc-0000-0000-0000-000000000003 None
        "#);
        let wrong = format!("{{a = {{tenant_id = 'x y', client_id = ['{ID_B}']}}, c = 3}}");
        insta::assert_snapshot!(errors(&[("WISP_IDENTITIES", &wrong)], &file), @"
        `identities.a.client_id` cannot be `[…]` (from environment WISP_IDENTITIES): expected text
        `identities.a.tenant_id` cannot be `x y` (from environment WISP_IDENTITIES): expected a tenant's GUID or its domain name
        `identities.c` cannot be `3` (from environment WISP_IDENTITIES): expected a table
        ");
    }

    proptest! {
        #[test]
        fn nothing_panics(table in any::<String>(), file in r#"([a-z_\[\]{}='",0-9. \n]|client_id|identities|listen)*"#) {
            let _ = from_text(&table);
            let _ = load(&[("WISP_IDENTITIES", &table), ("WISP_LISTEN", &table), ("HTTPS_PROXY", &table)], &file);
        }
    }

    #[test]
    fn bad_tables_are_refused() {
        insta::assert_snapshot!(from_text("[{}]").unwrap_err(), @"expected a `name` or a `client_id` in each entry of the array");
        insta::assert_snapshot!(from_text("[1]").unwrap_err(), @"expected only tables in the array");
        insta::assert_snapshot!(from_text("1").unwrap_err(), @r#"expected identities by name, as a TOML inline table or JSON object such as `{app = {client_id = "…", tenant_id = "…", object_id = "…", resource_id = "…"}}`, or an array of such entries with a `name`"#);
        insta::assert_snapshot!(from_text("{a = {}}\nx = 1").unwrap_err(), @"expected one table or array, nothing after it");
        insta::assert_snapshot!(from_text("[{name = 'a'}, {name = 'a'}]").unwrap_err(), @"`a` is there twice");
        insta::assert_snapshot!(from_text("{a: b}").unwrap_err(), @r#"expected identities by name, as a TOML inline table or JSON object such as `{app = {client_id = "…", tenant_id = "…", object_id = "…", resource_id = "…"}}`, or an array of such entries with a `name`; not TOML (expected `.`, `=`), not JSON (key must be a string at line 1 column 2)"#);
    }
}
