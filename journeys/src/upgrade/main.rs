//! Walks a rolling upgrade as an operator does it: a node of an earlier version, a node of this version beside it on the
//! same PostgreSQL, whose schema it brings up to date, work on both at once, and then the old one goes.
//! `scripts/upgrade.sh` builds the two and calls this.
//!
//! Nothing that was acknowledged may be lost, and nobody may be answered 5xx.

mod node;
mod work;

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use bailiwick::schema::STEPS;
use store::{Db, Options};
use test_app::{Database, FakePartner};

use node::{Node, Version};
use work::{Vendor, Work};

/// What went wrong, in a sentence.
type Walk<T> = Result<T, String>;

#[tokio::main]
async fn main() -> ExitCode {
    let folder = tempfile::TempDir::new().expect("a folder for the walk");
    let database = Database::fresh(folder.path());
    let partner = FakePartner::start().await;
    let version = async |variable: &str| {
        let program = std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} names no program"));
        let version = Version::new(PathBuf::from(program), folder.path(), &database.url, &partner.keys_url);
        version.await.unwrap_or_else(|why| panic!("{variable} cannot be called: {why}"))
    };
    let (before, this) = (version("BAILIWICK_PREVIOUS_BIN").await, version("BAILIWICK_BIN").await);
    let mut steps = Steps::default();
    let schema = Schema {
        url: database.url.clone(),
        must_change: std::env::var_os("BAILIWICK_MUST_MIGRATE").is_some(),
    };
    let walked = walk(&mut steps, &before, &this, &partner, &schema).await;
    steps.end(walked)
}

async fn walk(
    steps: &mut Steps,
    before: &Version,
    this: &Version,
    partner: &FakePartner,
    schema: &Schema,
) -> Walk<()> {
    let old = Node::start(before).await?;
    let key = before.operator_key().await?;
    let vendor = Vendor::new(key, partner.clone(), &old).await?;
    vendor.work(&[&old], Work::ROUNDS).await?;
    steps.held("the version before serves, and its node takes reports");

    let found = schema.step().await?;
    if STEPS.last().is_some_and(|newest| newest.oldest > found) {
        return walk_with_a_stop(steps, before, this, &vendor, schema, old).await;
    }
    let nodes = [&old];
    let (new, worked) = tokio::join!(Node::start(this), vendor.work(&nodes, Work::ROUNDS));
    let new = new?;
    worked?;
    for node in [&old, &new] {
        vendor.is_ready(node).await?;
    }
    let brought = schema.was_brought_up_to_date(found).await?;
    steps.held(&format!("this version starts beside it while it works, {brought}, and both are ready"));

    vendor.work(&[&old, &new], Work::ROUNDS).await?;
    steps.held("both make tokens, answer for each other's and take reports of them at the same time");

    vendor.all_revoked(&[&old, &new]).await?;
    steps.held("what one acknowledged is so on the other");

    let second = Node::start(before).await?;
    vendor.is_ready(&second).await?;
    vendor.work(&[&second, &new], 2).await?;
    second.stop().await?;
    steps.held("a node of the version before can come back, so the upgrade can be undone half-way");

    vendor.work_while_it_stops(&new, old).await?;
    steps.held("the old node stops at a signal, finishes what it has begun, and the new one never fails");

    vendor.work(&[&new], Work::ROUNDS).await?;
    vendor.all_revoked(&[&new]).await?;
    steps.held("the new node goes on alone, and every acknowledged revocation holds");

    vendor.queue_runs_dry(&new).await?;
    vendor.each_owner_was_mailed_once(&this.mails())?;
    steps.held("the jobs of both are done, and there is one mail for each revoked token");
    new.stop().await
}

/// The other way, of a step that takes away what the version before needs: the old node stops first.
async fn walk_with_a_stop(
    steps: &mut Steps,
    before: &Version,
    this: &Version,
    vendor: &Vendor,
    schema: &Schema,
    old: Node,
) -> Walk<()> {
    let found = schema.step().await?;
    old.stop().await?;
    let new = Node::start(this).await?;
    vendor.is_ready(&new).await?;
    let brought = schema.was_brought_up_to_date(found).await?;
    steps.held(&format!("it stops, and this version starts in its place, {brought}, and is ready"));

    if Node::start(before).await.is_ok() {
        return Err("a node of the version before may still start".to_owned());
    }
    steps.held("the version before refuses the new schema");

    vendor.all_revoked(&[&new]).await?;
    vendor.work(&[&new], Work::ROUNDS).await?;
    vendor.all_revoked(&[&new]).await?;
    steps.held("the new node goes on, and every acknowledged revocation holds");

    vendor.queue_runs_dry(&new).await?;
    vendor.each_owner_was_mailed_once(&this.mails())?;
    steps.held("the jobs of both are done, and there is one mail for each revoked token");
    new.stop().await
}

/// The database's schema, and whether there must be something to do about it.
struct Schema {
    url: String,
    must_change: bool,
}

impl Schema {
    async fn step(&self) -> Walk<i64> {
        let db = Db::open(&self.url, Options::default()).await.map_err(|fault| fault.to_string())?;
        let schema = db.schema().await.map_err(|fault| fault.to_string())?;
        db.close().await;
        schema.map(|schema| schema.number).ok_or_else(|| "the database has no schema".to_owned())
    }

    /// What became of it, in words.
    async fn was_brought_up_to_date(&self, found: i64) -> Walk<String> {
        let (now, newest) = (self.step().await?, STEPS.last().map_or(0, |step| step.number));
        if now != newest || (self.must_change && found == now) {
            return Err(format!("the schema was at step {found} and is at {now}; {newest} is the newest"));
        }
        Ok(if found == now {
            format!("finds the schema at step {now}")
        } else {
            format!("brings the schema from step {found} to {now}")
        })
    }
}

/// What held so far.
#[derive(Default)]
struct Steps(usize);

impl Steps {
    fn held(&mut self, what: &str) {
        self.0 += 1;
        say(&format!("ok    {what}"));
    }

    fn end(self, walked: Walk<()>) -> ExitCode {
        let failed = usize::from(walked.is_err());
        if let Err(why) = walked {
            say(&format!("FAILED after these: {why}"));
        }
        say(&format!("{} passed, {failed} failed", self.0));
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn say(line: &str) {
    // If nobody listens, the exit status still tells.
    let _ = writeln!(std::io::stdout(), "{line}");
}
