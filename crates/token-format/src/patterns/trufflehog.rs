//! The format is that of custom detectors: github.com/trufflesecurity/trufflehog,
//! `pkg/custom_detectors/CUSTOM_DETECTORS.md`.

use super::{LEAST_ENTROPY, Rule, per_rule};

pub(super) fn config(rules: &[Rule<'_>]) -> String {
    per_rule(HEAD, rules, detector)
}

const HEAD: &str = "\
# Custom detectors for TruffleHog 3: trufflehog filesystem --config=THIS-FILE --results=unverified,unknown .
# Nothing is sent anywhere: there is no `verify` section, so findings count as unverified.
detectors:";

fn detector(rule: &Rule<'_>) -> String {
    let (id, title, regex, keyword) = (rule.id(), rule.title(), rule.guarded(), rule.keyword());
    format!(
        "
  # {title}
  - name: {id}
    keywords:
      - {keyword}
    regex:
      token: '{regex}'
    entropy: {LEAST_ENTROPY}
"
    )
}
