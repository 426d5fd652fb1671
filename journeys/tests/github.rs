//! What GitHub reports, however it is written, and what it is answered.

use bailiwick::{permissions::Scope, tokens::Role};
use serde_json::{Value, json};
use test_app::{TestApp, Workspace};
use time_and_chance::{Clock as _, Duration};
use token_format::Digest;

fn labels(answer: &Value) -> Vec<&str> {
    answer.as_array().expect("a list").iter().map(|one| one["label"].as_str().expect("a label")).collect()
}

/// What GitHub learns of one reported text.
async fn label(app: &TestApp, text: &str) -> String {
    let answer = app.report_github(&json!([{"token": text}])).await.with_status(200);
    answer.text_at("/0/label").to_owned()
}

/// Whether a token is revoked by being reported within this text.
async fn dies_within(acme: &Workspace<'_>, app: &TestApp, around: impl Fn(&str) -> String) -> bool {
    let token = acme.token("one of many").await;
    let label = label(app, &around(&token.secret)).await;
    label == "true_positive" && app.code(&token.secret).await == "REVOKED"
}

#[tokio::test]
async fn the_feedback_names_each_item_in_order_as_it_was_received() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let (one, other) = (acme.token("one").await.secret, acme.token("other").await.secret);
    let around = format!("  KEY=\"{other}\"  ");
    let answer = app
        .report_github(&json!([
            {"token": one, "type": "bwk_api_token", "url": "https://github.com/a/b", "source": "content"},
            {"token": "nothing of ours", "type": "bwk_api_token", "url": "", "source": "commit"},
            {"token": around, "type": "another_vendors_token", "url": "https://github.com/a/c"},
            {"token": one, "type": "bwk_api_token"},
        ]))
        .await
        .with_status(200);
    let expected = [
        (one.as_str(), json!("bwk_api_token"), "true_positive"),
        ("nothing of ours", json!("bwk_api_token"), "false_positive"),
        (&around, json!("another_vendors_token"), "true_positive"),
        (&one, json!("bwk_api_token"), "true_positive"),
    ];
    let expected = expected.map(|(token, token_type, label)| {
        json!({"token_hash": Digest::of(token).hex(), "token_type": token_type, "label": label})
    });
    assert_eq!(answer.json, json!(expected));
    assert_eq!(app.code(&other).await, "REVOKED");
    app.over().await;
}

#[tokio::test]
async fn sightings_and_what_is_noted_of_them_list_in_the_order_of_the_report() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let (mut report, mut tokens, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..20 {
        let (token, place) = (acme.token("one of many").await, format!("https://github.com/a/{at}"));
        report.push(json!({"token": token.secret, "url": place}));
        tokens.push(json!(token.id));
        places.push(json!(place));
    }
    app.report_github(&json!(report)).await.with_status(200);
    let listed = |items: Vec<Value>, name: &str| -> Vec<Value> {
        items.into_iter().map(|item| item[name].clone()).collect()
    };
    assert_eq!(listed(acme.sightings().await, "url"), places);
    let exposed = acme.audit().await.into_iter().filter(|entry| entry["event"] == "token.exposed");
    assert_eq!(listed(exposed.collect(), "target"), tokens);
    app.over().await;
}

#[tokio::test]
async fn a_type_is_given_back_as_it_came_and_decides_nothing() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let types = [json!("somebody_elses_type"), json!(""), json!(7), json!(null), json!(["bwk_api_token"])];
    for (at, kind) in types.into_iter().enumerate() {
        let token = acme.token("typed").await.secret;
        let answer = app.report_github(&json!([{"token": token, "type": kind}])).await.with_status(200);
        // Only a text is a type.
        let expected = if at < 2 { Some(&kind) } else { None };
        assert_eq!(answer.json[0].get("token_type"), expected, "{kind}");
        assert_eq!(app.code(&token).await, "REVOKED", "{kind}");
    }
    app.over().await;
}

#[tokio::test]
async fn a_token_is_found_with_text_around_it() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let surroundings: [fn(&str) -> String; 9] = [
        |token| format!(" {token}\r\n"),
        |token| format!("\"{token}\""),
        |token| format!("'{token}',"),
        |token| format!("secret-token:{token}"),
        |token| format!("Authorization: Bearer {token}"),
        |token| format!("https://user:{token}@example.com/path"),
        |token| format!("export TOKEN={token} # \u{1F511}"),
        |token| format!("\u{feff}{token}\u{200b}"),
        |token| format!("{}\n{token}", "a 40-digit commit ".repeat(100)),
    ];
    for (at, around) in surroundings.into_iter().enumerate() {
        assert!(dies_within(&acme, &app, around).await, "surroundings {at}");
    }
    app.over().await;
}

#[tokio::test]
async fn an_item_is_good_without_source_url_or_known_members() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let secrets: Vec<_> =
        [acme.token("a").await, acme.token("b").await, acme.token("c").await, acme.token("d").await]
            .map(|token| token.secret)
            .into();
    let report = json!([
        {"token": secrets[0]},
        {"token": secrets[1], "type": "t", "url": "", "source": null},
        {"token": secrets[2], "url": {"of": "another shape"}, "source": 9, "since": "2027", "more": [1, {"a": []}]},
        {"source": "Wiki_Commit", "url": "\u{0}not a URL\u{0}", "token": secrets[3]},
    ]);
    let answer = app.report_github(&report).await.with_status(200);
    assert_eq!(labels(&answer.json), ["true_positive"; 4]);
    let sightings = acme.sightings().await;
    let place = |source: Value, url: Value| {
        sightings.iter().filter(|one| one["source"] == source && one["url"] == url).count()
    };
    assert_eq!(place(json!(null), json!(null)), 3);
    assert_eq!(place(json!("wiki_commit"), json!("\u{fffd}not a URL\u{fffd}")), 1);
    app.work_off().await;
    assert_eq!(app.mails().len(), 4);
    app.end().await;
}

#[tokio::test]
async fn what_is_no_text_is_left_out_and_spoils_nothing() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("among them").await.secret;
    let report = json!([{"token": 5}, {"token": null}, {"type": "bwk"}, "text", 7, null, [], {"token": token}, {"token": ""}]);
    let answer = app.report_github(&report).await.with_status(200);
    assert_eq!(labels(&answer.json), ["true_positive", "false_positive"]);
    assert_eq!(app.code(&token).await, "REVOKED");
    let left_out = app.metric("bailiwick_items_left_out_total{partner=\"github\"}").await;
    assert!((left_out - 7.0).abs() < 0.5, "{left_out}");
    app.over().await;
}

#[tokio::test]
async fn an_empty_report_is_answered_with_nothing() {
    let app = TestApp::start().await;
    let answer = app.report_github(&json!([])).await.with_status(200);
    assert_eq!(answer.json, json!([]));
    app.end().await;
}

#[tokio::test]
async fn a_report_of_ten_thousand_items_is_one_report() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let ours = [acme.token("first").await.secret, acme.token("last").await.secret];
    let mut items: Vec<Value> = (0..9_998)
        .map(|at| json!({"token": app.look_alike(), "url": format!("https://github.com/a/{at}")}))
        .collect();
    items.insert(0, json!({"token": ours[0]}));
    items.push(json!({"token": ours[1]}));
    let answer = app.report_github(&json!(items)).await.with_status(200);
    let labels = labels(&answer.json);
    assert_eq!(labels.len(), 10_000);
    assert_eq!(labels.iter().filter(|label| **label == "true_positive").count(), 2);
    assert_eq!((labels[0], labels[9_999]), ("true_positive", "true_positive"));
    assert_eq!(app.contents().await.rows("sightings"), 10_000);
    app.work_off().await;
    assert_eq!(app.mails().len(), 2);
    app.end().await;
}

#[tokio::test]
async fn whatever_was_ever_ours_is_a_true_positive() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let end = app.clock.now().plus(Duration::from_hours(1));
    let expired = acme.token_with("expired", Role::Member, None, Some(end)).await;
    let revoked = acme.token("revoked").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    app.delete(&format!("/v1/tokens/{}", revoked.id), &manage).await.with_status(200);
    let gone = app.workspace("gone").await;
    let of_gone = gone.token("of a deleted workspace").await;
    app.delete(&format!("/v1/workspaces/{}", gone.id), &manage).await.with_status(204);
    app.clock.pass(Duration::from_hours(2));

    for (secret, code) in
        [(&expired.secret, "EXPIRED"), (&revoked.secret, "REVOKED"), (&of_gone.secret, "REVOKED")]
    {
        assert_eq!(label(&app, secret).await, "true_positive");
        assert_eq!(app.code(secret).await, code);
    }
    app.work_off().await;
    assert_eq!(app.mails().len(), 0, "nothing changed, so nobody is told");
    let mut outcomes = acme.outcomes().await;
    outcomes.sort();
    assert_eq!(outcomes, ["already_revoked", "expired"]);
    app.end().await;
}

#[tokio::test]
async fn a_suspended_workspaces_token_is_revoked_like_any_other() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("asleep").await.secret;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{}", acme.id);
    app.patch(&path, &manage, &json!({"suspended": true})).await.with_status(200);
    assert_eq!(app.code(&token).await, "DISABLED");
    assert_eq!(label(&app, &token).await, "true_positive");
    app.patch(&path, &manage, &json!({"suspended": false})).await.with_status(200);
    assert_eq!(app.code(&token).await, "REVOKED");
    app.work_off().await;
    assert_eq!(app.mails().len(), 1);
    app.end().await;
}

#[tokio::test]
async fn an_operator_key_is_revoked_and_the_operator_told() {
    let app = TestApp::start().await;
    let key = app.operator_key(&[Scope::Verify]).await;
    assert!(key.starts_with("bwkop_"), "{key}");
    assert_eq!(label(&app, &key).await, "true_positive");
    app.post("/v1/tokens/verify", &key, &json!({"token": key})).await.with_status(401);
    app.work_off().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "operator@vendor.example");
    app.end().await;
}

#[tokio::test]
async fn a_leaked_former_secret_is_the_only_one_that_dies() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("rotated").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let rotated =
        app.post(&format!("/v1/tokens/{}/rotate", token.id), &manage, &json!({})).await.with_status(200);
    let current = rotated.text_at("/secret");
    assert_eq!((app.code(&token.secret).await, app.code(current).await), ("VALID", "VALID"));

    assert_eq!(label(&app, &token.secret).await, "true_positive");
    assert_eq!((app.code(&token.secret).await, app.code(current).await), ("REVOKED", "VALID"));
    assert_eq!(acme.sightings().await[0]["former_secret"], true);
    app.work_off().await;
    assert!(app.mails()[0].text.contains("works on with its present secret"), "{}", app.mails()[0].text);

    assert_eq!(label(&app, current).await, "true_positive");
    assert_eq!(app.code(current).await, "REVOKED");
    app.work_off().await;
    assert_eq!(app.mails().len(), 2);
    app.end().await;
}

#[tokio::test]
async fn look_alikes_of_every_version_are_false_alarms() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("the real one").await.secret;
    let (rest, last) = token.split_at(token.len() - 1);
    let wrong_checksum = format!("{rest}{}", if last == "0" { "1" } else { "0" });
    let body = token.strip_prefix("bwk_").expect("it holds here");
    let look_alikes = [
        wrong_checksum,
        body.to_owned(),
        "x".repeat(64),
        format!("bwkop_{body}"),
        format!("{token}x"),
        format!("bwkx_{body}"),
    ];
    for look_alike in &look_alikes {
        assert_eq!(label(&app, look_alike).await, "false_positive", "{look_alike}");
    }
    assert_eq!(app.code(&token).await, "VALID");
    let counted =
        app.metric("bailiwick_sightings_total{partner=\"github\",outcome=\"false_positive\"}").await;
    assert!((counted - 6.0).abs() < 0.5, "{counted}");
    app.end().await;
}
