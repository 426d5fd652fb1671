//! What somebody else's verifier must come to, and a note that whoever changes it makes every chain there is unreadable.
//! The values were computed from the description alone, by another program.

use chain::{ChainHead, Entry, Hash, Head, SigningKey, commit};

const CHAIN: &str = "ws_01M6DRMRH02R00K6AGV0VFCXEC";

fn salt() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(at).expect("there are 32"))
}

fn first() -> Entry<'static> {
    Entry {
        chain: CHAIN,
        sequence: 1,
        id: "aud_1",
        at: 1_795_435_200_000_000,
        actor_kind: "operator_key",
        actor_id: Some("tok_1"),
        event: "token.created",
        target: Some("tok_2"),
        request_id: Some("req_1"),
        commitment: commit(&salt(), br#"{"description":"deploy-bot"}"#),
    }
}

fn second() -> Hash {
    let entry = Entry {
        chain: CHAIN,
        sequence: 2,
        id: "aud_2",
        at: -1,
        actor_kind: "machine",
        actor_id: None,
        event: "workspace.chäнged",
        target: None,
        request_id: None,
        commitment: commit(&salt(), b"{}"),
    };
    entry.hash_after(&first().hash_after(&Hash::NOTHING))
}

#[test]
fn entries_have_these_hashes() {
    let first = first();
    assert_eq!(
        first.commitment.to_string(),
        "274ed84c4f0a618ff7795b17197a2e66e3b26b3b7677db6d00885931c4293b89"
    );
    assert_eq!(
        first.hash_after(&Hash::NOTHING).to_string(),
        "6b0c42fa3e00f9b34f779932e247690a2644bcc8be4f747ec592dc6e5e2275ea"
    );
    assert_eq!(second().to_string(), "3606c9fa89f7ee907a7240d5c606e2c0eb75615aaff5866680365a3c79ae2e22");
}

#[test]
fn a_head_has_this_line() {
    let named = |chain: &str, sequence, hash| ChainHead { chain: chain.to_owned(), sequence, hash };
    let head = Head {
        number: 2,
        at: 1_795_438_800_000_000,
        previous: Hash::of(b"head 1"),
        chains: vec![
            named("ws_z", 9, Hash::of(b"z")),
            named(CHAIN, 2, second()),
            named("house", 4, Hash::of(b"house")),
        ],
        shredded: vec!["ws_b".to_owned(), "ws_a".to_owned(), "ws_b".to_owned()],
        next_key: None,
        restored: None,
    };
    let signed = head.sign(&SigningKey::from_seed(&[7; 32]));
    assert!(signed.is_genuine());
    assert_eq!(signed.hash().to_string(), "79b3922960efdf1bd0802d777bb541991ef635d9fa06a20bf1889bcdc1076f7f");
    let key = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
    let signature = "4f735a6dc65c21597280c567ac304aa47ff5d3ffccf78cd20f3b8fb7f1bb4d73\
                     6f6ee7a400239eca1ce5c213e2c12febaba420abcf3cd74063c6be2c9207f600";
    let (house, second, z) = (Hash::of(b"house"), second(), Hash::of(b"z"));
    let previous = Hash::of(b"head 1");
    assert_eq!(
        signed.to_line(),
        format!(
            r#"{{"bailiwick_head":1,"number":2,"at":1795438800000000,"previous":"{previous}","chains":[{{"chain":"house","sequence":4,"hash":"{house}"}},{{"chain":"{CHAIN}","sequence":2,"hash":"{second}"}},{{"chain":"ws_z","sequence":9,"hash":"{z}"}}],"shredded":["ws_a","ws_b"],"next_key":null,"key":"{key}","signature":"{signature}"}}"#
        )
    );
}

#[test]
fn a_head_after_a_restore_has_this_line() {
    let house = Hash::of(b"house");
    let head = Head {
        number: 9,
        at: 1_795_438_800_000_000,
        previous: Hash::of(b"head 8"),
        chains: vec![ChainHead { chain: "house".to_owned(), sequence: 4, hash: house }],
        shredded: Vec::new(),
        next_key: None,
        restored: Some(5),
    };
    let signed = head.sign(&SigningKey::from_seed(&[7; 32]));
    assert_eq!(signed.hash().to_string(), "aaf62498db75b309116b0fb3b28c7fd1639c271ec4ba463a0a00e3e1c3991a3f");
    let key = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
    let signature = "139515c661679e60b432250d41d31ed5b2be0b0fdad785b03c9cae8b658cf7e4\
                     e47b2525001cf272bc2abe44d44e007cae48f1ee59122d4b7590dad44ef2110d";
    let previous = Hash::of(b"head 8");
    assert_eq!(
        signed.to_line(),
        format!(
            r#"{{"bailiwick_head":2,"number":9,"at":1795438800000000,"previous":"{previous}","chains":[{{"chain":"house","sequence":4,"hash":"{house}"}}],"shredded":[],"next_key":null,"restored":5,"key":"{key}","signature":"{signature}"}}"#
        )
    );
}
