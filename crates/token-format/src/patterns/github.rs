//! What GitHub asks for is listed in docs.github.com, "Secret scanning partner program", "Identify your secrets and
//! create regular expressions": for each secret a unique human-readable name, a regular expression, a test account, an
//! endpoint.

use super::{Rule, per_rule};
use crate::{BODY_LEN, CHECKSUM_LEN, RANDOM_LEN};

pub(super) fn enrolment(rules: &[Rule<'_>]) -> String {
    format!("{}\n{}{TAIL}", per_rule(HEAD, rules, secret_type), format_of_a_token())
}

const HEAD: &str = "\
To: secret-scanning@github.com
Subject: Joining the secret scanning partner program: YOUR COMPANY

Hello,

YOUR COMPANY would like to join the secret scanning partner program. In capitals is what we fill in per company.

Company:       YOUR COMPANY, YOUR WEBSITE
Contact:       YOUR SECURITY TEAM, YOUR MAIL ADDRESS
Endpoint:      https://YOUR-HOST/YOUR-PATH-FOR-GITHUB (the same for all types)
Test account:  TO BE SENT ON A CHANNEL OF YOUR CHOICE

Secret types:
";

fn secret_type(rule: &Rule<'_>) -> String {
    format!(
        "
  Type:    {}
  Name:    {}
  Regex:   {}
  Before:  \\A|[^0-9A-Za-z]
  After:   \\z|[^0-9A-Za-z]
",
        rule.type_name(),
        rule.title(),
        rule.token()
    )
}

fn format_of_a_token() -> String {
    format!(
        "\
Format: prefix, underscore, {BODY_LEN} characters of 0-9A-Za-z. Of these the first {RANDOM_LEN} are random and the last
{CHECKSUM_LEN} are a 32-bit checksum, as in your own tokens: CRC-32 (IEEE) of the {RANDOM_LEN} characters before, in base62
(alphabet 0-9A-Za-z, most significant digit first, padded on the left with 0).
"
    )
}

const TAIL: &str = "\
Tokens of an older version have the same shape without a checksum. Please report a match whatever its checksum.

The endpoint checks your signature, revokes what was really issued, mails its owners, and answers with the label
true_positive or false_positive for each token.

Kind regards
YOUR NAME
";
