use std::{borrow::Cow, fmt::Write as _};

use crate::Engine;

/// How many rows of a list one statement takes. SQLite slows down over thousands of parameters, both limit them.
pub const CHUNK: usize = 100;

const EACH: &str = "{each ";
const LOCK: &str = "{lock";
const SHARE: &str = "{share}";

/// Expands `{each T}` for `rows` rows whose values come after `fixed` fixed ones, and `{lock}` or `{share}` at the end.
///
/// A second `{each …}` in the same text repeats the same rows.
///
/// On SQLite values that stand in their order, once, get no numbers: it looks a number up by walking over all of them,
/// which takes nearly half of the time of an insert of 1,600 values.
pub(crate) fn expand(sql: &'static str, engine: Engine, fixed: usize, rows: usize) -> Cow<'static, str> {
    if !sql.contains('{') {
        return Cow::Borrowed(sql);
    }
    let numbered = engine == Engine::Postgres || fixed > 0 || sql.matches(EACH).count() > 1;
    let mut out = String::with_capacity(sql.len() + rows * 24);
    let mut rest = sql;
    while let Some((before, template, after)) = next_list(rest) {
        out.push_str(before);
        repeat(&mut out, template, numbered.then_some(fixed), rows);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(lock(out, engine))
}

fn lock(sql: String, engine: Engine) -> String {
    if let Some((before, _)) = sql.split_once(SHARE) {
        return if engine == Engine::Postgres { format!("{before}FOR SHARE") } else { before.to_owned() };
    }
    let Some((before, rest)) = sql.split_once(LOCK) else { return sql };
    let table = rest.trim_end_matches('}').trim();
    match engine {
        Engine::Sqlite => before.to_owned(),
        Engine::Postgres if table.is_empty() => format!("{before}FOR UPDATE"),
        Engine::Postgres => format!("{before}FOR UPDATE OF {table}"),
    }
}

fn next_list(sql: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = sql.split_once(EACH)?;
    let (template, after) = rest.split_once('}')?;
    Some((before, template, after))
}

/// Numbers go on from the fixed arguments, if there are numbers.
fn repeat(out: &mut String, template: &str, fixed: Option<usize>, rows: usize) {
    let mut number = fixed;
    for row in 0..rows {
        if row > 0 {
            out.push_str(", ");
        }
        for (at, part) in template.split('$').enumerate() {
            if at > 0 {
                match &mut number {
                    Some(number) => {
                        *number += 1;
                        write!(out, "${number}").expect("a String takes any text");
                    }
                    None => out.push('?'),
                }
            }
            out.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_counts_on_from_the_fixed_arguments() {
        let sql = "INSERT INTO t VALUES {each ($, CAST($ AS TEXT))}";
        assert_eq!(
            expand(sql, Engine::Sqlite, 2, 2),
            "INSERT INTO t VALUES ($3, CAST($4 AS TEXT)), ($5, CAST($6 AS TEXT))"
        );
    }

    #[test]
    fn on_sqlite_a_lone_list_needs_no_numbers() {
        let sql = "INSERT INTO t VALUES {each ($, $)}";
        assert_eq!(expand(sql, Engine::Sqlite, 0, 2), "INSERT INTO t VALUES (?, ?), (?, ?)");
        assert_eq!(expand(sql, Engine::Postgres, 0, 2), "INSERT INTO t VALUES ($1, $2), ($3, $4)");
    }

    #[test]
    fn a_second_list_repeats_the_same_rows() {
        assert_eq!(
            expand("a IN ({each $}) OR b IN ({each $})", Engine::Sqlite, 0, 2),
            "a IN ($1, $2) OR b IN ($1, $2)"
        );
    }

    #[test]
    fn a_lock_is_a_lock_where_the_engine_has_such() {
        assert_eq!(expand("SELECT 1 {lock}", Engine::Postgres, 0, 0), "SELECT 1 FOR UPDATE");
        assert_eq!(expand("SELECT 1 {lock t}", Engine::Postgres, 0, 0), "SELECT 1 FOR UPDATE OF t");
        assert_eq!(expand("SELECT 1 {lock}", Engine::Sqlite, 0, 0), "SELECT 1 ");
    }
}
