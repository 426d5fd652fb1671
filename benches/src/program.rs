//! The program itself, as a child: what it takes of the machine is seen from outside.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::{Child, Command};

use crate::{Fault, options::Options};

/// The program that is measured: the one beside this, or the one that the options name.
pub fn path(options: &Options) -> Result<PathBuf, Fault> {
    let beside = std::env::current_exe()?.with_file_name("bailiwick");
    let path = options.program.clone().unwrap_or(beside);
    if path.exists() {
        return Ok(path);
    }
    Err(format!("{} is not there: cargo build --release -p bailiwick", path.display()).into())
}

/// Starts it on a database, with its own folder for everything else.
pub fn start(
    program: &Path,
    folder: &Path,
    url: &str,
    arguments: &[impl AsRef<OsStr>],
) -> Result<Child, Fault> {
    Ok(Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("BAILIWICK_DATA_DIR", folder)
        .env("BAILIWICK_DATABASE__URL", url)
        .env("BAILIWICK_SERVER__LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?)
}

/// One of the sizes in `/proc/PID/status`, in megabytes.
pub fn megabytes(child: &Child, name: &str) -> Result<f64, Fault> {
    let pid = child.id().ok_or("it has ended")?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such size")?;
    let kilobytes: f64 = line.trim_matches(|c: char| !c.is_ascii_digit()).parse()?;
    Ok(kilobytes / 1024.0)
}
