//! Placeholder until the import verb lands in the next step of this sitting.
