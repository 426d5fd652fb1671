//! Verifying a chain, beside reading the same rows and looking at none.

use std::time::Instant;

use bailiwick::{
    audit::{self, Actor, Entry},
    events::Event,
    ids::{TokenId, WorkspaceId},
};
use serde_json::json;
use time_and_chance::{Clock as _, OsChance, SystemClock};

use crate::{Fault, figure::Figure, options::Options, samples::median, stage::Stage};

/// How many entries the chain has.
const ENTRIES: usize = 200_000;
/// How many are recorded in one transaction.
const AT_ONCE: usize = 20_000;
/// Entries a second.
const LEAST: f64 = 200_000.0;

/// With details that are held and opened, as every entry's of a workspace that lives.
pub async fn verify(options: &Options, stage: &Stage) -> Result<Vec<Figure>, Fault> {
    let chain = record(stage).await?;
    stage.settle().await?;
    let (mut verified, mut read) = (Vec::new(), Vec::new());
    for _ in 0..options.runs.clamp(1, 7) {
        let begun = Instant::now();
        let report = audit::verify(&stage.app.db, &stage.app.vault, chain::Heads::default()).await?;
        verified.push(rate(report.entries, begun));
        if !report.findings.is_empty() || report.entries < ENTRIES as u64 {
            return Err("the chain does not verify".into());
        }
        let begun = Instant::now();
        read.push(rate(stage.database.walk(&chain).await?, begun));
    }
    let (verified, read) = (median(verified), median(read));
    Ok(vec![Figure {
        what: format!("verifying a chain of {ENTRIES} entries and their details"),
        engine: stage.engine(),
        measured: format!("{verified:.0} entries/s"),
        baseline: format!("reading the same rows, same driver: {read:.0}/s"),
        ratio: verified / read,
        target: format!("at least {LEAST:.0} entries/s on one core"),
        holds: Some(verified >= LEAST),
    }])
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52")]
fn rate(entries: u64, begun: Instant) -> f64 {
    entries as f64 / begun.elapsed().as_secs_f64()
}

/// A workspace's chain, whose entries are as a token's creation is.
async fn record(stage: &Stage) -> Result<String, Fault> {
    let workspace = WorkspaceId::new(SystemClock.now(), &OsChance);
    let actor = Actor::OperatorKey(TokenId::new(SystemClock.now(), &OsChance));
    for _ in 0..ENTRIES / AT_ONCE {
        let targets: Vec<_> = TokenId::several(SystemClock.now(), &OsChance).take(AT_ONCE).collect();
        let entries = targets.iter().map(|target| Entry {
            workspace: Some(&workspace),
            actor: &actor,
            event: Event::TokenCreated,
            target: target.as_str(),
            details: json!({"description": "deploy-bot", "role": "member", "expires_at": "2027-01-31T09:15:00Z"}),
        });
        let entries: Vec<_> = entries.collect();
        let mut tx = stage.app.db.begin().await?;
        audit::record(&mut tx, stage.app.now(), &entries).await?;
        tx.commit().await?;
    }
    Ok(workspace.to_string())
}
