//! A verdict straight from the database, beside a bare read by primary key.

use std::time::Instant;

use bailiwick::tokens::{self, Code};
use time_and_chance::{Clock as _, OsChance, SystemClock};

use crate::{
    Fault,
    bare::Bare,
    figure::Figure,
    fill,
    leaked::{below, plant},
    samples::Samples,
    stage::Stage,
};

const MOST_TIMES: f64 = 2.0;
const VERDICTS: usize = 5_000;
const WARM_UP: usize = 200;

/// With few tokens stored.
pub async fn verify(stage: &Stage) -> Result<Vec<Figure>, Fault> {
    measure(stage, "verify straight from the database, p50", Some(MOST_TIMES)).await
}

/// With many.
pub async fn with_many(stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let what = format!("verify with {} tokens stored, p50", stage.tokens);
    measure(stage, &what, Some(MOST_TIMES)).await
}

async fn measure(stage: &Stage, what: &str, most: Option<f64>) -> Result<Vec<Figure>, Fault> {
    let secrets = plant(stage, VERDICTS + WARM_UP).await?;
    let (bare, ids) = rows(stage).await?;
    let (mut verdicts, mut reads) = (Samples::default(), Samples::default());
    for (at, secret) in secrets.iter().enumerate() {
        let begun = Instant::now();
        let verdict = tokens::verify(&stage.app, secret).await?;
        let verified = begun.elapsed();
        let id = &ids[at % ids.len()];
        let begun = Instant::now();
        let is_there = bare.read(id).await?;
        let read = begun.elapsed();
        if verdict.code != Code::Valid || !is_there {
            return Err(format!("a live token was {:?}, a row there: {is_there}", verdict.code).into());
        }
        if at >= WARM_UP {
            verdicts.add(verified);
            reads.add(read);
        }
    }
    bare.close().await;
    let ratio = verdicts.times(&reads);
    Ok(vec![Figure {
        what: what.to_owned(),
        engine: stage.engine(),
        measured: verdicts.to_string(),
        baseline: format!("one row of {} by its primary key, same driver: {reads}", stage.tokens),
        ratio,
        target: format!("at most {MOST_TIMES} times as long"),
        holds: most.map(|most| ratio <= most),
    }])
}

/// Ids as ours are: in the order of time.
pub fn fresh_ids(how_many: usize) -> Vec<String> {
    let when = SystemClock.now();
    (0..how_many).map(|_| bailiwick::ids::SightingId::new(when, &OsChance).to_string()).collect()
}

/// A table with as many rows as there are tokens, and the ids of some of them.
async fn rows(stage: &Stage) -> Result<(Bare, Vec<String>), Fault> {
    let url = stage.bare_url("reads.db");
    fill::bare_rows(&url, stage.engine(), stage.tokens).await?;
    let ids = (0..VERDICTS).map(|_| fill::bare_row(below(stage.tokens))).collect();
    Ok((Bare::open(&url, 10).await?, ids))
}
