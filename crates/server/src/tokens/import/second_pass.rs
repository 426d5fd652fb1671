//! The second reading: everything is stored, step by step.

use std::sync::Arc;

use serde_json::json;
use store::args;

use super::{
    BadLine, ImportFault, Imported, bad::BadLines, entries::Entries, first_pass::Brings, rules::Rules,
    source::Spool, store_step::Step,
};
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    permissions::Authority,
};

const SCHEMES: &str = "INSERT INTO digest_schemes (scheme) VALUES {each ($)} ON CONFLICT DO NOTHING";
const PREFIXES: &str = "INSERT INTO unchecked_prefixes (prefix) VALUES {each ($)} ON CONFLICT DO NOTHING";

/// Writes down how the tokens to come are looked up. That goes before the first of them: else there would be tokens
/// that a report doesn't find.
pub(super) async fn prepare(app: &App, by: &Authority, brings: &Brings) -> store::Result<()> {
    let mut schemes: Vec<String> = brings.schemes.iter().map(ToString::to_string).collect();
    schemes.sort();
    let prefixes = &brings.unchecked_prefixes;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let new = tx.execute_each(SCHEMES, &[], schemes.iter().map(|scheme| args![scheme]).collect()).await?
        + tx.execute_each(PREFIXES, &[], prefixes.iter().map(|prefix| args![prefix]).collect()).await?;
    if new == 0 {
        return Ok(());
    }
    let details = json!({"digest_schemes": schemes, "unchecked_prefixes": prefixes});
    let entry = Entry {
        workspace: None,
        actor: by.actor(),
        event: Event::TokensImported,
        target: "lookups",
        details,
    };
    audit::record(&mut tx, now, &[entry]).await?;
    tx.commit().await
}

/// Reads the file again and stores its tokens. A step is made ready while the one before it is stored.
pub(super) async fn store(
    app: &App,
    by: &Authority,
    spool: &Spool,
    rules: &Arc<Rules>,
    workspaces: u64,
) -> Result<Imported, ImportFault> {
    let mut entries = Entries::of(&app.db, spool, rules)?;
    let mut so_far = Imported { workspaces, ..Imported::default() };
    let mut next = ready(app, &mut entries).await?;
    loop {
        let step = match next {
            Next::Step(step) => step,
            Next::Bad(lines) => return Err(ImportFault::Changed { lines, so_far }),
            Next::End => return Ok(so_far),
        };
        let lines = step.lines();
        let (new, after) = tokio::join!(step.store(&app.db, by), ready(app, &mut entries));
        let new = new?;
        so_far.lines += lines;
        so_far.imported += new;
        so_far.already_known += lines - new;
        next = after?;
    }
}

/// What comes next in the file.
enum Next<'a> {
    Step(Step<'a>),
    Bad(Vec<BadLine>),
    End,
}

async fn ready<'a>(app: &'a App, entries: &mut Entries<'_>) -> Result<Next<'a>, ImportFault> {
    let mut bad = BadLines::default();
    let batch = entries.next(&mut bad).await?;
    Ok(match batch {
        _ if !bad.is_empty() => Next::Bad(bad.take()),
        Some(batch) => Next::Step(Step::of(batch, app.now())),
        None => Next::End,
    })
}
