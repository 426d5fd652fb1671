use crate::{ALPHABET, CHECKSUM_LEN, RANDOM_LEN};

/// The six checksum characters for the random part of a token.
///
/// CRC-32 (IEEE) in base62, see the [crate's specification](crate). The input is the random part alone: 58 characters
/// in our tokens, though the function takes any text, as GitHub's (30 characters) and the Apache Software
/// Foundation's (27) do.
///
/// ```
/// assert_eq!(token_format::checksum("123456789"), "3jZRME"); // 0xCBF43926, the check value of CRC-32
/// ```
pub fn checksum(random: &str) -> String {
    base62(crc32fast::hash(random.as_bytes()))
}

/// Whether the last six of 64 characters are the checksum of those before.
pub(crate) fn holds(body: &str) -> bool {
    let (random, check) = body.split_at(RANDOM_LEN);
    checksum(random) == check
}

fn base62(mut number: u32) -> String {
    let mut digits = [ALPHABET[0]; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_dummy_tokens_of_github_and_npm_check_out() {
        for dummy in [
            "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",
            "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",
            "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",
        ] {
            let body = &dummy[4..];
            assert_eq!(checksum(&body[..30]), body[30..], "{dummy}");
        }
    }

    #[test]
    fn vectors_of_the_apache_software_foundation_check_out() {
        assert_eq!(checksum(&"0".repeat(27)), "2MvMGi");
        assert_eq!(checksum(&"z".repeat(27)), "13hv5A");
    }

    #[test]
    fn the_extremes_of_the_crc_fit_into_six_digits() {
        assert_eq!(base62(0), "000000");
        assert_eq!(base62(u32::MAX), "4gfFC3");
        assert_eq!(base62(0x816_710BC), "2MvMGi");
        assert_eq!(base62(0x39_DF34DC), "13hv5A");
    }

    #[test]
    fn the_check_value_of_crc_32_is_known() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xCBF4_3926);
        assert_eq!(checksum("123456789"), "3jZRME");
    }
}
