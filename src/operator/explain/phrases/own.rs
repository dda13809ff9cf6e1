//! What wisp itself says before it serves.

use super::{Phrase, phrase};
use crate::doctor::table::pod::{LISTENER, REDIRECT, SETTINGS};

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
    phrase(
        "wisp",
        &[
            "this pod uses the network of its node ~~ a redirect would take",
            "cannot tell whether this pod uses the network of its node",
            "this container may not change its network: it lacks the capability NET_ADMIN",
            "the image lost its file capability",
            "the kernel refuses although NET_ADMIN is there",
            "wisp could not listen on port 80 of the address on lo",
            "the redirect was made, could not be proven and was removed",
        ],
        "wisp-init made no redirect, or none that could be proven, so that no container of the application starts.",
        "Do what the message says behind that; docs/redirect.md has the same by exit code. The modes env and http-proxy need no redirect.",
        Some(&REDIRECT),
    ),
];
