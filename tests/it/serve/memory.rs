//! What the memory of a running wisp gives away, and to whom.

use std::{
    fs::{self, File},
    os::unix::{fs::FileExt as _, process::CommandExt as _},
    process::Command,
};

use super::wisp::{VAULT, Wisp, command, emulator};

/// The user of the image.
const SIDECAR: u32 = 54_254;

/// How often each of `needles` stands in the memory of a process, as root reads it.
fn copies(process: u32, needles: &[String]) -> Vec<usize> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let mut counts = vec![0; needles.len()];
    for line in maps.lines() {
        let mut fields = line.split_ascii_whitespace();
        let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|address| u64::from_str_radix(address, 16).unwrap());
        // Read-only pages were never written.
        if !rights.starts_with("rw") {
            continue;
        }
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // Some of what is mapped is not memory.
        let Ok(length) = memory.read_at(&mut bytes, from) else { continue };
        // What is written is ASCII, and stays so whatever is around it.
        let text = String::from_utf8_lossy(&bytes[..length]);
        for (needle, count) in needles.iter().zip(&mut counts) {
            *count += text.matches(needle.as_str()).count();
        }
    }
    counts
}

/// What of each of `jwts` is in no other: pieces of its claims and of its signature, for a copy may be cut short.
fn pieces(jwts: &[String]) -> Vec<String> {
    const PIECE: usize = 40;
    let all = jwts.concat();
    let pieces = jwts.iter().flat_map(|jwt| {
        let (_, jwt) = jwt.trim().split_once('.').unwrap();
        jwt.as_bytes()
            .chunks_exact(PIECE)
            .map(|piece| String::from_utf8(piece.to_vec()).unwrap())
    });
    let own: Vec<_> = pieces
        .filter(|piece| all.matches(piece.as_str()).count() == 1)
        .collect();
    assert!(own.len() >= 5 * jwts.len(), "{}", own.len());
    own
}

/// Seven exchanges, each with an assertion of its own. Tokens are kept, so that they show that this finds what is there.
#[tokio::test]
async fn of_assertions_that_were_sent_nothing_is_left() {
    let resource = |n| format!("https://memory-{n}.example");
    let emulator = emulator(|config| {
        let mut known = config.tenants[0].resources[0].clone();
        known.app_id = "77777777-eeee-4eee-8eee-777777777777".into();
        known.identifier_uris = (0..7).map(resource).collect();
        config.tenants[0].resources.push(known);
    })
    .await;
    // At another level, what is written next lies over what was left.
    let wisp = Wisp::start(&emulator, &[("WISP_LOG", "info")]).await;
    let (mut assertions, mut tokens) = (Vec::new(), Vec::new());
    for n in 0..7 {
        let assertion = fs::read_to_string(emulator.token_path().unwrap()).unwrap();
        assertions.push(assertion);
        let answer = wisp.token(&resource(n)).await;
        answer.granted();
        tokens.push(answer.text("access_token"));
        emulator.rotate_tokens().unwrap();
    }
    let (tokens, assertions) = (pieces(&tokens), pieces(&assertions));
    let kept = copies(wisp.id(), &tokens);
    assert!(kept.iter().all(|count| *count > 0), "{kept:?}");
    let left = copies(wisp.id(), &assertions);
    assert!(left.iter().all(|count| *count == 0), "{left:?}; of tokens {kept:?}");
}

#[tokio::test]
async fn is_for_root_alone_and_for_no_core_dump() {
    assert!(rustix::process::geteuid().is_root(), "this test runs wisp as another user, which needs root");
    let emulator = emulator(|_| {}).await;
    let mut sidecar = command(&emulator, &[]);
    sidecar.uid(SIDECAR).gid(SIDECAR);
    let wisp = Wisp::run(&emulator, sidecar).await;
    wisp.token(VAULT).await.granted();
    let of = |process: u32, file: &str| {
        let read = Command::new("head")
            .args(["-c", "1", &format!("/proc/{process}/{file}")])
            .uid(SIDECAR)
            .gid(SIDECAR)
            .output()
            .unwrap();
        String::from_utf8(read.stderr).unwrap()
    };
    for secret in ["mem", "environ", "maps"] {
        let messages = of(wisp.id(), secret);
        assert!(messages.contains("Permission denied"), "{secret}: {messages}");
    }
    assert_eq!(of(wisp.id(), "status"), "", "its user sees that it is there");
    let limits = fs::read_to_string(format!("/proc/{}/limits", wisp.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let core: Vec<_> = core.split_ascii_whitespace().skip(4).collect();
    assert_eq!(core, ["0", "0", "bytes"]);
}
