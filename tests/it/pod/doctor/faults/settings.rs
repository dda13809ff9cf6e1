//! Faults of the settings.

use super::{Case, Setup};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a variable is misspelt",
        check: "settings",
        provoke: |_| Setup::variable("WISP_LISTN", "127.0.0.1:1"),
    },
    Case {
        name: "a value is out of bounds",
        check: "settings",
        provoke: |_| Setup::variable("WISP_CACHE_TOKENS", "0"),
    },
    Case {
        name: "the settings file is not there",
        check: "settings",
        provoke: |_| Setup::variable("WISP_CONFIG", "/nonexistent/wisp.toml"),
    },
    Case {
        name: "the root certificates are none",
        check: "settings",
        provoke: |patient| {
            let file = patient.file("roots", b"hello");
            Setup::variable("WISP_CA_FILE", file.to_str().unwrap())
        },
    },
    Case {
        name: "the proxy is no URL, and has a password",
        check: "settings",
        provoke: |_| Setup::variable("HTTPS_PROXY", "ftp://user:hunter2@proxy"),
    },
    Case {
        name: "the pod has no label, so no client id",
        check: "identities",
        provoke: |_| Setup::variable("AZURE_CLIENT_ID", ""),
    },
    Case {
        name: "the tenant is missing",
        check: "identities",
        provoke: |_| Setup::variable("AZURE_TENANT_ID", ""),
    },
    Case {
        name: "an identity is asked for that there is not",
        check: "identities",
        provoke: |_| Setup::arguments(&["--identity", "nobody"]),
    },
];
