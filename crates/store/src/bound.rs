use std::{future::Future, time::Duration};

use crate::Fault;

/// How long an answer of the database is waited for; without one, until it comes.
///
/// A host that dies after it has taken a question and before it has answered it sends nothing any more, and a
/// connection that only waits to read never hears of that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound(pub Option<Duration>);

impl Bound {
    /// For what may take as long as it takes.
    pub const NONE: Self = Self(None);

    /// The answer, or nothing if it does not come in time.
    pub async fn on<T>(self, answer: impl Future<Output = T>) -> Option<T> {
        match self.0 {
            None => Some(answer.await),
            Some(most) => tokio::time::timeout(most, answer).await.ok(),
        }
    }
}

pub(crate) fn silence() -> Fault {
    Fault::Away("no answer came in time".to_owned())
}
