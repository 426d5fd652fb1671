//! Sessions: how long they last, what replaces their secret, who ends them; and those that come by a portal link.

use bailiwick::permissions::Scope;
use serde_json::json;
use test_app::{Browser, PASSWORD, TestApp};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const SESSION: &str = "__Host-session";

#[tokio::test]
async fn a_session_lasts_14_days_to_the_second_whether_it_is_used_or_not() {
    let app = TestApp::start().await;
    let (used, _) = app.owner(ANA).await;
    let begun = app.sql("SELECT created_at FROM sessions").await[0].get::<i64>("created_at").expect("a time");
    let idle = used.copied();
    let end = time_and_chance::Time::from_micros(begun).plus(Duration::from_hours(14 * 24));
    for _ in 0..13 {
        app.clock.pass(Duration::from_hours(24));
        assert!(used.is_in().await);
    }
    app.clock.pass(end.since(app.clock_now()) - Duration::from_secs(1));
    assert!(used.is_in().await && idle.is_in().await);
    app.clock.pass(Duration::from_secs(1));
    let over = idle.get("/account").await.with_status(303);
    assert!(over.leads_to().ends_with("why=over"));
    assert!(idle.open("/account").await.text.contains("14 days"));
    assert!(!used.is_in().await);
    app.end().await;
}

#[tokio::test]
async fn the_secret_is_another_after_each_proof_and_the_one_before_opens_nothing() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    for (path, lasts) in [("/step-up", false), ("/renew", true)] {
        app.clock.pass(Duration::from_hours(24));
        let before = browser.copied();
        let ends =
            app.sql("SELECT expires_at FROM sessions").await[0].get::<i64>("expires_at").expect("a time");
        let attempt = browser.cookie("__Host-attempt");
        browser.post(path, &[("password", PASSWORD)]).await.with_status(303);
        assert_ne!(browser.cookie("__Host-attempt"), attempt);
        let code = browser.mailed_code(ANA).await;
        let answer = browser.types_code(&code).await.with_status(303);
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text");
            for part in ["__Host-", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
                assert!(cookie.contains(part), "{cookie}");
            }
        }
        assert_ne!(browser.cookie(SESSION), before.cookie(SESSION));
        assert!(browser.is_in().await && !before.is_in().await);
        before.get("/v1/session").await.with_status(401);
        let after =
            app.sql("SELECT expires_at FROM sessions").await[0].get::<i64>("expires_at").expect("a time");
        assert_eq!(after > ends, lasts);
    }
    app.end().await;
}

#[tokio::test]
async fn one_sees_and_ends_ones_sessions_and_signing_out_is_for_good() {
    let app = TestApp::start().await;
    let (here, _) = app.owner(ANA).await;
    let others = [app.browser(), app.browser(), app.browser()];
    for other in &others {
        other.first_step(ANA, PASSWORD).await.with_status(303);
        let code = other.mailed_code(ANA).await;
        other.types_code(&code).await.with_status(303);
    }
    let page = here.get("/account").await.text;
    let end = page.split("action=\"/account/sessions/").any(|rest| rest.contains("/end\""));
    assert!(end && page.contains("Firefox on Linux"));
    let copy = others[0].copied();
    others[0].post("/sign-out", &[]).await.with_status(303);
    assert!(!copy.is_in().await, "a copy of the cookie opens nothing either");
    let newest = app.sql("SELECT id FROM sessions ORDER BY id DESC LIMIT 1").await;
    let newest: String = newest[0].get("id").expect("an id");
    here.post(&format!("/account/sessions/{newest}/end"), &[]).await.with_status(303);
    assert!(!others[2].is_in().await && others[1].is_in().await);
    // Somebody else's is none of theirs.
    let (bo, _) = app.owner("bo@beta.example").await;
    let own: String =
        app.sql("SELECT id FROM sessions ORDER BY id LIMIT 1").await[0].get("id").expect("an id");
    bo.post(&format!("/account/sessions/{own}/end"), &[]).await.with_status(404);
    here.post("/account/sessions/end-others", &[]).await.with_status(303);
    assert!(!others[1].is_in().await && here.is_in().await && bo.is_in().await);
    app.over().await;
}

#[tokio::test]
async fn what_is_sensitive_takes_a_proof_of_the_last_ten_minutes() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    app.clock.pass(Duration::from_mins(10));
    for path in ["/account/authenticator", "/account/recovery-codes", "/account/address"] {
        let answer = browser.post(path, &[("mail", "new@acme.example")]).await.with_status(303);
        assert!(answer.leads_to().starts_with("/step-up"), "{path}");
    }
    browser.post("/account/passkeys/options", &[]).await.with_status(403);
    browser.proves_by_mail(ANA).await;
    browser.makes_recovery_codes().await;
    app.over().await;
}

/// A browser in the console by a portal link.
async fn by_portal<'a>(
    app: &'a TestApp,
    key: &str,
    workspace: &str,
    page: Option<&str>,
) -> (Browser<'a>, String) {
    let body = json!({"workspace": workspace, "person": ANA, "page": page, "minutes": 30});
    let body = match page {
        Some(_) => body,
        None => json!({"workspace": workspace, "person": ANA}),
    };
    let made = app.post("/v1/portal-links", key, &body).await.with_status(201);
    let path = made.text_at("/url").strip_prefix(&app.app.public_url).expect("ours").to_owned();
    (app.browser(), path)
}

#[tokio::test]
async fn a_portal_link_opens_one_workspace_once_within_a_minute_for_an_hour_at_most() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let workspace = home.trim_start_matches("/w/").to_owned();
    let key = app.operator_key(&[Scope::Portal]).await;
    let (late, path) = by_portal(&app, &key, &workspace, None).await;
    app.clock.pass(Duration::from_mins(1));
    late.post(&path, &[]).await.with_status(410);

    let (portal, path) = by_portal(&app, &key, &workspace, None).await;
    portal.get(&path).await.with_status(200);
    portal.post(&path, &[]).await.with_status(303);
    app.browser().post(&path, &[]).await.with_status(410);
    portal.get(&format!("{home}/people")).await.with_status(200);
    for full_only in ["/account", "/renew"] {
        portal.get(full_only).await.with_status(403);
    }
    portal.post("/sign-in/passkey", &[("purpose", "renew")]).await.with_status(404);
    // What is sensitive takes a mailed code first.
    let members = app.sql("SELECT id FROM members").await;
    let member: String = members[0].get("id").expect("an id");
    let role = format!("{home}/people/{member}/role");
    let first = portal.post(&role, &[("role", "owner")]).await.with_status(303);
    assert!(first.leads_to().starts_with("/step-up"));
    portal.post("/step-up", &[]).await.with_status(303);
    let code = portal.mailed_code(ANA).await;
    portal.types_code(&code).await.with_status(303);
    let then = portal.post(&role, &[("role", "owner")]).await.with_status(303);
    assert!(!then.leads_to().starts_with("/step-up"));
    app.clock.pass(Duration::from_hours(1));
    portal.get(&format!("{home}/people")).await.with_status(303);

    let (one, path) = by_portal(&app, &key, &workspace, Some("people")).await;
    one.post(&path, &[]).await.with_status(303);
    one.get(&format!("{home}/people")).await.with_status(200);
    assert_ne!(one.get(&format!("{home}/audit")).await.status, 200);
    assert!(ana.is_in().await);
    app.over().await;
}

#[tokio::test]
async fn whoever_is_removed_is_out_at_the_next_request_by_whatever_way_they_came() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let workspace = home.trim_start_matches("/w/").to_owned();
    let manage = app.operator_key(&[Scope::Manage, Scope::Portal]).await;
    let path = format!("/v1/workspaces/{workspace}/members");
    let owner = json!({"mail": "bo@acme.example", "role": "owner"});
    app.post(&path, &manage, &owner).await.with_status(201);
    let (portal, link) = by_portal(&app, &manage, &workspace, None).await;
    portal.post(&link, &[]).await.with_status(303);
    portal.get("/v1/session").await.with_status(200);
    let members = app.all(&path, &manage).await;
    let of_ana = members.iter().find(|one| one["mail"] == ANA).expect("Ana")["id"].as_str().expect("an id");
    app.delete(&format!("{path}/{of_ana}"), &manage).await.with_status(204);
    assert_eq!(ana.get(&format!("{home}/people")).await.status, 404);
    assert!(ana.is_in().await, "the account is theirs");
    portal.get(&format!("{home}/people")).await.with_status(303);
    portal.get("/v1/session").await.with_status(401);
    app.over().await;
}
