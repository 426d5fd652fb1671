//! A rule's format is that of gitleaks 8: README of github.com/gitleaks/gitleaks, "Configuration".

use super::{LEAST_ENTROPY, Rule, per_rule};

pub(super) fn config(rules: &[Rule<'_>]) -> String {
    per_rule(HEAD, rules, toml_rule)
}

const HEAD: &str = "\
# Rules for gitleaks 8. Alone:           gitleaks dir --config THIS-FILE .
# To keep the rules it comes with, add:  [extend]
#                                        useDefault = true
title = \"API tokens\"
";

fn toml_rule(rule: &Rule<'_>) -> String {
    let (id, title, regex, keyword) = (rule.id(), rule.title(), rule.guarded(), rule.keyword());
    format!(
        "
[[rules]]
id = \"{id}\"
description = \"{title}\"
regex = '''{regex}'''
secretGroup = 1
entropy = {LEAST_ENTROPY}
keywords = [\"{keyword}\"]
tags = [\"api-token\"]
"
    )
}
