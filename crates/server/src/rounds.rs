//! What a node does by itself, round after round. A turn that panics is told of, and ends nothing else.

use std::{collections::BTreeSet, time::Duration};

use tokio::sync::watch;

use crate::{app::App, audit, jobs, telemetry, tokens};

/// How often this node looks what others did, and whose turn it is.
const ROUND: Duration = Duration::from_secs(1);

/// Round after round until `stop` says so. A database that is away is waited for.
pub async fn rounds(app: App, mut stop: watch::Receiver<bool>) {
    let mut round = tokio::time::interval(ROUND);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut owed = BTreeSet::new();
    loop {
        tokio::select! {
            _ = round.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Err(fault) = one_round(&app, &mut owed).await {
            tracing::warn!(%fault, "the database is out of reach");
        }
    }
}

/// Delivers the audit to whoever the settings name, turn after turn. It has rounds of its own: the receiver may be slow.
pub async fn streaming(app: App, mut stop: watch::Receiver<bool>) {
    while app.stream.is_some() && !*stop.borrow() {
        let node = app.clone();
        match caught("stream", async move { audit::deliver_entries(&node).await }).await {
            Some(Ok(audit::Turn::GoesOn)) => continue,
            Some(Ok(audit::Turn::Done | audit::Turn::Waits)) | None => {}
            Some(Err(fault)) => tracing::warn!(%fault, "the database is out of reach"),
        }
        let _ = tokio::time::timeout(ROUND, stop.wait_for(|stop| *stop)).await;
    }
}

async fn one_round(app: &App, owed: &mut BTreeSet<&'static str>) -> store::Result<()> {
    let node = app.clone();
    let refreshed = caught("imports", async move { node.tokens.refresh(&node.db).await }).await;
    refreshed.unwrap_or(Ok(()))?;
    let node = app.clone();
    let flushed =
        caught("last_used", async move { tokens::flush_last_used(&node.db, &node.tokens).await }).await;
    flushed.unwrap_or(Ok(()))?;
    let node = app.clone();
    let recorded = async move { audit::record_refused(&node.db, node.now(), &node.refusals).await };
    match caught("refusals", recorded).await {
        Some(Err(fault)) if fault.is_away() => return Err(fault),
        Some(Err(fault)) => tracing::warn!(%fault, "refusals are not on record yet"),
        Some(Ok(())) | None => {}
    }
    // Somebody who read may have kept whoever destroyed a key from it.
    let node = app.clone();
    if let Some(Err(fault)) = caught("log", async move { node.db.empty_log_if_wanted().await }).await {
        tracing::warn!(%fault, "a destroyed key stays in the database's log for a while");
    }
    jobs::take_turns(app, owed).await
}

/// Takes a turn by itself. One that panics is a mistake of ours, often about a row that nobody expected: it is told of, and whoever
/// waits for the turn goes on to the next.
pub(crate) async fn caught<T: Send + 'static>(
    turn: &'static str,
    taken: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    match tokio::spawn(taken).await {
        Ok(answer) => Some(answer),
        Err(error) => {
            metrics::counter!(telemetry::TURNS_PANICKED, "turn" => turn).increment(1);
            tracing::error!(turn, %error, "a turn ended by panic, and the others go on");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_that_panics_ends_nothing_else() {
        let nothing: Option<i64> = caught("first", async { panic!("a row that nobody expected") }).await;
        assert_eq!(nothing, None);
        assert_eq!(caught("second", async { 2 }).await, Some(2));
    }
}
