use std::{array, fmt};

use time_and_chance::Chance;
use zeroize::Zeroizing;

use crate::{Digest, SecretText, typed};

/// Crockford's base32: no `i`, `l`, `o`, which are read as `1`, `1`, `0`, and no `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Of five bits each.
const CHARACTERS: usize = 24;

/// A code on paper for the day on which every other factor is lost: 120 random bits, shown as
/// `abcd-efgh-jkmn-pqrs-tvwx-yz01`.
///
/// With 112 bits and more a plain digest may be stored (ASVS 6.5.2): nobody finds the code to a digest by trying.
///
/// It has no `Display`, its `Debug` shows nothing, and its memory is overwritten when it is dropped.
pub struct RecoveryCode(Zeroizing<[u8; CHARACTERS]>);

impl RecoveryCode {
    /// The ten that a person gets at once.
    pub fn ten(chance: &dyn Chance) -> [Self; 10] {
        array::from_fn(|_| Self::new(chance))
    }

    fn new(chance: &dyn Chance) -> Self {
        let mut characters = Zeroizing::new([0; CHARACTERS]);
        chance.fill(&mut *characters);
        for character in characters.iter_mut() {
            // 256 is a multiple of 32, so each is as likely as the next.
            *character = ALPHABET[usize::from(*character % 32)];
        }
        Self(characters)
    }

    /// What somebody typed as code: in either case, with or without hyphens and spaces, and with what is easily misread.
    pub fn parse(text: &str) -> Option<Self> {
        typed::characters(text, read).map(Self)
    }

    /// As it is shown: six groups of four in lower case, with hyphens.
    pub fn shown(&self) -> SecretText {
        let groups: Vec<_> = self
            .0
            .chunks(4)
            .map(|group| Zeroizing::new(group.iter().map(|&byte| char::from(byte)).collect::<String>()))
            .collect();
        let groups: Vec<_> = groups.iter().map(|group| group.as_str()).collect();
        SecretText::new(groups.join("-"))
    }

    /// What is stored of it: SHA-256 of its characters without hyphens.
    pub fn digest(&self) -> Digest {
        Digest::of(&*self.0)
    }
}

fn read(character: char) -> Option<u8> {
    let character = u8::try_from(character).ok()?.to_ascii_lowercase();
    let meant = match character {
        b'o' => b'0',
        b'i' | b'l' => b'1',
        other => other,
    };
    ALPHABET.contains(&meant).then_some(meant)
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}
