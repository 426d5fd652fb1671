//! The journeys are tests: see `tests/`.
