//! The little Markdown that descriptions use: paragraphs, lists, and `code`.

/// A paragraph or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    Paragraph(Vec<Span<'a>>),
    List(Vec<Vec<Span<'a>>>),
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span<'a> {
    pub code: bool,
    pub text: &'a str,
}

/// The blocks of a text, which empty lines part. A block whose first line begins with `- ` is a list.
pub fn prose(text: &str) -> Vec<Block<'_>> {
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    blocks
        .map(|block| match block.strip_prefix("- ") {
            Some(items) => Block::List(items.split("\n- ").map(spans).collect()),
            None => Block::Paragraph(spans(block)),
        })
        .collect()
}

/// What stands between backticks is code.
pub fn spans(line: &str) -> Vec<Span<'_>> {
    let pieces = line.split('`').enumerate().map(|(number, text)| Span { code: number % 2 == 1, text });
    pieces.filter(|span| !span.text.is_empty()).collect()
}
