use axum::http::StatusCode;
use time_and_chance::{Duration, Time};
use tokio::sync::Mutex;

use super::Problem;
use crate::{app::App, schema};

/// How long an answer is remembered: however many ask, the database is looked at once.
const REMEMBERED: Duration = Duration::from_secs(1);

/// Whether this node is ready, as it last was found to be. One who asks looks, and the others wait for that.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Time, Answer)>>);

type Answer = Result<(), Problem>;

impl Readiness {
    pub(super) async fn of(&self, app: &App) -> Answer {
        let mut last = self.0.lock().await;
        let when = app.clock.now();
        // A clock that was put back must not make it an answer for long.
        if let Some((at, answer)) = &*last
            && *at <= when
            && when.since(*at) < REMEMBERED
        {
            return answer.clone();
        }
        let answer = look(app).await;
        *last = Some((app.clock.now(), answer.clone()));
        answer
    }
}

async fn look(app: &App) -> Answer {
    let newest = schema::STEPS.last().map_or(0, |step| step.number);
    let schema = app.db.schema().await?;
    if !schema.is_some_and(|schema| schema.number >= newest && schema.admits(schema::STEPS).is_ok()) {
        let detail =
            "The database's schema is not one that this version may use. Restart this node, or upgrade it.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "schema", detail));
    }
    if app.vault.lacking(&app.db).await.is_some() {
        let detail = "A root key that the database is sealed with cannot be had. Look at keyring.root; what is in memory serves on.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "root_key_missing", detail));
    }
    Ok(app.db.probe().await?)
}
