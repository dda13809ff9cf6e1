//! The raw inputs, kept so that they can be read again.

use std::net::SocketAddr;

use super::{
    Env, Flags, Layers, SettingError, SettingErrors, Settings, identities,
    keys::{ADMIN_LISTEN, KEYS, Key, ROWS},
    layers::{DEFAULT, ReadFile},
    loader::{Extent, Loader},
    rules,
};

/// Flags, environment and the way to read the file.
///
/// Flags and environment do not change while the process runs, the file may: each [`Sources::load`] reads it anew.
pub struct Sources {
    flags: Flags,
    env: Env,
    read_file: Box<ReadFile>,
}

impl Sources {
    /// Keeps the inputs. `read_file` gets the path of the settings file as it was given.
    pub fn new(flags: Flags, env: Env, read_file: Box<ReadFile>) -> Self {
        Self { flags, env, read_file }
    }

    /// Reads all layers and checks them. Every error is reported, not only the first.
    pub fn load(&self) -> Result<Settings, SettingErrors> {
        let (layers, errors) = self.layers();
        load(Loader::new(&layers, errors)).finish()
    }

    /// The settings, as far as nothing is wrong with them, and what is. What is wrong or missing stands there as something that
    /// means nothing.
    pub fn read(&self) -> (Settings, Vec<SettingError>) {
        let (layers, errors) = self.layers();
        load(Loader::new(&layers, errors)).into_parts()
    }

    /// The settings whose values are not defaults, by their names, each with where it comes from.
    pub fn given(&self) -> Vec<(&'static str, String)> {
        let (layers, _) = self.layers();
        let origin = |key: &&'static Key| {
            let origin = layers.get(key)?.origin;
            (origin != DEFAULT).then(|| (key.name, origin.to_owned()))
        };
        KEYS.iter().filter_map(origin).collect()
    }

    /// What is wrong with them, as far as that can be told when they are all there is, or a part of it.
    pub fn errors(&self, extent: Extent) -> Vec<SettingError> {
        let (layers, errors) = self.layers();
        load(Loader::new(&layers, errors).with_extent(extent)).into_errors()
    }

    /// Where the value of `key` comes from; none where no layer gives one.
    pub fn origin(&self, key: &Key) -> Option<String> {
        let (layers, _) = self.layers();
        layers.get(key).map(|found| found.origin.to_owned())
    }

    /// Where metrics and probes are answered, whatever the other settings are; `None` is nowhere.
    pub fn admin_listen(&self) -> Result<Option<SocketAddr>, SettingErrors> {
        let (layers, _) = self.layers();
        let mut loader = Loader::new(&layers, Vec::new());
        load_alone(&mut loader, &ADMIN_LISTEN);
        loader.finish().map(|settings| settings.admin_listen)
    }

    /// `NO_COLOR`, which is a wish for all programs of a terminal and no setting of this one.
    pub fn no_color(&self) -> Option<&str> {
        self.env.get("NO_COLOR")
    }

    /// The layers unchecked, for printing them, and what could not be read of them.
    pub fn layers(&self) -> (Layers, Vec<SettingError>) {
        Layers::read(KEYS, &self.flags, &self.env, &*self.read_file)
    }
}

/// Reads every setting.
fn load(mut loader: Loader<'_>) -> Loader<'_> {
    for load in ROWS.iter().filter_map(|row| row.load) {
        load(&mut loader);
    }
    identities::load(&mut loader);
    rules::excuse_unused(&mut loader);
    if loader.is_whole() {
        rules::check(&mut loader);
    }
    loader
}

/// Reads one setting by its row, or with the others that say it together.
pub(super) fn load_alone(loader: &mut Loader<'_>, key: &Key) {
    let row = ROWS.iter().find(|row| row.key.name == key.name);
    match row.and_then(|row| row.load) {
        Some(load) => load(loader),
        None => identities::load(loader),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use parking_lot::Mutex;

    use super::Sources;
    use crate::settings::{
        Env,
        keys::{Accepts, *},
        show_duration,
        testing::*,
    };

    #[test]
    fn later_layers_override_earlier_ones() {
        let listen = |env: &[(&str, &str)], file: &str, flag: Option<&str>| {
            let base = [("AZURE_CLIENT_ID", ID_A), ("AZURE_TENANT_ID", TENANT)];
            let env: Vec<_> = base.iter().chain(env).copied().collect();
            let flags = flag
                .map(|flag| (&CACHE_TOKENS, flag.to_owned()))
                .into_iter()
                .collect();
            sources(&env, file, flags).load().unwrap().broker.max_tokens
        };
        assert_eq!(listen(&[], "", None), 128);
        assert_eq!(listen(&[], "cache_tokens = 1", None), 1);
        assert_eq!(listen(&[("WISP_CACHE_TOKENS", "2")], "cache_tokens = 1", None), 2);
        assert_eq!(listen(&[("WISP_CACHE_TOKENS", "2")], "cache_tokens = 1", Some("3")), 3);
    }

    #[test]
    fn the_file_is_read_anew_each_time() {
        let texts = Mutex::new(vec!["cache_tokens = 2", "cache_tokens = 1"]);
        let read = move |_: &std::path::Path| Ok(texts.lock().pop().unwrap().to_owned());
        let env = [("AZURE_CLIENT_ID", ID_A), ("AZURE_TENANT_ID", TENANT)];
        let flags = vec![(&CONFIG, "wisp.toml".to_owned())];
        let sources = Sources::new(flags, Env::from_iter(env), Box::new(read));
        assert_eq!(sources.load().unwrap().broker.max_tokens, 1);
        assert_eq!(sources.load().unwrap().broker.max_tokens, 2);
    }

    #[test]
    fn every_setting_that_needs_a_restart_is_named_when_it_changes() {
        let started = load(&[], "").unwrap();
        let other = |key: &Key| match key.accepts {
            Accepts::Bool => "true".to_owned(),
            Accepts::Count(low, _) | Accepts::Size(low, _) => low.to_string(),
            Accepts::Duration(_, high) => show_duration(high),
            Accepts::OneOf(values) => values[1].to_owned(),
            Accepts::List(_) | Accepts::Table(_) | Accepts::Text(_) => match key.name {
                "admin_listen" => "off".to_owned(),
                "hosts" => "other.example".to_owned(),
                "identity_listen" => format!("{ID_A}=127.0.0.1:1"),
                "listen" => "127.0.0.1:1".to_owned(),
                name => panic!("which other value has {name}?"),
            },
        };
        let needing = ROWS.iter().filter(|row| row.fixed.is_some());
        for key in needing.map(|row| row.key) {
            let changed = load(&[(key.variable(), &other(key))], "").unwrap();
            assert_eq!(started.fixed_but_changed_in(&changed), [key.name]);
        }
        assert!(
            started.fixed_but_changed_in(&load(&[("WISP_LOG_FORMAT", "text")], "").unwrap())
                == ["log_format"]
        );
        let changed = load(&[("WISP_CONNECT_TIMEOUT", "3s"), ("WISP_LOG", "warn")], "").unwrap();
        assert!(started.fixed_but_changed_in(&changed).is_empty());
    }

    #[test]
    fn empty_standard_variables_are_not_set() {
        let settings = load(
            &[
                ("AZURE_AUTHORITY_HOST", ""),
                ("AZURE_FEDERATED_TOKEN_FILE", ""),
                ("AZURE_KUBERNETES_TOKEN_PROXY", ""),
                ("AZURE_KUBERNETES_SNI_NAME", ""),
                ("HTTPS_PROXY", ""),
                ("https_proxy", "http://lower:1"),
            ],
            "token_file = '/from/file'",
        )
        .unwrap();
        assert_eq!(settings.rules.authority.as_str(), "https://login.microsoftonline.com");
        assert_eq!(settings.entra.token_file.to_str(), Some("/from/file"));
        assert_eq!(settings.entra.token_proxy, None);
        assert_eq!(settings.entra.https_proxy.unwrap().to_string(), "http://lower:1");
    }

    #[test]
    fn own_variables_may_empty_a_list_but_not_a_value() {
        assert_eq!(
            load(&[("WISP_RESOURCES", "")], "resources = ['a']")
                .unwrap()
                .rules
                .resources,
            []
        );
        insta::assert_snapshot!(errors(&[("WISP_CACHE_TOKENS", ""), ("WISP_LOG", "")], ""), @"
        `cache_tokens` cannot be `` (from environment WISP_CACHE_TOKENS): expected a whole number from 1 to 65536
        `log` cannot be `` (from environment WISP_LOG): expected a comma-separated list of levels (`off`, `error`, `warn`, `info`, `debug`, `trace`), each alone or as `target=level`
        ");
    }

    #[test]
    fn unknown_names_are_errors_with_a_guess() {
        insta::assert_snapshot!(
            errors(
                &[("WISP_LISTN", "1"), ("WISP_TENANT_ID", "x"), ("WISP_PORT", "4254"), ("wisp_lower", "ignored")],
                "listn = 1\nconfig = 'x'\n[identities.a]\nclientid = 'x'"
            ),
            @"
        unknown key in file wisp.toml: `config`; `wisp serve --help` lists the settings
        unknown key in file wisp.toml: `listn`; did you mean `listen`?
        unknown environment variable: `WISP_LISTN`; did you mean `WISP_LISTEN`?
        unknown environment variable: `WISP_PORT`; `wisp serve --help` lists the settings
        unknown environment variable: `WISP_TENANT_ID`; did you mean `AZURE_TENANT_ID`?
        unknown key of `identities.a` in file wisp.toml: `clientid`; did you mean `client_id`?
        `identities.a.client_id` is not set: every identity needs its client id, a GUID
        "
        );
    }

    #[test]
    fn variables_of_services_are_ignored() {
        load(
            &[
                ("WISP_SERVICE_HOST", "10.0.0.1"),
                ("WISP_SERVICE_PORT", "80"),
                ("WISP_PORT", "tcp://10.0.0.1:80"),
                ("WISP_PORT_80_TCP_ADDR", "10.0.0.1"),
                ("WISP_METRICS_SERVICE_PORT_HTTP", "80"),
            ],
            "",
        )
        .unwrap();
    }

    #[test]
    fn files_that_cannot_be_read_are_errors() {
        insta::assert_snapshot!(errors(&[], "log = 'info'\ncache_tokens = = 1 # hunter2"), @r#"cannot read settings file wisp.toml (from environment WISP_CONFIG): line 2: invalid string, expected `"`, `'`"#);
        let missing = |_: &std::path::Path| Err(io::ErrorKind::NotFound.into());
        let flags = vec![(&CONFIG, "/etc/wisp.toml".to_owned())];
        let error = Sources::new(
            flags,
            Env::from_iter([("AZURE_CLIENT_ID", ID_A), ("AZURE_TENANT_ID", TENANT)]),
            Box::new(missing),
        );
        insta::assert_snapshot!(error.load().unwrap_err(), @"cannot read settings file /etc/wisp.toml (from flag --config): entity not found");
    }

    #[test]
    fn the_environment_shows_no_values() {
        assert_eq!(format!("{:?}", Env::from_iter([("TOKEN", "hunter2")])), "{\"TOKEN\"}");
    }
}
