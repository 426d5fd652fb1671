//! The format is that of custom rules: github.com/mongodb/kingfisher, `docs/RULES.md`. Tried with Kingfisher 2.14.

use super::{LEAST_ENTROPY, Rule, guarded_with_checksum, per_rule};

pub(super) fn rules(rules: &[Rule<'_>]) -> String {
    per_rule(HEAD, rules, |rule| with_checksum(rule) + &without_checksum(rule))
}

const HEAD: &str = "\
# Rules for Kingfisher: kingfisher scan --rules-path THIS-FILE --rule all .
# The first rule of each prefix checks the checksum, so look-alikes are not reported. The second takes tokens of before
# the checksum too; its confidence is low, so that it works only with --confidence low.
rules:";

fn with_checksum(rule: &Rule<'_>) -> String {
    let (id, title, example) = (rule.id(), rule.title(), rule.example());
    let regex = guarded_with_checksum(rule);
    format!(
        "
  - name: \"{title}\"
    id: custom.{id}
    pattern: '{regex}'
    min_entropy: {LEAST_ENTROPY}
    confidence: high
    pattern_requirements:
      checksum:
        actual:
          template: \"{{{{ CHECKSUM }}}}\"
          requires_capture: CHECKSUM
        expected: \"{{{{ BODY | crc32 | base62: 6 }}}}\"
        skip_if_missing: false
    examples:
      - {example}
"
    )
}

fn without_checksum(rule: &Rule<'_>) -> String {
    let (id, title, example) = (rule.id(), rule.title(), rule.example());
    let regex = rule.guarded();
    format!(
        "
  - name: \"{title}, checksum not looked at\"
    id: custom.{id}-unchecked
    pattern: '{regex}'
    min_entropy: {LEAST_ENTROPY}
    confidence: low
    examples:
      - {example}
"
    )
}
