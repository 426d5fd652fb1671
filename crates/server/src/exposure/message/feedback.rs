use serde::Serialize;
use token_format::Digest;

use super::Item;

/// What GitHub is told of one item, so that it learns which of its matches are real tokens ("Provide feedback for false
/// positives" in "Secret scanning partner program").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Feedback {
    /// SHA-256 of the token exactly as received, in lower-case hexadecimal.
    #[schema(
        example = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        min_length = 64,
        max_length = 64
    )]
    token_hash: String,
    /// The item's `type` as received; left out if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "acme_api_token")]
    token_type: Option<String>,
    /// Whether it was ever a token of ours.
    label: Label,
}

/// Whether a reported token was ever a token of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
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
