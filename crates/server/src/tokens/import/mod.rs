//! Old tokens come in by their digests, from a CSV or JSON-lines file: nobody has their secrets any more.
//!
//! - The file is read twice. The first time everything in it is checked, and one bad line keeps all of it out; the second
//!   time it is stored, in steps that are transactions of their own, so that nothing has to wait behind it.
//! - Whoever is killed in the middle runs the same file again: tokens that are known by their digest, as their present or
//!   a former secret, are counted and left as they are.
//! - How digests were made, and of which prefixes there are tokens without a checksum, is committed before the first
//!   token: there is no moment at which an imported token cannot be found.
//! - Memory doesn't grow with the file but for one number a line, by which a digest that stands twice is noticed.

mod bad;
mod column;
mod csv;
mod doubles;
mod entries;
mod first_pass;
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod lines;
mod names;
mod reader;
mod rules;
mod second_pass;
mod source;
mod store_step;
#[cfg(test)]
mod tests;

pub use bad::{BadLine, MOST_BAD};
pub use rules::{Encoding, Unsaid};
pub use source::Source;

use std::{fmt, io, ops::AddAssign, sync::Arc};

use serde::Serialize;

use crate::{app::App, permissions::Authority};

use self::{rules::Rules, source::Spool};

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Lines with a token: neither the line of column names nor blank ones.
    pub lines: u64,
    /// Tokens that are new.
    pub imported: u64,
    /// Tokens that were there already, by their digests. They were left as they are.
    pub already_known: u64,
    /// How many workspaces the lines speak of.
    pub workspaces: u64,
}

impl AddAssign for Imported {
    fn add_assign(&mut self, more: Self) {
        let Self { lines, imported, already_known, workspaces } = more;
        self.lines += lines;
        self.imported += imported;
        self.already_known += already_known;
        self.workspaces += workspaces;
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, imported, already_known, workspaces } = self;
        write!(
            f,
            "{lines} lines, of {workspaces} workspaces: {imported} tokens imported, {already_known} known already"
        )
    }
}

/// Why an import was not done.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// Only the operator imports: a line may name any person.
    #[error("Only the operator may import tokens.")]
    OperatorsOnly,
    /// These lines are bad, and nothing of the file was taken.
    #[error("{}Nothing was imported.", bad::listed(.0))]
    Refused(Vec<BadLine>),
    /// The file, or something that it speaks of, changed between the two readings. The tokens of the steps before are in.
    #[error("{}This changed during the import. {so_far}. Run the same file again once it is settled.", bad::listed(.lines))]
    Changed {
        /// Lines that were good at first.
        lines: Vec<BadLine>,
        /// What was done until then.
        so_far: Imported,
    },
    /// The file cannot be read.
    #[error("The file cannot be read: {0}.")]
    Io(#[from] io::Error),
    /// The database. The tokens of the steps before are in: run the same file again.
    #[error("{0}. Run the same file again: what is in already is not taken twice.")]
    Database(#[from] store::Fault),
}

/// Imports the tokens of a file. What a line leaves out is taken from `unsaid`.
pub async fn import(
    app: &App,
    by: &Authority,
    source: Source,
    unsaid: Unsaid,
) -> Result<Imported, ImportFault> {
    if !by.is_operators() {
        return Err(ImportFault::OperatorsOnly);
    }
    let spool = Spool::of(source).await?;
    let rules = Arc::new(Rules::new(&app.prefixes, app.clock.now(), unsaid));
    let brings = first_pass::check(app, &spool, &rules).await?;
    second_pass::prepare(app, by, &brings).await?;
    app.tokens.refresh(&app.db).await?;
    let imported = second_pass::store(app, by, &spool, &rules, brings.workspaces).await?;
    app.db.settle().await?;
    Ok(imported)
}
