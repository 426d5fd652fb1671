use std::{fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use ulid::Ulid;

use crate::{Chance, Time};

/// What an id is of. `PREFIX` stands before the underscore.
pub trait Kind: 'static {
    /// Such as `tok`.
    const PREFIX: &'static str;
}

/// An id: a type's prefix, `_`, and a ULID of 26 characters, such as `tok_01KAR0…`. Ids sort by the time of their making.
pub struct Id<K>(Box<str>, PhantomData<fn() -> K>);

/// The random bits of a ULID.
const RANDOM: u128 = (1 << 80) - 1;

impl<K: Kind> Id<K> {
    /// A new id, of this moment. Within a millisecond they sort at random.
    pub fn new(when: Time, chance: &dyn Chance) -> Self {
        Self::from_parts(when, chance.number())
    }

    /// New ids, of this moment, that sort in the order in which they come: as many as are taken.
    pub fn several(when: Time, chance: &dyn Chance) -> impl Iterator<Item = Self> + use<K> {
        // The upper half is left free to count into, so that they never begin again from below.
        let first = chance.number() & (RANDOM >> 1);
        (first..).map(move |random| Self::from_parts(when, random))
    }

    /// The id with this time and these 80 random bits (the upper ones are left off).
    pub fn from_parts(when: Time, random: u128) -> Self {
        let ulid = Ulid::from_parts(when.millis(), random & RANDOM);
        Self(format!("{}_{ulid}", K::PREFIX).into(), PhantomData)
    }

    /// The id as a database or a caller knows it, unchecked: it came out of a column that only holds such ids.
    pub fn trusted(text: String) -> Self {
        Self(text.into(), PhantomData)
    }
}

impl<K> Id<K> {
    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Nothing is wrong with it, it only cannot be an id of this kind: nothing has it.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAnId;

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let ulid = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(NotAnId)?;
        let canonical = ulid.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if ulid.len() != 26 || !canonical || Ulid::from_string(ulid).is_err() {
            return Err(NotAnId);
        }
        Ok(Self(text.into(), PhantomData))
    }
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id of this kind")
    }
}

impl std::error::Error for NotAnId {}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededChance;

    struct Thing;
    impl Kind for Thing {
        const PREFIX: &'static str = "thing";
    }

    #[test]
    fn ids_sort_by_the_time_of_their_making() {
        let chance = SeededChance::new(1);
        let early = Id::<Thing>::new(Time::from_micros(1_000_000), &chance);
        let late = Id::<Thing>::new(Time::from_micros(2_000_000), &chance);
        assert!(early < late);
        assert_eq!(early.as_str().parse(), Ok(early));
    }

    #[test]
    fn several_ids_of_one_moment_sort_in_the_order_in_which_they_come() {
        for seed in 0..10 {
            let ids: Vec<_> =
                Id::<Thing>::several(Time::from_micros(0), &SeededChance::new(seed)).take(1_000).collect();
            assert!(ids.is_sorted_by(|one, next| one < next), "{seed}");
        }
    }

    #[test]
    fn another_kind_lower_case_or_a_wrong_length_is_no_id() {
        let id = Id::<Thing>::new(Time::from_micros(0), &SeededChance::new(1));
        for text in [id.as_str().replace("thing", "other"), id.as_str().to_lowercase(), format!("{id}0")] {
            assert_eq!(text.parse::<Id<Thing>>(), Err(NotAnId), "{text}");
        }
    }
}
