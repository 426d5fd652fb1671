use proptest::prelude::*;
use serde_json::{Value, json};
use token_format::{
    Digest, candidates,
    fuzzing::{acme, seeded},
    mint,
};

use super::*;

fn read(body: &[u8], shape: Shape) -> Result<Message, NotAList> {
    parse(body, shape, &acme())
}

fn partner(body: &str) -> Message {
    read(body.as_bytes(), Shape::Partner).unwrap()
}

fn only(body: &str) -> Item {
    let message = partner(body);
    assert_eq!((message.items.len(), message.left_out), (1, 0), "{body}");
    message.items.into_iter().next().unwrap()
}

fn item(token: &str, token_type: Option<&str>, url: Option<&str>, source: Option<&str>) -> Item {
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    Item {
        token: token.to_owned(),
        token_type: owned(token_type),
        url: url.map(Into::into),
        source: owned(source),
    }
}

#[test]
fn the_published_messages_are_read() {
    let published: Value = serde_json::from_str(include_str!("../testdata/partner-messages.json")).unwrap();
    let payload = |message: &Value| message["payload"].as_str().unwrap().to_owned();
    let today =
        item("some_token", Some("some_type"), Some("https://example.com/base-repo-url/"), Some("commit"));
    assert_eq!(only(&payload(&published["messages"][1])), today);
    let of_2021 = item("some_token", Some("some_type"), Some("some_url"), None);
    assert_eq!(only(&payload(&published["messages"][0])), of_2021);
    let place = "https://example.com/some-repo/-/raw/abcdefghijklmnop/compromisedfile1.java";
    let gitlab = item("XXXXXXXXXXXXXXXX", Some("my_api_token"), Some(place), None);
    assert_eq!(only(&payload(&published["gitlab_example"])), gitlab);
}

#[test]
fn self_managed_gitlab_sends_a_location_and_a_vulnerability() {
    let body = r#"[{"type":"t","token":"a","location":"https://g/x","url":"other","vulnerability":{"id":1}},
                   {"type":"t","token":"b","location":null,"vulnerability":null}]"#;
    let message = read(body.as_bytes(), Shape::Revocation).unwrap();
    let expected = vec![item("a", Some("t"), Some("https://g/x"), None), item("b", Some("t"), None, None)];
    assert_eq!(message, Message { items: expected, left_out: 0 });
}

#[test]
fn an_item_counts_for_what_can_be_read_of_it() {
    for (body, expected) in [
        (r#"[{"token":"a"}]"#, item("a", None, None, None)),
        (r#"[{"token":""}]"#, item("", None, None, None)),
        (r#"[{"token":"a","type":null,"url":null,"source":null}]"#, item("a", None, None, None)),
        (r#"[{"token":"a","type":7,"url":["x"],"source":{"x":[1]}}]"#, item("a", None, None, None)),
        (r#"[{"token":"a","type":"","url":"","source":" "}]"#, item("a", Some(""), None, None)),
        (r#"[{"x":1e999,"token":"a","token_raw":"b","Token":"c"}]"#, item("a", None, None, None)),
        (
            r#"[{"token":" 'a',\n","source":"Pull_Request_Title"}]"#,
            item(" 'a',\n", None, None, Some("pull_request_title")),
        ),
        (r#"[{"tok\u0065n":"\u0061"}]"#, item("a", None, None, None)),
        ("\n [ { \"token\" : \"a\" } ]\r\n", item("a", None, None, None)),
    ] {
        assert_eq!(only(body), expected, "{body}");
    }
}

#[test]
fn an_item_without_a_token_of_text_is_left_out_and_spoils_no_other() {
    let body = r#"[null, true, 7, -1e999, "token", ["token", "a"], [], {}, {"token":null}, {"token":7}, {"token":["a"]},
        {"token":{"token":"a"}}, {"type":"t","url":"u"}, {"token":"a"}]"#;
    assert_eq!(partner(body), Message { items: vec![item("a", None, None, None)], left_out: 13 });
}

#[test]
fn the_same_token_stays_as_often_as_it_stands_there_and_in_its_order() {
    let tokens: Vec<_> = partner(r#"[{"token":"b"},{"token":"a"},{"token":"b"}]"#)
        .items
        .into_iter()
        .map(|i| i.token)
        .collect();
    assert_eq!(tokens, ["b", "a", "b"]);
}

#[test]
fn of_a_member_that_stands_there_twice_the_last_counts() {
    assert_eq!(only(r#"[{"token":"a","url":"u","token":"b","url":null}]"#), item("b", None, None, None));
    assert_eq!(partner(r#"[{"token":"a","token":7}]"#).left_out, 1);
}

#[test]
fn half_a_surrogate_pair_spoils_nothing() {
    let body = r#"[{"\udc00":"\ud800","url":"x\ud83d","source":"\ude00","type":"\ud83d\ude00","token":"\ud83d a \ude00\ud83d"}]"#;
    let expected = item("\u{fffd} a \u{fffd}\u{fffd}", Some("😀"), Some("x\u{fffd}"), Some("\u{fffd}"));
    assert_eq!(only(body), expected);
}

#[test]
fn what_is_stored_holds_no_nul_and_has_a_limit_and_the_token_is_as_it_came() {
    let (url, source) = ("ü".repeat(3_000), "İ".repeat(100));
    let body =
        json!([{ "token": format!("a\0{url}"), "url": format!("\0{url}"), "source": format!("\0{source}") }]);
    let item = only(&body.to_string());
    assert_eq!(item.token, format!("a\0{url}"));
    assert_eq!(item.url.unwrap().expose(), format!("\u{fffd}{}", "ü".repeat(2_047)));
    let source = item.source.unwrap();
    assert!(source.chars().count() == 64 && source.starts_with('\u{fffd}'));
}

/// A token with a right checksum, and one without a prefix.
fn two() -> [String; 2] {
    let token = mint(acme().current(), &mut seeded(7)).expose().to_owned();
    let bare = token["acme_".len()..].replacen(|c| c != '0', "0", 1);
    [token, bare]
}

/// What is kept of a place when this was reported there.
fn kept(url: &str, token: &str) -> String {
    only(&json!([{ "token": token, "url": url }]).to_string()).url.unwrap().expose().to_owned()
}

#[test]
fn a_place_that_is_named_after_a_secret_keeps_its_beginning() {
    let [token, bare] = two();
    let beginning = format!("{}…", &token[..10]);
    let around = |writing: &str| format!("https://github.com/acme/app/{writing}.txt?x={writing}#{writing}");
    for writing in [token.clone(), token.replace('_', "%5F"), token.replace('_', "%5f")] {
        for reported in ["another", &token] {
            assert_eq!(kept(&around(&writing), reported), around(&beginning), "{writing}");
        }
    }
    assert_eq!(kept(&around(&bare), &bare), around(&format!("{}…", &bare[..5])));
}

#[test]
fn a_commits_hash_stays_unless_it_is_what_was_reported() {
    let url = format!("https://github.com/acme/app/blob/{}/config.py", Digest::of("a commit").hex());
    assert_eq!(kept(&url, &two()[0]), url);
}

#[test]
fn what_was_reported_is_hidden_even_where_it_is_no_token_by_itself() {
    let [token, _] = two();
    let body = &token["acme_".len()..];
    for url in [
        format!("https://x/acme%255F{body}"),
        format!("https://x/ACME_{body}"),
        format!("https://x/a{body}z"),
    ] {
        let kept = kept(&url, &format!("KEY={}", token.replace('_', "%5F")));
        assert!(!kept.contains(body) && kept.contains(&format!("{}…", &body[..5])), "{kept}");
    }
}

#[test]
fn of_many_secrets_in_one_place_none_is_left() {
    let url: String =
        (0..40).map(|seed| format!("/{}", mint(acme().current(), &mut seeded(seed)).expose())).collect();
    let kept = kept(&url, "another");
    assert_eq!(kept.matches('…').count(), 2_048 / 70 + 1, "{kept}");
    assert!(kept.split('/').skip(1).all(|part| part.len() == "acme_12345…".len()), "{kept}");
}

#[test]
fn a_secret_that_the_limit_cuts_through_is_hidden_too() {
    let [token, _] = two();
    for before in 2_048 - token.len()..2_048 {
        let kept = kept(&format!("{}/{token}/and on", "/".repeat(before - 1)), "another");
        assert!(!kept.contains(&token[..11]), "{before}: {kept}");
        assert!(
            kept.ends_with('…') || kept.ends_with(&token[..5]) || kept.len() == 2_048,
            "{before}: {kept}"
        );
    }
}

#[test]
fn a_place_names_no_user_and_no_password() {
    for (url, without) in [
        ("https://ana:pa55w0rd@git.example/x", "https://git.example/x"),
        ("https://ana@git.example?as=ana@acme.example", "https://git.example?as=ana@acme.example"),
        ("https://a:b@c@git.example", "https://git.example"),
        ("https://git.example/@ana/x", "https://git.example/@ana/x"),
        ("ana@git.example:acme/app", "ana@git.example:acme/app"),
    ] {
        assert_eq!(kept(url, "another"), without);
    }
}

#[test]
fn a_kind_of_place_names_no_secret_either() {
    let [token, bare] = two();
    for source in [&token, &bare] {
        let body = json!([{ "token": bare, "source": format!("Commit_{source}") }]).to_string();
        let source = only(&body).source.unwrap();
        assert!(source.starts_with("commit_") && source.ends_with('…') && source.len() < 24, "{source}");
    }
}

#[test]
fn what_is_not_an_array_is_no_list() {
    for body in [
        "",
        " ",
        "null",
        "{}",
        r#"{"token":"a"}"#,
        "\"[]\"",
        "7",
        "[",
        "[{]",
        "[1,]",
        "[] []",
        "[1 2]",
        "[{\"token\":\"a\"}",
    ] {
        assert_eq!(read(body.as_bytes(), Shape::Partner), Err(NotAList), "{body}");
    }
    assert_eq!(read(b"[{\"token\":\"a\xff\"}]", Shape::Partner), Err(NotAList));
    assert_eq!(read("\u{feff}[]".as_bytes(), Shape::Partner), Err(NotAList));
    assert_eq!(partner("[]"), Message::default());
}

#[test]
fn depth_is_no_danger() {
    const DEEP: usize = 200_000;
    let nest = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let body = format!(r#"[{nest},{{"x":{nest},"token":"a","url":{nest}}},{{"token":{nest}}}]"#);
    assert_eq!(partner(&body), Message { items: vec![item("a", None, None, None)], left_out: 2 });
    assert_eq!(read("[{\"token\":".repeat(DEEP).as_bytes(), Shape::Partner), Err(NotAList));
}

#[test]
fn ten_megabytes_of_items_are_read() {
    const MANY: usize = 300_000;
    let one = r#"{"token":"\u0061","type":"type"},"#;
    let body = format!("[{}null]", one.repeat(MANY));
    let message = partner(&body);
    assert_eq!((message.items.len(), message.left_out), (MANY, 1));
    assert!(message.items.iter().all(|item| item.token == "a"));
    let body = format!("[{}7]", "7,".repeat(500_000));
    assert_eq!(partner(&body), Message { items: Vec::new(), left_out: 500_001 });
}

#[test]
fn debug_of_an_item_hides_the_token() {
    assert_eq!(
        format!("{:?}", item("hush", Some("t"), None, None)),
        r#"Item { token_type: Some("t"), url: None, source: None, .. }"#
    );
}

#[test]
fn feedback_is_the_hash_of_the_token_as_received_its_type_and_a_label() {
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let ours = Feedback::on(&item("abc", Some("My Type"), Some("url"), None), Label::TruePositive);
    let expected = format!(r#"{{"token_hash":"{hash}","token_type":"My Type","label":"true_positive"}}"#);
    assert_eq!(serde_json::to_string(&ours).unwrap(), expected);
    let foreign = Feedback::on(&item("abc", None, None, Some("commit")), Label::FalsePositive);
    let expected = format!(r#"{{"token_hash":"{hash}","label":"false_positive"}}"#);
    assert_eq!(serde_json::to_string(&foreign).unwrap(), expected);
    let spaced = Feedback::on(&item(" abc", None, None, None), Label::FalsePositive);
    assert_ne!(spaced, foreign);
}

proptest! {
    #[test]
    fn a_token_comes_out_as_it_went_in(tokens in prop::collection::vec(any::<String>(), 0..5), junk in any::<String>()) {
        let items: Vec<Value> = tokens.iter().flat_map(|token| [json!({ "token": token, &junk: junk }), json!(junk)]).collect();
        let message = partner(&Value::from(items).to_string());
        let expected = if junk == "token" { tokens.iter().map(|_| junk.clone()).collect() } else { tokens.clone() };
        prop_assert_eq!(message.items.into_iter().map(|item| item.token).collect::<Vec<_>>(), expected);
        prop_assert_eq!(message.left_out, tokens.len());
    }

    #[test]
    fn no_place_holds_a_token_however_it_is_written(
        seed: u64,
        joint in "_|%5[Ff]",
        before in "(\\PC{0,40}|/{2000,2048})([^0-9A-Za-z]|%[0-9A-Fa-f]{2}|\\\\[nrt]|\\\\u[0-9a-f]{4})",
        after in "|[^0-9A-Za-z]\\PC{0,40}",
    ) {
        let secret = mint(acme().current(), &mut seeded(seed));
        let writing = secret.expose().replace('_', &joint);
        let url = format!("https://x/{before}{writing}{after}");
        prop_assert_eq!(candidates(&url, &acme())[0].digest(), Digest::of(secret.expose()));
        for reported in ["another", secret.expose(), &writing] {
            let kept = kept(&url, reported);
            prop_assert!(candidates(&kept, &acme()).is_empty(), "{}", kept);
            prop_assert!(!kept.contains(&secret.expose()[10..20]), "{}", kept);
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_none(body in any::<Vec<u8>>()) {
        let _ = read(&body, Shape::Partner);
        let _ = read(&[b"[", body.as_slice(), b"]"].concat(), Shape::Revocation);
    }
}
