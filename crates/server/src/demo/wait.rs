use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(5);

/// Looks for something until it is there. `what` says it in words if it never is.
pub async fn until<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>, String>,
) -> Result<T, String> {
    let looking = async {
        let mut turns = interval(LOOK);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            if let Some(found) = look().await? {
                return Ok(found);
            }
        }
    };
    in_time(what, looking).await?
}

/// Waits for something that says itself when it is there.
pub async fn in_time<T>(what: &str, wanted: impl Future<Output = T>) -> Result<T, String> {
    timeout(PATIENCE, wanted)
        .await
        .map_err(|_| format!("{what} did not come within {} seconds", PATIENCE.as_secs()))
}
