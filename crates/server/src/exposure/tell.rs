//! The owners are told: a job writes one mail per token and owner, and further jobs send them.

use std::{collections::HashMap, sync::Arc};

use jobs::{Claimed, Outcome as JobOutcome, Task};
use percent_encoding::NON_ALPHANUMERIC;
use serde::{Deserialize, Serialize};
use store::{Db, Result, Row, args};
use time_and_chance::{Chance, Time};

use super::{
    decide::GRACE,
    letters::{LeakLetter, Occasion},
};
use crate::{
    ids::{ReportId, WorkspaceId},
    mail::{self, Letter},
    tokens,
    workspaces::{self, Owner},
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

/// What writing letters needs.
#[derive(Clone)]
pub struct Writer {
    /// The database.
    pub db: Db,
    /// The dice.
    pub chance: Arc<dyn Chance>,
    /// Whose product it is, as its customers call it.
    pub vendor: String,
    /// Where links lead: an address with `{workspace}` or `{external_id}` in it.
    pub tokens_url: String,
    /// What this node knows of last uses.
    pub memory: tokens::Memory,
    /// Who is told of the operator's own keys, besides the members of the operator's workspace.
    pub operator_mail: String,
}

/// A sighting that changed a token, with what a letter says of it.
pub(super) struct Told {
    pub about: String,
    pub occasion: Occasion,
    pub workspace_id: WorkspaceId,
    pub workspace_external_id: Option<String>,
    pub workspace_name: String,
    pub operator: bool,
    pub description: String,
    pub hint: String,
    pub creator: Option<String>,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
    pub partner: String,
    pub source: Option<String>,
    pub url: Option<String>,
    pub found_at: Time,
    pub former_secret: bool,
}

// A warning that has a deadline has it in the secret that was seen, whether that is the present one still or by now the
// former one.
const CHANGED: &str = "
    SELECT s.id AS id, s.outcome AS outcome, s.partner AS partner, s.source AS source, s.url AS url, s.hint AS hint,
           s.seen_at AS seen_at, s.former_secret AS former_secret, t.workspace_id AS workspace_id,
           w.external_id AS workspace_external_id, w.name AS workspace_name, w.kind AS workspace_kind, t.description AS description, t.prefix AS prefix,
           COALESCE(p.name, p.mail) AS creator, t.created_at AS created_at, t.last_used_at AS last_used_at,
           CASE WHEN t.revoke_after = s.seen_at + $1
                  OR EXISTS (SELECT 1 FROM former_secrets f WHERE f.token_id = t.id AND f.revoke_after = s.seen_at + $1)
                THEN s.seen_at + $1 END AS deadline
    FROM sightings s JOIN tokens t ON t.id = s.token_id JOIN workspaces w ON w.id = t.workspace_id
    LEFT JOIN people p ON p.id = t.creator_id
    WHERE s.report_id IN ({each $}) AND s.changed";

/// Writes the letters about what reports changed. A letter that is there already is not written again.
pub async fn tell_owners(writer: Writer, when: Time, jobs: Vec<Claimed<TellOwners>>) -> Vec<JobOutcome> {
    let outcome = match write_all(&writer, when, &jobs).await {
        Ok(()) => JobOutcome::Done,
        Err(fault) => JobOutcome::retry(fault.to_string()),
    };
    vec![outcome; jobs.len()]
}

async fn write_all(writer: &Writer, when: Time, jobs: &[Claimed<TellOwners>]) -> Result<()> {
    // The letter says when the token was last used: what this node has not written down yet belongs in it.
    tokens::flush_last_used(&writer.db, &writer.memory).await?;
    let reports = jobs.iter().map(|job| args![&job.task.report]).collect();
    let grace = i64::try_from(GRACE.as_micros()).expect("a day is short");
    let rows = writer.db.rows_of_each(CHANGED, &[grace.into()], reports).await?;
    let told = rows.iter().map(of_row).collect::<Result<Vec<_>>>()?;
    writer.write(when, &told).await
}

fn of_row(row: &Row) -> Result<Told> {
    let occasion = match (row.get::<String>("outcome")?.as_str(), row.get("deadline")?) {
        ("revoked", _) => Occasion::Revoked,
        (_, Some(deadline)) => Occasion::WarnedWithDeadline(deadline),
        (_, None) => Occasion::Warned,
    };
    Ok(Told {
        about: row.get("id")?,
        occasion,
        workspace_id: row.get("workspace_id")?,
        workspace_external_id: row.get("workspace_external_id")?,
        workspace_name: row.get("workspace_name")?,
        operator: row.get::<String>("workspace_kind")? == "operator",
        description: row.get("description")?,
        hint: hint(
            row.get::<Option<String>>("prefix")?.as_deref(),
            row.get::<Option<String>>("hint")?.as_deref(),
        ),
        creator: row.get("creator")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        partner: row.get("partner")?,
        source: row.get("source")?,
        url: row.get("url")?,
        found_at: row.get("seen_at")?,
        former_secret: row.get("former_secret")?,
    })
}

/// How the secret begins, as a person recognises it.
pub(super) fn hint(prefix: Option<&str>, hint: Option<&str>) -> String {
    match (prefix, hint) {
        (Some(prefix), Some(hint)) => format!("{prefix}_{hint}…"),
        (None, Some(hint)) => format!("{hint}…"),
        (Some(prefix), None) => format!("{prefix}_…"),
        (None, None) => "…".to_owned(),
    }
}

impl Writer {
    /// Writes one letter per owner for each of these.
    pub(super) async fn write(&self, when: Time, told: &[Told]) -> Result<()> {
        let mut workspaces: Vec<WorkspaceId> = told.iter().map(|told| told.workspace_id.clone()).collect();
        workspaces.sort();
        workspaces.dedup();
        let mut owners: HashMap<WorkspaceId, Vec<Owner>> = HashMap::new();
        for owner in workspaces::owners(&self.db, &workspaces).await? {
            owners.entry(owner.workspace_id.clone()).or_default().push(owner);
        }
        let letters = told.iter().flat_map(|told| {
            let owners = owners.get(&told.workspace_id).map(Vec::as_slice).unwrap_or_default();
            self.letters(told, owners)
        });
        let letters: Vec<Letter> = letters.collect();
        let mut tx = self.db.begin().await?;
        mail::write(&mut tx, when, &*self.chance, letters).await?;
        tx.commit().await
    }

    fn letters(&self, told: &Told, owners: &[Owner]) -> Vec<Letter> {
        let mut to: Vec<(&str, &str)> =
            owners.iter().map(|owner| (owner.person_id.as_str(), owner.mail.as_str())).collect();
        // A workspace always has an owner; the operator's own has whoever the settings name.
        if told.operator || to.is_empty() {
            to.push(("operator", &self.operator_mail));
        }
        let external_id = told.workspace_external_id.as_deref().unwrap_or_default();
        let tokens_url = self.tokens_url.replace("{workspace}", told.workspace_id.as_str());
        let tokens_url = tokens_url.replace(
            "{external_id}",
            &percent_encoding::utf8_percent_encode(external_id, NON_ALPHANUMERIC).to_string(),
        );
        let letter = LeakLetter {
            occasion: told.occasion,
            vendor: &self.vendor,
            workspace_name: &told.workspace_name,
            description: &told.description,
            hint: &told.hint,
            creator: told.creator.as_deref(),
            created_at: told.created_at,
            last_used_at: told.last_used_at,
            partner: partner_name(&told.partner),
            source: told.source.as_deref(),
            url: told.url.as_deref(),
            found_at: told.found_at,
            former_secret: told.former_secret,
            operator_key: told.operator,
            tokens_url: &tokens_url,
            new_token_url: &tokens_url,
        };
        let written = letter.write();
        let letter = |(who, recipient): (&str, &str)| Letter {
            once: format!("leak:{}:{who}", told.about),
            workspace_id: Some(told.workspace_id.to_string()),
            recipient: recipient.to_owned(),
            subject: written.subject.clone(),
            text: written.text.clone(),
            html: written.html.clone(),
        };
        to.into_iter().map(letter).collect()
    }
}

fn partner_name(partner: &str) -> &'static str {
    if partner == "gitlab" { "GitLab" } else { "GitHub" }
}
