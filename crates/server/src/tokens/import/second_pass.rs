//! The second reading: everything is stored, step by step.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use store::args;
use tokio::sync::mpsc;

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

/// Reads the file again and stores its tokens. Steps are made ready while those before them are stored.
pub(super) async fn store(
    app: &App,
    by: &Authority,
    spool: &Spool,
    rules: &Arc<Rules>,
    workspaces: u64,
) -> Result<Imported, ImportFault> {
    let (give, mut take) = mpsc::channel(1);
    let made = make_ready(app, Entries::of(app, spool, rules)?, give);
    let stored = async move {
        let mut so_far = Imported { workspaces, ..Imported::default() };
        let steps = stream::poll_fn(|context| take.poll_recv(context));
        let mut stored = steps.map(|ready| stored(app, by, ready)).buffered(app.db.writers());
        while let Some(step) = stored.next().await {
            match step {
                Ok(step) => so_far += step,
                Err(Ended::Changed(lines)) => return Err(ImportFault::Changed { lines, so_far }),
                Err(Ended::Fault(fault)) => return Err(fault),
            }
        }
        Ok(so_far)
    };
    tokio::join!(made, stored).1
}

/// Why no further step is taken.
enum Ended {
    Changed(Vec<BadLine>),
    Fault(ImportFault),
}

impl<F: Into<ImportFault>> From<F> for Ended {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// Hands on step after step, up to the end of the file or the first that cannot be taken.
async fn make_ready<'a>(app: &'a App, mut entries: Entries<'_>, give: mpsc::Sender<Result<Step<'a>, Ended>>) {
    while let Some(step) = ready(app, &mut entries).await.transpose() {
        let is_last = step.is_err();
        if give.send(step).await.is_err() || is_last {
            return;
        }
    }
}

async fn ready<'a>(app: &'a App, entries: &mut Entries<'_>) -> Result<Option<Step<'a>>, Ended> {
    let mut bad = BadLines::default();
    let batch = entries.next(&mut bad).await?;
    if bad.is_empty() {
        Ok(batch.map(|batch| Step::of(batch, app.now())))
    } else {
        Err(Ended::Changed(bad.take()))
    }
}

async fn stored(app: &App, by: &Authority, step: Result<Step<'_>, Ended>) -> Result<Imported, Ended> {
    let step = step?;
    let lines = step.lines();
    let imported = step.store(&app.db, by).await?;
    Ok(Imported { lines, imported, already_known: lines - imported, workspaces: 0 })
}
