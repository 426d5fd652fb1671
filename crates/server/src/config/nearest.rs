//! What a mistyped name was meant to be.

/// The known name that is closest to `typed`, if one is close enough to be meant. A name without its section, parted by
/// `level`, is meant too.
pub(super) fn nearest<'a>(
    typed: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    level: &str,
) -> Option<&'a str> {
    let last = typed.rsplit(level).next().unwrap_or(typed);
    let elsewhere = known.clone().find(|name| name.rsplit_once(level).is_some_and(|(_, end)| end == last));
    let enough = (typed.len() / 5).max(2);
    known
        .map(|name| (steps(typed, name), name))
        .filter(|(steps, _)| *steps <= enough)
        .min()
        .map(|(_, name)| name)
        .or(elsewhere)
}

/// How many characters must be put in, taken out or changed to make one text of the other (Levenshtein).
fn steps(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (taken, from) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = taken + 1;
        for (put, &to) in other.iter().enumerate() {
            let changed = diagonal + usize::from(from != to);
            diagonal = row[put + 1];
            row[put + 1] = changed.min(row[put] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted() {
        for (one, other, count) in
            [("", "", 0), ("a", "", 1), ("polcy", "policy", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(steps(one, other), count, "{one} {other}");
            assert_eq!(steps(other, one), count, "{other} {one}");
        }
    }

    #[test]
    fn what_resembles_nothing_means_nothing() {
        assert_eq!(nearest("flux.capacitor", ["server.listen", "data_dir"].into_iter(), "."), None);
    }
}
