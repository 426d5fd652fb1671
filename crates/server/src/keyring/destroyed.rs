use store::Db;

/// After a key was destroyed, and that is committed: nothing of it stays in the log of an SQLite database either.
pub async fn leave_nothing_of_it(db: &Db) {
    match db.empty_log().await {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!("a destroyed key may stay in the database's log for a while: somebody reads");
        }
        Err(fault) => tracing::warn!(%fault, "a destroyed key may stay in the database's log for a while"),
    }
}
