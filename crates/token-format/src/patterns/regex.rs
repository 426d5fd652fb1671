use super::{Rule, per_rule};

/// As the others' `BEFORE`, without `\b`, non-capturing groups and other things that POSIX doesn't have.
const BEFORE: &str = r"(^|[^0-9A-Za-z]|%[0-9A-Fa-f]{2}|\\([nrt]|u[0-9A-Fa-f]{4}))";

pub(super) fn lines(rules: &[Rule<'_>]) -> String {
    per_rule("", rules, |rule| format!("{BEFORE}{}([^0-9A-Za-z]|$)\n", rule.token()))
}
