//! Writes that wait for one another. PostgreSQL takes all that wait in one statement, which saves a question and its answer for
//! each; SQLite, which is asked within the process, takes one after the other.

use std::fmt::Write as _;

use crate::{
    Arg, Engine, Fault, Result,
    run::{Call, Ready},
};

/// Writes of a transaction whose outcome nobody has to know before the next statement.
#[derive(Default)]
pub(crate) struct Later {
    calls: Vec<Call>,
    failed: Option<Fault>,
}

/// PostgreSQL counts the arguments of a statement in 16 bits.
const MOST_ARGUMENTS: usize = 60_000;

impl Later {
    /// Whether this one can go with those that wait. Statements that go together see nothing of each other, and PostgreSQL
    /// does not say which of two changes of a row stays.
    pub fn goes_with(&self, call: &Call) -> bool {
        let arguments: usize = self.calls.iter().map(|waiting| waiting.args.len()).sum();
        arguments + call.args.len() <= MOST_ARGUMENTS
            && self.calls.iter().all(|waiting| {
                goes_by_text(waiting, call)
                    && (table(waiting.sql) != table(call.sql)
                        || (only_adds(waiting.sql) && only_adds(call.sql)))
            })
    }

    /// One more that waits.
    pub fn push(&mut self, call: Call) {
        debug_assert!(is_of_one_table(call.sql), "it may look at what goes with it: {}", call.sql);
        self.calls.push(call);
    }

    /// Those that wait, in their order; from here on none does. Once some have failed, that again.
    pub fn take(&mut self) -> Result<Vec<Call>> {
        self.failed.clone().map_or_else(|| Ok(std::mem::take(&mut self.calls)), Err)
    }

    /// What was taken has failed.
    pub fn fail(&mut self, fault: Fault) {
        self.failed = Some(fault);
    }
}

/// Whether these make a text that is worth keeping, or neither is kept: of one row each there are few texts. A text that comes again
/// does not become part of one that will not; and a full chunk stays alone, as many numbers of them would make as many texts, each
/// kept on every connection.
fn goes_by_text(one: &Call, other: &Call) -> bool {
    match (one.is_cached(), other.is_cached()) {
        (true, true) => one.rows <= 1 && other.rows <= 1,
        (one, other) => one == other,
    }
}

/// One statement of PostgreSQL that does what these do: all but the last are tables that nobody asks for, which are filled all
/// the same ("Data-Modifying Statements in WITH" of its manual).
pub(crate) fn together(calls: Vec<Call>) -> Ready {
    let (mut text, mut args, mut is_cached) = (String::new(), Vec::<Arg>::new(), true);
    let last = calls.len().saturating_sub(1);
    for (at, call) in calls.into_iter().enumerate() {
        let own = call.on(Engine::Postgres);
        let own_text = counted_from(args.len(), &own.text);
        let written = match at {
            _ if at == last => write!(text, "{own_text}"),
            0 => write!(text, "WITH w0 AS ({own_text})"),
            _ => write!(text, ", w{at} AS ({own_text})"),
        };
        written.expect("a String takes any text");
        args.extend(own.args);
        is_cached &= own.is_cached;
    }
    Ready { text: text.into(), args, is_cached }
}

/// The text with `by` added to the number of each argument.
fn counted_from(by: usize, sql: &str) -> String {
    let mut parts = sql.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        let number = number.parse::<usize>().expect("a number stands after each $");
        write!(out, "${}{rest}", number + by).expect("a String takes any text");
    }
    out
}

/// The table that a statement writes to.
fn table(sql: &str) -> Option<&str> {
    let mut words = sql.split_whitespace().skip_while(|word| !matches!(*word, "INTO" | "UPDATE" | "FROM"));
    words.nth(1)
}

/// Whether it puts in new rows and touches none that is there.
fn only_adds(sql: &str) -> bool {
    sql.trim_start().starts_with("INSERT") && !sql.contains("ON CONFLICT")
}

fn is_of_one_table(sql: &str) -> bool {
    !sql.contains("SELECT") && !sql.contains("RETURNING") && table(sql).is_some()
}

#[cfg(test)]
mod tests;
