use std::{
    io::{self, BufRead, BufReader},
    sync::Arc,
};

use tokio::sync::mpsc;

use super::{
    column::Column,
    csv, json,
    lines::Lines,
    rules::{Line, Rules},
    source::Spool,
};

/// How many lines are worked on at once: a transaction's worth. Enough that a commit's wait for the disk is shared by
/// many, few enough that a report that comes in between hardly waits.
pub(super) const BATCH: usize = 4000;
/// How many batches are read ahead, while the database is at work.
const AHEAD: usize = 2;

/// A line with its number, as it reads by itself.
pub(super) type Numbered = (u64, Result<Line, String>);

/// Reads a file from its beginning on a thread of its own. Whoever has seen enough drops the receiver.
pub(super) fn read(
    spool: &Spool,
    rules: &Arc<Rules>,
) -> io::Result<mpsc::Receiver<io::Result<Vec<Numbered>>>> {
    let (file, rules) = (spool.reopened()?, Arc::clone(rules));
    let (give, take) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut reader = Reader::new(BufReader::with_capacity(1 << 16, file), &rules);
        loop {
            let batch = reader.batch();
            let is_last = batch.as_ref().map_or(true, Vec::is_empty);
            if give.blocking_send(batch).is_err() || is_last {
                return;
            }
        }
    });
    Ok(take)
}

/// What a file's first line says that it is.
enum Form {
    JsonLines,
    Csv(Vec<Column>),
}

impl Form {
    /// The form, and whether the line told of columns and is none of the tokens'.
    fn of(line: &str) -> Result<(Self, bool), String> {
        if line.trim_start().starts_with('{') {
            return Ok((Self::JsonLines, false));
        }
        if line.trim_start().starts_with('[') {
            return Err("A JSON array is not read: write one object a line.".to_owned());
        }
        csv::header(line).map(|columns| (Self::Csv(columns), true))
    }
}

/// Reads lines of either form.
pub(super) struct Reader<'r, R> {
    lines: Lines<R>,
    rules: &'r Rules,
    form: Option<Form>,
    over: bool,
}

impl<'r, R: BufRead> Reader<'r, R> {
    pub fn new(input: R, rules: &'r Rules) -> Self {
        Self { lines: Lines::new(input), rules, form: None, over: false }
    }

    /// The next lines that aren't blank; none at the end.
    pub fn batch(&mut self) -> io::Result<Vec<Numbered>> {
        let mut batch = Vec::new();
        while batch.len() < BATCH
            && let Some(numbered) = self.next()?
        {
            batch.push(numbered);
        }
        Ok(batch)
    }

    fn next(&mut self) -> io::Result<Option<Numbered>> {
        while !self.over {
            let Some((number, line)) = self.lines.next()? else {
                self.over = true;
                let nothing =
                    "The file is empty. A CSV file begins with a line of column names, JSON lines with a {.";
                return Ok(self.form.is_none().then(|| (1, Err(nothing.to_owned()))));
            };
            let read = match (line, &self.form) {
                (Ok(line), _) if line.trim().is_empty() => continue,
                (Ok(line), Some(form)) => read_line(form, line, self.rules),
                (Ok(line), None) => match Form::of(line) {
                    Ok((form, is_header)) => {
                        let form = self.form.insert(form);
                        if is_header {
                            continue;
                        }
                        read_line(form, line, self.rules)
                    }
                    Err(why) => Err(why),
                },
                (Err(why), _) => Err(why),
            };
            // Without its columns nothing can be said of what comes after.
            self.over = self.form.is_none();
            return Ok(Some((number, read)));
        }
        Ok(None)
    }
}

fn read_line(form: &Form, line: &str, rules: &Rules) -> Result<Line, String> {
    let fields = match form {
        Form::JsonLines => json::fields(line)?,
        Form::Csv(columns) => csv::fields(columns, line)?,
    };
    rules.line(&fields)
}
