//! What holds for any bytes that a column may hold, and for any key file.

use time_and_chance::{SeededChance, Time};

use crate::{Field, Keys, Opener, Private, Root, Sealed, keys::Wrapped};

const FIELD: Field = Field::new("tokens", "description");

/// Any bytes as a sealed field: they are none, or say which key they want, and open only if they are what was sealed, bit for
/// bit. And any bytes as a wrapped data key, and as the text of a key file.
pub fn check_sealed(bytes: &[u8]) {
    let chance = SeededChance::new(1);
    let root = Root::new(&chance);
    let when = Time::from_micros(0);
    let wrapped = Wrapped::new(&root, &chance, when, "ws_1", 1);
    let key = std::sync::Arc::new(wrapped.open(&root).expect("it was just wrapped"));
    let text = Private::from("what is sealed");
    let place = FIELD.of("row_1", "ws_1");
    let genuine = key.seal(&chance, place, &text);

    match Sealed::of_bytes(bytes.to_vec()) {
        Ok(sealed) => {
            let mut opener = Opener::default();
            opener.keys.insert(sealed.key_id(), std::sync::Arc::clone(&key));
            let opened = opener.open(place, &sealed);
            assert_eq!(opened.is_ok(), sealed == genuine, "only what was sealed opens");
            if let Err(fault) = opened {
                let said = fault.to_string();
                assert!(said.contains("tokens.description of row row_1"), "{said}");
            }
            assert!(Opener::default().open(place, &sealed).is_err(), "without its key nothing opens");
        }
        Err(bad) => assert!(!bad.to_string().is_empty()),
    }
    // Somewhere a bit of the genuine one is another.
    if let [at, bit, ..] = bytes {
        let mut other = genuine.as_bytes().to_vec();
        let at = usize::from(*at) % other.len();
        other[at] ^= 1 << (bit % 8);
        let opened = Sealed::of_bytes(other).map(|sealed| key.open_bytes(place, &sealed).is_ok());
        assert_ne!(opened, Ok(true), "byte {at} was changed, and it opened");
    }
    let damaged = Wrapped { bytes: bytes.to_vec(), ..wrapped };
    assert!(damaged.open(&root).is_err(), "a data key of any bytes opened");
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Root::read(text);
    }
    assert!(Keys::default().lack("ws_1"));
}

/// A sealed field as it is sealed above, for a seed.
pub fn genuine() -> Vec<u8> {
    let chance = SeededChance::new(1);
    let root = Root::new(&chance);
    let wrapped = Wrapped::new(&root, &chance, Time::from_micros(0), "ws_1", 1);
    let key = wrapped.open(&root).expect("it was just wrapped");
    key.seal(&chance, FIELD.of("row_1", "ws_1"), &"what is sealed".into()).as_bytes().to_vec()
}
