//! The steps of the schema, one file each for both engines.

use store::Migration;

/// All steps, oldest first. A step that takes something away names as `oldest` the first step whose binary can do without.
pub const STEPS: &[Migration] = &[
    Migration {
        number: 1,
        name: "0001_house",
        oldest: 1,
        sql: include_str!("../../../migrations/0001_house.sql"),
    },
    Migration {
        number: 2,
        name: "0002_seen_prefixes_and_indexes",
        oldest: 1,
        sql: include_str!("../../../migrations/0002_seen_prefixes_and_indexes.sql"),
    },
];

#[cfg(test)]
mod tests {
    use token_format::Digest;

    use super::*;

    /// The SHA-256 of every step that there ever was. A new step adds its line; no other line ever changes, because there
    /// are databases that were made by it.
    const LANDED: [(&str, &str); 2] = [
        ("0001_house", "1e8d9204a27c9630438cdb288566a78cfacfe57c71d26571bd8b03136c4c3942"),
        (
            "0002_seen_prefixes_and_indexes",
            "a91390a84c74e3a370e9a5338fde15abf48fbf88ccdf951853005bc76d8d408a",
        ),
    ];

    #[test]
    fn a_step_that_has_landed_is_never_changed() {
        let steps: Vec<_> = STEPS.iter().map(|step| (step.name, Digest::of(step.sql).hex())).collect();
        assert_eq!(steps, LANDED.map(|(name, digest)| (name, digest.to_owned())));
    }

    #[test]
    fn steps_count_up_from_one_and_each_admits_a_version_that_was() {
        for (number, step) in (1..).zip(STEPS) {
            assert_eq!(step.number, number);
            assert!(step.name.starts_with(&format!("{:04}_", step.number)), "{}", step.name);
            assert!((1..=step.number).contains(&step.oldest), "{}", step.name);
        }
    }
}
