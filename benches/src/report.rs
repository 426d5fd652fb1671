//! A report of a thousand items, from request to committed.

use std::time::{Duration, Instant};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use bailiwick::{listen::Peer, routes};
use store::{Engine, args};
use tower::ServiceExt as _;

use crate::{
    Fault,
    figure::Figure,
    leaked::{LIVE, plant, thousand},
    options::{FEW, Options},
    samples::{Samples, short},
    stage::Stage,
};

const TARGET: Duration = Duration::from_millis(60);
const MOST_TIMES: f64 = 1.6;
/// The first runs fill caches and prepare statements.
const WARM_UP: usize = 3;

/// How long one takes, beside a bare transaction that inserts as many rows.
pub async fn report(options: &Options, stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let mut reporter = Reporter::new(stage, options.runs).await?;
    stage.database.make_table().await?;
    let (mut reports, mut rows) = (Samples::default(), Samples::default());
    for run in 0..options.runs + WARM_UP {
        let (bare, report) = (bare_rows(stage).await?, reporter.report().await?);
        if run >= WARM_UP {
            rows.add(bare);
            reports.add(report);
        }
    }
    Ok(vec![Figure {
        what: "report of 1,000 items (500 live, 300 unknown, 200 repeats), p50".to_owned(),
        engine: stage.engine(),
        measured: reports.to_string(),
        baseline: format!("{ROWS} small rows inserted in one transaction, 100 a statement: {rows}"),
        ratio: reports.times(&rows),
        target: format!("at most {}", short(TARGET)),
        holds: Some(reports.median() <= TARGET),
    }])
}

/// How much longer one takes with many tokens stored. The two take turns.
pub async fn scale(options: &Options, engine: Engine) -> Result<Vec<Figure>, Fault> {
    let begun = Instant::now();
    let (few, many) = (
        Stage::with_tokens(options, engine, FEW).await?,
        Stage::with_tokens(options, engine, options.many).await?,
    );
    crate::say(&format!("  {} tokens stored in {}", options.many, short(begun.elapsed())));
    let mut reporters = (Reporter::new(&few, options.runs).await?, Reporter::new(&many, options.runs).await?);
    let mut samples = (Samples::default(), Samples::default());
    for run in 0..options.runs + WARM_UP {
        let (with_few, with_many) = (reporters.0.report().await?, reporters.1.report().await?);
        if run >= WARM_UP {
            samples.0.add(with_few);
            samples.1.add(with_many);
        }
    }
    let figure = Figure {
        what: format!("the same with {} tokens stored", options.many),
        engine,
        measured: samples.1.to_string(),
        baseline: format!("the same with {FEW}: {}", samples.0),
        ratio: samples.1.times(&samples.0),
        target: format!("at most {MOST_TIMES} times as long"),
        holds: Some(samples.1.times(&samples.0) <= MOST_TIMES),
    };
    let mut figures = vec![figure];
    figures.extend(crate::verify::with_many(&many).await?);
    few.end().await?;
    many.end().await?;
    Ok(figures)
}

/// Sends one report after the other, each of fresh tokens.
struct Reporter<'a> {
    stage: &'a Stage,
    router: Router,
    live: Vec<String>,
}

impl<'a> Reporter<'a> {
    async fn new(stage: &'a Stage, runs: usize) -> Result<Self, Fault> {
        let (router, _) = routes::router(stage.app.clone());
        let live = plant(stage, (runs + WARM_UP) * LIVE).await?;
        Ok(Self { stage, router, live })
    }

    /// How long it takes from the request to its answer, which is given once everything is committed. What it makes
    /// jobs of is put aside: they begin after that.
    async fn report(&mut self) -> Result<Duration, Fault> {
        let live = self.live.split_off(self.live.len() - LIVE);
        let body = thousand(self.stage, &live);
        let mut request = Request::post("/v1/exposures/github").header("content-type", "application/json");
        for (name, value) in &self.stage.partner.signed("github", &body) {
            request = request.header(name, value);
        }
        let request = request.extension(Peer::of_this_machine()).body(Body::from(body))?;
        let begun = Instant::now();
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await?;
        let took = begun.elapsed();
        let found = String::from_utf8_lossy(&body).matches("true_positive").count();
        if status != 200 || found != 700 {
            return Err(format!("a report was answered {status}, with {found} of 700 found").into());
        }
        self.stage.database.tell("DELETE FROM jobs").await?;
        Ok(took)
    }
}

/// A report writes about as many: 1,000 sightings, 1,000 track events, 500 audit entries. (And changes 500 tokens.)
const ROWS: usize = 2_500;
const BARE: &str = "
    INSERT INTO bare_rows (id, workspace_id, digest, description, role, created_at) VALUES {each ($, $, $, $, $, $)}";

async fn bare_rows(stage: &Stage) -> Result<Duration, Fault> {
    let ids = crate::verify::fresh_ids(ROWS);
    let rows = ids
        .iter()
        .map(|id| args![id, &id[4..], id.repeat(2), "a token", "member", 1_795_435_200_000_000_i64]);
    let rows = rows.collect();
    let begun = Instant::now();
    let mut tx = stage.app.db.begin().await?;
    tx.execute_each(BARE, &[], rows).await?;
    tx.commit().await?;
    Ok(begun.elapsed())
}
