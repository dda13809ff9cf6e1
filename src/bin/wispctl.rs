//! `wispctl`, the operator's program.

use std::process::ExitCode;

fn main() -> ExitCode {
    wisp::cli::wispctl::main(std::env::args_os())
}
