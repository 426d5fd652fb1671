//! Reports of one item, from 64 connections at once, beside as many tasks that commit one row each.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bailiwick::{
    listen::{Door, Limits},
    routes,
};
use store::Engine;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    Fault,
    bare::Bare,
    client::{Connection, post},
    figure::Figure,
    leaked::{plant, single},
    samples::median,
    stage::Stage,
    verify::fresh_ids,
};

/// How many work at once.
pub const AT_ONCE: usize = 64;
const LEAST: f64 = 0.25;
const ROUNDS: usize = 5;
const REPORTS: usize = 64 * 60;
const ROWS_FOR: Duration = Duration::from_secs(2);

/// How many a second: by themselves, and while the server does what they ask for (a letter to an owner each, over SMTP).
pub async fn singles(stage: &mut Stage) -> Result<Vec<Figure>, Fault> {
    let (router, _) = routes::router(stage.app.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (_stop, stopped) = watch::channel(false);
    let door = Door { listener, router, certificate: None, limits: Limits::default() };
    let alone = tokio::spawn(door.serve(stopped));
    let mut figures = vec![measure(stage, address, "their jobs put off", Some(LEAST)).await?];
    alone.abort();
    stage.database.tell("DELETE FROM jobs").await?;
    let server = stage.server.take().ok_or("a stage serves once")?;
    let (address, (stop, stopped)) = (server.address(), watch::channel(false));
    let whole = tokio::spawn(server.serve(stopped));
    figures.push(measure(stage, address, "their jobs and mails beside them", None).await?);
    stop.send(true)?;
    whole.await??;
    Ok(figures)
}

async fn measure(stage: &Stage, address: SocketAddr, how: &str, least: Option<f64>) -> Result<Figure, Fault> {
    let secrets = plant(stage, REPORTS * (ROUNDS + 1)).await?;
    let requests: Vec<Vec<u8>> = secrets
        .iter()
        .map(|secret| {
            let body = single(secret);
            post("/v1/exposures/github", &stage.partner.signed("github", &body), &body)
        })
        .collect();
    let bare = Bare::open(&stage.bare_url("rows.db"), connections(stage.engine())).await?;
    bare.make_table().await?;
    let (mut reports, mut rows) = (Vec::new(), Vec::new());
    for (round, requests) in requests.chunks(REPORTS).enumerate() {
        let (row, report) = (autocommits(&bare).await?, reports_a_second(address, requests).await?);
        // The first fills caches.
        if round > 0 {
            rows.push(row);
            reports.push(report);
        }
    }
    bare.close().await;
    let (report, row) = (median(reports), median(rows));
    Ok(Figure {
        what: format!("reports of one item, {AT_ONCE} connections, {how}"),
        engine: stage.engine(),
        measured: format!("{report:.0} a second"),
        baseline: format!("one row inserted and committed, {AT_ONCE} tasks: {row:.0} a second"),
        ratio: report / row,
        target: format!("at least {LEAST}"),
        holds: least.map(|least| report / row >= least),
    })
}

/// SQLite has one writer, and more connections would only make it wait. PostgreSQL does best with as many as there are
/// tasks, because commits that wait together are written together.
pub fn connections(engine: Engine) -> u32 {
    if engine == Engine::Sqlite { 1 } else { 64 }
}

async fn reports_a_second(address: SocketAddr, requests: &[Vec<u8>]) -> Result<f64, Fault> {
    let mut connections = JoinSet::new();
    let begun = Instant::now();
    for share in requests.chunks(requests.len() / AT_ONCE) {
        let share = share.to_vec();
        connections.spawn(async move {
            let mut connection = Connection::open(address).await?;
            for request in &share {
                let answer = connection.ask(request).await?;
                if !answer.contains("true_positive") {
                    return Err(Fault::from(answer));
                }
            }
            Ok(())
        });
    }
    while let Some(done) = connections.join_next().await {
        done??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of thousands")]
    Ok(requests.len() as f64 / begun.elapsed().as_secs_f64())
}

/// How many rows [`AT_ONCE`] tasks insert and commit a second, each in a transaction of its own.
pub async fn autocommits(bare: &Bare) -> Result<f64, Fault> {
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..AT_ONCE {
        let bare = bare.clone();
        tasks.spawn(async move {
            let mut committed = 0_u32;
            while begun.elapsed() < ROWS_FOR {
                bare.insert(&fresh_ids(1)[0]).await?;
                committed += 1;
            }
            Ok::<_, Fault>(committed)
        });
    }
    let mut committed = 0;
    while let Some(done) = tasks.join_next().await {
        committed += done??;
    }
    Ok(f64::from(committed) / begun.elapsed().as_secs_f64())
}
