//! Sources made of texts.

use super::{Flags, SettingErrors, Settings, Sources};

pub(super) const ID_A: &str = "aaaaaaaa-0000-0000-0000-000000000001";
pub(super) const ID_B: &str = "bbbbbbbb-0000-0000-0000-000000000002";
pub(super) const TENANT: &str = "cccccccc-0000-0000-0000-000000000003";

/// Sources with the file `wisp.toml` of this text, unless it is empty.
pub(super) fn sources(env: &[(&str, &str)], file: &str, flags: Flags) -> Sources {
    let config = (!file.is_empty()).then_some(("WISP_CONFIG", "wisp.toml"));
    let text = file.to_owned();
    let env = env.iter().copied().chain(config).collect();
    Sources::new(flags, env, Box::new(move |_| Ok(text.clone())))
}

/// Loads an environment that names an identity, with `more` on top, and a file.
pub(super) fn load(more: &[(&str, &str)], file: &str) -> Result<Settings, SettingErrors> {
    let mut env = vec![("AZURE_CLIENT_ID", ID_A), ("AZURE_TENANT_ID", TENANT)];
    env.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    env.extend(more);
    sources(&env, file, Vec::new()).load()
}

/// What is wrong with it.
pub(super) fn errors(more: &[(&str, &str)], file: &str) -> String {
    load(more, file).unwrap_err().to_string()
}
