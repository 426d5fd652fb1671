//! What a command prints: answers to standard output, complaints to standard error. Nothing else of the program writes
//! there, except for the log.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use serde::Serialize;

use super::ended::Ended;

/// Prints a line.
pub fn line(text: impl Display) -> Result<(), Ended> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Prints a value as JSON, laid out for people.
pub fn json(value: &impl Serialize) -> Result<(), Ended> {
    line(laid_out(value))
}

/// Prints a sentence to standard error. If nobody can be told there, nobody is.
pub fn complaint(sentence: &str) {
    let _ = writeln!(io::stderr(), "{sentence}");
}

/// Prints labelled facts, one a line, with the values below one another.
pub fn facts(facts: &[(&str, String)]) -> Result<(), Ended> {
    let widest = facts.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    facts.iter().try_for_each(|(label, value)| line(format!("{label:widest$}  {}", in_one_line(value))))
}

fn laid_out(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("an answer is plain data")
}

/// What comes from outside, such as a mail server's words, must not move the cursor or forge a line.
fn in_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A list, printed page by page: a table, or one JSON array.
pub struct List<const N: usize> {
    json: bool,
    headings: [&'static str; N],
    widths: [usize; N],
    printed: usize,
}

impl<const N: usize> List<N> {
    /// An empty list with these columns.
    pub fn new(json: bool, headings: [&'static str; N]) -> Self {
        Self { json, headings, widths: headings.map(str::len), printed: 0 }
    }

    /// Prints more items: each whole, as JSON, or as a row of its cells.
    pub fn more<T: Serialize>(
        &mut self,
        items: &[T],
        cells: impl Fn(&T) -> [String; N],
    ) -> Result<(), Ended> {
        if self.json {
            return items.iter().try_for_each(|item| self.element(item));
        }
        let rows: Vec<_> = items.iter().map(|item| cells(item).map(|cell| in_one_line(&cell))).collect();
        for row in &rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        if self.printed == 0 && !rows.is_empty() {
            self.row(&self.headings.map(str::to_uppercase))?;
        }
        self.printed += rows.len();
        rows.iter().try_for_each(|row| self.row(row))
    }

    /// Ends the list; `nothing` is said in words if it is empty.
    pub fn end(self, nothing: &str) -> Result<(), Ended> {
        match (self.json, self.printed) {
            (true, 0) => line("[]"),
            (true, _) => line("\n]"),
            (false, 0) => line(nothing),
            (false, _) => Ok(()),
        }
    }

    fn element(&mut self, item: &impl Serialize) -> Result<(), Ended> {
        let before = if self.printed == 0 { "[\n" } else { ",\n" };
        self.printed += 1;
        let text = laid_out(item).lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
        Ok(write!(io::stdout(), "{before}{text}")?)
    }

    fn row(&self, cells: &[String; N]) -> Result<(), Ended> {
        let cells: Vec<_> =
            cells.iter().zip(self.widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        line(cells.join("  ").trim_end())
    }
}
