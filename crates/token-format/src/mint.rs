use zeroize::Zeroizing;

use crate::{ALPHABET, BODY_LEN, Prefix, RANDOM_LEN, Secret, checksum};

/// Random bytes asked for at once. Of 64 bytes 62 are used on average, and 58 are wanted.
const BLOCK: usize = 64;

/// More blocks than any source of randomness needs: a good one needs two at most in practice.
const MOST_BLOCKS: usize = 64;

/// Makes a new token of version 3.
///
/// `fill` must fill its buffer with unpredictable bytes; the token is exactly as hard to guess as they are.
///
/// A character is chosen by the low six bits of a byte, and bytes whose low bits are 62 or 63 are thrown away. So each
/// of the 62 characters is equally likely, which `byte % 62` would not give.
///
/// # Panics
/// If `fill` gives next to nothing but bytes that have to be thrown away. No source of randomness does that; a
/// broken one must not mint.
pub fn mint(prefix: &Prefix, fill: &mut dyn FnMut(&mut [u8])) -> Secret {
    let mut text = Zeroizing::new(String::with_capacity(prefix.as_str().len() + 1 + BODY_LEN));
    text.push_str(prefix.as_str());
    text.push('_');
    let body_at = text.len();
    push_random(&mut text, body_at + RANDOM_LEN, fill);
    let check = checksum(&text[body_at..]);
    text.push_str(&check);
    Secret::new(std::mem::take(&mut *text))
}

fn push_random(text: &mut String, wanted: usize, fill: &mut dyn FnMut(&mut [u8])) {
    let mut block = Zeroizing::new([0; BLOCK]);
    for _ in 0..MOST_BLOCKS {
        fill(&mut *block);
        for character in block.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 0x3f))) {
            if text.len() == wanted {
                return;
            }
            text.push(char::from(*character));
        }
    }
    assert!(text.len() == wanted, "the source of randomness is broken");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::seeded;

    fn acme() -> Prefix {
        Prefix::new("acme").unwrap()
    }

    /// The body characters that a source leads to, in the order of its bytes.
    fn characters_of(mut fill: impl FnMut(&mut [u8]), tokens: usize) -> [usize; 62] {
        let mut counts = [0; 62];
        for _ in 0..tokens {
            let secret = mint(&acme(), &mut fill);
            for character in secret.expose()[5..5 + RANDOM_LEN].bytes() {
                counts[ALPHABET.iter().position(|&known| known == character).unwrap()] += 1;
            }
        }
        counts
    }

    #[test]
    fn every_character_is_reached_by_the_same_number_of_byte_values() {
        let counts: Vec<usize> = (0..62)
            .map(|index| (0..=u8::MAX).filter(|byte| usize::from(byte & 0x3f) == index).count())
            .collect();
        assert_eq!(counts, [4; 62]);
    }

    #[test]
    fn characters_are_evenly_spread() {
        let counts = characters_of(seeded(20_210_405), 5_000);
        let expected = f64::from(5_000 * 58) / 62.0;
        let chi_square: f64 = counts
            .iter()
            .map(|&count| {
                let difference = f64::from(u32::try_from(count).unwrap()) - expected;
                difference * difference / expected
            })
            .sum();
        // 61 degrees of freedom: a fair source exceeds 110 once in about 8,000 times, and this seed is fixed.
        // Choosing by `byte % 62` would give about 1,900.
        assert!(chi_square < 110.0, "{chi_square}");
        assert!(chi_square > 30.0, "too even to be random: {chi_square}");
    }

    #[test]
    fn bytes_that_name_no_character_are_thrown_away() {
        let mut next = 0u8;
        let secret = mint(&acme(), &mut |block: &mut [u8]| {
            for byte in block {
                *byte = if next.is_multiple_of(2) { 0xff } else { 0x3d };
                next = next.wrapping_add(1);
            }
        });
        assert_eq!(&secret.expose()[5..63], "z".repeat(58));
    }

    #[test]
    #[should_panic(expected = "the source of randomness is broken")]
    fn a_source_that_gives_nothing_usable_mints_nothing() {
        mint(&acme(), &mut |block: &mut [u8]| block.fill(0xff));
    }
}
