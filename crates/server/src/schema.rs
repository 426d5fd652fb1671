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
