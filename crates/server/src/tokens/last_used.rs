use store::{Arg, Db, Result, args};

use super::Memory;

const NOTE: &str = "
    WITH used (id, at) AS (VALUES {each (CAST($ AS TEXT), CAST($ AS BIGINT))})
    UPDATE tokens SET last_used_at = used.at FROM used
    WHERE tokens.id = used.id AND (last_used_at IS NULL OR last_used_at < used.at)";

/// Writes down when tokens were last used, as noted since the last time: many at once, so that a verdict waits for no
/// write. What a dying process had noted is lost, which makes "last used" older than it is by seconds.
pub async fn flush(db: &Db, memory: &Memory) -> Result<()> {
    let mut used: Vec<_> = memory.take_used().into_iter().collect();
    if used.is_empty() {
        return Ok(());
    }
    // In id order, as all who lock several tokens do.
    used.sort_by(|a, b| a.0.cmp(&b.0));
    let written = write(db, used.iter().map(|(id, at)| args![id, *at]).collect()).await;
    if written.is_err() {
        for (id, at) in used {
            memory.was_used(&id, at);
        }
    }
    written
}

async fn write(db: &Db, used: Vec<Vec<Arg>>) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.execute_each(NOTE, &[], used).await?;
    tx.commit().await
}
