use zxcvbn::feedback::{Feedback, Suggestion, Warning};

/// What is weak, and the one suggestion that says most about this password. zxcvbn begins with the most general one.
pub(super) fn of(feedback: &Feedback) -> Vec<&'static str> {
    let helps = feedback.suggestions().last().copied().map(what_helps);
    feedback.warning().map(what_is_weak).into_iter().chain(helps).collect()
}

fn what_is_weak(warning: Warning) -> &'static str {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => {
            "You went along a row of keys, and such rows are tried early."
        }
        Warning::ShortKeyboardPatternsAreEasyToGuess => {
            "Your pattern of keys is short enough to be tried early."
        }
        Warning::RepeatsLikeAaaAreEasyToGuess => "You repeat one character, which hardly adds anything.",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            "You repeat one piece, and twice is hardly better than once."
        }
        Warning::ThisIsATop10Password => "You chose one of the ten passwords that most others choose.",
        Warning::ThisIsATop100Password => "You chose one of the hundred passwords that most others choose.",
        Warning::ThisIsACommonPassword => {
            "You chose what many others chose too, and lists of these are tried first."
        }
        Warning::ThisIsSimilarToACommonlyUsedPassword => "You are near to a password that many others chose.",
        Warning::SequencesLikeAbcAreEasyToGuess => {
            "You follow an order that everybody knows, such as abc or 6543."
        }
        Warning::RecentYearsAreEasyToGuess => "You use a year that is soon guessed.",
        Warning::AWordByItselfIsEasyToGuess => {
            "You use a single word, and a dictionary is soon gone through."
        }
        Warning::DatesAreOftenEasyToGuess => "You use a date, and there are not many of them.",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => {
            "You use a single name, and lists of names are short."
        }
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "You use a name that many people have.",
    }
}

fn what_helps(suggestion: Suggestion) -> &'static str {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => {
            "Take a few words that do not belong together; a saying or a line of a song is known."
        }
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => {
            "You need no digits, symbols or capitals: a longer password does more."
        }
        Suggestion::AddAnotherWordOrTwo => "Add a word or two that nobody would expect there.",
        Suggestion::CapitalizationDoesntHelpVeryMuch => {
            "A capital at the beginning is what everybody does: add a word instead."
        }
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            "All in capitals is tried right after all in small letters: add a word instead."
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => {
            "Words are tried backwards too: add another one instead."
        }
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => {
            "Writing @ for a or 0 for o is tried too: add a word instead."
        }
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => {
            "Make the pattern longer, with more turns, or better take a few words."
        }
        Suggestion::AvoidRepeatedWordsAndCharacters => "Put something new in the place of what you repeat.",
        Suggestion::AvoidSequences => "Leave what everybody can continue, and take a few words.",
        Suggestion::AvoidRecentYears => "Leave the year, and add a word.",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => {
            "Leave years that have to do with you, and add a word."
        }
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            "Leave dates and years that have to do with you, and add a word."
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Password, strength::judge};

    #[test]
    fn weak_passwords_are_told_what_is_weak_and_what_would_help() {
        for (text, weak, helps) in [
            ("password", "ten passwords", "Add a word or two"),
            ("Password", "ten passwords", "A capital at the beginning"),
            ("p4ssw0rd", "near to a password", "Writing @ for a"),
            ("asdfghjkl;'", "row of keys", "Make the pattern longer"),
            ("aaaaaaaaaa", "repeat one character", "something new"),
            ("zebrazebra", "repeat one piece", "something new"),
            ("abcdefgh", "an order that everybody knows", "what everybody can continue"),
            ("13.7.1987", "a date", "Leave dates"),
        ] {
            let strength = judge(&Password::new(text).unwrap(), &[]);
            let [first, second] = strength.advice[..] else { panic!("{text}: {strength:?}") };
            assert!(first.contains(weak) && second.contains(helps), "{text}: {strength:?}");
        }
    }
}
