//! What an API token looks like: the public specification, and the code that keeps it.
//!
//! A token is a secret that its holder pastes into a program. It is made to be *recognised*: by a scanner that reads
//! public code, by a person who reads a log, and by us when a partner reports one with half a line of text around it.
//! This crate mints tokens, finds them in any text, and writes the rules with which others find them. It does no I/O
//! and keeps no state.
//!
//! # The three versions
//!
//! | version | shape | remarks |
//! |---|---|---|
//! | 1 | `[A-Za-z0-9]{64}` | the oldest: nothing tells it from any other 64 characters |
//! | 2 | `<prefix>_[A-Za-z0-9]{64}` | recognisable, but any look-alike passes |
//! | 3 | `<prefix>_[A-Za-z0-9]{58}` + checksum of 6 characters | what [`mint`] makes |
//!
//! Versions 2 and 3 have one shape, and a token of version 2 passes for version 3 by chance once in 62⁶ times, which is
//! 57 thousand million. So a text of that shape is [`Version::V3`] if its checksum is right and [`Version::V2`] if
//! not, and who never issued version 2 under a prefix may refuse it there ([`Parsed::checksum_ok`]).
//!
//! # The parts
//!
//! * **Prefix**: `[a-z][a-z0-9]{1,15}`, see [`Prefix`]. Tokens of the operator, the vendor who runs the service, carry
//!   `<prefix>op`; hence no plain prefix ends in `op`.
//! * **Underscore**: it stands in no base64 alphabet, so a token does not begin inside of encoded data, and a double
//!   click selects the whole token. GitHub gives these reasons for its own format in "Behind GitHub's new
//!   authentication token formats" (github.blog, 5 April 2021).
//! * **Body**: 64 characters of base62. In version 3 the first 58 are random, evenly spread over the 62 characters:
//!   58 · log₂ 62 ≈ 345 bits.
//! * **Checksum**: the last six characters of version 3. It is the CRC-32 (IEEE 802.3, reflected polynomial
//!   `0xEDB88320`) of the 58 ASCII characters before it, without the prefix, as a number in base62: alphabet `0-9A-Za-z`
//!   in this order, most significant digit first, padded on the left with `0`. This is the checksum of GitHub's and
//!   npm's tokens over a longer body. 62⁵ < 2³² < 62⁶, so six characters are enough and the first is `0` to `4`.
//!   It is no protection against forgery: it lets a scanner drop look-alikes without asking anyone, and it catches
//!   every slip of one character.
//!
//! All characters of a token are unreserved in URIs (RFC 3986 §2.3) and allowed in `Authorization: Bearer` (the
//! `token68` of RFC 9110 §11.2), so nothing ever has to be escaped.
//!
//! # Derived values
//!
//! * **Digest**: SHA-256 over the bytes of the whole token text, prefix and underscore included ([`Digest`]). Version 1
//!   has no prefix: there the digest covers the 64 characters. It needs no salt and no slow hash, because there is
//!   nothing to guess in 345 bits.
//! * **Hint**: the first five characters of the body ([`Hint`]); safe to show, as 53 unknown characters remain.
//!
//! # What may surround a token
//!
//! [`parse`] and [`candidates`] find tokens inside of other text, because a report may carry "the substring that was
//! matched by the analyser" (GitLab, "Automatic response to leaked secrets"), and that is not always the bare token.
//! [`exact`] takes nothing but the token, which is right where one is presented as a credential. [`find_all`] says where
//! each lies, for whoever takes them out of a text.
//!
//! A token ends where its letters and digits end; before it stands no letter or digit either. Every other character is a
//! boundary: white space, zero-width characters, quotes of all kinds, brackets, `=`, `,`, `.`, `-`, `_`, letters
//! outside of ASCII. So `KEY=…`, `Bearer …` and the `secret-token:…` URI of RFC 8959 need no rules of their own.
//! There are two exceptions, for text that was quoted on its way:
//!
//! * An escape directly before the token is a boundary although it ends in a letter or digit: `%22`, `\n`, `\r`, `\t`,
//!   `\u0022`.
//! * `%5F` is read as the underscore. The token is then the text with an underscore.
//!
//! ```
//! use token_format::{Prefix, Prefixes, Version, mint, parse};
//!
//! let prefixes = Prefixes::only(Prefix::new("acme")?)?;
//! let mut chance = token_format::fuzzing::seeded(1); // a stand-in: use the operating system's randomness
//! let secret = mint(prefixes.current(), &mut chance);
//!
//! let found = parse(&format!("API_KEY='{}',", secret.expose()), &prefixes)?;
//! assert_eq!(found.version(), Version::V3);
//! assert_eq!(found.digest(), token_format::Digest::of(secret.expose()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checksum;
mod digest;
mod mint;
mod parse;
mod parsed;
mod prefix;
mod scan;
mod secret;

#[doc(hidden)]
pub mod fuzzing;
pub mod patterns;

pub use checksum::checksum;
pub use digest::Digest;
pub use mint::mint;
pub use parse::{MOST_CANDIDATES, Malformed, candidates, exact, parse};
pub use parsed::{HINT_LEN, Hint, Parsed, Version};
pub use prefix::{Prefix, PrefixError, Prefixes};
pub use scan::{Find, find_all};
pub use secret::Secret;

/// Characters of a token after the underscore; of version 1, all of it.
pub const BODY_LEN: usize = 64;

/// Random characters at the start of the body in version 3.
pub const RANDOM_LEN: usize = BODY_LEN - CHECKSUM_LEN;

/// Characters of the checksum at the end of the body in version 3.
pub const CHECKSUM_LEN: usize = 6;

/// The digits of base62 in the order of their value.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
