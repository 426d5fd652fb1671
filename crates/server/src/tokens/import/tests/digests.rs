use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use serde_json::json;
use token_format::{Prefix, fuzzing::seeded, mint};

use super::*;

fn hashed(algorithm: &str, text: &str) -> Vec<u8> {
    let algorithm = match algorithm {
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &digest::SHA256,
        "sha384" => &digest::SHA384,
        _ => &digest::SHA512,
    };
    digest::digest(algorithm, text.as_bytes()).as_ref().to_vec()
}

fn written(encoding: &str, bytes: &[u8]) -> Vec<String> {
    match encoding {
        "hex" => vec![hex(bytes), hex(bytes).to_uppercase()],
        "base64" => vec![STANDARD.encode(bytes), STANDARD_NO_PAD.encode(bytes)],
        _ => vec![URL_SAFE.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)],
    }
}

#[tokio::test]
async fn a_token_is_valid_however_its_digest_was_made_and_written() {
    let house = House::new().await;
    let (mut lines, mut secrets) = (String::new(), Vec::new());
    for algorithm in ["sha1", "sha256", "sha384", "sha512"] {
        for encoding in ["hex", "base64", "base64url"] {
            for (version, prefix, prefix_hashed) in [
                (1, None, false),
                (1, None, true),
                (2, Some("acme"), true),
                (2, Some("oldacme"), false),
                (3, Some("acme"), false),
                (3, Some("oldacme"), true),
            ] {
                for way in 0..2 {
                    let body = match version {
                        3 => {
                            let prefix = Prefix::new("acme").unwrap();
                            mint(&prefix, &mut seeded(secrets.len() as u64)).expose()[5..].to_owned()
                        }
                        _ => body(&format!(
                            "{algorithm} {encoding} {version} {prefix:?} {prefix_hashed} {way}"
                        )),
                    };
                    let secret = prefix.map_or_else(|| body.clone(), |prefix| format!("{prefix}_{body}"));
                    let bytes = hashed(algorithm, if prefix_hashed { &secret } else { &body });
                    let line = json!({
                        "digest": written(encoding, &bytes)[way], "algorithm": algorithm, "encoding": encoding,
                        "version": version, "prefix": prefix, "prefix_hashed": prefix_hashed,
                    });
                    lines += &format!("{line}\n");
                    secrets.push(secret);
                }
            }
        }
    }
    let done = house.import(&lines).await.unwrap();
    assert_eq!(done, Imported { lines: 144, imported: 144, already_known: 0, workspaces: 1 });
    for secret in secrets {
        assert_eq!(house.code(&secret).await, Code::Valid, "{secret}");
    }
}

#[tokio::test]
async fn a_wrong_checksum_says_nothing_any_more_once_tokens_without_one_are_there() {
    let house = House::new().await;
    let (look_alike, old) = (version_2("look-alike"), version_2("old").replace("acme", "oldacme"));
    assert_eq!(house.code(&look_alike).await, Code::Malformed);

    // Of the other prefix, and of version 3: no word on this one.
    house.import_plain(format!("digest,prefix\n{},oldacme\n", sha256(&old))).await.unwrap();
    house.import_plain(format!("digest,prefix,version\n{},acme,3\n", sha256("any"))).await.unwrap();
    assert_eq!(house.code(&old).await, Code::Valid);
    assert_eq!(house.code(&look_alike).await, Code::Malformed);

    house.import_plain(format!("digest,prefix\n{},acme\n", sha256(&version_2("real")))).await.unwrap();
    assert_eq!(house.code(&look_alike).await, Code::NotFound);
    assert_eq!(house.code(&version_2("real")).await, Code::Valid);
}

#[tokio::test]
async fn only_schemes_that_are_not_ours_are_looked_up_besides() {
    let house = House::new().await;
    let old = body("old");
    house.import_plain(format!("digest\n{}\n", sha256(&old))).await.unwrap();
    assert_eq!(house.code(&old).await, Code::Valid);
    assert_eq!(house.number("SELECT COUNT(*) AS n FROM digest_schemes").await, 0);

    let line = json!({"digest": hex(&hashed("sha1", &body("sha1"))), "algorithm": "sha1"});
    house.import_plain(line.to_string()).await.unwrap();
    assert_eq!(house.number("SELECT COUNT(*) AS n FROM digest_schemes WHERE scheme = 'sha1'").await, 1);
}
