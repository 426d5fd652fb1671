//! People who go: nothing is left of what signed them in, or the one whom they turned out to be has it.

use bailiwick::permissions::Scope;
use serde_json::json;
use test_app::{Browser, PASSWORD, TestApp};
use test_authenticator::TestAuthenticator;
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const TABLES: [&str; 8] = [
    "passwords",
    "authenticators",
    "passkeys",
    "passkey_handles",
    "recovery_codes",
    "sessions",
    "browsers",
    "links",
];

/// Ana with everything that one can have, her codes, and her workspace's id.
async fn with_everything<'a>(
    app: &'a TestApp,
    device: &mut TestAuthenticator,
) -> (Browser<'a>, test_app::Phone, Vec<String>, String) {
    let (browser, home) = app.owner(ANA).await;
    let phone = browser.adds_authenticator(app.clock_now()).await;
    browser.adds_passkey(device).await;
    let codes = browser.makes_recovery_codes().await;
    browser.post("/account/address", &[("mail", "ana@beta.example")]).await.with_status(303);
    app.work_off().await;
    (browser, phone, codes, home.trim_start_matches("/w/").to_owned())
}

/// How many rows there are of this person, in all that signing in keeps.
async fn rows_of(app: &TestApp, person: &str) -> Vec<(&'static str, usize)> {
    let mut rows = Vec::new();
    for table in TABLES {
        let found =
            app.sql(&format!("SELECT person_id FROM {table} WHERE person_id = '{person}'")).await.len();
        rows.push((table, found));
    }
    rows.retain(|(_, found)| *found > 0);
    rows
}

async fn people(app: &TestApp) -> Vec<String> {
    app.sql("SELECT id FROM people ORDER BY id")
        .await
        .iter()
        .map(|row| row.get("id").expect("an id"))
        .collect()
}

#[tokio::test]
async fn who_goes_with_their_last_workspace_leaves_nothing_that_signs_in() {
    let app = TestApp::start().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    let (browser, _, _, workspace) = with_everything(&app, &mut device).await;
    let person = people(&app).await.remove(0);
    assert_eq!(rows_of(&app, &person).await.len(), TABLES.len(), "all of it is used");
    let manage = app.operator_key(&[Scope::Manage]).await;
    app.delete(&format!("/v1/workspaces/{workspace}"), &manage).await.with_status(204);
    assert_eq!(people(&app).await, Vec::<String>::new());
    assert_eq!(rows_of(&app, &person).await, []);
    assert!(!browser.is_in().await);
    app.browser().first_step(ANA, PASSWORD).await.with_status(422);
    let refused = app.browser().shows_passkey(&mut device, &[("purpose", "sign_in")]).await;
    refused.with_status(422);
    // The address is free for whoever comes with it next.
    app.clock.pass(Duration::from_hours(2));
    let (again, _) = app.owner(ANA).await;
    assert!(again.is_in().await);
    app.over().await;
}

#[tokio::test]
async fn nobody_who_signs_in_here_is_merged_away_on_the_products_word() {
    let app = TestApp::start().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    let (browser, ..) = with_everything(&app, &mut device).await;
    let ana = people(&app).await.remove(0);
    let before = rows_of(&app, &ana).await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let owner = json!({"mail": "mallory@evil.example", "external_id": "u1"});
    let made =
        app.post("/v1/workspaces", &manage, &json!({"name": "Beta", "owner": owner})).await.with_status(201);
    // Mallory has told the product, which does not ask, that her address is Ana's.
    let body = json!({"mail": ANA, "external_id": "u1"});
    let path = format!("/v1/workspaces/{}/members", made.text_at("/id"));
    let refused = app.post(&path, &manage, &body).await.with_status(409);
    assert_eq!(refused.text_at("/code"), "mail_taken");
    assert_eq!(rows_of(&app, &ana).await, before);
    assert!(browser.is_in().await);
    assert_eq!(people(&app).await.len(), 2);
    app.over().await;
}
