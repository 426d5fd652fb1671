//! How hard a password is to guess, and what would help.

mod advice;
mod words;

use std::fmt;

use zeroize::Zeroizing;
use zxcvbn::{Entropy, zxcvbn};

use crate::Password;
use words::Words;

/// How many characters of a password are judged. The time grows faster than the square of their number: with the worst ones
/// (each character that stands for a letter: `4@8({[<3691!|170$5+%2`) 40 take 60 ms on an ordinary core, 64 take 180 ms, 100
/// take 450 ms; with those of people 0.5 to 3 ms. 40 that are hard to guess are as good as any number.
const JUDGED: usize = 40;

/// What a password is worth.
#[derive(Clone, PartialEq, Eq)]
pub struct Strength {
    /// From 0 (guessed at once) to 4 (more than 10^10 guesses): the score of zxcvbn (Wheeler, USENIX Security 2016).
    pub score: u8,
    /// At most two sentences: what is weak about it, and what would help. None from a score of 3 on.
    pub advice: Vec<&'static str>,
    /// The word of the context that it is in essence: it contains it, and what is left is soon guessed. Then it is to be
    /// refused, whatever its score.
    pub only_a_word: Option<String>,
}

/// The word is not shown: it is most of a password that somebody has typed.
impl fmt::Debug for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let only_a_word = self.only_a_word.is_some();
        f.debug_struct("Strength")
            .field("score", &self.score)
            .field("only_a_word", &only_a_word)
            .finish_non_exhaustive()
    }
}

/// Judges a password. Words of the `context` are what an attacker tries first: the names of product and workspace, the person's
/// name, their address. Each is taken as a whole and in its parts; those of fewer than four letters can be in anything.
///
/// It takes up to 150 ms (see above), so not on a thread that others wait for.
pub fn judge(password: &Password, context: &[&str]) -> Strength {
    let words = Words::of(context);
    let entropy = estimate(password.expose(), &words);
    let only_a_word = words.in_it(password.expose()).and_then(|(word, rest)| {
        let weak = u8::from(estimate(&rest, &words).score()) <= 1;
        weak.then(|| word.to_owned())
    });
    let advice = entropy.feedback().map(advice::of).unwrap_or_default();
    Strength { score: entropy.score().into(), advice, only_a_word }
}

/// Whether it is one of the most common passwords, in whatever case, or as soon guessed as these.
///
/// zxcvbn knows the 30,000 most common passwords of a public collection, 11,611 of them with at least 8 characters, and words
/// and names as common. It takes a password in one of its lists for guessed by its rank there at the latest, and repetitions,
/// rows of keys and the like that are tried before are as bad.
pub fn is_common(password: &Password) -> bool {
    const MOST_COMMON: u64 = 30_000;
    // No list has a longer one, and what is cut off could make another of it.
    if password.expose().chars().count() > JUDGED {
        return false;
    }
    let lower = Zeroizing::new(password.expose().to_lowercase());
    // One guess more than its rank: the estimate begins to count with one.
    estimate(&lower, &Words::default()).guesses() <= MOST_COMMON + 1
}

fn estimate(text: &str, words: &Words) -> Entropy {
    let judged: Zeroizing<String> = Zeroizing::new(text.chars().take(JUDGED).collect());
    zxcvbn(&judged, &words.folded())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
