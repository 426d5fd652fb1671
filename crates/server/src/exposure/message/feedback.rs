use serde::Serialize;
use token_format::Digest;

use super::Item;

/// What GitHub is told of one item, so that it learns which of its matches are real tokens ("Provide feedback for false
/// positives" in "Secret scanning partner program").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Feedback {
    /// SHA-256 of the token exactly as received, in lower-case hexadecimal.
    #[schema(
        example = "4b5f7cc3c1e4e6738a6e6541703102fe622129a91f59ef0f76bd58c7ad2ea214",
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]+$"
    )]
    token_hash: String,
    /// The item's `type` as received; left out if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "bwk_api_token")]
    token_type: Option<String>,
    /// Whether it was ever a token of ours.
    label: Label,
}

/// Whether a reported token was ever a token of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FeedbackLabel)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// It is or was ours.
    TruePositive,
    /// It never was.
    FalsePositive,
}

impl Feedback {
    /// The feedback on this item.
    pub fn on(item: &Item, label: Label) -> Self {
        Self { token_hash: Digest::of(&item.token).hex(), token_type: item.token_type.clone(), label }
    }
}
