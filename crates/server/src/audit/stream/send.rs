//! One request to the receiver, signed as Standard Webhooks says, in the form of payload that it recommends.

use outgoing::{Answer, Request, webhook};
use serde_json::json;
use time_and_chance::{Clock, Duration, Time};

use super::{Stream, batch::Batch};

const PATIENCE: Duration = Duration::from_secs(15);
/// What is read of an answer, in which nobody looks.
const MOST_ANSWER_BYTES: usize = 64 * 1024;

/// Why a request was not taken.
#[derive(Debug)]
pub(super) struct NotTaken {
    /// What happened, without anything of what was sent.
    pub why: String,
    /// How long the receiver asks to be left alone.
    pub wait: Option<Duration>,
    /// Whether it will hardly pass by itself.
    pub is_refused: bool,
    /// Whether fewer entries may fit.
    pub is_too_much: bool,
}

impl Stream {
    /// Sends these entries.
    pub(super) async fn send(&self, clock: &dyn Clock, batch: &Batch) -> Result<(), NotTaken> {
        let body = json!({
            "type": "audit.entries", "timestamp": batch.newest(), "data": {"entries": batch.entries()},
        });
        let when = clock.now();
        let seconds = i64::try_from(when.millis() / 1_000).expect("the clock is not that far ahead");
        // Read each time, as it may have become another.
        let secrets = webhook::Secret::read_all(&self.secret.expose()).unwrap_or_default();
        let request = Request::post(&self.url)
            .and_then(|request| request.json(&body))
            .map(|request| request.timeout(PATIENCE).max_answer_bytes(MOST_ANSWER_BYTES))
            .and_then(|request| webhook::sign(request, &batch.id(), seconds, &secrets));
        let answer = match request {
            Ok(request) => self.client.send(request).await,
            Err(fault) => Err(fault),
        };
        match answer {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) => Err(NotTaken::by(&answer, clock.now())),
            // What it says beside its status is nobody's concern, and it was received.
            Err(fault) => Err(NotTaken {
                why: fault.to_string(),
                wait: None,
                is_refused: matches!(fault, outgoing::Fault::Refused(_) | outgoing::Fault::Unsendable(_)),
                is_too_much: false,
            }),
        }
    }
}

impl NotTaken {
    fn by(answer: &Answer, when: Time) -> Self {
        let status = answer.status.as_u16();
        let passes = matches!(status, 408 | 429) || answer.status.is_server_error();
        Self {
            why: format!("the receiver answered {}", answer.status),
            wait: outgoing::retry_after(answer, when.system_time()),
            is_refused: !passes,
            is_too_much: status == 413,
        }
    }
}
