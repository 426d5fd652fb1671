//! Live tokens whose secrets are known here, spread among those that a database was filled with; and reports of them.
//!
//! Spread by their ids and digests, and by where they lie: what leaks together was not made together. So where many are
//! stored, some of them get a secret that is known here; where they are too few for that, others are added in between,
//! and leak in another order than that of their making.

use bailiwick::columns::TOKEN_DESCRIPTION;
use seal::Keys;
use serde_json::{Value, json};
use store::{Arg, args};
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

/// The first of the stored tokens at or after a moment of the past, which has nothing but its digest and hint changed.
const KNOWN: &str = "
    UPDATE tokens SET digest = $2, hint = $3
    WHERE id = (SELECT id FROM tokens WHERE id >= $1 AND revoked_at IS NULL ORDER BY id LIMIT 1)";

/// Makes live tokens whose secrets are known, and answers these.
pub async fn plant(stage: &Stage, how_many: usize) -> Result<Vec<String>, Fault> {
    let mut secrets: Vec<String> = (0..how_many).map(|_| secret(stage)).collect();
    let mut tx = stage.app.db.begin().await?;
    if stage.tokens > 100 * how_many as u64 {
        // Each from a stretch of its own, so that none is taken twice.
        let stretch = stage.tokens / how_many as u64;
        for (begin, secret) in (0..).step_by(usize::try_from(stretch)?).zip(&secrets) {
            let from = format!("tok_01{:08}", begin + below(stretch));
            tx.execute(KNOWN, args![from, Digest::of(secret).as_bytes(), &secret[4..9]]).await?;
        }
    } else {
        let rows: Vec<Row> = secrets.iter().map(|secret| Row::new(stage, secret)).collect();
        let keys = stage.app.now().keys(&mut tx, rows.iter().map(|row| row.workspace.as_str())).await?;
        let rows = rows.iter().map(|row| row.args(&keys)).collect::<Result<_, seal::Fault>>()?;
        tx.execute_each(PLANT, &[], rows).await?;
    }
    tx.commit().await?;
    stage.settle().await?;
    shuffle(&mut secrets);
    Ok(secrets)
}

/// A token as if it had been made at some moment of the past.
struct Row<'a> {
    id: String,
    workspace: String,
    secret: &'a str,
}

impl<'a> Row<'a> {
    fn new(stage: &Stage, secret: &'a str) -> Self {
        let (at, tail, owner) = (below(stage.tokens), below(u64::MAX), below(fill::workspaces(stage.tokens)));
        Self { id: format!("tok_01{at:08}{tail:016X}"), workspace: fill::workspace(owner), secret }
    }

    fn args(&self, keys: &Keys) -> Result<Vec<Arg>, seal::Fault> {
        let place = TOKEN_DESCRIPTION.of(&self.id, &self.workspace);
        Ok(args![
            &self.id,
            &self.workspace,
            Digest::of(self.secret).as_bytes(),
            "sha256",
            3,
            "bwk",
            &self.secret[4..9],
            keys.of(&self.workspace)?.seal(&OsChance, place, &"deploy bot".into()),
            "member",
            1_700_000_000_000_000_i64,
        ])
    }
}

fn shuffle<T>(things: &mut [T]) {
    for last in (1..things.len()).rev() {
        let other = usize::try_from(below(last as u64 + 1)).expect("less than a usize");
        things.swap(last, other);
    }
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
    let mut items: Vec<Value> = all.map(|secret| item(secret)).collect();
    shuffle(&mut items);
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
