//! Who may do what in a PostgreSQL. Whoever serves need not be able to change the schema, nor what is only appended to.

use crate::{Db, Engine, Fault, Result, args};

const POSTGRES_ROLE: &str = "SELECT CAST(current_user AS TEXT) AS role";
const POSTGRES_TABLES: &str = "
    SELECT quote_ident(tablename) AS name FROM pg_tables
    WHERE schemaname = current_schema() AND tableowner = current_user ORDER BY tablename";
const POSTGRES_QUOTED: &str = "SELECT quote_ident($1) AS name";
const POSTGRES_MAY_CHANGE: &str = "
    SELECT has_table_privilege($1, 'UPDATE') OR has_table_privilege($1, 'DELETE')
        OR has_table_privilege($1, 'TRUNCATE') AS may";

impl Db {
    /// As whom it is connected; nothing on SQLite, which knows nobody.
    pub async fn role(&self) -> Result<Option<String>> {
        if self.engine() == Engine::Sqlite {
            return Ok(None);
        }
        self.row(POSTGRES_ROLE, Vec::new()).await?.map(|row| row.get("role")).transpose()
    }

    /// Lets another role read and write every table of this one's, but those of `append_only` only read and append to. Nodes
    /// that do it at once take turns.
    pub async fn let_serve(&self, role: &str, append_only: &[&str]) -> Result<()> {
        let quoted = self.row(POSTGRES_QUOTED, args![role]).await?;
        let role: String = quoted.ok_or_else(|| Fault::Row("no name".to_owned()))?.get("name")?;
        let rows = self.rows(POSTGRES_TABLES, Vec::new()).await?;
        let tables = rows.iter().map(|row| row.get("name")).collect::<Result<Vec<String>>>()?.join(", ");
        let append_only = append_only.join(", ");
        // One text is one transaction, so that there is no moment in between.
        self.raw(format!(
            "{lock};
             GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role};
             REVOKE UPDATE, DELETE, TRUNCATE ON {append_only} FROM {role}",
            lock = crate::migrate::POSTGRES_LOCK
        ))
        .await
    }

    /// Whether whoever is connected may change or delete rows of a table.
    pub async fn may_change(&self, table: &str) -> Result<bool> {
        if self.engine() == Engine::Sqlite {
            return Ok(true);
        }
        let row = self.row(POSTGRES_MAY_CHANGE, args![table]).await?;
        row.ok_or_else(|| Fault::Row("no answer".to_owned()))?.get("may")
    }
}
