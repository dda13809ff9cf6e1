//! What wisp itself says before it serves.

use super::{Phrase, phrase};
use crate::doctor::table::pod::{LISTENER, SETTINGS};

pub(super) const PHRASES: &[Phrase] = &[
    phrase(
        "wisp",
        &[
            "unknown environment variable: ~~ lists the settings",
            "unknown environment variable: ~~ did you mean",
            "unknown key in file",
            "cannot be ~~ (from environment ~~): expected",
            "cannot be ~~ (from file ~~): expected",
            "cannot be ~~ (from flag ~~): expected",
            "cannot read settings file",
        ],
        "A setting cannot be used, and wisp does not start with half of its settings.",
        "Correct it where the message says it came from; wisp serve --check says all that is wrong at once, and --print-config where each value came from.",
        Some(&SETTINGS),
    ),
    phrase(
        "wisp",
        &[
            "cannot listen on ~~ is taken by another process",
            "cannot listen on ~~ needs the capability NET_BIND_SERVICE",
            "cannot listen on ~~ no such address here",
        ],
        "Another process of the pod has the port, the port is for privileged users, or the address is none of the pod's.",
        "Choose a free port by WISP_LISTEN or WISP_ADMIN_LISTEN, and the same one in the variables of the application.",
        Some(&LISTENER),
    ),
];
