//! One SQL text on two engines.
//!
//! The only place that knows that there are two: SQLite in a file and PostgreSQL. Every statement is written once, as a
//! named constant next to its only caller, within what both understand (see `docs/DATABASE.md`), and is run through
//! [`Db`] (a read of its own) or [`Tx`] (a change, all or nothing).
//!
//! Two marks are expanded here, because the engines differ in them:
//!
//! - `{each T}` repeats the template `T` for every row of a list, each lone `$` in it being the row's next value, so
//!   `WHERE id IN ({each $})` and `VALUES {each ($, $)}` take lists in chunks of [`CHUNK`] rows a statement.
//! - `{lock}` at the end of a `SELECT` locks its rows (of a join, `{lock t}` those of the table `t`): `FOR UPDATE` on
//!   PostgreSQL; nothing on SQLite, where a write transaction is alone from its beginning. `{share}` keeps others from
//!   changing them, and lets them share: `FOR SHARE`.

mod about;
mod arg;
mod bound;
mod carry;
mod db;
mod expand;
mod fault;
mod later;
mod lent;
mod migrate;
mod open;
mod remote;
mod role;
mod row;
mod run;
mod tx;
mod upkeep;
mod url;
mod writer;

pub use about::Schema;
pub use arg::{Absent, Arg};
pub use db::{Db, Engine};
pub use expand::CHUNK;
pub use fault::Fault;
pub use migrate::{Migrating, Migration, SchemaFault, migrate};
pub use open::Options;
pub use remote::is_elsewhere;
pub use row::{Column, Nullable, Row};
pub use tx::Tx;
pub use url::is_url;

/// What every call of this crate answers.
pub type Result<T> = std::result::Result<T, Fault>;

/// The arguments of a statement, in the order of their numbers: `args![&id, when, None::<i64>]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Arg::from($value)),*] };
}
