//! Has the program's relocations packed where the machine's C library can read them so: they were a thirtieth of its size, and are read
//! at every start (generic ABI, `DT_RELR`; glibc since 2.36). Another machine with an older one would say so and not start it, so it
//! is not done where this one is older.

use std::{env, process::Command};

const FIRST: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_for =
        |what: &str, value: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).is_ok_and(|is| is == value);
    let is_here = env::var("HOST") == env::var("TARGET");
    if is_here
        && is_for("OS", "linux")
        && is_for("ENV", "gnu")
        && glibc().is_some_and(|version| version >= FIRST)
    {
        println!("cargo::rustc-link-arg-bin=bailiwick=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of the C library, as `getconf` tells it: `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
