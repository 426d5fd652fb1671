//! What owners are told, however many there are, and where a letter leads.

use std::sync::Arc;

use bailiwick::{exposure, permissions::Scope};
use jobs::{Queue, Terms};
use serde_json::{Value, json};
use test_app::{Eml, TestApp, Workspace};
use time_and_chance::{Clock as _, Duration};

/// Works off what writes letters, in tries that are over as soon as they have written some. Answers how many those were.
async fn write_in_short_tries(app: &TestApp) -> usize {
    let writer = exposure::Writer {
        db: app.app.db.clone(),
        chance: Arc::clone(&app.app.chance),
        vendor: "Acme".to_owned(),
        tokens_url: None,
        public_url: app.app.public_url.clone(),
        memory: app.app.tokens.clone(),
        operator_mail: "operator@vendor.example".into(),
        vault: app.app.vault.clone(),
        pace: Duration::ZERO,
    };
    let ended = writer.clone();
    let queue = Queue::new(
        app.app.db.clone(),
        app.app.vault.clone(),
        Arc::new(app.clock.clone()),
        Arc::clone(&app.app.chance),
    )
    .on(Terms::default(), move |when, jobs| exposure::tell_owners(writer.clone(), when, jobs))
    .on(Terms::default(), move |when, jobs| exposure::tell_ended(ended.clone(), when, jobs));
    queue.work_off().await.expect("the queue answers")
}

/// A report of so many live tokens of the workspace.
async fn report_of(acme: &Workspace<'_>, tokens: usize) -> Value {
    let mut items = Vec::with_capacity(tokens);
    for _ in 0..tokens {
        items.push(json!({"token": acme.token("one of many").await.secret}));
    }
    json!(items)
}

#[tokio::test]
async fn the_letters_of_a_large_report_are_written_some_at_a_time_and_none_twice() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await.with_owner("bo@acme.example").await;
    for tokens in [100, 250] {
        app.report_github(&report_of(&acme, tokens).await).await.with_status(200);
        app.clock.pass(Duration::from_secs(1));
    }
    // Two letters a token, in steps of 200: the first report is done with the first, the second with three more.
    assert_eq!(write_in_short_tries(&app).await, 2 + 3);
    assert_eq!(app.contents().await.rows("mails"), 700);

    // Whoever does it again, as after a crash, looks and writes nothing.
    let report = app
        .sql("SELECT report_id AS id FROM sightings GROUP BY report_id ORDER BY COUNT(*) DESC LIMIT 1")
        .await;
    let report = report[0].get("id").expect("a report");
    let mut tx = app.app.db.begin().await.expect("the database answers");
    jobs::enqueue(
        &mut tx,
        &app.app.vault,
        app.clock.now(),
        &*app.app.chance,
        &[exposure::TellOwners { report }],
    )
    .await
    .expect("a job");
    tx.commit().await.expect("the database answers");
    let before = app.app.db.statements();
    assert_eq!(write_in_short_tries(&app).await, 1);
    let cost = app.app.db.statements() - before;
    assert!(cost < 40, "{cost} statements");
    app.work_off().await;
    assert_eq!(app.mails().len(), 700);
    app.end().await;
}

#[tokio::test]
async fn the_letters_at_the_end_of_many_warnings_are_written_some_at_a_time_and_none_twice() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let acme =
        app.workspace("acme").await.with_owner("bo@acme.example").await.with_owner("cy@acme.example").await;
    app.report_github(&report_of(&acme, 100).await).await.with_status(200);
    app.work_off().await;
    app.clock.pass(Duration::from_hours(24));
    app.run_scheduled("deadlines").await;
    // 300 letters in steps of 200: of the hundred tokens 66 are done with the first, and 34 are tried twice.
    assert_eq!(write_in_short_tries(&app).await, 100 + 34);
    app.work_off().await;
    assert_eq!(app.mails().len(), 600);
    app.end().await;
}

/// The mail about a token of a workspace that the product knows by this id, or by none.
async fn mail_with(tokens_url: &str, external_id: Option<&str>) -> Eml {
    let app = TestApp::with(&[("MAIL__TOKENS_URL", tokens_url), ("MAIL__VENDOR_NAME", "Acme")]).await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let wanted = json!({"name": "acme", "external_id": external_id, "owner": {"mail": "ana@acme.example"}});
    let acme = app.post("/v1/workspaces", &manage, &wanted).await.with_status(201);
    let acme = acme.text_at("/id");
    let wanted = json!({"description": "deploy-bot"});
    let token = app.post(&format!("/v1/workspaces/{acme}/tokens"), &manage, &wanted).await.with_status(201);
    app.report_github(&json!([{"token": token.text_at("/secret")}])).await.with_status(200);
    app.work_off().await;
    let mut mail = app.mails().remove(0);
    mail.text = mail.text.replace(acme, "its-id");
    app.end().await;
    mail
}

#[tokio::test]
async fn a_mail_leads_to_the_page_of_the_settings_and_to_the_console_without_one() {
    let page = "https://acme.example/a/{external_id}/tokens";
    for (tokens_url, external_id, link) in [
        ("https://acme.example/{workspace}", None, "https://acme.example/its-id"),
        (page, Some("a/1"), "https://acme.example/a/a%2F1/tokens"),
        (page, None, "https://console.vendor.example/w/its-id/tokens"),
        ("", Some("a/1"), "https://console.vendor.example/w/its-id/tokens"),
    ] {
        let mail = mail_with(tokens_url, external_id).await;
        assert!(mail.text.contains(&format!(" {link}\r\n")), "{link}: {}", mail.text);
    }
}

#[tokio::test]
async fn the_mail_about_an_operator_key_names_the_commands_and_no_page() {
    let app = TestApp::with(&[("MAIL__TOKENS_URL", "https://acme.example/{workspace}")]).await;
    let key = app.operator_key(&[Scope::Verify]).await;
    app.report_github(&json!([{"token": key}])).await.with_status(200);
    app.work_off().await;
    let mail = app.mails().remove(0);
    let id = app.sql("SELECT id FROM tokens").await[0].get::<String>("id").expect("an id");
    for said in [
        "bailiwick operator-key create --name NAME --scopes verify\r\n",
        "bailiwick token list --workspace ws_",
        &id,
    ] {
        assert!(mail.text.contains(said), "{said}: {}", mail.text);
    }
    assert!(!mail.text.contains("acme.example"), "{}", mail.text);
    app.end().await;
}

#[tokio::test]
async fn a_mail_names_the_beginning_of_the_secret_that_was_found() {
    let app = TestApp::with(&[("TOKEN__PREFIX", "old")]).await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let today = app.second_node_with(&[("TOKEN__PREFIX", "bwk"), ("TOKEN__FORMER_PREFIXES", "old")]).await;
    let rotate = format!("/v1/tokens/{}/rotate", token.id);
    let rotated = today.post(&rotate, &manage, &json!({})).await.with_status(200);
    let current = rotated.text_at("/secret").to_owned();
    for secret in [&token.secret, &current] {
        today.report_github(&json!([{"token": secret}])).await.with_status(200);
        today.work_off().await;
        let beginning = format!("Begins with: {}", &secret[..9]);
        assert!(app.mails().iter().any(|mail| mail.text.contains(&beginning)), "{beginning}");
    }
    assert!(current.starts_with("bwk_"), "{current}");
    today.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn of_a_sighting_from_before_prefixes_were_kept_a_mail_says_what_is_known() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let (current, rotated) = (acme.token("current").await, acme.token("rotated").await);
    let manage = app.operator_key(&[Scope::Manage]).await;
    app.post(&format!("/v1/tokens/{}/rotate", rotated.id), &manage, &json!({})).await.with_status(200);
    app.report_github(&json!([{"token": current.secret}, {"token": rotated.secret}])).await.with_status(200);
    app.sql("UPDATE sightings SET prefix = NULL").await;
    app.work_off().await;
    for beginning in [&current.secret[..9], &rotated.secret["bwk_".len()..9]] {
        let said = format!("Begins with: {beginning}");
        assert!(app.mails().iter().any(|mail| mail.text.contains(&said)), "{said}");
    }
    app.end().await;
}
