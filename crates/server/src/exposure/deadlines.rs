//! The end of the 24 hours: the verdicts have said so since the moment; a job writes it down and tells the owners.

use jobs::{Claimed, Outcome as JobOutcome, Task};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Result, args};
use time_and_chance::Time;

use super::{
    decide::GRACE,
    letters::Occasion,
    writer::{Told, Writer},
};
use crate::{
    app::Now,
    audit::{self, Actor, Entry},
    events::Event,
    ids::TokenId,
    jobs::{Pace, goes_on},
    tokens,
};

/// Tell the owners that a token's 24 hours are over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TellEnded {
    /// Which token.
    pub token: TokenId,
    /// Whether it is the secret from before a rotation.
    pub former_secret: bool,
    /// When its time ended.
    pub at: Time,
}

impl Task for TellEnded {
    const KIND: &'static str = "tell_ended";
}

/// How many are written down in one transaction.
const AT_ONCE: i64 = 500;

/// Writes down the warnings that have ended. Answers how many.
pub async fn end_warnings(db: &store::Db, now: Now<'_>) -> Result<usize> {
    let mut total = 0;
    loop {
        let mut tx = db.begin().await?;
        let Some(ended) = tokens::end_warnings(&mut tx, now.when, AT_ONCE).await? else {
            return Ok(total);
        };
        let actor = Actor::Job("deadlines");
        let news: Vec<_> = ended.iter().filter(|one| one.was_live).collect();
        let entries = news.iter().map(|one| Entry {
            workspace: Some(&one.workspace_id),
            actor: &actor,
            event: Event::TokenGraceEnded,
            target: one.token_id.as_str(),
            details: json!({"at": one.at, "former_secret": one.former}),
        });
        audit::record(&mut tx, now, &entries.collect::<Vec<_>>()).await?;
        let tasks = news.iter().map(|one| TellEnded {
            token: one.token_id.clone(),
            former_secret: one.former,
            at: one.at,
        });
        jobs::enqueue(&mut tx, now.vault, now.when, now.chance, &tasks.collect::<Vec<_>>()).await?;
        tx.commit().await?;
        total += ended.len();
    }
}

// The sighting that began the warning says where the token was found: it is as old as the warning was long. (What was the
// present secret then may be the former one by now.)
const ENDED: &str = "
    SELECT s.id AS id, s.partner AS partner, s.source AS source, s.url AS url, s.hint AS hint, s.seen_at AS seen_at,
           COALESCE(s.prefix, CASE WHEN s.hint = t.hint THEN t.prefix END) AS prefix, t.id AS token_id,
           t.workspace_id AS workspace_id, w.external_id AS workspace_external_id, w.name AS workspace_name,
           w.kind AS workspace_kind, w.deleted_at AS workspace_deleted_at, t.description AS description, t.scopes AS scopes,
           p.id AS person_id, p.name AS creator_name, p.mail AS creator_mail, t.created_at AS created_at, t.last_used_at AS last_used_at
    FROM sightings s JOIN tokens t ON t.id = s.token_id JOIN workspaces w ON w.id = t.workspace_id
    LEFT JOIN people p ON p.id = t.creator_id
    WHERE s.token_id = $1 AND s.outcome = 'warned' AND s.changed AND s.seen_at = $2
    ORDER BY CASE WHEN s.former_secret = $3 THEN 0 ELSE 1 END, s.id LIMIT 1";

/// Writes the letters about warnings that have ended, some at a time. A letter that is there already is not written again.
pub async fn tell_ended(writer: Writer, when: Time, jobs: Vec<Claimed<TellEnded>>) -> Vec<JobOutcome> {
    match tell_all(&writer, when, &jobs).await {
        Ok(left) => {
            let outcome = |at| if left.contains(&at) { goes_on() } else { JobOutcome::Done };
            (0..jobs.len()).map(outcome).collect()
        }
        Err(fault) => vec![JobOutcome::retry(fault.to_string()); jobs.len()],
    }
}

/// Answers which of the jobs are not done to their end, by their places.
async fn tell_all(writer: &Writer, when: Time, jobs: &[Claimed<TellEnded>]) -> Result<Vec<usize>> {
    let (mut told, mut places) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
    for (place, job) in jobs.iter().enumerate() {
        let TellEnded { token, former_secret, at } = &job.task;
        if let Some(row) = writer.db.row(ENDED, args![token, at.minus(GRACE), *former_secret]).await? {
            let about = format!("{token}:{}:ended", at.micros());
            let opener = writer.opener(std::slice::from_ref(&row)).await?;
            if let Some(one) = Told::of_row(&row, &opener, about, Occasion::GraceEnded, *former_secret)? {
                told.push(one);
                places.push(place);
            }
        }
    }
    let done = writer.write(when, &told, &mut Pace::of(writer.pace)).await?;
    Ok(places.split_off(done))
}
