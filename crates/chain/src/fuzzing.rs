//! The properties that fuzzers and plain tests hold the readers to. Each holds for any bytes, or panics.

use crate::{
    ChainHead, Details, Entry, ExportReader, Hash, Head, Heads, Place, Recorded, Report, SALT_LEN,
    SignedHead, SigningKey, commit, entry_line, header_line,
};

/// The key of made-up heads.
pub fn key() -> SigningKey {
    SigningKey::from_seed(&[7; SigningKey::SEED_LEN])
}

/// An export with one entry for each of these details, the last head of which covers all but the last entry.
pub fn export_of(details: &[&str]) -> Vec<String> {
    let (chain, mut previous, mut lines, mut hashes) = ("ws_one", Hash::NOTHING, Vec::new(), Vec::new());
    for (sequence, details) in (1..).zip(details) {
        let salt = [u8::try_from(sequence % 251).unwrap_or_default(); SALT_LEN];
        let id = format!("aud_{sequence}");
        let entry = Entry {
            chain,
            sequence,
            id: &id,
            at: 1_795_435_200_000_000 + i64::try_from(sequence).unwrap_or_default(),
            actor_kind: "token",
            actor_id: Some("tok_1").filter(|_| sequence % 2 == 0),
            event: "token.created",
            target: Some("tok_2").filter(|_| sequence % 3 > 0),
            request_id: Some("req_1").filter(|_| sequence % 5 > 0),
            commitment: commit(&salt, details.as_bytes()),
        };
        previous = entry.hash_after(&previous);
        hashes.push(previous);
        let details = Details::Held { salt: &salt, bytes: details.as_bytes() };
        lines.push(entry_line(&Recorded { entry, hash: previous, details }));
    }
    let covered = hashes.len().saturating_sub(1);
    let head = (covered > 0).then(|| {
        let named = |chain: &str, sequence: usize, hash| ChainHead {
            chain: chain.to_owned(),
            sequence: u64::try_from(sequence).unwrap_or_default(),
            hash,
        };
        let others =
            ["house", "ws_other", "ws_third"].map(|other| named(other, 4, Hash::of(other.as_bytes())));
        let chains = [[named(chain, covered, hashes[covered - 1])].as_slice(), &others].concat();
        let head = Head {
            number: 1,
            at: 1,
            previous: Hash::NOTHING,
            chains,
            shredded: Vec::new(),
            next_key: None,
            restored: None,
        };
        head.sign(&key()).excerpt(chain).expect("it names the chain").to_line()
    });
    let header =
        header_line(chain, u64::try_from(hashes.len()).unwrap_or_default(), head.as_ref().map(|_| 1));
    [header].into_iter().chain(head).chain(lines).collect()
}

/// Checks an export, trusting [`key`].
pub fn check(export: &[u8]) -> Report {
    let mut reader = ExportReader::new(Heads::trusting([key().public()]));
    match str::from_utf8(export) {
        Ok(text) => text.strip_suffix('\n').unwrap_or(text).split('\n').for_each(|line| reader.line(line)),
        Err(_) => reader.line("not UTF-8"),
    }
    reader.finish()
}

/// The bytes as an export, and as the details of one.
pub fn check_export(bytes: &[u8]) {
    let report = check(bytes);
    // Without an entry nothing is bound to anything.
    if report.findings.is_empty() && report.entries > 0 {
        any_change_is_found(bytes);
    }
    let details = String::from_utf8_lossy(bytes);
    let export = export_of(&[&details, "{}", &details]).join("\n");
    assert_eq!(check(export.as_bytes()).findings, [], "what was written fits together");
}

/// Of an export that fits together.
fn any_change_is_found(bytes: &[u8]) {
    let step = (bytes.len() / 512).max(1);
    for at in (0..bytes.len()).step_by(step) {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1 << (at % 7);
        assert!(!check(&changed).findings.is_empty(), "byte {at} was changed unnoticed");
    }
}

/// The bytes as lines of heads.
pub fn check_heads(bytes: &[u8]) {
    let mut heads = Heads::trusting([key().public()]);
    for line in String::from_utf8_lossy(bytes).split('\n') {
        heads.line(line, Place::Outside);
        if let Ok(head) = SignedHead::parse(line) {
            assert_eq!(head.to_line(), line, "there is one spelling");
            for named in &head.head.chains {
                let excerpt = head.excerpt(&named.chain).expect("it names the chain");
                assert_eq!((excerpt.is_genuine(), excerpt.hash()), (head.is_genuine(), head.hash()));
            }
        }
    }
}
