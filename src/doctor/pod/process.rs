//! The container's limits, and which wisp runs in it.

use std::{fs, path::Path};

use super::{
    Chain, Context,
    endpoint::Listening,
    settings::Configured,
    table::{LISTENER, MEMORY, OPEN_FILES, SETTINGS, VERSION},
};
use crate::{
    doctor::{Diagnosis, Finding},
    endpoint::Admin,
    serve,
};

const MIB: u64 = 1024 * 1024;

/// From how much of the limit on somebody should look, and from how much on it fails, in per cent.
const MUCH: u64 = 80;
const TOO_MUCH: u64 = 95;

/// What the kernel says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Limits {
    /// None where the kernel shows none here.
    pub(super) memory: Option<Memory>,
    /// None means any number.
    pub(super) open_files: Option<u64>,
}

/// Memory of this container, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Memory {
    /// None means no limit.
    pub(super) limit: Option<u64>,
    /// What could not be given back at once.
    pub(super) used: u64,
    /// How often something in it was killed for want of memory.
    pub(super) kills: u64,
}

/// Asks the kernel.
pub(super) fn look<C, R>(context: &Context<C, R>) -> Limits {
    Limits { memory: memory(&context.control_group), open_files: context.open_files }
}

fn memory(group: &Path) -> Option<Memory> {
    let second = ["memory.max", "memory.current", "memory.stat", "memory.events"];
    let first = [
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "memory/memory.oom_control",
    ];
    let read = |names: [&str; 4]| {
        let [limit, used, stat, events] = names.map(|name| fs::read_to_string(group.join(name)).ok());
        let (limit, used) = (limit?, number(&used?)?);
        let inactive = stat
            .as_deref()
            .and_then(|stat| field(stat, "total_inactive_file").or_else(|| field(stat, "inactive_file")));
        let kills = events
            .as_deref()
            .and_then(|events| field(events, "oom_kill"));
        Some(Memory {
            // The first version has a number for "none" that no machine has.
            limit: number(&limit).filter(|limit| *limit < u64::MAX / 4),
            used: used.saturating_sub(inactive.unwrap_or_default()),
            kills: kills.unwrap_or_default(),
        })
    };
    read(second).or_else(|| read(first))
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// The number behind a name, a line each.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| number(line.strip_prefix(name)?.strip_prefix(' ')?))
}

/// Judges the limits and the version.
pub(super) fn judge(
    chain: &mut Chain,
    configured: &Configured,
    limits: &Limits,
    listening: &Listening,
    version: &str,
) {
    chain.note(judge_memory(limits.memory));
    chain.check(&OPEN_FILES, &[&SETTINGS], || open_files(configured, limits.open_files));
    chain.check(&VERSION, &[&LISTENER], || match listening.version() {
        None => VERSION.not_run("wisp does not name its version", "run all checks"),
        Some(running) if running == version => VERSION.passed(running),
        Some(running) => {
            VERSION.warned(Diagnosis::new(format!("wisp {running} is running, this is wisp {version}")))
        }
    });
}

fn judge_memory(memory: Option<Memory>) -> Finding {
    let Some(Memory { limit, used, kills }) = memory else {
        return MEMORY.not_run(
            "the kernel shows no control group of this container",
            "look at `kubectl top pod --containers`",
        );
    };
    let used_mib = used / MIB;
    let Some(limit) = limit else { return MEMORY.passed(format!("{used_mib} MiB, without a limit")) };
    let shown = format!("{used_mib} MiB of {} MiB", limit / MIB);
    let share = used.saturating_mul(100) / limit.max(1);
    if kills > 0 {
        let found = format!("processes of this container were killed {kills} times for want of memory");
        return MEMORY.failed(Diagnosis::new(found).evidence(shown));
    }
    match share {
        TOO_MUCH.. => MEMORY.failed(Diagnosis::new(format!("{shown} are used"))),
        MUCH.. => MEMORY.warned(Diagnosis::new(format!("{shown} are used"))),
        _ => MEMORY.passed(shown),
    }
}

fn open_files(configured: &Configured, limit: Option<u64>) -> Finding {
    let connections = configured.settings.connections.connections;
    let needed = serve::files_needed(connections, Admin::limits().connections);
    match limit {
        Some(limit) if limit < needed => OPEN_FILES.warned(
            Diagnosis::new(format!("{limit} may be open, {needed} are needed for all connections"))
                .evidence(format!("WISP_MAX_CONNECTIONS is {connections}")),
        ),
        Some(limit) => OPEN_FILES.passed(format!("{limit}, needed are {needed}")),
        None => OPEN_FILES.passed("any number"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Memory, memory};

    #[test]
    fn both_versions_of_control_groups_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(memory(folder.path()), None);
        write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("memory/memory.usage_in_bytes", "5000\n");
        write("memory/memory.stat", "cache 9\ntotal_inactive_file 1000\n");
        write("memory/memory.oom_control", "oom_kill_disable 0\noom_kill 2\n");
        assert_eq!(memory(folder.path()), Some(Memory { limit: None, used: 4000, kills: 2 }));
        write("memory.max", "33554432\n");
        write("memory.current", "8000000\n");
        write("memory.stat", "anon 1\ninactive_file 3000000\n");
        write("memory.events", "low 0\noom 1\noom_kill 1\n");
        assert_eq!(
            memory(folder.path()),
            Some(Memory { limit: Some(33_554_432), used: 5_000_000, kills: 1 })
        );
        write("memory.max", "max\n");
        assert_eq!(memory(folder.path()).and_then(|memory| memory.limit), None);
    }
}
