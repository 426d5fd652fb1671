//! Many tokens, quickly: made by the engine itself, in the order of their ids, and the other indexes afterwards.

use bailiwick::{
    app::Opened,
    columns::{PERSON_MAIL, WORKSPACE_NAME},
};
use seal::HOUSE;
use store::{Engine, args};
use time_and_chance::{OsChance, Time};

use crate::{Fault, bare::Bare};

/// How many tokens a workspace has.
pub const TO_A_WORKSPACE: u64 = 1_000;

/// A filled database says so, with how much.
const MARK: &str = "CREATE TABLE bench_filled (tokens BIGINT)";
const WORKSPACES: &str = "
    INSERT INTO workspaces (id, kind, created_at)
    SELECT 'ws_01' || {pad} || '0000000000000000', 'customer', 1700000000000000 FROM {series}";
const PEOPLE: &str = "
    INSERT INTO people (id, created_at)
    SELECT 'per_01' || {pad} || '0000000000000000', 1700000000000000 FROM {series}";
const MEMBERS: &str = "
    INSERT INTO members (id, workspace_id, person_id, role, created_at)
    SELECT 'mem_01' || {pad} || '0000000000000000', 'ws_01' || {pad} || '0000000000000000',
           'per_01' || {pad} || '0000000000000000', 'owner', 1700000000000000
    FROM {series}";
// Tokens of a workspace are made at all times, so they lie far apart. What is sealed of those that nobody looks at is as long as
// a sealed description, and random like one.
const TOKENS: &str = "
    INSERT INTO tokens (id, workspace_id, digest, scheme, version, prefix, hint, description, role, creator_id, created_at)
    SELECT 'tok_01' || {pad} || {tail}, workspace, {digest}, 'sha256', 3, 'bwk', 'aZ3kQ', {sealed}, 'member',
           creator, 1700000000000000 + i
    FROM (SELECT i, 'ws_01' || {pad_workspace} || '0000000000000000' AS workspace,
                 'per_01' || {pad_workspace} || '0000000000000000' AS creator
          FROM {series}) AS numbered";

// As wide as a token's row.
const BARE_ROWS: &str = "
    INSERT INTO bare_rows (id, workspace_id, digest, description, role, created_at)
    SELECT 'row_01' || {pad} || '0000000000000000', 'ws_01' || {pad} || '0000000000000000',
           '0123456789abcdef0123456789abcdef0123456789abcdef', 'deploy bot ' || i, 'member', 1700000000000000 + i
    FROM {series}";

/// The id of a bare row by its number.
pub fn bare_row(number: u64) -> String {
    format!("row_01{number:08}0000000000000000")
}

/// Makes the table of bare rows anew, with so many.
pub async fn bare_rows(url: &str, engine: Engine, rows: u64) -> Result<(), Fault> {
    let db = unsafely(url, engine).await?;
    db.make_table().await?;
    db.tell(&of_engine(BARE_ROWS, engine, rows, 1)).await?;
    safely(db, engine).await
}

/// The id of a workspace by its number.
pub fn workspace(number: u64) -> String {
    format!("ws_01{number:08}0000000000000000")
}

/// How many workspaces that many tokens have.
pub fn workspaces(tokens: u64) -> u64 {
    (tokens / TO_A_WORKSPACE).max(1)
}

/// Whether the database has been filled with that many.
pub async fn is_filled(db: &Bare, tokens: u64) -> bool {
    let sql = format!("SELECT 'yes' FROM bench_filled WHERE tokens = {tokens}");
    db.text(&sql).await.is_ok()
}

/// Fills an empty, migrated database.
pub async fn fill(url: &str, engine: Engine, tokens: u64) -> Result<(), Fault> {
    let db = unsafely(url, engine).await?;
    let indexes = without_indexes(&db, engine).await?;
    let workspaces = workspaces(tokens);
    for sql in [WORKSPACES, PEOPLE, MEMBERS] {
        db.tell(&of_engine(sql, engine, workspaces, workspaces)).await?;
    }
    db.tell(&of_engine(TOKENS, engine, tokens, workspaces)).await?;
    for index in indexes {
        db.tell(&index).await?;
    }
    db.tell(MARK).await?;
    db.tell(&format!("INSERT INTO bench_filled VALUES ({tokens})")).await?;
    safely(db, engine).await
}

/// As long ago as everything else was made.
const MADE: Time = Time::from_micros(1_700_000_000_000_000);
const NAMES: &str = "
    UPDATE workspaces SET name = v.column2 FROM (VALUES {each ($, $)}) AS v WHERE workspaces.id = v.column1";
const MAILS: &str = "
    UPDATE people SET mail = v.column2, mail_index = v.column3, index_key = v.column4
    FROM (VALUES {each ($, $, $, $)}) AS v WHERE people.id = v.column1";

/// Seals the names of the workspaces and the addresses of their owners.
pub async fn seal(opened: &Opened, tokens: u64) -> Result<(), Fault> {
    let numbers: Vec<u64> = (0..workspaces(tokens)).collect();
    for some in numbers.chunks(500) {
        let ids: Vec<(String, String)> = some
            .iter()
            .map(|number| (workspace(*number), workspace(*number).replace("ws_", "per_")))
            .collect();
        let subjects = ids.iter().flat_map(|(workspace, person)| [workspace.as_str(), person.as_str()]);
        let mut tx = opened.db.begin().await?;
        let keys = opened.vault.keys(&mut tx, MADE, &OsChance, subjects.chain([HOUSE])).await?;
        let index = opened.vault.index_held(&mut tx, MADE, &OsChance).await?;
        let (mut names, mut mails) = (Vec::new(), Vec::new());
        for (number, (workspace, person)) in some.iter().zip(&ids) {
            let name = format!("Workspace {number}").into();
            let place = WORKSPACE_NAME.of(workspace, workspace);
            names.push(args![workspace, keys.of(workspace)?.seal(&OsChance, place, &name)]);
            let mail = format!("owner{number}@customer.example");
            let sealed = keys.of(person)?.seal(&OsChance, PERSON_MAIL.of(person, ""), &mail.as_str().into());
            mails.push(args![person, sealed, index.of(&mail), index.key_id()]);
        }
        tx.execute_each(NAMES, &[], names).await?;
        tx.execute_each(MAILS, &[], mails).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A connection of which the last second may be lost: only filling uses such, and nothing is measured meanwhile.
async fn unsafely(url: &str, engine: Engine) -> Result<Bare, Fault> {
    // One connection, because settings are a connection's own.
    let db = Bare::open(url, 1).await?;
    db.tell(match engine {
        Engine::Sqlite => {
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA threads = 2"
        }
        Engine::Postgres => "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'",
    })
    .await?;
    Ok(db)
}

/// Closes it, with everything in place as after a quiet night.
async fn safely(db: Bare, engine: Engine) -> Result<(), Fault> {
    db.tell(match engine {
        Engine::Sqlite => "PRAGMA journal_mode = WAL",
        Engine::Postgres => "VACUUM ANALYZE",
    })
    .await?;
    db.close().await;
    Ok(())
}

/// Drops the indexes of the tokens that are not filled in order, and answers how they are made.
async fn without_indexes(db: &Bare, engine: Engine) -> Result<Vec<String>, Fault> {
    let (names, texts) = match engine {
        Engine::Sqlite => {
            let of = "FROM sqlite_master WHERE type = 'index' AND tbl_name = 'tokens' AND sql IS NOT NULL";
            (format!("SELECT name {of}"), format!("SELECT sql {of}"))
        }
        Engine::Postgres => {
            let of = "FROM pg_indexes WHERE tablename = 'tokens' AND indexname <> 'tokens_pkey'";
            (format!("SELECT CAST(indexname AS TEXT) {of}"), format!("SELECT indexdef {of}"))
        }
    };
    let texts = db.texts(&texts).await?;
    for name in db.texts(&names).await? {
        db.tell(&format!("DROP INDEX {name}")).await?;
    }
    Ok(texts)
}

fn of_engine(sql: &str, engine: Engine, rows: u64, workspaces: u64) -> String {
    let last = rows - 1;
    let (series, pad, tail, digest, sealed) = match engine {
        Engine::Sqlite => (
            format!(
                "(WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT i FROM n) AS s"
            ),
            "substr('0000000' || NUMBER, -8)",
            "hex(randomblob(8))",
            "randomblob(32)",
            "randomblob(64)",
        ),
        Engine::Postgres => (
            format!("generate_series(0, {last}) AS s (i)"),
            "lpad(CAST(NUMBER AS TEXT), 8, '0')",
            "upper(left(md5(CAST(random() AS TEXT)), 16))",
            "sha256(convert_to(i || ' ' || random(), 'UTF8'))",
            "sha256(convert_to(i || ' a', 'UTF8')) || sha256(convert_to(i || ' b', 'UTF8'))",
        ),
    };
    sql.replace("{series}", &series)
        .replace("{pad}", &pad.replace("NUMBER", "i"))
        .replace("{pad_workspace}", &pad.replace("NUMBER", &format!("(i % {workspaces})")))
        .replace("{tail}", tail)
        .replace("{digest}", digest)
        .replace("{sealed}", sealed)
}
