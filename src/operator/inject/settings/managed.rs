//! Settings that are not said as such, because injection has a better way to say them.

use crate::settings::keys::{self, Key};

/// Why a setting is not said by its value, and what says it.
pub(super) fn instead(key: &Key) -> Option<&'static str> {
    MANAGED
        .iter()
        .find(|(managed, _)| managed.name == key.name)
        .map(|(_, instead)| *instead)
}

/// Whether others have to know `key` too, so that no object may say it.
pub(super) fn is_shared(key: &Key) -> bool {
    [&keys::LISTEN, &keys::ADMIN_LISTEN, &keys::IDENTITY_LISTEN]
        .iter()
        .any(|shared| shared.name == key.name)
}

/// Whether the value of `key` is the path of a file.
pub(super) fn is_file(key: &Key) -> bool {
    key.placeholder == "FILE"
}

const MANAGED: &[(&Key, &str)] = &[
    (&keys::CLIENT_ID, "use the choice `client-id`"),
    (&keys::TENANT_ID, "use the choice `tenant-id`"),
    (&keys::AUTHORITY, "use the choice `authority`"),
    (&keys::TOKEN_FILE, "injection mounts the token; the choice `token` selects which"),
    (&keys::LISTEN, "the application has to ask at the same address; the choice `token-port` sets both"),
    (&keys::ADMIN_LISTEN, "the probes have to ask at the same address; the choice `admin-port` sets both"),
    (
        &keys::IDENTITY_LISTEN,
        "the containers have to ask at the same addresses; the choice `container-identities` sets both",
    ),
    (
        &keys::IDENTITY_HEADER,
        "a secret does not belong in a manifest: mode `env` takes the pod's UID, and \
         `--file WISP_IDENTITY_HEADER_FILE=secret/NAME/KEY` takes one from a Secret",
    ),
];
