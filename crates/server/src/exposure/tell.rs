//! The owners are told: a job writes one mail per token and owner, and further jobs send them.

use std::collections::HashSet;

use jobs::{Claimed, Outcome as JobOutcome, Task};
use seal::Opener;
use serde::{Deserialize, Serialize};
use store::{CHUNK, Result, Row, args};
use time_and_chance::Time;

use super::{
    decide::GRACE,
    letters::Occasion,
    writer::{Told, Writer},
};
use crate::{
    ids::{ReportId, SightingId},
    jobs::{Pace, goes_on},
    tokens,
};

/// Tell the owners of the tokens that a report changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TellOwners {
    /// Which report.
    pub report: ReportId,
}

impl Task for TellOwners {
    const KIND: &'static str = "tell_owners";
}

/// A sighting that changed a token.
struct Changed {
    report: ReportId,
    sighting: SightingId,
}

const CHANGED: &str = "SELECT report_id, id FROM sightings WHERE report_id IN ({each $}) AND changed";

// A warning that has a deadline has it in the secret that was seen, whether that is the present one still or by now the
// former one.
const TOLD: &str = "
    SELECT s.id AS id, s.outcome AS outcome, s.partner AS partner, s.source AS source, s.url AS url, s.hint AS hint,
           COALESCE(s.prefix, CASE WHEN s.hint = t.hint THEN t.prefix END) AS prefix, s.seen_at AS seen_at,
           s.former_secret AS former_secret, t.id AS token_id, t.workspace_id AS workspace_id,
           w.external_id AS workspace_external_id, w.name AS workspace_name, w.kind AS workspace_kind,
           w.deleted_at AS workspace_deleted_at,
           t.description AS description, t.scopes AS scopes, p.id AS person_id, p.name AS creator_name,
           p.mail AS creator_mail, t.created_at AS created_at, t.last_used_at AS last_used_at,
           CASE WHEN t.revoke_after = s.seen_at + $1
                  OR EXISTS (SELECT 1 FROM former_secrets f WHERE f.token_id = t.id AND f.revoke_after = s.seen_at + $1)
                THEN s.seen_at + $1 END AS deadline
    FROM sightings s JOIN tokens t ON t.id = s.token_id JOIN workspaces w ON w.id = t.workspace_id
    LEFT JOIN people p ON p.id = t.creator_id
    WHERE s.id IN ({each $})";

/// Writes the letters about what reports changed, some at a time. A letter that is there already is not written again.
pub async fn tell_owners(writer: Writer, when: Time, jobs: Vec<Claimed<TellOwners>>) -> Vec<JobOutcome> {
    match tell_all(&writer, when, &jobs).await {
        Ok(left) => {
            let outcome = |report| if left.contains(report) { goes_on() } else { JobOutcome::Done };
            jobs.iter().map(|job| outcome(&job.task.report)).collect()
        }
        Err(fault) => vec![JobOutcome::retry(fault.to_string()); jobs.len()],
    }
}

/// Answers the reports that are not told of to their end.
async fn tell_all(writer: &Writer, when: Time, jobs: &[Claimed<TellOwners>]) -> Result<HashSet<ReportId>> {
    // The letter says when the token was last used: what this node has not written down yet belongs in it.
    tokens::flush_last_used(&writer.db, &writer.memory).await?;
    let changed = changed(writer, jobs).await?;
    let mut pace = Pace::of(writer.pace);
    let mut done = 0;
    for page in changed.chunks(CHUNK) {
        let told = told(writer, page).await?;
        let got_through = writer.write(when, &told, &mut pace).await?;
        done += got_through;
        if got_through < told.len() {
            return Ok(changed[done..].iter().map(|changed| changed.report.clone()).collect());
        }
    }
    Ok(HashSet::new())
}

/// In an order that is the same with each try.
async fn changed(writer: &Writer, jobs: &[Claimed<TellOwners>]) -> Result<Vec<Changed>> {
    let reports = jobs.iter().map(|job| args![&job.task.report]).collect();
    let rows = writer.db.rows_of_each(CHANGED, &[], reports).await?;
    let changed = |row: &Row| Ok(Changed { report: row.get("report_id")?, sighting: row.get("id")? });
    let mut changed = rows.iter().map(changed).collect::<Result<Vec<_>>>()?;
    changed.sort_by(|a, b| a.sighting.cmp(&b.sighting));
    Ok(changed)
}

/// What letters say of these, in their order.
async fn told(writer: &Writer, page: &[Changed]) -> Result<Vec<Told>> {
    let grace = i64::try_from(GRACE.as_micros()).expect("a day is short");
    let ids = page.iter().map(|changed| args![&changed.sighting]).collect();
    let rows = writer.db.rows_of_each(TOLD, &[grace.into()], ids).await?;
    let opener = writer.opener(&rows).await?;
    let rows = rows.iter().filter_map(|row| of_row(row, &opener).transpose());
    let mut told = rows.collect::<Result<Vec<_>>>()?;
    told.sort_by(|a, b| a.about.cmp(&b.about));
    Ok(told)
}

fn of_row(row: &Row, opener: &Opener) -> Result<Option<Told>> {
    let occasion = match (row.get::<String>("outcome")?.as_str(), row.get("deadline")?) {
        ("revoked", _) => Occasion::Revoked,
        (_, Some(deadline)) => Occasion::WarnedWithDeadline(deadline),
        (_, None) => Occasion::Warned,
    };
    Told::of_row(row, opener, row.get("id")?, occasion, row.get("former_secret")?)
}
