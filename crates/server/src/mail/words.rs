//! Words of others made safe to stand in a mail, and text set in lines.

use url::Url;

/// How much of a name a mail says.
pub(crate) const LONGEST_NAME: usize = 120;
/// How much of one its subject says.
pub(crate) const LONGEST_NAME_IN_SUBJECT: usize = 60;
/// How wide a line of plain text is.
const WIDTH: usize = 76;
/// Spaces before a command, which is to be copied in one piece.
const INDENT_OF_A_COMMAND: usize = 6;

/// The text on one line: line ends, control characters and marks that turn the direction of writing become spaces, and
/// several spaces one.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() || is_mark(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Unicode's line and paragraph separators and its marks of direction, with which a text could pose as another.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// At most `most` characters on one line; an ellipsis stands for what is left out.
pub(crate) fn short(text: &str, most: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The address as something to click on, if it is of the web and nothing else; `None` is to be shown as text.
pub(crate) fn link(url: &str) -> Option<String> {
    let read = Url::parse(url.trim()).ok()?;
    // A user name before the host can pose as another host.
    let plain =
        matches!(read.scheme(), "http" | "https") && read.username().is_empty() && read.password().is_none();
    (plain && read.host_str().is_some()).then(|| read.to_string())
}

/// Sets a text in lines of [`WIDTH`] columns, each of its lines by itself. What continues a line stands under the
/// beginning of its words, also when it is a numbered one. Words (and addresses) are never broken, and a line that is
/// indented as a command is stays as it is.
pub(crate) fn wrap(text: &str) -> String {
    let mut wrapped: String = text.trim().lines().map(|line| wrap_line(line.trim_end()) + "\n").collect();
    while let Some(at) = wrapped.find("\n\n\n") {
        wrapped.remove(at);
    }
    wrapped
}

fn wrap_line(line: &str) -> String {
    let spaces = line.len() - line.trim_start().len();
    if spaces >= INDENT_OF_A_COMMAND {
        return line.to_owned();
    }
    let (mut set, mut column) = (" ".repeat(spaces), spaces);
    let indent = spaces + mark_length(line.trim_start());
    for (at, word) in line.split_whitespace().enumerate() {
        let width = word.chars().count();
        if at > 0 && column + 1 + width > WIDTH {
            set.push('\n');
            set.push_str(&" ".repeat(indent));
            column = indent;
        } else if at > 0 {
            set.push(' ');
            column += 1;
        }
        set.push_str(word);
        column += width;
    }
    set
}

/// The length of `1. ` at the beginning of a line.
fn mark_length(line: &str) -> usize {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && line[digits..].starts_with(". ") { digits + 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_line() {
        assert_eq!(
            one_line(" deploy\r\nBcc: eve@example.com\t\u{0}\u{2028}bot "),
            "deploy Bcc: eve@example.com bot"
        );
        assert_eq!(one_line("abc\u{202e}def"), "abc def");
    }

    #[test]
    fn what_is_too_long_ends_in_an_ellipsis() {
        assert_eq!(short("deploy-bot", 10), "deploy-bot");
        assert_eq!(short("deploy-bots", 10), "deploy-bo…");
    }

    #[test]
    fn only_addresses_of_the_web_become_links() {
        assert_eq!(link("https://github.com/a/b#L1").as_deref(), Some("https://github.com/a/b#L1"));
        assert_eq!(link("HTTP://example.com").as_deref(), Some("http://example.com/"));
        assert_eq!(
            link("https://example.com/\"><script>").as_deref(),
            Some("https://example.com/%22%3E%3Cscript%3E")
        );
        for text in [
            "",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "//example.com",
            "github.com/a/b",
            "https://github.com@example.com/",
            "https://",
        ] {
            assert_eq!(link(text), None, "{text:?}");
        }
    }

    #[test]
    fn lines_are_set_within_their_width_and_words_left_whole() {
        let text = format!("1. {}\n\n\n\n   https://example.com/{}\n", "seven77 ".repeat(12), "x".repeat(90));
        let set = wrap(&text);
        let lines: Vec<&str> = set.lines().collect();
        assert!(lines[0].chars().count() <= 76 && lines[0].starts_with("1. seven77"), "{set}");
        assert!(lines[1].starts_with("   seven77"), "{set}");
        assert_eq!((lines[2], lines[3].len()), ("", 3 + 20 + 90), "{set}");
        let command = format!("      bailiwick {}", "--flag ".repeat(20).trim());
        assert_eq!(wrap(&format!("Do this:\n{command}\n")), format!("Do this:\n{command}\n"));
    }
}
