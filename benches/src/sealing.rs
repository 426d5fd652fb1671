//! What sealing costs, and how long a new root takes.

use std::time::{Duration, Instant};

use bailiwick::{columns::TOKEN_DESCRIPTION, keyring, permissions::Authority};
use seal::{HOUSE, Private};
use store::args;
use time_and_chance::OsChance;

use crate::{
    Fault,
    figure::Figure,
    fill,
    samples::{Samples, short},
    stage::Stage,
};

const FIELDS: usize = 20_000;
const MOST: Duration = Duration::from_micros(1);
const WORKSPACES: usize = 100_000;
const MOST_FOR_A_ROOT: Duration = Duration::from_mins(1);

/// A field of 100 bytes, sealed and opened again.
pub async fn fields(stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let (text, now) = (Private::from("x".repeat(100)), stage.app.now());
    let mut tx = stage.app.db.begin().await?;
    let keys = now.keys(&mut tx, [HOUSE]).await?;
    tx.commit().await?;
    let (key, workspace, row) = (keys.of(HOUSE)?, fill::workspace(0), fill::bare_row(0));
    let place = TOKEN_DESCRIPTION.of(&row, &workspace);
    let opener = stage.app.vault.opener(&stage.app.db, [key.seal(&OsChance, place, &text).key_id()]).await?;
    let (mut sealing, mut opening, mut hashing) =
        (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..21 {
        let begun = Instant::now();
        let sealed: Vec<_> = (0..FIELDS).map(|_| key.seal(&OsChance, place, &text)).collect();
        sealing.add(each(begun));
        let begun = Instant::now();
        for field in &sealed {
            opener.open(place, field)?;
        }
        opening.add(each(begun));
        let begun = Instant::now();
        for _ in 0..FIELDS {
            std::hint::black_box(token_format::Digest::of(text.expose()));
        }
        hashing.add(each(begun));
    }
    let figure = |what: &str, samples: &Samples| Figure {
        what: what.to_owned(),
        engine: stage.engine(),
        measured: samples.to_string(),
        baseline: format!("SHA-256 of as much: {hashing}"),
        ratio: samples.times(&hashing),
        target: format!("at most {}", short(MOST)),
        holds: Some(samples.median() <= MOST),
    };
    Ok(vec![
        figure("a field of 100 bytes sealed, p50 of means", &sealing),
        figure("the same opened", &opening),
    ])
}

fn each(begun: Instant) -> Duration {
    begun.elapsed() / u32::try_from(FIELDS).expect("it is small")
}

const BARE: &str = "
    INSERT INTO bare_rows (id, workspace_id, digest, description, role, created_at) VALUES {each ($, $, $, $, $, $)}";

/// A root rotated where a hundred thousand workspaces have data keys.
pub async fn rotation(stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let (db, now) = (&stage.app.db, stage.app.now());
    let names: Vec<String> = (0..WORKSPACES).map(|number| format!("ws_bench{number:018}")).collect();
    for some in names.chunks(1_000) {
        let mut tx = db.begin().await?;
        now.keys(&mut tx, some.iter().map(String::as_str)).await?;
        tx.commit().await?;
    }
    stage.database.make_table().await?;
    let begun = Instant::now();
    for some in crate::verify::fresh_ids(WORKSPACES).chunks(1_000) {
        let row =
            |id: &String| args![id, &id[4..], id.repeat(2), "a token", "member", 1_795_435_200_000_000_i64];
        let mut tx = db.begin().await?;
        tx.execute_each(BARE, &[], some.iter().map(row).collect()).await?;
        tx.commit().await?;
    }
    let bare = begun.elapsed();
    let begun = Instant::now();
    keyring::rotate_root(&stage.app, &Authority::on_this_machine(), None).await?;
    let (rewrapped, is_all) = seal::rewrap(&stage.app.vault, db, &OsChance, || true).await?;
    let took = begun.elapsed();
    if !is_all || rewrapped < WORKSPACES as u64 {
        return Err(format!("{rewrapped} of {WORKSPACES} data keys were wrapped anew").into());
    }
    Ok(vec![Figure {
        what: format!("root rotation with {WORKSPACES} workspaces, {rewrapped} data keys"),
        engine: stage.engine(),
        measured: short(took),
        baseline: format!("as many small rows inserted, 1,000 a transaction: {}", short(bare)),
        ratio: took.as_secs_f64() / bare.as_secs_f64(),
        target: format!("at most {}", short(MOST_FOR_A_ROOT)),
        holds: Some(took <= MOST_FOR_A_ROOT),
    }])
}
