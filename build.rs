//! The version that the programs show: with the commit, where the builder names one in WISP_COMMIT.

fn main() {
    #![expect(clippy::disallowed_methods, reason = "this is how Cargo and a build script talk")]
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=WISP_COMMIT");
    let named = std::env::var("WISP_COMMIT").unwrap_or_default();
    let commit = Some(named).filter(|commit| !commit.is_empty() && commit != "unknown");
    let version = env!("CARGO_PKG_VERSION");
    let version = commit.map_or_else(|| version.to_owned(), |commit| format!("{version} ({commit:.12})"));
    println!("cargo::rustc-env=WISP_VERSION={version}");
}
