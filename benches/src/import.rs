//! A million old tokens, by the program as a user runs it.

use std::{
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use store::args;
use time_and_chance::{Chance as _, OsChance};
use tokio::process::Child;

use crate::{
    Fault, figure::Figure, fill, leaked::below, options::Options, program, samples::short, stage::Stage,
    verify::fresh_ids,
};

const LINES: usize = 1_000_000;
const MOST_TIME: Duration = Duration::from_secs(25);
const MOST_MEMORY: f64 = 100.0;

/// How long it takes and how large the process gets, beside the same number of rows inserted bare.
pub async fn import(options: &Options, stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let program = program::path(options)?;
    let file = csv(stage)?;
    let arguments = ["token", "import", file.to_str().ok_or("a path")?];
    let arguments = arguments.into_iter().chain(["--algorithm", "sha256", "--encoding", "hex"]);
    let arguments: Vec<&str> = arguments.chain(["--prefix-hashed", "true"]).collect();
    let begun = Instant::now();
    let child = program::start(&program, stage.folder(), stage.url(), &arguments)?;
    let memory = peak(child).await?;
    let took = begun.elapsed();
    let stored = stage.database.text("SELECT CAST(COUNT(*) AS TEXT) FROM tokens").await?;
    if stored != (LINES + usize::try_from(stage.tokens)?).to_string() {
        return Err(format!("{stored} tokens are stored").into());
    }
    let bare = bare_rows(stage).await?;
    let baseline =
        format!("as many rows with three indexes, 100 a statement, 10,000 a transaction: {}", short(bare));
    let figure = |what: &str, measured, target, ratio, holds| Figure {
        what: format!("import of {LINES} digests from CSV: {what}"),
        engine: stage.engine(),
        measured,
        baseline: baseline.clone(),
        ratio,
        target,
        holds: Some(holds),
    };
    let times = took.as_secs_f64() / bare.as_secs_f64();
    Ok(vec![
        figure("time", short(took), format!("at most {}", short(MOST_TIME)), times, took <= MOST_TIME),
        Figure {
            baseline: "its target".to_owned(),
            ..figure(
                "memory at most",
                format!("{memory:.0} MB"),
                format!("under {MOST_MEMORY} MB"),
                memory / MOST_MEMORY,
                memory < MOST_MEMORY,
            )
        },
    ])
}

/// Waits for its end, and answers how large it was.
async fn peak(mut child: Child) -> Result<f64, Fault> {
    let mut memory = 0.0;
    loop {
        match tokio::time::timeout(Duration::from_millis(20), child.wait()).await {
            Ok(status) => {
                return if status?.success() { Ok(memory) } else { Err("the import was refused".into()) };
            }
            // The largest so far. The last moment of a process cannot be asked for: it is freeing by then.
            Err(_) => memory = program::megabytes(&child, "VmHWM:").unwrap_or(memory),
        }
    }
}

/// A file as another product may write it.
fn csv(stage: &Stage) -> Result<PathBuf, Fault> {
    let path: PathBuf = Path::new(stage.folder()).join("tokens.csv");
    let mut file = BufWriter::new(std::fs::File::create(&path)?);
    writeln!(file, "digest,prefix,workspace,description,external_id,created_at")?;
    for line in 0..LINES {
        let mut digest = [0; 32];
        OsChance.fill(&mut digest);
        let digest = token_format::Digest::from_bytes(digest).hex();
        let workspace = fill::workspace(below(fill::workspaces(stage.tokens)));
        writeln!(file, "{digest},bwk,{workspace},deploy bot {line},key-{line},2024-03-01T10:00:00Z")?;
    }
    file.flush()?;
    Ok(path)
}

// As an imported token is: with the unique index over its digest, and the one of its workspace.
const INDEXES: &str = "
    CREATE UNIQUE INDEX bare_digest ON bare_rows (digest); CREATE INDEX bare_workspace ON bare_rows (workspace_id, id)";
const INSERT: &str = "
    INSERT INTO bare_rows (id, workspace_id, digest, description, role, created_at) VALUES {each ($, $, $, $, $, $)}";

async fn bare_rows(stage: &Stage) -> Result<Duration, Fault> {
    stage.database.make_table().await?;
    stage.database.tell(INDEXES).await?;
    let mut took = Duration::ZERO;
    for _ in 0..LINES / 10_000 {
        let ids = fresh_ids(10_000);
        let rows = ids.iter().map(|id| {
            let workspace = fill::workspace(below(fill::workspaces(stage.tokens)));
            let digest = format!("{:032x}", OsChance.number());
            args![id, workspace, digest, "deploy bot", "member", 1_795_435_200_000_000_i64]
        });
        let rows = rows.collect();
        let begun = Instant::now();
        let mut tx = stage.app.db.begin().await?;
        tx.execute_each(INSERT, &[], rows).await?;
        tx.commit().await?;
        took += begun.elapsed();
    }
    Ok(took)
}
