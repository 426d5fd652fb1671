//! The program, as the package `bailiwick` builds it too: cargo builds a package's own programs before its tests, and tells
//! the tests where they are, so that a journey of a process needs no build of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    bailiwick::cli::main()
}
