use std::{sync::Arc, time::Duration};

use outgoing::{
    Client, Fault, Request, StatusCode,
    header::{ACCEPT, ETAG, IF_NONE_MATCH},
};
use time_and_chance::Time;

use super::{Endpoint, stored::Fetched};
use crate::exposure::signature::KeySet;

/// Two keys take half a kilobyte.
const MOST_BYTES: usize = 256 * 1024;
/// A longer tag is not worth sending back.
const MOST_ETAG_BYTES: usize = 256;

/// What a good answer was.
pub(super) enum Answered {
    /// A set of keys.
    Anew(Fetched),
    /// The set that is known already, which is current at this moment.
    Unchanged(Fetched),
}

/// Why an answer is no set of keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error(transparent)]
    Http(#[from] Fault),
    #[error("status {0}")]
    Status(StatusCode),
    #[error("the answer lists no key that can be used")]
    Nonsense,
}

/// Asks the endpoint for its keys; for a change, if a set is `known`.
pub(super) async fn fetch(
    client: &Client,
    endpoint: &Endpoint,
    known: Option<Fetched>,
    timeout: Duration,
    when: Time,
) -> Result<Answered, Failed> {
    let answer = client.send(request(endpoint, known.as_ref())?.timeout(timeout)).await?;
    match (answer.status, known) {
        (StatusCode::OK, _) => {
            let etag = answer.header(&ETAG).filter(|tag| tag.len() <= MOST_ETAG_BYTES).map(ToOwned::to_owned);
            let answer = String::from_utf8(answer.body).map_err(|_| Failed::Nonsense)?;
            let keys = KeySet::parse(answer.as_bytes()).map_err(|_| Failed::Nonsense)?;
            // An empty list is well-formed, but would silence the partner.
            if keys.is_empty() {
                return Err(Failed::Nonsense);
            }
            Ok(Answered::Anew(Fetched { keys: Arc::new(keys), answer: answer.into(), etag, at: when }))
        }
        (StatusCode::NOT_MODIFIED, Some(known)) => Ok(Answered::Unchanged(Fetched { at: when, ..known })),
        (status, _) => Err(Failed::Status(status)),
    }
}

fn request(endpoint: &Endpoint, known: Option<&Fetched>) -> Result<Request, Fault> {
    let mut request =
        Request::get(&endpoint.url)?.header(ACCEPT, "application/json")?.max_answer_bytes(MOST_BYTES);
    if let Some(token) = &endpoint.access_token {
        request = request.bearer(&token.expose())?;
    }
    if let Some(etag) = known.and_then(|known| known.etag.as_deref()) {
        request = request.header(IF_NONE_MATCH, etag)?;
    }
    Ok(request)
}
