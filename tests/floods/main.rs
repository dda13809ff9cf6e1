//! Floods against wisp in a container with the memory and the processor time that an injected sidecar may have at most: 32 MiB
//! and a tenth of a processor. Under each of them the sidecar lives within its memory, an answer from the cache stays
//! quick, and the probe that the kubelet would make succeeds.
//!
//! `make flood-test` runs them against the binary that ships (`WISP_PROGRAM`); they need root and runc.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::disallowed_methods, reason = "time is real here, on threads of their own")]
#![allow(clippy::print_stdout, reason = "the figures are what is wanted")]

mod container;
mod flood;
#[path = "../it/kit/mod.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod kit;
mod measure;

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use container::Container;
use flood::Flood;
use kit::{entra::Entra, namespace::Namespace};
use measure::Latencies;
use wisp::emulator::{Config, FaultKind, Options};

/// How long a flood lasts.
const LONG: Duration = Duration::from_secs(5);

/// The slowest of a hundred answers from the cache may take so long.
const QUICK: Duration = Duration::from_millis(50);

/// How many runs there may be until the answers of one are quick. All else holds in each of them; but where the machine is slow
/// for a moment, a sidecar that has used up its tenth of a processor answers up to 90 ms later, though nothing is wrong with it.
const RUNS: usize = 4;

/// What may be resident, of 32 MiB. Of this, pages of the program's file are the kernel's to drop.
const RESIDENT: u64 = 24 << 20;

/// How often it is told to end.
const STOPS: usize = 20;

/// One after the other: processor time is what is measured.
static TURN: Mutex<()> = Mutex::new(());

/// Has sidecars withstand `flood`, until one is quick meanwhile; Entra hangs if `hangs`.
fn withstand(flood: Flood, hangs: bool) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut slow = String::new();
    for _ in 0..RUNS {
        let latencies = run(flood, hangs);
        if latencies.slowest_of_hundred() < QUICK {
            return;
        }
        slow = format!("{slow}\n{latencies}");
    }
    panic!("in no run the answers were quick:{slow}");
}

/// One sidecar with a token in its cache, under the flood: it lives within its memory, and no question fails. Returns how
/// long answers took.
fn run(flood: Flood, hangs: bool) -> Latencies {
    let pod = Namespace::new("flood");
    let entra = Entra::start(&pod, Config::default(), Options::default());
    let sidecar = Container::start(&pod, entra.environment());
    measure::ask_once(&pod);
    if hangs {
        entra.add_fault(FaultKind::Hang);
    }
    let (asked, probes, most) = thread::scope(|scope| {
        let flooding = scope.spawn(|| pod.inside(|| flood.run(flood.settles_after() + LONG)));
        let asking = scope.spawn(|| {
            thread::sleep(flood.settles_after());
            pod.inside(|| Latencies::during(LONG))
        });
        let watching = scope.spawn(|| sidecar.most_resident(LONG));
        let probes: Vec<_> = (0..2).map(|_| sidecar.probe("live")).collect();
        flooding.join().unwrap();
        (asking.join().unwrap(), probes, watching.join().unwrap())
    });
    println!("{flood:?}: {asked}, {} KiB resident at most", most >> 10);
    for probe in probes {
        assert_eq!(probe.code, 0, "the probe: {probe:?}");
    }
    sidecar.lives();
    assert!(most < RESIDENT, "{most} bytes were resident");
    assert_eq!(asked.failed, 0, "{asked}");
    asked
}

#[test]
fn of_scrapes_that_are_broken_off() {
    withstand(Flood::Scrapes, false);
}

#[test]
fn of_connections_to_the_admin_listener() {
    withstand(Flood::Connections { port: 4255 }, false);
}

#[test]
fn of_connections_to_the_token_listener() {
    withstand(Flood::Connections { port: 4254 }, false);
}

#[test]
fn of_idle_and_slow_connections() {
    withstand(Flood::Slow, false);
}

#[test]
fn of_forms_that_come_in_drips() {
    withstand(Flood::Drips, false);
}

#[test]
fn of_forms_that_never_come() {
    withstand(Flood::Forms, false);
}

#[test]
fn of_requests_that_wait_for_entra() {
    withstand(Flood::Waiters, true);
}

#[test]
fn of_invented_resources() {
    withstand(Flood::Resources, false);
}

#[test]
fn of_requests_that_are_refused() {
    withstand(Flood::Refusals, false);
}

#[test]
fn of_answers_that_nobody_reads() {
    withstand(Flood::Unread, false);
}

/// No flood, but as many questions as there may be while it is told to end: they take all of its tenth of a processor. Where it
/// has used that up, what comes in the last moment waits for longer than it lingers; so there may be as many runs as above.
#[test]
fn of_ends_loses_no_question() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let pod = Namespace::new("flood");
    let entra = Entra::start(&pod, Config::default(), Options::default());
    let lost: Vec<usize> = (0..RUNS)
        .map(|_| (0..STOPS).map(|_| lost_by_end(&pod, &entra)).sum())
        .take_while(|lost| *lost > 0)
        .collect();
    println!("Ends: {lost:?} questions lost before a run without");
    assert!(lost.len() < RUNS, "questions that were sent and not answered, in each run: {lost:?}");
}

/// How many questions go without an answer when a sidecar is told to end.
fn lost_by_end(pod: &Namespace, entra: &Entra) -> usize {
    let sidecar = Container::start(pod, entra.environment());
    measure::ask_once(pod);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| pod.inside(|| measure::ask_until_the_end().unwrap())))
            .collect();
        thread::sleep(Duration::from_millis(300));
        sidecar.terminate();
        let lost = clients.into_iter().map(|client| client.join().unwrap());
        lost.filter(|lost| *lost).count()
    })
}
