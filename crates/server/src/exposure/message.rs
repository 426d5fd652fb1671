//! What a report says: a JSON array of leaked tokens, each judged alone.
//!
//! A report counts for what can be read of it, because a token that is passed over stays alive in public: a missing
//! `source`, an empty `url`, an unknown `type` or member, a number where a text should be spoil nothing. Only an item
//! without a token of text is left out, and counted. One pass over the body, in time and memory that grow with its
//! length and not with its depth; an item that is left out takes no memory. A place is read without the secrets that it
//! may be named after.
//!
//! Sources: GitHub, "Secret scanning partner program"; GitLab, "Automatic response to leaked secrets" (the partner form)
//! and "Token Revocation API" (the self-managed form).

use std::{borrow::Cow, fmt};

use seal::Private;
use serde::{
    Deserialize as _, Deserializer as _,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Deserializer, value::RawValue};
use token_format::Prefixes;

mod feedback;
mod place;
#[cfg(test)]
mod tests;
mod text;

pub use feedback::{Feedback, Label};
pub use text::storable;

use place::without_secrets;
use text::Text;

/// The most characters of a URL that are kept.
pub const MOST_URL_CHARS: usize = 2_048;
/// The most characters of a source that are kept; the longest known has 24.
pub const MOST_SOURCE_CHARS: usize = 64;

/// Which members a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// GitHub's and GitLab's form for partners: the place is `url`.
    Partner,
    /// Self-managed GitLab's token revocation API: the place is `location`.
    Revocation,
}

/// A message, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// What it reports, in its order, the same token as often as it stands there.
    pub items: Vec<Item>,
    /// How many of its items had no token of text.
    pub left_out: usize,
}

/// One token at one place.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// The token and whatever text surrounds it, exactly as received. (Half of a surrogate pair, which no UTF-8 text can
    /// hold, becomes U+FFFD, so that a token beside half an emoji is found.)
    pub token: String,
    /// What the partner calls this kind of token, as received. It decides nothing: partners have sent wrong ones.
    pub token_type: Option<String>,
    /// Where it was found; [`storable`], and without secrets. Nobody has checked that it is a URL.
    pub url: Option<Private>,
    /// In which kind of place, in lower case, such as `commit`; [`storable`], and without secrets. An open list: GitHub's
    /// keeps growing.
    pub source: Option<String>,
}

/// Hides the token.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item")
            .field("token_type", &self.token_type)
            .field("url", &self.url)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// The body is not a JSON array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON array")]
pub struct NotAList;

/// Reads a message. Check its signature first. No place is stored with a token of these `prefixes` in it.
pub fn parse(body: &[u8], shape: Shape, prefixes: &Prefixes) -> Result<Message, NotAList> {
    let body = std::str::from_utf8(body).map_err(|_| NotAList)?;
    let mut deserializer = Deserializer::from_str(body);
    let message = deserializer.deserialize_seq(Items { shape, prefixes }).map_err(|_| NotAList)?;
    deserializer.end().map_err(|_| NotAList)?;
    Ok(message)
}

/// Reads the array item by item, so that one that is left out leaves nothing behind.
struct Items<'a> {
    shape: Shape,
    prefixes: &'a Prefixes,
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = Message;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Message, A::Error> {
        let mut message = Message::default();
        while let Some(raw) = items.next_element::<&RawValue>()? {
            match self.item(raw) {
                Some(item) => message.items.push(item),
                None => message.left_out += 1,
            }
        }
        Ok(message)
    }
}

impl Items<'_> {
    fn item(&self, raw: &RawValue) -> Option<Item> {
        let members = Deserializer::from_str(raw.get()).deserialize_map(Members(self.shape)).ok()?;
        let token = members.token?;
        let open = |text: &str, most| without_secrets(text.trim(), most, &token, self.prefixes);
        let url = members.place.and_then(|url| storable(&open(&url, MOST_URL_CHARS), MOST_URL_CHARS));
        let source = members
            .source
            .and_then(|source| storable(&open(&source, MOST_SOURCE_CHARS).to_lowercase(), MOST_SOURCE_CHARS));
        Some(Item {
            url: url.map(Private::from),
            source,
            token: token.into_owned(),
            token_type: members.token_type.map(Cow::into_owned),
        })
    }
}

/// Reads an object's members. One that stands there twice counts as it stands there last, as with most parsers.
struct Members(Shape);

#[derive(Default)]
struct Known<'a> {
    token: Option<Cow<'a, str>>,
    token_type: Option<Cow<'a, str>>,
    place: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
}

impl<'de> Visitor<'de> for Members {
    type Value = Known<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Known<'de>, A::Error> {
        let mut known = Known::default();
        while let Some(Text(name)) = members.next_key()? {
            let value: &RawValue = members.next_value()?;
            let place = match self.0 {
                Shape::Partner => "url",
                Shape::Revocation => "location",
            };
            match &*name {
                "token" => known.token = text_of(value),
                "type" => known.token_type = text_of(value),
                "source" => known.source = text_of(value),
                name if name == place => known.place = text_of(value),
                _ => {}
            }
        }
        Ok(known)
    }
}

/// The text of a JSON string; `None` for any other value.
fn text_of(value: &RawValue) -> Option<Cow<'_, str>> {
    let inside = value.get().strip_prefix('"')?.strip_suffix('"')?;
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    Text::deserialize(&mut Deserializer::from_str(value.get())).ok().map(|Text(text)| text)
}
