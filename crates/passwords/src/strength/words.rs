use zeroize::Zeroizing;

/// Words of the context, the longest first.
#[derive(Default)]
pub(super) struct Words(Vec<Word>);

struct Word {
    /// As it was given.
    given: String,
    /// In lower case.
    lower: String,
    /// As it is compared.
    folded: Vec<char>,
}

/// How many words are looked at: enough for two names, an address and what else is known of a person.
const MOST: usize = 64;
/// Shorter ones can be in anything.
const LETTERS: usize = 4;

impl Words {
    pub fn of(context: &[&str]) -> Self {
        let apart = |text: &'_ str| -> Vec<String> {
            let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
            // Joined too: `Li Wei` has no part that is long enough.
            parts.iter().map(|&part| part.to_owned()).chain([parts.concat()]).collect()
        };
        let mut words: Vec<Word> = context.iter().flat_map(|text| apart(text)).filter_map(Word::of).collect();
        // Equal ones side by side, or they would not be found to be the same.
        words.sort_by(|one, other| {
            let by_length = other.folded.len().cmp(&one.folded.len());
            by_length.then_with(|| one.folded.cmp(&other.folded))
        });
        words.dedup_by(|one, other| one.folded == other.folded);
        words.truncate(MOST);
        Self(words)
    }

    /// For zxcvbn.
    pub fn folded(&self) -> Vec<&str> {
        self.0.iter().map(|word| word.lower.as_str()).collect()
    }

    /// The longest word that a text contains, and what of the text is in no word.
    pub fn in_it(&self, text: &str) -> Option<(&str, Zeroizing<String>)> {
        let folded: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().map(fold).collect());
        let mut taken = vec![false; folded.len()];
        let mut found = None;
        for word in &self.0 {
            for (at, here) in folded.windows(word.folded.len()).enumerate() {
                if here == word.folded {
                    taken[at..at + here.len()].fill(true);
                    found = found.or(Some(word.given.as_str()));
                }
            }
        }
        let rest = text.chars().zip(taken).filter(|(_, taken)| !taken).map(|(c, _)| c);
        found.map(|word| (word, Zeroizing::new(rest.collect())))
    }
}

impl Word {
    fn of(given: String) -> Option<Self> {
        let letters = given.chars().filter(|c| c.is_alphabetic()).count();
        let folded = given.chars().map(fold).collect();
        (letters >= LETTERS).then(|| Self { lower: given.to_lowercase(), folded, given })
    }
}

/// One character for each, so that places stay: lower case, and what is commonly written for a letter as that letter. `1`, `!`
/// and `|` stand for `i` and for `l`, so these are one here.
fn fold(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' | 'l' | 'L' => 'i',
        '2' => 'z',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}
