//! What a presented token answers, who may ask, and how tokens are ended: by whoever holds one, or many at once.

use bailiwick::{permissions::Scope, tokens::Role};
use serde_json::{Value, json};
use test_app::{TestApp, Workspace};
use time_and_chance::{Clock as _, Duration};
use token_format::{Prefix, mint};

const DAY: Duration = Duration::from_hours(24);

async fn verdict(app: &TestApp, key: &str, token: &str) -> Value {
    app.post("/v1/tokens/verify", key, &json!({"token": token})).await.with_status(200).json
}

#[tokio::test]
async fn each_verdict_has_its_code_and_says_who_it_is() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let (verify, manage) =
        (app.operator_key(&[Scope::Verify]).await, app.operator_key(&[Scope::Manage]).await);
    let end = app.clock.now().plus(DAY);
    let valid = acme.token_with("valid", Role::Owner, Some("ana@acme.example"), None).await;
    let expired = acme.token_with("expired", Role::Member, None, Some(end)).await;
    let revoked = acme.token("revoked").await;
    app.delete(&format!("/v1/tokens/{}", revoked.id), &manage).await.with_status(200);
    let asleep = app.workspace("asleep").await;
    let disabled = asleep.token("disabled").await;
    app.patch(&format!("/v1/workspaces/{}", asleep.id), &manage, &json!({"suspended": true}))
        .await
        .with_status(200);
    app.clock.pass(DAY);

    for (token, code) in
        [(&valid, "VALID"), (&expired, "EXPIRED"), (&revoked, "REVOKED"), (&disabled, "DISABLED")]
    {
        let verdict = verdict(&app, &verify, &token.secret).await;
        assert_eq!((&verdict["code"], &verdict["valid"]), (&json!(code), &json!(code == "VALID")));
        assert_eq!(verdict["token_id"], json!(token.id));
    }
    let whole = verdict(&app, &verify, &valid.secret).await;
    assert_eq!((&whole["workspace_id"], &whole["role"]), (&json!(acme.id), &json!("owner")));
    assert!(whole["creator_id"].as_str().unwrap().starts_with("per_"));
    app.end().await;
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_not_found_or_malformed_and_costs_no_look() {
    let app = TestApp::start().await;
    let verify = app.operator_key(&[Scope::Verify]).await;
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    let stranger = mint(&Prefix::new("bwk").unwrap(), &mut |bytes| bytes.fill(7)).expose().to_owned();
    assert_eq!(verdict(&app, &verify, &stranger).await, json!({"valid": false, "code": "NOT_FOUND"}));

    let (rest, last) = token.split_at(67);
    let wrong_checksum = format!("{rest}{}", if last == "0" { "1" } else { "0" });
    for text in [
        "",
        " ",
        "x",
        "\u{0}",
        &format!(" {token}"),
        &format!("\"{token}\""),
        &wrong_checksum,
        &"y".repeat(60_000),
    ] {
        let before = app.app.db.statements();
        assert_eq!(app.code(text).await, "MALFORMED", "{text:?}");
        assert_eq!(app.app.db.statements(), before, "{text:?} reached the database");
        assert_eq!(verdict(&app, &verify, text).await, json!({"valid": false, "code": "MALFORMED"}));
    }
    app.end().await;
}

#[tokio::test]
async fn only_an_operator_key_with_the_scope_asks_for_verdicts() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.owners_token("owner").await.secret;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let ask = json!({"token": token});
    app.post("/v1/tokens/verify", "", &ask).await.with_status(401);
    app.post("/v1/tokens/verify", &token, &ask).await.with_status(403);
    let refused = app.post("/v1/tokens/verify", &manage, &ask).await.with_status(403);
    assert_eq!(refused.text_at("/code"), "scope_missing");
    app.end().await;
}

#[tokio::test]
async fn an_operator_key_does_what_its_scopes_say_and_no_more() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let verify = app.operator_key(&[Scope::Verify]).await;
    let (workspace, tokens) =
        (format!("/v1/workspaces/{}", acme.id), format!("/v1/workspaces/{}/tokens", acme.id));
    app.get(&workspace, &verify).await.with_status(403);
    app.post(&tokens, &verify, &json!({"description": "x"})).await.with_status(403);
    // Not even the one that manages reaches the operator's own workspace: it could make itself a key with more scopes.
    let manage = app.operator_key(&[Scope::Manage]).await;
    let own = format!("/v1/workspaces/{}/tokens", app.operator_workspace().await);
    app.get(&own, &manage).await.with_status(404);
    app.post(&own, &manage, &json!({"description": "x"})).await.with_status(404);
    app.end().await;
}

#[tokio::test]
async fn an_owners_token_manages_its_workspace_and_a_members_token_nothing() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let (owner, member) = (acme.owners_token("owner").await, acme.token("member").await);
    let foreign = other.token("foreign").await;
    let tokens = |workspace: &Workspace<'_>| format!("/v1/workspaces/{}/tokens", workspace.id);
    app.post(&tokens(&acme), &owner.secret, &json!({"description": "x"})).await.with_status(201);
    let mine = app.get(&tokens(&acme), &owner.secret).await.with_status(200);
    assert_eq!(mine.json["items"].as_array().unwrap().len(), 3);
    let of_another = app.get(&format!("/v1/tokens/{}", foreign.id), &owner.secret).await.with_status(404);
    let of_nobody =
        app.get("/v1/tokens/tok_01KAR0A7N3V5X8Y2Z4B6C9D1EF", &owner.secret).await.with_status(404);
    assert_eq!(of_another.json, of_nobody.json);
    app.delete(&format!("/v1/tokens/{}", foreign.id), &owner.secret).await.with_status(404);
    assert_eq!(app.code(&foreign.secret).await, "VALID");
    app.get(&tokens(&acme), &member.secret).await.with_status(404);
    app.delete(&format!("/v1/tokens/{}", member.id), &member.secret).await.with_status(404);
    app.post("/v1/workspaces", &owner.secret, &json!({"name": "x", "owner": {"mail": "a@b.example"}}))
        .await
        .with_status(403);
    // What ends a token ends what it may do.
    app.delete(&format!("/v1/tokens/{}", owner.id), &owner.secret).await.with_status(200);
    app.get(&tokens(&acme), &owner.secret).await.with_status(401);
    app.end().await;
}

#[tokio::test]
async fn whoever_holds_a_token_can_end_it() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let revoke = async |text: &str| app.post("/v1/tokens/self-revoke", "", &json!({"token": text})).await;

    let plain = acme.token("plain").await;
    revoke(&format!("token={}", plain.secret)).await.with_status(204);
    assert_eq!(app.code(&plain.secret).await, "REVOKED");
    revoke(&plain.secret).await.with_status(204);
    assert_eq!(acme.audited("token.revoked").await, 1, "twice is harmless");

    let rotated = acme.token("rotated").await;
    let current =
        app.post(&format!("/v1/tokens/{}/rotate", rotated.id), &manage, &json!({})).await.with_status(200);
    let current = current.text_at("/secret");
    revoke(&rotated.secret).await.with_status(204);
    assert_eq!((app.code(&rotated.secret).await, app.code(current).await), ("REVOKED", "VALID"));
    revoke(current).await.with_status(204);
    assert_eq!(app.code(current).await, "REVOKED");

    let stranger = mint(&Prefix::new("bwk").unwrap(), &mut |bytes| bytes.fill(7)).expose().to_owned();
    for text in [stranger.as_str(), "", "nonsense", &"x".repeat(64), "\u{0}"] {
        revoke(text).await.with_status(404);
    }
    app.post("/v1/tokens/self-revoke", "", &json!({})).await.with_status(422);
    app.over().await;
}

/// Descriptions of the live tokens, in order.
async fn live(app: &TestApp, acme: &Workspace<'_>, key: &str) -> Vec<String> {
    let tokens = app.all(&format!("/v1/workspaces/{}/tokens", acme.id), key).await;
    let live = tokens.into_iter().filter(|token| token["state"] == "live");
    let mut names: Vec<_> =
        live.map(|token| token["description"].as_str().expect("a text").to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn many_are_revoked_by_what_they_have_in_common_after_a_look_at_which() {
    for (filter, left) in [
        (json!({"creator": "bo@acme.example"}), vec!["ana's", "nobody's", "owner", "unused"]),
        (json!({"role": "owner"}), vec!["ana's", "bo's", "nobody's", "unused"]),
        (json!({"created_before": "2026-11-24T00:00:00Z"}), vec!["nobody's", "unused"]),
        (json!({"unused_since": "2026-11-24T00:00:00Z"}), vec!["nobody's"]),
        (
            json!({"creator": "ana@acme.example", "role": "owner"}),
            vec!["ana's", "bo's", "nobody's", "unused"],
        ),
        (
            json!({"creator": "ana@acme.example", "created_before": "2026-11-23T00:00:00Z"}),
            vec!["ana's", "bo's", "nobody's", "owner", "unused"],
        ),
    ] {
        let app = TestApp::start().await;
        let acme = app.workspace("acme").await.with_member("bo@acme.example").await;
        let manage = app.operator_key(&[Scope::Manage]).await;
        acme.token_with("ana's", Role::Member, Some("ana@acme.example"), None).await;
        acme.token_with("bo's", Role::Member, Some("bo@acme.example"), None).await;
        acme.token_with("owner", Role::Owner, Some("ana@acme.example"), None).await;
        app.clock.pass(DAY);
        let used = acme.token("nobody's").await;
        acme.token("unused").await;
        assert_eq!(app.code(&used.secret).await, "VALID");
        bailiwick::tokens::flush_last_used(&app.app.db, &app.app.tokens).await.unwrap();
        // Bo has left; what Bo made is still Bo's.
        let bo = acme.member_named("bo@acme.example").await;
        app.delete(&format!("/v1/workspaces/{}/members/{bo}", acme.id), &manage).await.with_status(204);

        let path = format!("/v1/workspaces/{}/tokens/revoke", acme.id);
        let mut dry = filter.clone();
        dry["dry_run"] = json!(true);
        let looked = app.post(&path, &manage, &dry).await.with_status(200).json;
        assert_eq!(live(&app, &acme, &manage).await.len(), 5, "{filter}: a look changes nothing");
        let done = app.post(&path, &manage, &filter).await.with_status(200).json;
        assert_eq!(
            (&looked["count"], &looked["token_ids"]),
            (&done["count"], &done["token_ids"]),
            "{filter}"
        );
        assert_eq!(done["count"], 5 - left.len(), "{filter}");
        assert_eq!(live(&app, &acme, &manage).await, left, "{filter}");
        let again = app.post(&path, &manage, &filter).await.with_status(200).json;
        assert_eq!(again["count"], 0);
        assert_eq!(acme.audited("tokens.revoked").await, usize::from(left.len() < 5));
        app.end().await;
    }
}

#[tokio::test]
async fn many_are_not_revoked_without_a_filter_or_with_a_wrong_one() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    acme.token("one").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let path = format!("/v1/workspaces/{}/tokens/revoke", acme.id);
    for body in [
        json!({}),
        json!({"dry_run": true}),
        json!({"creator": "stranger@acme.example"}),
        json!({"role": "king"}),
        json!({"rôle": "owner"}),
    ] {
        app.post(&path, &manage, &body).await.with_status(422);
    }
    assert_eq!(live(&app, &acme, &manage).await.len(), 1);
    app.end().await;
}

#[tokio::test]
async fn the_operator_is_told_of_a_key_that_was_ended_by_whoever_held_it() {
    let app = TestApp::start().await;
    let key = app.operator_key(&[Scope::Verify]).await;
    for _ in 0..2 {
        app.post("/v1/tokens/self-revoke", "", &json!({"token": key})).await.with_status(204);
    }
    assert_eq!(app.code(&key).await, "REVOKED");
    app.work_off().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert!(mail.subject.contains("was revoked by whoever holds it"), "{}", mail.subject);
    for part in
        [&key[..10], "bailiwick operator-key create --name NAME --scopes verify", "by whoever presented it"]
    {
        assert!(mail.text.contains(part), "{}", mail.text);
    }
    assert!(!mail.text.contains(&key), "{}", mail.text);
    app.end().await;
}

#[tokio::test]
async fn nobody_is_told_of_a_workspaces_token_that_was_ended_by_whoever_held_it() {
    let app = TestApp::start().await;
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    app.post("/v1/tokens/self-revoke", "", &json!({"token": token})).await.with_status(204);
    app.work_off().await;
    assert_eq!(app.mails().len(), 0);
    app.end().await;
}
