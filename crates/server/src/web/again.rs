use super::Stop;

/// How often a verb is begun at most.
const TRIES: usize = 5;

/// Does a verb, and begins it anew when its transaction collided with another's: each waited for the other, or both wanted
/// what only one can have (an external id, a mail address). The second time it finds what the other one made.
pub async fn again<T, R, F>(verb: impl Fn() -> F) -> Result<T, Stop<R>>
where
    F: Future<Output = Result<T, Stop<R>>>,
{
    for _ in 1..TRIES {
        match verb().await {
            Err(Stop::Fault(fault)) if fault.is_taken() || fault.may_be_retried() => {}
            done => return done,
        }
    }
    verb().await
}
