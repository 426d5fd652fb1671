use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use time_and_chance::Chance;
use zeroize::Zeroizing;

use crate::xaes::{KEY_LEN, Key};

/// Which root key it is: the beginning of a MAC made with it, so that a wrong one is told by its name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RootId(String);

/// A root key: it wraps data keys, and nothing else.
#[derive(Clone)]
pub struct Root {
    id: RootId,
    bytes: Zeroizing<[u8; KEY_LEN]>,
}

/// What was given is no root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRoot {
    /// There is no key at all.
    #[error("there is no key in it")]
    Empty,
    /// A line is no key.
    #[error("line {0} is no key: each holds the base64 of 32 random bytes")]
    Line(usize),
}

impl Root {
    /// A root of these bytes.
    pub fn of_bytes(bytes: Zeroizing<[u8; KEY_LEN]>) -> Self {
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*bytes), b"bailiwick root key");
        let id = mac.as_ref()[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id: RootId(id), bytes }
    }

    /// A new one.
    pub fn new(chance: &dyn Chance) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        chance.fill(&mut *bytes);
        Self::of_bytes(bytes)
    }

    /// Its name.
    pub fn id(&self) -> &RootId {
        &self.id
    }

    /// Its bytes, for the service that wraps them.
    pub fn expose(&self) -> &[u8; KEY_LEN] {
        &self.bytes
    }

    pub(crate) fn key(&self) -> Key {
        Key::new(&self.bytes)
    }

    /// As it stands in a key file.
    pub fn to_line(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(*self.bytes))
    }

    /// The roots of a key file or variable, newest first: one in a line or between commas, in base64. Lines that begin with
    /// `#` are comments.
    pub fn read(text: &str) -> Result<Vec<Self>, BadRoot> {
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.starts_with('#'));
        let keys = lines.flat_map(|(at, line)| line.split(',').map(move |key| (at, key.trim())));
        let keys = keys.filter(|(_, key)| !key.is_empty());
        let roots: Vec<_> =
            keys.map(|(at, key)| of_line(key).ok_or(BadRoot::Line(at + 1))).collect::<Result<_, _>>()?;
        if roots.is_empty() { Err(BadRoot::Empty) } else { Ok(roots) }
    }
}

fn of_line(line: &str) -> Option<Root> {
    let decoded = Zeroizing::new(STANDARD.decode(line).ok()?);
    Some(Root::of_bytes(Zeroizing::new(decoded.as_slice().try_into().ok()?)))
}

impl RootId {
    /// The stored name of one.
    pub fn trusted(id: String) -> Self {
        Self(id)
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows its name alone.
impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use time_and_chance::SeededChance;

    use super::*;

    #[test]
    fn a_root_is_read_as_it_was_written() {
        let chance = SeededChance::new(1);
        let (old, new) = (Root::new(&chance), Root::new(&chance));
        let text = format!("# newest first\n{}\n{}\n", *new.to_line(), *old.to_line());
        let ids: Vec<_> = Root::read(&text).unwrap().iter().map(|root| root.id().clone()).collect();
        assert_eq!(ids, [new.id().clone(), old.id().clone()]);
        assert_ne!(new.id(), old.id());
    }

    #[test]
    fn what_is_no_key_is_told_by_its_line() {
        let root = Root::new(&SeededChance::new(1));
        assert_eq!(Root::read("\n# nothing\n").unwrap_err(), BadRoot::Empty);
        assert_eq!(Root::read(&format!("{}\nsecret", *root.to_line())).unwrap_err(), BadRoot::Line(2));
        assert_eq!(Root::read("QUJD").unwrap_err(), BadRoot::Line(1), "too short");
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let root = Root::new(&SeededChance::new(1));
        assert_eq!(format!("{root:?}"), format!("Root({})", root.id()));
    }
}
