use ::jobs::{JobId, Listed, Schedule, State};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    common::Common,
    ended::Ended,
    print,
    values::{self, to_the_second},
};
use crate::jobs;

#[derive(Subcommand)]
pub enum Command {
    /// List the jobs that wait for their turn, for another try, or, parked, for an operator.
    List,
    /// Do now what comes round by itself.
    Run(Run),
    /// Make a job due now, parked or not, with its whole patience again.
    Retry(Retry),
}

#[derive(Args)]
pub struct Run {
    #[arg(help = names())]
    name: String,
}

#[derive(Args)]
pub struct Retry {
    /// The job
    id: String,
}

/// What comes round, with what it does.
fn names() -> String {
    let told = jobs::SCHEDULES.iter().map(|Schedule { name, every, does }| {
        let every = every.as_secs();
        let every = if every == 3_600 { "every hour".to_owned() } else { format!("every {every} seconds") };
        format!("`{name}` ({every}) {does}")
    });
    told.collect::<Vec<_>>().join("; ")
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        match self {
            Self::List => list(common).await,
            Self::Run(Run { name }) => run(common, &name).await,
            Self::Retry(Retry { id }) => retry(common, &id).await,
        }
    }
}

const AT_ONCE: i64 = 200;

async fn list(common: &Common) -> Result<(), Ended> {
    let app = common.app().await?;
    let mut printed =
        print::List::new(common.json, ["id", "kind", "state", "tries", "made", "due", "last error"]);
    let mut after: Option<JobId> = None;
    loop {
        let found = ::jobs::list(&app.db, after.as_ref(), AT_ONCE).await?;
        printed.more(&found, row)?;
        match found.into_iter().next_back() {
            Some(last) => after = Some(last.id),
            None => return printed.end("No job waits."),
        }
    }
}

fn row(job: &Listed) -> [String; 7] {
    let state = match job.state {
        State::Waiting => "waiting",
        State::Parked => "parked",
    };
    [
        job.id.to_string(),
        job.kind.clone(),
        state.to_owned(),
        job.attempts.to_string(),
        to_the_second(job.created_at),
        to_the_second(job.run_at),
        job.last_error.clone().unwrap_or_default(),
    ]
}

async fn run(common: &Common, name: &str) -> Result<(), Ended> {
    let app = common.app().await?;
    if !jobs::run_scheduled(&app, name).await? {
        let names: Vec<_> = jobs::SCHEDULES.iter().map(|schedule| schedule.name).collect();
        return Err(Ended::refused(format!(
            "Nothing comes round under the name {name}: there is {}.",
            names.join(", ")
        )));
    }
    common.answer(&json!({"done": name}), |_| print::line(format!("Done: {name}.")))
}

async fn retry(common: &Common, id: &str) -> Result<(), Ended> {
    let id: JobId = values::id(id, "job")?;
    let app = common.app().await?;
    let mut tx = app.db.begin().await?;
    if !::jobs::retry_now(&mut tx, app.clock.now(), &id).await? {
        return Err(Ended::not_found("job"));
    }
    tx.commit().await?;
    common
        .answer(&json!({"due": id}), |_| print::line(format!("{id} is due now; a running server takes it.")))
}
