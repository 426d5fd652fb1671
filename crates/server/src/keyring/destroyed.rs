use store::Db;

/// After a key was destroyed, and that is committed: nothing of it stays in the log of an SQLite database either. What cannot be done
/// now the rounds of a server do, or the next start.
pub async fn leave_nothing_of_it(db: &Db) {
    match db.empty_log_if_wanted().await {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!("a destroyed key stays in the database's log for a while: somebody reads");
        }
        Err(fault) => tracing::warn!(%fault, "a destroyed key stays in the database's log for a while"),
    }
}
