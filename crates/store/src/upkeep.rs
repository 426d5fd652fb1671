//! What an SQLite file is to be rid of, once that is committed. A transaction notes it in a number of the file's head that SQLite
//! itself gives no meaning; it is committed and rolled back like a row, and outlives whoever is killed. (PostgreSQL's vacuum is its
//! own.)

use crate::{Db, Engine, Result, Tx, db::Pools};

const NOTED: &str = "PRAGMA user_version";
const NOTHING: &str = "PRAGMA user_version = 0";
/// Something readable stands in free pages: the file is to be written anew.
const REWRITE: &str = "PRAGMA user_version = 1";
/// This and greater numbers: something that was destroyed stands in the log. Each such transaction counts on, and whoever has emptied
/// the log puts a minus before the number that they found: so nobody takes another's for their own.
const FIRST: i64 = 2;

impl Tx {
    /// Once it is committed, [`Db::rewrite_if_wanted`] writes an SQLite database anew.
    pub async fn wants_rewrite(&mut self) -> Result<()> {
        if self.engine() == Engine::Sqlite {
            self.execute(REWRITE, Vec::new()).await?;
        }
        Ok(())
    }

    /// Once it is committed, [`Db::empty_log_if_wanted`] leaves nothing of what it deletes in SQLite's log. In the file itself what
    /// is deleted is overwritten anyway.
    pub async fn wants_empty_log(&mut self) -> Result<()> {
        if self.engine() == Engine::Postgres {
            return Ok(());
        }
        match noted(self.row(NOTED, Vec::new()).await?)? {
            // A file that is written anew has an empty log, too.
            1 => Ok(()),
            number => {
                let next = (number.abs() + 1).max(FIRST);
                // It is kept in 32 bits.
                let next = if i32::try_from(next).is_ok() { next } else { FIRST };
                self.raw(format!("PRAGMA user_version = {next}")).await
            }
        }
    }
}

impl Db {
    /// Writes an SQLite database anew if [`Tx::wants_rewrite`] has said so: without the free pages in which something may still stand,
    /// and with an empty log. A process that is killed meanwhile leaves it to the next.
    pub async fn rewrite_if_wanted(&self) -> Result<()> {
        if self.noted().await? != 1 {
            return Ok(());
        }
        tracing::info!("the database file is written anew");
        for statement in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)", NOTHING] {
            self.raw(statement.to_owned()).await?;
        }
        Ok(())
    }

    /// Empties SQLite's log if [`Tx::wants_empty_log`] has said so. Answers whether nothing is left to do: there is while somebody
    /// reads for longer than a moment.
    pub async fn empty_log_if_wanted(&self) -> Result<bool> {
        let Pools::Sqlite { commits, .. } = &self.pools else { return Ok(true) };
        let found = self.noted().await?;
        if found < FIRST {
            return Ok(true);
        }
        if !commits.empty_log().await? {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let is_done = noted(tx.row(NOTED, Vec::new()).await?)? == found;
        if is_done {
            tx.raw(format!("PRAGMA user_version = -{found}")).await?;
            tx.commit().await?;
        }
        Ok(is_done)
    }

    async fn noted(&self) -> Result<i64> {
        match self.engine() {
            Engine::Sqlite => noted(self.row(NOTED, Vec::new()).await?),
            Engine::Postgres => Ok(0),
        }
    }
}

fn noted(row: Option<crate::Row>) -> Result<i64> {
    row.map_or(Ok(0), |row| row.get("user_version"))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use sqlx::{Connection as _, SqliteConnection};
    use tempfile::TempDir;

    use super::*;
    use crate::{Options, args};

    fn is_there(folder: &Path, what: &str) -> bool {
        let files = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
        let (what, mut files) = (what.as_bytes(), files);
        files.any(|text| text.windows(what.len()).any(|window| window == what))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_somebody_read_while_it_was_destroyed_goes_once_they_have_done_whoever_is_left_to_do_it() {
        const KEY: &str = "destroyed-key";
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("kept.db").display());
        let db = Db::open(&url, Options::default()).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute("CREATE TABLE kept (text TEXT)", Vec::new()).await.unwrap();
        let (insert, delete) = ("INSERT INTO kept (text) VALUES ($1)", "DELETE FROM kept");
        tx.execute(insert, args![KEY]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(db.empty_log_if_wanted().await.unwrap(), "nothing is noted");
        assert!(is_there(folder.path(), KEY));

        let mut reader = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("BEGIN; SELECT text FROM kept").execute(&mut reader).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute(delete, Vec::new()).await.unwrap();
        tx.wants_empty_log().await.unwrap();
        tx.commit().await.unwrap();
        assert!(!db.empty_log_if_wanted().await.unwrap(), "somebody reads");
        assert!(is_there(folder.path(), KEY));
        db.close().await;

        // Another process, later.
        let db = Db::open(&url, Options::default()).await.unwrap();
        assert!(!db.empty_log_if_wanted().await.unwrap(), "somebody still reads");
        sqlx::raw_sql("COMMIT").execute(&mut reader).await.unwrap();
        assert!(db.empty_log_if_wanted().await.unwrap());
        assert!(!is_there(folder.path(), KEY));
        assert_eq!(db.noted().await.unwrap(), -2);

        // Whatever is destroyed while somebody empties it is noted anew.
        for number in [3, 4, 5] {
            let mut tx = db.begin().await.unwrap();
            tx.wants_empty_log().await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(db.noted().await.unwrap(), number);
        }
        assert!(db.empty_log_if_wanted().await.unwrap());
        assert_eq!(db.noted().await.unwrap(), -5);
        assert!(db.empty_log_if_wanted().await.unwrap(), "nothing is left to do");
        db.close().await;
    }
}
