use std::str::FromStr;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::tokens::Algorithm;

/// How a digest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Two hexadecimal digits a byte, of either case.
    Hex,
    /// Base64 (RFC 4648 §4), with or without padding.
    Base64,
    /// Base64 for URLs (RFC 4648 §5), with or without padding.
    Base64Url,
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

impl Encoding {
    const ALL: [Self; 3] = [Self::Hex, Self::Base64, Self::Base64Url];

    const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
        }
    }

    /// The bytes of a digest that was written so.
    pub(super) fn digest(self, text: &str, algorithm: Algorithm) -> Result<Vec<u8>, String> {
        let bytes = match self {
            Self::Hex => unhex(text),
            Self::Base64 => BASE64.decode(text).ok(),
            Self::Base64Url => BASE64URL.decode(text).ok(),
        };
        let length = algorithm.output_len();
        bytes.filter(|bytes| bytes.len() == length).ok_or_else(|| {
            let name = self.name();
            format!("\"digest\" must be {length} bytes, written in {name}, as its \"algorithm\" makes them.")
        })
    }
}

impl FromStr for Encoding {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|encoding| encoding.name() == name);
        found.ok_or_else(|| "\"encoding\" must be hex, base64 or base64url.".to_owned())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}
