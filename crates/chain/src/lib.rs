//! Chains of entries that cannot be changed without it showing, and signed heads of them that are given away.
//!
//! - An **entry** says what happened. Its hash covers what it says, where it stands, a commitment to its details, and the hash
//!   of the entry before it in its chain.
//! - The **details** lie apart, with the salt of their commitment. They can be sealed anew or erased, and the chain
//!   still holds.
//! - A **head** names the last entries of all chains that have grown since the head before, and is signed. Kept where whoever can
//!   change the database cannot reach, heads show what a chain alone cannot: a tail that was cut, a chain that was written
//!   anew from its beginning, a database that was put back to an earlier state.
//! - An **export** is a chain as a file of lines, which anybody can check without a server.
//!
//! No I/O, and of the product no more than the name of the one event after which details may be gone ([`DELETED`]): whoever reads
//! chains and heads feeds them to a [`Verification`].
//!
//! # The bytes
//!
//! So that somebody else can write a verifier. A *label* is ASCII and ends with a zero byte. A *number* is 8 bytes, unsigned; a
//! *moment* is 8 bytes, signed, in microseconds since 1970-01-01T00:00:00Z; both with the highest byte first. A *text* is its
//! length in bytes (4 bytes, highest first) and its UTF-8. What *may be absent* is the byte 0 if it is, else the byte 1 and then
//! itself. A *hash* is its 32 bytes.
//!
//! **An entry's hash** is the SHA-256 of: label `bailiwick/audit/entry/1`; chain (text); sequence (number, from 1); id (text);
//! at (moment); actor's kind (text); actor's id (text that may be absent); event (text); target (text that may be absent);
//! request's id (text that may be absent); commitment (hash); hash of the entry before, 32 zero bytes before the first.
//!
//! **A commitment** is the HMAC-SHA-256 (RFC 2104) of the details' bytes, keyed with 32 random bytes, the salt.
//!
//! **A head's signed form** is: label `bailiwick/audit/head/1`; number (number, from 1); at (moment); hash of the head before, 32
//! zero bytes before the first; root of the chains (hash); root of the shredded (hash); next key (text that may be absent); key
//! (text). After a restore the label is `bailiwick/audit/head/2`, and the number of the last head that was in the backup follows
//! (number). Keys are texts of 64 lower-case hexadecimal digits. The signature is Ed25519 (RFC 8032) over these bytes, and a
//! head's hash is their SHA-256.
//!
//! **A root** is that of a Merkle tree over the list, as RFC 9162 (section 2.1) makes it with SHA-256. The leaf data of a chain
//! are: label `bailiwick/audit/head-chain/1`; chain (text); sequence (number); hash of that entry. Those of a shredded chain
//! are: label `bailiwick/audit/head-shredded/1`; chain (text). Both lists are sorted by the bytes of the chain's name.
//!
//! **A line** of heads or of an export is a JSON object without white space, with its members in the order of the examples
//! below, hashes as 64 lower-case hexadecimal digits, and what is absent as `null`. In texts only `"`, `\` and what lies below
//! U+0020 is escaped: `\"`, `\\`, `\b`, `\t`, `\n`, `\f`, `\r`, and else `\u00` and two lower-case digits.
//!
//! ```text
//! {"bailiwick_head":1,"number":2,"at":1795435200000000,"previous":"…","chains":[{"chain":"ws_…","sequence":7,"hash":"…"}],
//!  "shredded":["ws_…"],"next_key":null,"key":"…","signature":"…"}
//! ```
//!
//! **An export** begins with a line that says of which chain it is, how many entries follow, and the number of the newest head
//! that names the chain (`null` if none does). If there is one, the second line is what that head says about the chain, with the
//! proof that it does: it names no other chain. Then come the entries. `details` is a text, the bytes of which the commitment
//! is of; it and `salt` are `null` if they are gone, which they may be only where an entry of the chain says that the
//! workspace was deleted.
//!
//! ```text
//! {"bailiwick_audit_export":1,"chain":"ws_…","entries":7,"head":2}
//! {"bailiwick_head_excerpt":1,"number":2,"at":1795435200000000,"previous":"…","chain":{"chain":"ws_…","sequence":7,"hash":"…"},
//!  "proof":[{"left":"…"},{"right":"…"}],"shredded":"…","next_key":null,"key":"…","signature":"…"}
//! {"sequence":1,"id":"aud_…","at":1795435200000000,"actor_kind":"token","actor_id":"tok_…","event":"token.created",
//!  "target":"tok_…","request_id":null,"commitment":"…","hash":"…","salt":"…","details":"{\"description\":\"deploy-bot\"}"}
//! ```
//!
//! Going up a proof from the chain's leaf, `left` stands before what was reached and `right` after it; the end is the root of
//! the chains. `shredded` is the root of the shredded.

mod canonical;
mod commitment;
mod encode;
mod entry;
mod excerpt;
mod export;
mod finding;
pub mod fuzzing;
mod hash;
mod head;
mod heads;
mod key;
mod merkle;
mod misplaced;
mod points;
mod recorded;
mod unproven;
mod verify;

pub use canonical::NotALine;
pub use commitment::{SALT_LEN, commit};
pub use entry::{DELETED, Entry, HOUSE};
pub use excerpt::Excerpt;
pub use export::{ExportReader, entry_line, header_line};
pub use finding::Finding;
pub use hash::{Hash, NotAHash};
pub use head::{ChainHead, Head, MOST_NAMED, SignedHead};
pub use heads::{Heads, Place};
pub use key::{PublicKey, Signature, SigningKey};
pub use recorded::{Details, Recorded, Report};
pub use unproven::Unproven;
pub use verify::Verification;
