use std::time::Duration;

/// How often a condition is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Waits until this is so, looking again and again.
///
/// # Panics
/// When it is not so after `most`.
pub async fn eventually(most: Duration, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looked = tokio::time::timeout(most, async {
        let mut looks = tokio::time::interval(LOOK_AGAIN);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !is_so().await {
            looks.tick().await;
        }
    });
    assert!(looked.await.is_ok(), "not so within {most:?}: {what}");
}
