//! The second reading: everything is stored, step by step.

use std::sync::Arc;

use serde_json::json;
use store::args;

use super::{
    ImportFault, Imported, bad::BadLines, entries::Entries, first_pass::Brings, rules::Rules, source::Spool,
    store_step::Step,
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

/// Reads the file again and stores its tokens.
pub(super) async fn store(
    app: &App,
    by: &Authority,
    spool: &Spool,
    rules: &Arc<Rules>,
    workspaces: u64,
) -> Result<Imported, ImportFault> {
    let (mut entries, mut bad) = (Entries::of(&app.db, spool, rules)?, BadLines::default());
    let mut so_far = Imported { workspaces, ..Imported::default() };
    while let Some(batch) = entries.next(&mut bad).await? {
        if !bad.is_empty() {
            return Err(ImportFault::Changed { lines: bad.take(), so_far });
        }
        let lines = batch.len() as u64;
        let new = Step::of(batch, app.now()).store(&app.db, by).await?;
        so_far.lines += lines;
        so_far.imported += new;
        so_far.already_known += lines - new;
    }
    Ok(so_far)
}
