//! The steps of the schema, one file each for both engines, and how a database is brought up to them.

mod readable;

use seal::{Source, Tables, Vault};
use store::{Db, Migrating, Migration, Options};
use time_and_chance::{Chance, Time};

use crate::{
    app::{Now, StartFault},
    audit, keyring, workspaces,
};

/// All steps, oldest first. A step that takes something away names as `oldest` the first step whose binary can do without.
pub const STEPS: &[Migration] = &[
    Migration {
        number: 1,
        name: "0001_house",
        oldest: 1,
        sql: include_str!("../../../../migrations/0001_house.sql"),
    },
    Migration {
        number: 2,
        name: "0002_seen_prefixes_and_indexes",
        oldest: 1,
        sql: include_str!("../../../../migrations/0002_seen_prefixes_and_indexes.sql"),
    },
    Migration {
        number: SEALING,
        name: "0003_sealing",
        oldest: 1,
        sql: include_str!("../../../../migrations/0003_sealing.sql"),
    },
    // Whoever would write what is sealed since into a readable column is kept out.
    Migration {
        number: 4,
        name: "0004_readable_columns_gone",
        oldest: 4,
        sql: include_str!("../../../../migrations/0004_readable_columns_gone.sql"),
    },
    Migration {
        number: CHAINS,
        name: "0005_audit_chains",
        oldest: 4,
        sql: include_str!("../../../../migrations/0005_audit_chains.sql"),
    },
    // Whoever would record into a table of before is kept out.
    Migration {
        number: 6,
        name: "0006_audit_adopted",
        oldest: 6,
        sql: include_str!("../../../../migrations/0006_audit_adopted.sql"),
    },
    Migration {
        number: 7,
        name: "0007_heads_of_the_audit",
        oldest: 6,
        sql: include_str!("../../../../migrations/0007_heads_of_the_audit.sql"),
    },
    Migration {
        number: 8,
        name: "0008_audit_stream",
        oldest: 6,
        sql: include_str!("../../../../migrations/0008_audit_stream.sql"),
    },
    Migration {
        number: WRAPPED_BY,
        name: "0009_who_wrapped_and_who_left",
        oldest: 6,
        sql: include_str!("../../../../migrations/0009_who_wrapped_and_who_left.sql"),
    },
    Migration {
        number: 10,
        name: "0010_signin",
        oldest: 6,
        sql: include_str!("../../../../migrations/0010_signin.sql"),
    },
    Migration {
        number: 11,
        name: "0011_leaked_former_secrets",
        oldest: 6,
        sql: include_str!("../../../../migrations/0011_leaked_former_secrets.sql"),
    },
];

/// The step that brings the keyring. What earlier versions have stored readable is sealed right after it.
const SEALING: i64 = 3;
/// The step that brings the audit's chains. What is on record is taken into them right after it.
const CHAINS: i64 = 5;
/// The step from which it is noted which key of a key service has wrapped a root.
const WRAPPED_BY: i64 = 9;

/// Opens the keyring that `source` names and brings the schema up to date. A keyring that does not open what is sealed in
/// the database is refused before anything is changed.
pub async fn bring_up(db: &Db, when: Time, chance: &dyn Chance, source: Source) -> Result<Vault, StartFault> {
    let schema = db.schema().await?;
    let had = schema.map_or(0, |schema| schema.number);
    let tables = match had {
        ..SEALING => Tables::None,
        SEALING..WRAPPED_BY => Tables::Earlier,
        WRAPPED_BY.. => Tables::Present,
    };
    let mut prepared = seal::prepare(db, tables, source, chance).await?;
    // One that is up to date is left alone, so that a role that may not change it can serve.
    if let Some(schema) = schema.filter(|_| STEPS.last().is_some_and(|newest| newest.number <= had)) {
        schema.admits(STEPS)?;
        db.rewrite_if_wanted().await?;
        keyring::leave_nothing_of_it(db).await;
        let mut tx = db.begin().await?;
        let vault = prepared.establish(&mut tx, when).await?;
        prepared.note_key(&mut tx).await?;
        tx.commit().await?;
        return Ok(vault);
    }
    let mut migrating = Migrating::begin(db, when, STEPS).await?;
    while let Some(number) = migrating.step().await? {
        if number < SEALING {
            continue;
        }
        let vault = prepared.establish(migrating.tx(), when).await?;
        let now = Now { when, chance, vault: &vault };
        match number {
            SEALING => {
                readable::seal(migrating.tx(), now).await?;
                if had > 0 {
                    // What was readable still stands in pages that are free now.
                    migrating.tx().wants_rewrite().await?;
                }
            }
            CHAINS => {
                audit::adopt(migrating.tx(), now).await?;
                workspaces::shred_deleted(migrating.tx(), now).await?;
            }
            _ => {}
        }
    }
    let vault = prepared.establish(migrating.tx(), when).await?;
    prepared.note_key(migrating.tx()).await?;
    migrating.commit().await?;
    db.rewrite_if_wanted().await?;
    Ok(vault)
}

/// The same by the role that owns the tables, at the address `owner`. The role that serves, on `db`, is then given what it
/// needs for that, and no more.
pub async fn bring_up_as(
    owner: &str,
    db: &Db,
    when: Time,
    chance: &dyn Chance,
    source: Source,
) -> Result<Vault, StartFault> {
    let Some(serving) = db.role().await? else {
        return Err(StartFault::other("database.migrate_url is for PostgreSQL, and database.url is not"));
    };
    let options = Options { connections: 2, answer: None, ..Options::default() };
    let owner = Db::open(owner, options).await?;
    let vault = bring_up_for(&serving, &owner, when, chance, source).await;
    owner.close().await;
    // It may be a superuser, or own the tables, by which it may do whatever it likes.
    for table in audit::APPEND_ONLY {
        if vault.is_ok() && db.may_change(table).await? {
            return Err(StartFault::other(format!(
                "the role of database.url may change the table {table}, which must stay as it was recorded: let it be \
                 another than that of database.migrate_url, and neither a superuser nor a member of the owner"
            )));
        }
    }
    vault
}

async fn bring_up_for(
    serving: &str,
    owner: &Db,
    when: Time,
    chance: &dyn Chance,
    source: Source,
) -> Result<Vault, StartFault> {
    if owner.role().await?.as_deref() == Some(serving) {
        return Err(StartFault::other("database.migrate_url and database.url name the same role"));
    }
    let vault = bring_up(owner, when, chance, source).await?;
    owner.let_serve(serving, &audit::APPEND_ONLY).await?;
    Ok(vault)
}

#[cfg(test)]
mod tests {
    use token_format::Digest;

    use super::*;

    /// The SHA-256 of every step that there ever was. A new step adds its line; no other line ever changes, because there
    /// are databases that were made by it.
    const LANDED: [(&str, &str); 11] = [
        ("0001_house", "1e8d9204a27c9630438cdb288566a78cfacfe57c71d26571bd8b03136c4c3942"),
        (
            "0002_seen_prefixes_and_indexes",
            "a91390a84c74e3a370e9a5338fde15abf48fbf88ccdf951853005bc76d8d408a",
        ),
        ("0003_sealing", "07c1eee7452313199cb10f409517862535b539d0aec3d35b573af9e626b6c38c"),
        ("0004_readable_columns_gone", "488f2fa5ecc733321cfa5e42f685ba52a7f694a16a5373a00b7197e8947e3ec2"),
        ("0005_audit_chains", "297600f7ebfe15091f3f6b9d749c4c588debd4c8b9316bacca5efc2c95323682"),
        ("0006_audit_adopted", "7485baa1e4bcc8fb0c05b79882fb0b7a3650b32e8890ad4878be1d1982edc666"),
        ("0007_heads_of_the_audit", "997977868497888a6303505a4034f7245dfea111c4e8efc094d9c7c82408fff6"),
        ("0008_audit_stream", "98e718114ac5e1547a377dc5d99c0624f6b08f179af88e0156d86a1df0ea7964"),
        ("0009_who_wrapped_and_who_left", "f406f25f807b92a03dbb9075da519ebe16078d5aa9c92f39e27550710bd5dfb7"),
        ("0010_signin", "2bdf240b59ba8b7ab0ff0c2e54faf13b37ac3bedef42bf9d7212f9196fbc0585"),
        ("0011_leaked_former_secrets", "29fb5f96c338e76f634133ba12b8652503cde6ac652c8e1ec61c0142f487a44a"),
    ];

    #[test]
    fn a_step_that_has_landed_is_never_changed() {
        let steps: Vec<_> = STEPS.iter().map(|step| (step.name, Digest::of(step.sql).hex())).collect();
        assert_eq!(steps, LANDED.map(|(name, digest)| (name, digest.to_owned())));
    }

    #[test]
    fn steps_count_up_from_one_and_each_admits_a_version_that_was() {
        for (number, step) in (1..).zip(STEPS) {
            assert_eq!(step.number, number);
            assert!(step.name.starts_with(&format!("{:04}_", step.number)), "{}", step.name);
            assert!((1..=step.number).contains(&step.oldest), "{}", step.name);
        }
    }
}
