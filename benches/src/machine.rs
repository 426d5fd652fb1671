//! What a figure says little without: the machine and the engine's settings.

use std::{fs, io::Write as _, time::Instant};

use store::Engine;

use crate::{Fault, bare::Bare, options::Options, samples::Samples};

/// The machine.
pub fn facts() -> Result<Vec<String>, Fault> {
    let cpu = first("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism()?;
    let memory = first("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".to_owned());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    Ok(vec![
        format!("machine: {cpu}, {cores} cores, memory {memory}; load at the start {load}"),
        format!("disk: 4 KiB written and synchronised in {} (median, and eight of ten)", synchronised()?),
    ])
}

/// The value of the first line that begins so.
fn first(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// What both engines wait for at every commit.
fn synchronised() -> Result<Samples, Fault> {
    let mut file = tempfile::NamedTempFile::new()?;
    let mut samples = Samples::default();
    for _ in 0..200 {
        let begun = Instant::now();
        file.write_all(&[1; 4096])?;
        file.as_file().sync_data()?;
        samples.add(begun.elapsed());
    }
    Ok(samples)
}

/// The engine, and how it keeps what it has committed.
pub async fn engine(options: &Options, engine: Engine) -> Result<String, Fault> {
    let _ = options;
    Ok(match engine {
        Engine::Sqlite => {
            let bare = Bare::open("sqlite::memory:", 1).await?;
            let version = bare.text("SELECT sqlite_version()").await?;
            format!("SQLite {version}, bundled: WAL, synchronous=FULL, one writer")
        }
        Engine::Postgres => {
            let server =
                crate::options::server().ok_or("BAILIWICK_TEST_DATABASE_URL names no PostgreSQL server")?;
            let bare = Bare::open(&server, 1).await?;
            let mut said = Vec::new();
            for setting in [
                "fsync",
                "wal_sync_method",
                "synchronous_commit",
                "full_page_writes",
                "shared_buffers",
                "max_wal_size",
            ] {
                said.push(format!("{setting}={}", bare.text(&format!("SHOW {setting}")).await?));
            }
            format!("PostgreSQL {}: {}", bare.text("SHOW server_version").await?, said.join(", "))
        }
    })
}
