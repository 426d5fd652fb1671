//! Live tokens whose secrets are known here, spread among those that a database was filled with; and reports of them.

use serde_json::{Value, json};
use store::args;
use time_and_chance::{Chance, OsChance};
use token_format::{Digest, Secret, mint};

use crate::{Fault, fill, stage::Stage};

/// What a report of a thousand holds: so many live tokens, look-alikes, and live ones a second time.
pub const LIVE: usize = 500;
const UNKNOWN: usize = 300;
const REPEATED: usize = 200;

const PLANT: &str = "
    INSERT INTO tokens (id, workspace_id, digest, scheme, version, prefix, hint, description, role, created_at)
    VALUES {each ($, $, $, $, $, $, $, $, $, $)}";

/// Adds live tokens, as if each had been made at some moment of the past, and answers their secrets.
pub async fn plant(stage: &Stage, how_many: usize) -> Result<Vec<String>, Fault> {
    let secrets: Vec<String> = (0..how_many).map(|_| secret(stage)).collect();
    let rows = secrets.iter().map(|secret| {
        let (at, tail, owner) = (below(stage.tokens), below(u64::MAX), below(fill::workspaces(stage.tokens)));
        args![
            format!("tok_01{at:08}{tail:016X}"),
            fill::workspace(owner),
            Digest::of(secret).as_bytes(),
            "sha256",
            3,
            "bwk",
            &secret[4..9],
            "deploy bot",
            "member",
            1_700_000_000_000_000_i64,
        ]
    });
    let mut tx = stage.app.db.begin().await?;
    tx.execute_each(PLANT, &[], rows.collect()).await?;
    tx.commit().await?;
    stage.settle().await?;
    Ok(secrets)
}

fn secret(stage: &Stage) -> String {
    let made: Secret = mint(stage.app.prefixes.current(), &mut |bytes| OsChance.fill(bytes));
    made.expose().to_owned()
}

/// A random number below `end`.
pub fn below(end: u64) -> u64 {
    u64::try_from(OsChance.number() % u128::from(end)).expect("less than a u64")
}

/// The body of a report of a thousand items, well mixed.
pub fn thousand(stage: &Stage, live: &[String]) -> Vec<u8> {
    let unknown: Vec<String> = (0..UNKNOWN).map(|_| secret(stage)).collect();
    let all = live.iter().chain(&unknown).chain(&live[..REPEATED]);
    let mut items: Vec<(u64, Value)> = all.map(|secret| (below(u64::MAX), item(secret))).collect();
    items.sort_by_key(|(place, _)| *place);
    let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
    serde_json::to_vec(&items).expect("JSON")
}

/// The body of a report of one item.
pub fn single(secret: &str) -> Vec<u8> {
    serde_json::to_vec(&[item(secret)]).expect("JSON")
}

fn item(secret: &str) -> Value {
    let url =
        format!("https://github.com/customer/app/blob/{:016x}/src/config/production.py", below(u64::MAX));
    json!({"token": secret, "type": "bwk_api_token", "url": url, "source": "commit"})
}
