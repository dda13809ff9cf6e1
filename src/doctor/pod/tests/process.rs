//! Limits that are too low, and a version that is another.

use super::{answer, configured, found, listening, texts};
use crate::doctor::{
    Finding,
    pod::process::{self, Memory},
};

fn limits(memory: Memory, open_files: u64) -> Vec<Finding> {
    let limits = process::Limits { memory: Some(memory), open_files: Some(open_files) };
    let listening = listening(answer(400, ""), answer(200, "{}"));
    found(|chain| process::judge(chain, &configured(&[]), &limits, &listening, "1.0.1"))
}

fn memory(used: u64, kills: u64) -> Memory {
    Memory { limit: Some(100 << 20), used: used << 20, kills }
}

pub(super) fn faults() -> Vec<Vec<Finding>> {
    vec![limits(memory(85, 0), 1024), limits(memory(97, 0), 1024), limits(memory(10, 2), 100)]
}

#[test]
fn each_fault_is_shown_with_its_fix() {
    insta::assert_snapshot!(texts(faults()), @r"
process
-------
‼ memory is well below its limit
    85 MiB of 100 MiB are used
    fix: raise the memory limit of the container wisp to 32Mi or more.
    see: docs/doctor.md#memory
‼ the running wisp is this version
    wisp 1.0.0 is running, this is wisp 1.0.1
    fix: restart the pod, so that image and process are of one version.
    see: docs/doctor.md#version

failed 0, warnings 2, passed 1, not checked 0

process
-------
✗ memory is well below its limit
    97 MiB of 100 MiB are used
    fix: raise the memory limit of the container wisp to 32Mi or more.
    see: docs/doctor.md#memory
‼ the running wisp is this version
    wisp 1.0.0 is running, this is wisp 1.0.1
    fix: restart the pod, so that image and process are of one version.
    see: docs/doctor.md#version

failed 1, warnings 1, passed 1, not checked 0

process
-------
✗ memory is well below its limit
    processes of this container were killed 2 times for want of memory
    10 MiB of 100 MiB
    fix: raise the memory limit of the container wisp to 32Mi or more.
    see: docs/doctor.md#memory
‼ enough files may be open
    100 may be open, 352 are needed for all connections
    WISP_MAX_CONNECTIONS is 256
    fix: raise the limit of open files of the node's container runtime.
    see: docs/doctor.md#open-files
‼ the running wisp is this version
    wisp 1.0.0 is running, this is wisp 1.0.1
    fix: restart the pod, so that image and process are of one version.
    see: docs/doctor.md#version

failed 1, warnings 2, passed 0, not checked 0
");
}
