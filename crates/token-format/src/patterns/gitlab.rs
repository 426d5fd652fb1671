//! The format is described in GitLab's documentation for developers of secret detection, "Rule Development Process": at
//! most one capturing group, explicit character classes, bounded repetition, no look-around; examples that match; and
//! the tag `gitlab_blocking`, which lets push protection use the rule. A remediation guide stands in a file of its own.

use super::{Rule, per_rule};

pub(super) fn rules(rules: &[Rule<'_>]) -> String {
    per_rule(HEAD, rules, toml_rule)
}

const HEAD: &str = "\
# Rules for GitLab's secret detection, in the format of
# gitlab.com/gitlab-org/security-products/secret-detection/secret-detection-rules: rules/mit/<company>/<company>.toml.
# To join the partner program for leaked credentials see docs.gitlab.com, \"Automatic response to leaked secrets\".
# A project's own ruleset takes the same rules.
#
# Beside this file stands a guide per rule, <id>.md:
#
#   # <the title given below>
#
#   ## Description
#
#   A token of this service's API. Whoever reads it acts with its rights until it is revoked.
#
#   ## Remediation
#
#   For general guidance on handling security incidents regarding leaked keys, see the GitLab documentation on
#   [Credential exposure to the internet](https://docs.gitlab.com/ee/security/responding_to_security_incidents.html#credential-exposure-to-public-internet).
#
#   Revoke the token where it was made, make a new one, and look for uses of the old one that were not yours.
";

fn toml_rule(rule: &Rule<'_>) -> String {
    let (id, title, regex, keyword) = (rule.id(), rule.title(), rule.guarded(), rule.keyword());
    let example = rule.example();
    format!(
        "
# {title}
[[rules]]
id = \"{id}\"
regex = '''{regex}'''
keywords = [\"{keyword}\"]
examples = [\"{example}\"]
tags = [\"gitlab_blocking\"]
"
    )
}
