//! CSV as of RFC 4180, a line at a time. No value of ours has a line break in it, so a quote that its line doesn't close
//! spoils that line and not the rest of the file.

use std::borrow::Cow;

use super::column::{Column, Fields};

const STRAY_QUOTE: &str = "A quote stands around a whole value, and is doubled inside of it: something else stands beside one here.";
const OPEN_QUOTE: &str = "A quote is not closed on this line, and no value may have a line break in it.";

/// The columns of a file, by its first line.
pub(super) fn header(line: &str) -> Result<Vec<Column>, String> {
    let mut columns = Vec::new();
    for name in values(line) {
        let column = Column::named(name?.trim())?;
        if columns.contains(&column) {
            return Err(format!("The column \"{}\" stands here twice.", column.name()));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::Digest) {
        return Err("There is no column \"digest\".".to_owned());
    }
    Ok(columns)
}

/// What a line says.
pub(super) fn fields<'a>(columns: &[Column], line: &'a str) -> Result<Fields<'a>, String> {
    let (mut fields, mut count) = (Fields::default(), 0);
    for value in values(line) {
        let value = value?;
        if let Some(column) = columns.get(count) {
            fields.set(*column, value);
        }
        count += 1;
    }
    if count != columns.len() {
        return Err(format!("There are {} columns, and {count} values on this line.", columns.len()));
    }
    Ok(fields)
}

/// The values of a line. After a fault there are none.
pub(super) fn values(line: &str) -> impl Iterator<Item = Result<Cow<'_, str>, &'static str>> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let taken = first_value(rest.take()?);
        Some(taken.map(|(value, after)| {
            rest = after;
            value
        }))
    })
}

/// The first value, and what comes after the comma behind it.
fn first_value(text: &str) -> Result<(Cow<'_, str>, Option<&str>), &'static str> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted_value(quoted);
    }
    let (value, after) = text.split_once(',').map_or((text, None), |(value, after)| (value, Some(after)));
    if value.contains('"') { Err(STRAY_QUOTE) } else { Ok((Cow::Borrowed(value), after)) }
}

fn quoted_value(text: &str) -> Result<(Cow<'_, str>, Option<&str>), &'static str> {
    let mut value = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or(OPEN_QUOTE)?;
        value += part;
        match after.strip_prefix('"') {
            Some(more) => {
                value += "\"";
                rest = more;
            }
            None if after.is_empty() => return Ok((value, None)),
            None => return Ok((value, Some(after.strip_prefix(',').ok_or(STRAY_QUOTE)?))),
        }
    }
}
