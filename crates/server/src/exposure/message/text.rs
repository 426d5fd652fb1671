use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

/// What stands for a character that cannot be kept.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// A text as the database can keep it, or nothing if there is none: at most `most` characters, and U+FFFD for each NUL,
/// which PostgreSQL's TEXT cannot hold.
pub fn storable(text: &str, most: usize) -> Option<String> {
    let kept = text.trim().chars().take(most).map(|char| if char == '\0' { REPLACEMENT } else { char });
    Some(kept.collect()).filter(|text: &String| !text.is_empty())
}

/// A JSON string, whatever is in it: half of a surrogate pair (`"\ud83d"`), which is valid JSON (RFC 8259 section 8.2)
/// but no Unicode text, becomes U+FFFD.
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde_json refuses such a half in a str, and writes it as three bytes when asked for bytes.
        deserializer.deserialize_bytes(Bytes)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
        Ok(Text(std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(mended(bytes)), Cow::Borrowed)))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(mended(bytes))))
    }
}

/// UTF-8 with U+FFFD for each half of a surrogate pair in it, which takes three bytes: `ED`, `A0` to `BF`, any.
fn mended(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // The three bytes come as three invalid chunks; only the first of them begins with ED.
        if chunk.invalid().first() == Some(&0xED) {
            text.push(REPLACEMENT);
        }
    }
    text
}
