use clap::Args;
use serde_json::json;
use token_format::patterns::{Scanner, pattern};

use super::{common::Common, ended::Ended, print};

#[derive(Args)]
pub struct Patterns {
    /// Who it is for: github (the mail that enrols), gitlab, gitleaks, trufflehog, kingfisher, regex (for grep -E -f)
    #[arg(long = "for", value_name = "SCANNER")]
    scanner: Scanner,
}

impl Patterns {
    /// Prints the patterns of the prefixes that the settings name.
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let text = pattern(self.scanner, &common.settings().await?.token.prefixes());
        common.answer(&json!({"for": self.scanner.name(), "text": text}), |_| print::line(text.trim_end()))
    }
}
