//! What sealing costs, and how long a new root takes.

use std::time::{Duration, Instant};

use bailiwick::{
    app::App,
    columns::TOKEN_DESCRIPTION,
    ids::WorkspaceId,
    keyring,
    permissions::Authority,
    tokens::{self, Code},
};
use seal::{HOUSE, Private};
use store::args;
use time_and_chance::OsChance;

use crate::{
    Fault, changes,
    figure::Figure,
    fill,
    leaked::plant,
    samples::{Samples, short},
    stage::Stage,
};

const FIELDS: usize = 20_000;
const MOST: Duration = Duration::from_micros(1);
const WORKSPACES: usize = 100_000;
const MOST_FOR_A_ROOT: Duration = Duration::from_mins(1);
/// What a caller would not notice, and how many are looked at before.
const MOST_FOR_A_CALLER: Duration = Duration::from_millis(250);
const QUIET: usize = 500;

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

/// A root rotated where a hundred thousand workspaces have data keys, and what others notice of it.
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
    let caller = Caller::new(stage).await?;
    let mut quiet = Served::default();
    while quiet.made.len() < QUIET {
        caller.asks(&stage.app, &mut quiet).await?;
    }
    let app = stage.app.clone();
    let rotating = tokio::spawn(async move { rotate(&app).await });
    let mut meanwhile = Served::default();
    while !rotating.is_finished() {
        caller.asks(&stage.app, &mut meanwhile).await?;
    }
    let took = rotating.await??;
    let engine = stage.engine();
    let undisturbed = |what: &str, quiet: &Samples, samples: &Samples| Figure {
        what: format!("while that root is rotated: {what}, slowest of {}", samples.len()),
        engine,
        measured: short(samples.most()),
        baseline: format!(
            "slowest of {} before: {}; p50 {} then, {} now",
            quiet.len(),
            short(quiet.most()),
            short(quiet.median()),
            short(samples.median())
        ),
        ratio: samples.times(quiet),
        target: format!("none fails or takes longer than {}", short(MOST_FOR_A_CALLER)),
        holds: Some(samples.most() <= MOST_FOR_A_CALLER),
    };
    Ok(vec![
        Figure {
            what: format!("root rotation with {WORKSPACES} workspaces"),
            engine,
            measured: short(took),
            baseline: format!("as many small rows inserted, 1,000 a transaction: {}", short(bare)),
            ratio: took.as_secs_f64() / bare.as_secs_f64(),
            target: format!("at most {}", short(MOST_FOR_A_ROOT)),
            holds: Some(took <= MOST_FOR_A_ROOT),
        },
        undisturbed("a verdict", &quiet.verdicts, &meanwhile.verdicts),
        undisturbed("a token made", &quiet.made, &meanwhile.made),
    ])
}

async fn rotate(app: &App) -> Result<Duration, Fault> {
    let begun = Instant::now();
    keyring::rotate_root(app, &Authority::on_this_machine(), None).await?;
    let (rewrapped, is_all) = seal::rewrap(&app.vault, &app.db, &OsChance, || true).await?;
    if !is_all || rewrapped < WORKSPACES as u64 {
        return Err(format!("{rewrapped} of {WORKSPACES} data keys were wrapped anew").into());
    }
    Ok(begun.elapsed())
}

/// Somebody who asks for a verdict and makes a token, one after the other.
struct Caller {
    secret: String,
    workspace: WorkspaceId,
}

/// How long that took.
#[derive(Default)]
struct Served {
    verdicts: Samples,
    made: Samples,
}

impl Caller {
    async fn new(stage: &Stage) -> Result<Self, Fault> {
        let secret = plant(stage, 1).await?.pop().ok_or("a token")?;
        Ok(Self { secret, workspace: changes::workspace(&stage.app, 0).await? })
    }

    async fn asks(&self, app: &App, served: &mut Served) -> Result<(), Fault> {
        let begun = Instant::now();
        let verdict = tokens::verify(app, &self.secret).await?;
        served.verdicts.add(begun.elapsed());
        if verdict.code != Code::Valid {
            return Err(format!("a live token was {:?}", verdict.code).into());
        }
        let begun = Instant::now();
        changes::make(app, &self.workspace).await?;
        served.made.add(begun.elapsed());
        Ok(())
    }
}
