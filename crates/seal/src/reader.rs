use store::{Arg, Db, Row, Tx};

/// Where to look: outside of a transaction, or in one, which sees what it has made itself.
pub enum Reader<'a> {
    /// Outside.
    Db(&'a Db),
    /// Inside.
    Tx(&'a mut Tx),
}

impl<'a> From<&'a Db> for Reader<'a> {
    fn from(db: &'a Db) -> Self {
        Self::Db(db)
    }
}

impl<'a> From<&'a mut Tx> for Reader<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

impl Reader<'_> {
    pub(crate) async fn rows_of_each(
        &mut self,
        sql: &'static str,
        list: Vec<Vec<Arg>>,
    ) -> store::Result<Vec<Row>> {
        match self {
            Self::Db(db) => db.rows_of_each(sql, &[], list).await,
            Self::Tx(tx) => tx.rows_of_each(sql, &[], list).await,
        }
    }

    pub(crate) async fn rows(&mut self, sql: &'static str, args: Vec<Arg>) -> store::Result<Vec<Row>> {
        match self {
            Self::Db(db) => db.rows(sql, args).await,
            Self::Tx(tx) => tx.rows(sql, args).await,
        }
    }
}
