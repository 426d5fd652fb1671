//! Sends track events to a Segment-compatible HTTP endpoint: `POST /v1/batch`, Basic authentication with the write key
//! as user name. Limits: 32 KB an event, 500 KB and 2,500 events a batch; 429 with `Retry-After` in seconds. Everything
//! else than 429 and 5xx is answered 200, whatever becomes of it.
//! Source: Segment, "HTTP API Source", <https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/>.

use std::{collections::HashMap, time::SystemTime};

use jobs::{Claimed, Outcome};
use outgoing::{Answer, Client, Request};
use serde_json::{Value, json, value::RawValue};
use store::{Db, Result, args};
use time_and_chance::{Duration, Time};

use super::{BatchId, DeliverEvents};
use crate::telemetry;

/// Where events are sent.
#[derive(Clone)]
pub struct Endpoint {
    /// The whole URL, such as `https://api.segment.io/v1/batch`: the setting's, with `/v1/batch` added.
    pub url: String,
    /// The write key.
    pub write_key: String,
}

/// Somewhat below the limits, to leave room for the frame around the events.
const MOST_BYTES: usize = 480_000;
const MOST_EVENTS: usize = 2_500;
const LARGEST_EVENT: usize = 32_000;
const PATIENCE: Duration = Duration::from_secs(10);

const EVENTS: &str = "
    SELECT id, batch_id, at, event, properties FROM track_events WHERE batch_id IN ({each $}) ORDER BY id";

/// Sends the events of several batches in as few requests as the limits allow. What was in a request that failed is
/// tried again; while the endpoint takes nothing, so is the rest.
pub async fn deliver(
    db: Db,
    client: Client,
    endpoint: Option<Endpoint>,
    when: Time,
    jobs: Vec<Claimed<DeliverEvents>>,
) -> Vec<Outcome> {
    let Some(endpoint) = endpoint else {
        return vec![Outcome::give_up("the settings name no track.endpoint any more"); jobs.len()];
    };
    let events = match events(&db, &jobs).await {
        Ok(events) => events,
        Err(fault) => return vec![Outcome::retry(fault.to_string()); jobs.len()],
    };
    let mut unsent: HashMap<&BatchId, Outcome> = HashMap::new();
    let mut closed: Option<Outcome> = None;
    for request in cut(&events) {
        let failed = match &closed {
            Some(outcome) => Some(outcome.clone()),
            None => send(&client, &endpoint, when, request).await.err().map(|failed| {
                // What is refused for what it says is no reason to hold back the rest.
                if failed.is_closed {
                    closed = Some(failed.outcome.clone());
                }
                failed.outcome
            }),
        };
        match failed {
            Some(outcome) => unsent.extend(request.iter().map(|event| (&event.batch, outcome.clone()))),
            None => metrics::counter!(telemetry::TRACK_EVENTS_SENT).increment(request.len() as u64),
        }
    }
    jobs.iter().map(|job| unsent.get(&job.task.batch).cloned().unwrap_or(Outcome::Done)).collect()
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

async fn events(db: &Db, jobs: &[Claimed<DeliverEvents>]) -> Result<Vec<Event>> {
    let list = jobs.iter().map(|job| args![&job.task.batch]).collect();
    let rows = db.rows_of_each(EVENTS, &[], list).await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        let properties: String = row.get("properties")?;
        let properties: Value = serde_json::from_str(&properties).unwrap_or(Value::Null);
        let (id, at): (String, Time) = (row.get("id")?, row.get("at")?);
        let body = json!({
            "type": "track", "messageId": id, "userId": "__system__", "event": row.get::<String>("event")?,
            "timestamp": at, "properties": properties,
        });
        let body = serde_json::value::to_raw_value(&body).expect("an event is plain data");
        if body.get().len() > LARGEST_EVENT {
            tracing::error!(event = id, "a track event is too large to be sent");
            continue;
        }
        events.push(Event { batch: row.get("batch_id")?, body });
    }
    Ok(events)
}

/// Cuts events into requests within the limits.
fn cut(events: &[Event]) -> impl Iterator<Item = &[Event]> {
    let mut rest = events;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = rest.iter().take(MOST_EVENTS).take_while(|event| {
            bytes += event.body.get().len() + 1;
            bytes <= MOST_BYTES
        });
        let (request, after) = rest.split_at(fits.count());
        rest = after;
        (!request.is_empty()).then_some(request)
    })
}

async fn send(
    client: &Client,
    endpoint: &Endpoint,
    when: Time,
    events: &[Event],
) -> std::result::Result<(), Failed> {
    let batch: Vec<&RawValue> = events.iter().map(|event| &*event.body).collect();
    let body = serde_json::to_vec(&json!({ "batch": batch, "sentAt": when })).expect("events are plain data");
    let request = Request::post(&endpoint.url)
        .and_then(|request| request.basic(&endpoint.write_key, ""))
        .map(|request| request.body("application/json", body).timeout(PATIENCE))
        .map_err(|fault| Failed { outcome: Outcome::retry(fault.to_string()), is_closed: true })?;
    match client.send(request).await {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) => {
            let is_closed = answer.status.as_u16() == 429 || answer.status.is_server_error();
            Err(Failed { outcome: refused(&answer, when), is_closed })
        }
        Err(error) => Err(Failed { outcome: Outcome::retry(error.to_string()), is_closed: true }),
    }
}

/// Nothing is given up at once: a wrong write key can be mended, and whoever runs it sees the queue grow.
fn refused(answer: &Answer, when: Time) -> Outcome {
    let after =
        outgoing::retry_after(answer, system_time(when)).map(|pause| pause.min(Duration::from_hours(1)));
    Outcome::Retry { why: format!("the endpoint answered {}", answer.status), after }
}

fn system_time(when: Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(when.millis())
}

#[cfg(test)]
mod tests {
    use time_and_chance::SeededChance;

    use super::*;

    fn event(bytes: usize) -> Event {
        let batch = BatchId::new(Time::from_micros(0), &SeededChance::new(1));
        Event { batch, body: serde_json::value::to_raw_value(&"x".repeat(bytes)).unwrap() }
    }

    #[test]
    fn requests_stay_within_the_limits_and_leave_nothing_out() {
        let events: Vec<Event> = (0..6_000).map(|at| event(if at < 100 { 30_000 } else { 10 })).collect();
        let requests: Vec<&[Event]> = cut(&events).collect();
        assert_eq!(requests.iter().map(|request| request.len()).sum::<usize>(), 6_000);
        for request in requests {
            assert!(request.len() <= MOST_EVENTS);
            assert!(request.iter().map(|event| event.body.get().len() + 1).sum::<usize>() <= MOST_BYTES);
        }
    }
}
