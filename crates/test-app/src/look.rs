use std::{path::Path, time::Duration};

use bailiwick::{audit, permissions::Scope};
use chain::{Heads, Place, Report};
use jobs::{JobId, Listed};
use serde_json::Value;

use crate::{TestApp, Workspace, eventually};

/// What somebody can see of an app, other than by a request of the story.
impl TestApp {
    /// The value of a metric with its labels as Prometheus writes them, `name{label="value"}`; zero before it has one.
    /// Counts are the process's, and every test has a process to itself.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics", "").await.with_status(200).text;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        value.unwrap_or_default()
    }

    /// All pages of a list.
    pub async fn all(&self, path: &str, key: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}?limit=200{cursor}"), key).await.with_status(200).json;
            items.extend(page["items"].as_array().expect("a page has items").iter().cloned());
            let Some(next) = page["next"].as_str() else { return items };
            cursor = format!("&cursor={next}");
        }
    }

    /// The jobs there are, parked ones too.
    pub async fn jobs(&self) -> Vec<Listed> {
        jobs::list(&self.app.db, None, 10_000).await.expect("the queue answers")
    }

    /// Looks at every chain of the audit.
    ///
    /// # Panics
    /// When something does not fit together.
    pub async fn audit_holds(&self) -> Report {
        let report = audit::verify(&self.app.db, &self.app.vault, Heads::default())
            .await
            .expect("the database answers");
        assert_eq!(report.findings, [], "the audit does not fit together");
        report
    }

    /// Looks at every chain of the audit, and at the heads in this file, which were delivered outside.
    pub async fn audit_against(&self, outside: &Path) -> Report {
        let mut heads = Heads::default();
        for line in std::fs::read_to_string(outside).expect("heads were delivered").lines() {
            heads.line(line, Place::Outside);
        }
        audit::known_heads(&self.app.db, &mut heads).await.expect("the database answers");
        audit::verify(&self.app.db, &self.app.vault, heads).await.expect("the database answers")
    }

    /// Writes down what was refused, as a server does every second.
    pub async fn record_refused(&self) {
        let (db, refusals) = (&self.app.db, &self.app.refusals);
        audit::record_refused(db, self.app.now(), refusals).await.expect("the database answers");
    }

    /// Makes a job due now, as an operator does.
    pub async fn retry_now(&self, id: &JobId) {
        let mut tx = self.app.db.begin().await.expect("the database answers");
        assert!(jobs::retry_now(&mut tx, self.app.clock.now(), id).await.expect("the database answers"));
        tx.commit().await.expect("the database answers");
    }

    /// Runs what otherwise comes round by itself.
    pub async fn run_scheduled(&self, name: &str) {
        assert!(
            bailiwick::jobs::run_scheduled(&self.app, name).await.expect("the database answers"),
            "no {name}"
        );
    }

    /// Waits until everything is done that was due, here or by a node beside this one.
    pub async fn until_no_job_is_left(&self) {
        eventually(Duration::from_mins(1), "no job is left", async || {
            self.work_off().await;
            jobs::list(&self.app.db, None, 1).await.expect("the queue answers").is_empty()
        })
        .await;
    }

    /// Waits until so many sessions of the database wait for a row that another has locked. (SQLite locks none.)
    pub async fn until_waiting(&self, sessions: i64) {
        let waiting = "
            SELECT COUNT(*) AS sessions FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually(Duration::from_mins(1), "they wait for a row", async || {
            self.sql(waiting).await[0].get::<i64>("sessions").expect("a count") >= sessions
        })
        .await;
    }

    /// Waits until the partner's keys, once fetched, are also in the database: they are put there behind the answer.
    pub async fn until_keys_are_kept(&self) {
        eventually(Duration::from_secs(10), "the partner's keys are in the database", async || {
            !self.sql("SELECT partner FROM partner_keys").await.is_empty()
        })
        .await;
    }
}

impl Workspace<'_> {
    /// What became of its tokens that were seen in public, oldest first.
    pub async fn sightings(&self) -> Vec<Value> {
        self.listed("sightings").await
    }

    /// What stands in its audit, oldest first.
    pub async fn audit(&self) -> Vec<Value> {
        self.listed("audit").await
    }

    /// How often this event stands in its audit.
    pub async fn audited(&self, event: &str) -> usize {
        self.audit().await.iter().filter(|entry| entry["event"] == event).count()
    }

    /// Outcomes of its sightings, oldest first.
    pub async fn outcomes(&self) -> Vec<String> {
        let outcome = |sighting: &Value| sighting["outcome"].as_str().expect("an outcome").to_owned();
        self.sightings().await.iter().map(outcome).collect()
    }

    async fn listed(&self, what: &str) -> Vec<Value> {
        let key = self.app.operator_key(&[Scope::Manage]).await;
        let mut items = self.app.all(&format!("/v1/workspaces/{}/{what}", self.id), &key).await;
        items.reverse();
        items
    }
}
