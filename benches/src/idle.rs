//! What a server takes that does nothing: memory, the time to its start, the size of the program.

use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use store::Engine;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{
    Fault,
    client::{Connection, get},
    figure::Figure,
    options::Options,
    program,
    samples::{Samples, short},
    stage::Stage,
};

const MOST_MEMORY: f64 = 25.0;
const MOST_TIME: Duration = Duration::from_millis(300);
const MOST_SIZE: f64 = 25.0;
const STARTS: usize = 11;

/// Starts it again and again on a database that is there already.
pub async fn idle(options: &Options, stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let program = program::path(options)?;
    let (mut starts, mut bare) = (Samples::default(), Samples::default());
    let mut memory = 0.0;
    for _ in 0..STARTS {
        let begun = Instant::now();
        program::start(&program, stage.folder(), stage.url(), &["--version"])?.wait().await?;
        bare.add(begun.elapsed());
        let begun = Instant::now();
        let mut child = program::start(&program, stage.folder(), stage.url(), &["serve"])?;
        let output = child.stdout.take().ok_or("no output")?;
        let first = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
        starts.add(begun.elapsed());
        let address = first.strip_prefix("listening on http://").ok_or("it did not start")?;
        let mut connection = Connection::open(address.parse()?).await?;
        connection.ask(&get("/readyz", &HeaderMap::new())).await?;
        settle().await;
        memory = program::megabytes(&child, "VmRSS:")?;
        child.kill().await?;
    }
    let engine = stage.engine();
    let mut figures = vec![
        Figure {
            what: format!("idle server on {} tokens: memory after a start and a request", stage.tokens),
            engine,
            measured: format!("{memory:.1} MB"),
            baseline: "its target".to_owned(),
            ratio: memory / MOST_MEMORY,
            target: format!("at most {MOST_MEMORY} MB"),
            holds: Some(memory <= MOST_MEMORY),
        },
        Figure {
            what: "start, to the line that names the address, p50".to_owned(),
            engine,
            measured: starts.to_string(),
            baseline: format!("the same program's --version: {bare}"),
            ratio: starts.times(&bare),
            target: format!("at most {}", short(MOST_TIME)),
            holds: Some(starts.median() <= MOST_TIME),
        },
    ];
    if engine == Engine::Sqlite {
        figures.push(size(&program, engine)?);
    }
    Ok(figures)
}

fn size(program: &std::path::Path, engine: Engine) -> Result<Figure, Fault> {
    let bytes = u32::try_from(std::fs::metadata(program)?.len())?;
    let size = f64::from(bytes) / 1e6;
    Ok(Figure {
        what: "the program, stripped, both engines in it".to_owned(),
        engine,
        measured: format!("{size:.1} MB"),
        baseline: "its target".to_owned(),
        ratio: size / MOST_SIZE,
        target: format!("at most {MOST_SIZE} MB"),
        holds: Some(size <= MOST_SIZE),
    })
}

#[expect(clippy::disallowed_methods, reason = "nothing happens that could be waited for: that is the point")]
async fn settle() {
    tokio::time::sleep(Duration::from_secs(2)).await;
}
