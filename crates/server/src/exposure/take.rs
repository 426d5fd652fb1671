//! What a report does, in one transaction.

use std::collections::{HashMap, HashSet};

use seal::{Keys, Private, Sealed};
use serde_json::json;
use store::{Result, Tx, args};
use token_format::{Digest, Hint, Parsed, Prefix};

use super::{
    Label,
    decide::{Decision, Outcome, decide},
    intake::{Office, Report},
    tell::TellOwners,
};
use crate::{
    app::Now,
    audit::{self, Actor, Entry},
    columns::{SIGHTING_URL, subject_of},
    events::Event,
    ids::{ReportId, SightingId},
    insights::{self, Track},
    telemetry,
    tokens::{self, Held, Imports},
};

/// One token at one place, and what came of it.
struct Sighting<'a> {
    report: usize,
    item: usize,
    seen: Option<&'a Parsed>,
    held: Option<&'a Held>,
    decision: Decision,
}

impl Sighting<'_> {
    fn prefix(&self) -> Option<&str> {
        self.seen?.prefix().map(Prefix::as_str)
    }

    fn hint(&self) -> Option<Hint> {
        self.seen.map(Parsed::hint)
    }

    /// Whose key seals it.
    fn subject(&self) -> &str {
        subject_of(self.held.map(|held| held.workspace_id.as_str()))
    }

    /// Where it was seen, sealed. Of a workspace that was shredded it is not kept.
    fn url(&self, keys: &Keys, now: Now<'_>, id: &SightingId, url: Option<&Private>) -> Option<Sealed> {
        let workspace = self.held.map_or("", |held| held.workspace_id.as_str());
        let place = SIGHTING_URL.of(id.as_str(), workspace);
        let key = keys.of(self.subject()).ok()?;
        Some(key.seal(now.chance, place, url?))
    }
}

/// Takes reports: finds the tokens, decides about each, writes everything down, commits. Answers the label of each item
/// of each report.
pub(super) async fn take(
    mut tx: Tx,
    office: &Office,
    now: Now<'_>,
    reports: &[Report],
) -> Result<Vec<Vec<Label>>> {
    let imports = Imports::of(&mut tx).await?;
    let read = Read::of(office, &imports, reports);
    let held = tokens::hold(&mut tx, &read.digests()).await?;
    let sightings = judge(office, now, &read, &held);
    change_tokens(&mut tx, now, &sightings).await?;
    let ids = write_reports(&mut tx, now, reports).await?;
    write_sightings(&mut tx, now, reports, &ids, &sightings).await?;
    write_audit(&mut tx, now, reports, &ids, &sightings).await?;
    write_track_events(&mut tx, now, office.tracks, reports, &sightings).await?;
    let told: HashSet<usize> = sightings
        .iter()
        .filter(|sighting| sighting.decision.changes())
        .map(|sighting| sighting.report)
        .collect();
    let tasks: Vec<TellOwners> =
        told.into_iter().map(|report| TellOwners { report: ids[report].clone() }).collect();
    jobs::enqueue(&mut tx, now.vault, now.when, now.chance, &tasks).await?;
    tx.commit().await?;
    count(reports, &sightings);
    Ok(labels(reports, &sightings))
}

/// The tokens that each item may contain, with the digests they may be stored under.
struct Read(Vec<ReadItem>);

struct ReadItem {
    report: usize,
    item: usize,
    candidates: Vec<(Parsed, Vec<Digest>)>,
}

/// A token is 64 characters and its surroundings; of a longer text the beginning is looked at.
const LOOKED_AT: usize = 16 * 1024;

impl Read {
    fn of(office: &Office, imports: &Imports, reports: &[Report]) -> Self {
        let items = reports.iter().enumerate().flat_map(|(report, taken)| {
            taken.message.items.iter().enumerate().map(move |(at, item)| (report, at, item))
        });
        let read = items.map(|(report, at, item)| {
            let text = &item.token[..item.token.floor_char_boundary(LOOKED_AT)];
            ReadItem { report, item: at, candidates: tokens::candidates(text, &office.prefixes, imports) }
        });
        Self(read.collect())
    }

    fn digests(&self) -> Vec<&Digest> {
        let candidates = self.0.iter().flat_map(|read| &read.candidates);
        let mut digests: Vec<_> = candidates.flat_map(|(_, digests)| digests).collect();
        digests.sort_by_key(|digest| digest.as_bytes());
        digests.dedup();
        digests
    }
}

/// Decides about each sighting in the order of the reports: the first of a secret may change it, the others find it so.
fn judge<'a>(office: &Office, now: Now<'_>, read: &'a Read, held: &'a [Held]) -> Vec<Sighting<'a>> {
    let by_digest: HashMap<&Digest, &Held> = held.iter().map(|held| (&held.digest, held)).collect();
    let mut decided: HashMap<&Digest, Outcome> = HashMap::new();
    let mut dead = HashSet::new();
    let mut sightings = Vec::with_capacity(read.0.len());
    for ReadItem { report, item, candidates } in &read.0 {
        // A secret that was imported under two digests opens two tokens, and both are found in public.
        let found = candidates.iter().flat_map(|(token, digests)| {
            digests.iter().filter_map(|digest| by_digest.get(digest)).map(move |held| (token, *held))
        });
        let mut ours = found.peekable();
        if ours.peek().is_none() {
            let seen = candidates.first().map(|(token, _)| token);
            let decision = Decision::Note(Outcome::FalsePositive);
            sightings.push(Sighting { report: *report, item: *item, seen, held: None, decision });
        }
        for (seen, held) in ours {
            let decision = match decided.get(&held.digest) {
                Some(Outcome::Revoked) => Decision::Note(Outcome::AlreadyRevoked),
                Some(outcome) => Decision::Note(*outcome),
                None if dead.contains(&held.token_id) => Decision::Note(Outcome::AlreadyRevoked),
                None => decide(held, office.policy, now.when),
            };
            decided.entry(&held.digest).or_insert(decision.outcome());
            if decision == Decision::Revoke && !held.former {
                dead.insert(&held.token_id);
            }
            sightings.push(Sighting {
                report: *report,
                item: *item,
                seen: Some(seen),
                held: Some(held),
                decision,
            });
        }
    }
    sightings
}

async fn change_tokens(tx: &mut Tx, now: Now<'_>, sightings: &[Sighting<'_>]) -> Result<()> {
    let chosen = |which: fn(&Decision) -> bool| -> Vec<&Held> {
        sightings
            .iter()
            .filter(|sighting| which(&sighting.decision))
            .filter_map(|sighting| sighting.held)
            .collect()
    };
    tokens::revoke_exposed(tx, now.when, &chosen(|decision| *decision == Decision::Revoke)).await?;
    tokens::warn(tx, now.when, None, &chosen(|decision| *decision == Decision::Warn)).await?;
    let until = now.when.plus(super::decide::GRACE);
    tokens::warn(tx, now.when, Some(until), &chosen(|decision| matches!(decision, Decision::WarnUntil(_))))
        .await
}

const REPORT: &str = "INSERT INTO reports (id, partner, received_at, items) VALUES {each ($, $, $, $)}";

async fn write_reports(tx: &mut Tx, now: Now<'_>, reports: &[Report]) -> Result<Vec<ReportId>> {
    let ids: Vec<_> = ReportId::several(now.when, now.chance).take(reports.len()).collect();
    let rows = reports.iter().zip(&ids).map(|(report, id)| {
        let items = i64::try_from(report.message.items.len()).unwrap_or(i64::MAX);
        args![id, report.partner.as_str(), report.received_at, items]
    });
    tx.execute_later(REPORT, &[], rows.collect()).await?;
    Ok(ids)
}

/// Rows are made ready some at a time: those of a report of 10 MB would fill a gigabyte.
const AT_ONCE: usize = 2_000;
const SIGHTING: &str = "
    INSERT INTO sightings (id, report_id, workspace_id, token_id, partner, source, url, prefix, hint, outcome,
                           changed, former_secret, seen_at)
    VALUES {each ($, $, $, $, $, $, $, $, $, $, $, $, $)}";

async fn write_sightings(
    tx: &mut Tx,
    now: Now<'_>,
    reports: &[Report],
    ids: &[ReportId],
    sightings: &[Sighting<'_>],
) -> Result<()> {
    let keys = now.keys(tx, sightings.iter().map(Sighting::subject)).await?;
    let mut fresh = SightingId::several(now.when, now.chance);
    for some in sightings.chunks(AT_ONCE) {
        let rows = some.iter().zip(fresh.by_ref()).map(|(sighting, id)| {
            let report = &reports[sighting.report];
            let item = &report.message.items[sighting.item];
            args![
                &id,
                &ids[sighting.report],
                sighting.held.map(|held| &held.workspace_id),
                sighting.held.map(|held| &held.token_id),
                report.partner.as_str(),
                item.source.as_ref(),
                sighting.url(&keys, now, &id, item.url.as_ref()),
                sighting.prefix(),
                sighting.hint().as_ref().map(Hint::as_str),
                sighting.decision.outcome().name(),
                sighting.decision.changes(),
                sighting.held.is_some_and(|held| held.former),
                now.when,
            ]
        });
        tx.execute_later(SIGHTING, &[], rows.collect()).await?;
    }
    Ok(())
}

async fn write_audit(
    tx: &mut Tx,
    now: Now<'_>,
    reports: &[Report],
    ids: &[ReportId],
    sightings: &[Sighting<'_>],
) -> Result<()> {
    let actors: Vec<Actor> = reports.iter().map(|report| Actor::Partner(report.partner.as_str())).collect();
    let changed = sightings.iter().filter(|sighting| sighting.decision.changes());
    let entries = changed.filter_map(|sighting| {
        let held = sighting.held?;
        let event =
            if sighting.decision == Decision::Revoke { Event::TokenExposed } else { Event::TokenWarned };
        let until = match sighting.decision {
            Decision::WarnUntil(until) => Some(until),
            _ => None,
        };
        let entry = Entry {
            workspace: Some(&held.workspace_id),
            actor: &actors[sighting.report],
            event,
            target: held.token_id.as_str(),
            details: json!({"report_id": ids[sighting.report], "former_secret": held.former, "revoke_after": until}),
        };
        Some((entry, reports[sighting.report].origin.as_deref()))
    });
    audit::record_from(tx, now, &entries.collect::<Vec<_>>()).await
}

async fn write_track_events(
    tx: &mut Tx,
    now: Now<'_>,
    send: bool,
    reports: &[Report],
    sightings: &[Sighting<'_>],
) -> Result<()> {
    for some in sightings.chunks(AT_ONCE) {
        let events = some.iter().map(|sighting| {
            let report = &reports[sighting.report];
            let item = &report.message.items[sighting.item];
            Track {
                workspace: sighting.held.map(|held| held.workspace_id.clone()),
                event: "Token Exposed",
                properties: json!({
                    "origin": report.partner.as_str(),
                    "prefix": sighting.hint().as_ref().map(Hint::as_str),
                    "source": item.source,
                    "status": sighting.decision.outcome().status(),
                    "url": item.url,
                    "workspace_id": sighting.held.map(|held| &held.workspace_id),
                }),
            }
        });
        insights::track(tx, now, send, &events.collect::<Vec<_>>()).await?;
    }
    Ok(())
}

fn count(reports: &[Report], sightings: &[Sighting<'_>]) {
    for sighting in sightings {
        let (partner, outcome) =
            (reports[sighting.report].partner.as_str(), sighting.decision.outcome().name());
        metrics::counter!(telemetry::SIGHTINGS, "partner" => partner, "outcome" => outcome).increment(1);
    }
}

/// Whatever was ever ours is a true positive.
fn labels(reports: &[Report], sightings: &[Sighting<'_>]) -> Vec<Vec<Label>> {
    let mut labels: Vec<Vec<Label>> =
        reports.iter().map(|report| vec![Label::FalsePositive; report.message.items.len()]).collect();
    for sighting in sightings.iter().filter(|sighting| sighting.held.is_some()) {
        labels[sighting.report][sighting.item] = Label::TruePositive;
    }
    labels
}
