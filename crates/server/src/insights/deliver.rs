//! Sends track events to a Segment-compatible HTTP endpoint: `POST /v1/batch`, Basic authentication with the write key
//! as user name. Limits: 32 KB an event, 500 KB and 2,500 events a batch; 429 with `Retry-After` in seconds. Everything
//! else than 429 and 5xx is answered 200, whatever becomes of it.
//! Source: Segment, "HTTP API Source", <https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/>.

use std::collections::HashMap;

use jobs::{Claimed, Outcome, Terms};
use outgoing::{Answer, Request};
use serde_json::{Value, json, value::RawValue};
use store::{Result, args};
use time_and_chance::{Duration, Time};

use super::{BatchId, Courier, DeliverEvents, Endpoint};
use crate::{
    columns::TRACK_PROPERTIES,
    jobs::{Pace, goes_on},
    telemetry,
};

/// Somewhat below the limits, to leave room for the frame around the events.
const MOST_BYTES: usize = 480_000;
const MOST_EVENTS: usize = 2_500;
const LARGEST_EVENT: usize = 32_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// How events are worked off: as many batches at once as memory has room for, whatever is in them.
pub fn terms() -> Terms {
    Terms { batch: 10, ..Terms::default() }
}

// Batch by batch, so that a request completes at least one.
const EVENTS: &str = "
    SELECT id, batch_id, workspace_id, track_events.at AS at, event, properties, shredded.at AS shredded_at
    FROM track_events LEFT JOIN shredded ON shredded.subject = workspace_id
    WHERE batch_id IN ({each $}) ORDER BY batch_id, id";

/// Sends the events of several batches in as few requests as the limits allow. What was in a request that failed is
/// tried again; while the endpoint takes nothing, so is the rest. What a try does not come to goes on with the next, and a
/// batch that is out is not sent again.
pub async fn deliver(courier: Courier, jobs: Vec<Claimed<DeliverEvents>>) -> Vec<Outcome> {
    let Some(endpoint) = &courier.endpoint else {
        return vec![Outcome::give_up("the settings name no track.endpoint any more"); jobs.len()];
    };
    if let Some(left) = courier.pause.left(courier.clock.now()) {
        return vec![put_off(left); jobs.len()];
    }
    let Events { events, mut unsent } = match events(&courier, &jobs).await {
        Ok(events) => events,
        Err(fault) => return vec![Outcome::retry(fault.to_string()); jobs.len()],
    };
    let mut pace = Pace::of(courier.pace);
    let mut rest: Option<Outcome> = None;
    for request in cut(&events) {
        if rest.is_none() && !pace.allows_a_step() {
            rest = Some(goes_on());
        }
        let failed = match &rest {
            Some(outcome) => Some(outcome.clone()),
            None => courier.send(endpoint, request).await.err().map(|failed| {
                // What is refused for what it says is no reason to hold back the rest.
                if failed.is_closed {
                    rest = Some(failed.outcome.clone());
                }
                failed.outcome
            }),
        };
        match failed {
            Some(outcome) => {
                unsent.extend(request.iter().map(|event| (event.batch.clone(), outcome.clone())));
            }
            None => metrics::counter!(telemetry::TRACK_EVENTS_SENT).increment(request.len() as u64),
        }
    }
    jobs.iter().map(|job| unsent.get(&job.task.batch).cloned().unwrap_or(Outcome::Done)).collect()
}

/// The endpoint wants to be left alone, whichever events it would get.
fn put_off(left: Duration) -> Outcome {
    Outcome::Retry { why: "the endpoint has asked for a pause".to_owned(), after: Some(left) }
}

/// A request that did not go through.
struct Failed {
    outcome: Outcome,
    /// Whether the endpoint takes nothing at the moment.
    is_closed: bool,
}

struct Event {
    batch: BatchId,
    body: Box<RawValue>,
}

/// What is to be sent, and of which batches nothing can be yet.
struct Events {
    events: Vec<Event>,
    unsent: HashMap<BatchId, Outcome>,
}

async fn events(courier: &Courier, jobs: &[Claimed<DeliverEvents>]) -> Result<Events> {
    let list = jobs.iter().map(|job| args![&job.task.batch]).collect();
    let rows = courier.db.rows_of_each(EVENTS, &[], list).await?;
    let opener = courier.vault.opener_of(&courier.db, &rows, &["properties"]).await?;
    let (mut events, mut unsent) = (Vec::with_capacity(rows.len()), HashMap::new());
    for row in &rows {
        let (id, batch, at): (String, BatchId, Time) = (row.get("id")?, row.get("batch_id")?, row.get("at")?);
        if row.get::<Option<Time>>("shredded_at")?.is_some() {
            // Its workspace was, before it went out.
            continue;
        }
        let workspace = row.get::<Option<String>>("workspace_id")?.unwrap_or_default();
        let properties = match opener.text(row, "properties", TRACK_PROPERTIES.of(&id, &workspace)) {
            Ok(properties) => properties,
            Err(fault @ seal::Fault::NoKey { .. }) => {
                unsent.insert(batch, Outcome::retry(fault.to_string()));
                continue;
            }
            Err(fault) => {
                tracing::error!(event = id, %fault, "a track event does not open");
                continue;
            }
        };
        let properties: Value = serde_json::from_str(properties.expose()).unwrap_or(Value::Null);
        let body = json!({
            "type": "track", "messageId": id, "userId": "__system__", "event": row.get::<String>("event")?,
            "timestamp": at, "properties": properties,
        });
        let body = serde_json::value::to_raw_value(&body).expect("an event is plain data");
        if body.get().len() > LARGEST_EVENT {
            tracing::error!(event = id, "a track event is too large to be sent");
            continue;
        }
        events.push(Event { batch, body });
    }
    events.retain(|event| !unsent.contains_key(&event.batch));
    Ok(Events { events, unsent })
}

/// Cuts events into requests within the limits, between two batches where that can be: one that is out is done.
fn cut(events: &[Event]) -> impl Iterator<Item = &[Event]> {
    let mut rest = events;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = rest.iter().take(MOST_EVENTS).take_while(|event| {
            bytes += event.body.get().len() + 1;
            bytes <= MOST_BYTES
        });
        let most = fits.count();
        let ends_a_batch = |at: &usize| rest.get(*at).is_none_or(|next| next.batch != rest[at - 1].batch);
        let (request, after) = rest.split_at((1..=most).rev().find(ends_a_batch).unwrap_or(most));
        rest = after;
        (!request.is_empty()).then_some(request)
    })
}

impl Courier {
    async fn send(&self, endpoint: &Endpoint, events: &[Event]) -> std::result::Result<(), Failed> {
        let batch: Vec<&RawValue> = events.iter().map(|event| &*event.body).collect();
        let body = json!({ "batch": batch, "sentAt": self.clock.now() });
        let body = serde_json::to_vec(&body).expect("events are plain data");
        let request = Request::post(&endpoint.url)
            .and_then(|request| request.basic(&endpoint.write_key.expose(), ""))
            .map(|request| request.body("application/json", body).timeout(PATIENCE))
            .map_err(|fault| Failed { outcome: Outcome::retry(fault.to_string()), is_closed: true })?;
        match self.client.send(request).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) => {
                let is_closed = answer.status.as_u16() == 429 || answer.status.is_server_error();
                Err(Failed { outcome: self.refused(&answer), is_closed })
            }
            Err(error) => Err(Failed { outcome: Outcome::retry(error.to_string()), is_closed: true }),
        }
    }

    /// Nothing is given up at once: a wrong write key can be mended, and whoever runs it sees the queue grow.
    fn refused(&self, answer: &Answer) -> Outcome {
        let when = self.clock.now();
        let wanted = outgoing::retry_after(answer, when.system_time());
        let after = wanted.map(|wanted| self.pause.begin(when, wanted));
        Outcome::Retry { why: format!("the endpoint answered {}", answer.status), after }
    }
}

#[cfg(test)]
mod tests {
    use time_and_chance::SeededChance;

    use super::*;

    fn batch(number: u64) -> BatchId {
        BatchId::new(Time::from_micros(0), &SeededChance::new(number))
    }

    fn event(batch: &BatchId, bytes: usize) -> Event {
        let body = serde_json::value::to_raw_value(&"x".repeat(bytes)).unwrap();
        Event { batch: batch.clone(), body }
    }

    #[test]
    fn requests_stay_within_the_limits_and_leave_nothing_out() {
        let one = batch(1);
        let events: Vec<Event> =
            (0..6_000).map(|at| event(&one, if at < 100 { 30_000 } else { 10 })).collect();
        let requests: Vec<&[Event]> = cut(&events).collect();
        assert_eq!(requests.iter().map(|request| request.len()).sum::<usize>(), 6_000);
        for request in requests {
            assert!(request.len() <= MOST_EVENTS);
            assert!(request.iter().map(|event| event.body.get().len() + 1).sum::<usize>() <= MOST_BYTES);
        }
    }

    #[test]
    fn a_request_ends_with_a_batch_where_it_can() {
        let events: Vec<Event> = [(1, 1_000), (2, 1_000), (3, 1_000), (4, 6_000)]
            .into_iter()
            .flat_map(|(number, events)| (0..events).map(move |_| event(&batch(number), 10)))
            .collect();
        let lengths: Vec<usize> = cut(&events).map(<[Event]>::len).collect();
        assert_eq!(lengths, [2_000, 1_000, 2_500, 2_500, 1_000]);
    }
}
