//! What a product learns of whoever is signed in, by the cookie, a JWT or a code; and the passwords that it brings along.

use axum::http::header;
use bailiwick::permissions::Scope;
use bcrypt::Version;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use test_app::{Answer, Browser, PASSWORD, TestApp};
use time_and_chance::{Duration, Time};
use url::form_urlencoded;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const PRODUCT: &str = "https://app.vendor.example";
const BACK: &str = "https://app.vendor.example/signed-in?from=console";
const ALLOWED: [(&str, &str); 1] = [("SIGNIN__RETURN_URLS", "https://app.vendor.example/signed-in")];
const DAY: Duration = Duration::from_hours(24);

async fn session(browser: &Browser<'_>) -> Value {
    browser.get("/v1/session").await.with_status(200).json
}

/// The address at which a browser asks to be sent back to the product.
fn product_path(to: &str, state: &str) -> String {
    let mut query = url_query();
    query.append_pair("to", to).append_pair("state", state);
    format!("/sign-in/product?{}", query.finish())
}

fn url_query() -> form_urlencoded::Serializer<'static, String> {
    form_urlencoded::Serializer::new(String::new())
}

/// The code with which somebody who is signed in comes back to the product.
async fn code(browser: &Browser<'_>) -> String {
    let there = browser.get(&product_path(BACK, "x y&z")).await.leads_to().to_owned();
    let rest = there.strip_prefix(BACK).and_then(|rest| rest.strip_prefix("&code="));
    let code = rest.and_then(|rest| rest.strip_suffix("&state=x+y%26z"));
    code.unwrap_or_else(|| panic!("no code in {there}")).to_owned()
}

async fn exchange(app: &TestApp, key: &str, code: &str, to: &str) -> Answer {
    app.post("/v1/session/exchange", key, &json!({"code": code, "to": to})).await
}

/// The keys that are published.
async fn published(app: &TestApp) -> JwkSet {
    let answer = app.get("/.well-known/jwks.json", "").await.with_status(200);
    for key in answer.json["keys"].as_array().expect("keys") {
        assert!(key.get("d").is_none(), "a private key is published");
    }
    serde_json::from_value(answer.json).expect("a JWK set")
}

/// What a JWT says, whose signature fits one of these keys; and the id of that.
fn checked(jwt: &str, keys: &JwkSet) -> (String, Value) {
    let kid = jsonwebtoken::decode_header(jwt).expect("a header").kid.expect("a key's id");
    let key = keys.find(&kid).unwrap_or_else(|| panic!("{kid} is not published"));
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[PRODUCT]);
    rules.set_issuer(&["https://console.vendor.example"]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The decoder looks at the machine's clock, and the story has its own.
    rules.validate_exp = false;
    let key = DecodingKey::from_jwk(key).expect("a usable key");
    let claims = jsonwebtoken::decode::<Value>(jwt, &key, &rules).expect("it is signed with it").claims;
    (kid, claims)
}

async fn jwt(browser: &Browser<'_>) -> String {
    let answer = browser.get(&format!("/v1/session?jwt={PRODUCT}")).await.with_status(200);
    answer.text_at("/jwt").to_owned()
}

#[tokio::test]
async fn the_cookie_says_who_is_signed_in_where_and_until_when_and_nothing_after_signing_out() {
    let app = TestApp::start().await;
    app.browser().get("/v1/session").await.with_status(401);
    let (ana, home) = app.owner(ANA).await;
    let workspace = home.trim_start_matches("/w/");
    let said = session(&ana).await;
    assert_eq!(said["person"]["mail"], ANA);
    assert_eq!(said["person"]["name"], "Ana Lovelace");
    assert_eq!(said["workspaces"], json!([{"id": workspace, "name": "Acme", "role": "owner"}]));
    let end: i64 = app.sql("SELECT expires_at FROM sessions").await[0].get("expires_at").expect("a time");
    let end = serde_json::to_value(Time::from_micros(end)).expect("a time");
    assert_eq!(said["expires_at"], end);
    assert!(said["jwt"].is_null(), "only who asks gets one");

    // With mail alone one is not in a workspace that asks for more.
    app.sql("UPDATE workspaces SET strong_factor = TRUE").await;
    assert_eq!(session(&ana).await["workspaces"], json!([]));
    let (_, claims) = checked(&jwt(&ana).await, &published(&app).await);
    assert_eq!(claims["workspaces"], json!([]));
    ana.adds_authenticator(app.clock_now()).await;
    assert_eq!(session(&ana).await["workspaces"][0]["id"], workspace);
    app.sql("UPDATE workspaces SET strong_factor = FALSE").await;

    // Roles and workspaces are those of this moment.
    let key = app.operator_key(&[Scope::Manage]).await;
    let members = format!("/v1/workspaces/{workspace}/members");
    app.post(&members, &key, &json!({"mail": BO, "role": "owner"})).await.with_status(201);
    let of_ana = app.all(&members, &key).await;
    let of_ana = of_ana.iter().find(|one| one["mail"] == ANA).expect("Ana")["id"].as_str().expect("an id");
    let member = format!("{members}/{of_ana}");
    app.sql(&format!("UPDATE members SET role = 'member' WHERE id = '{of_ana}'")).await;
    assert_eq!(session(&ana).await["workspaces"][0]["role"], "member");
    app.delete(&member, &key).await.with_status(204);
    assert_eq!(session(&ana).await["workspaces"], json!([]));

    let copy = ana.copied();
    ana.post("/sign-out", &[]).await.with_status(303);
    for browser in [&ana, &copy] {
        let refused = browser.get("/v1/session").await.with_status(401);
        assert_eq!(refused.text_at("/code"), "not_signed_in");
    }
    app.over().await;
}

#[tokio::test]
async fn a_jwt_fits_a_published_key_for_five_minutes_and_never_longer_than_the_session() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let said = session(&ana).await;
    let (_, claims) = checked(&jwt(&ana).await, &published(&app).await);
    let now = app.clock_now().millis() / 1000;
    assert_eq!((claims["iat"].as_u64(), claims["exp"].as_u64()), (Some(now), Some(now + 300)));
    assert_eq!(claims["sub"], said["person"]["id"]);
    assert_eq!(claims["sid"], said["id"]);
    let there = json!([{"id": home.trim_start_matches("/w/"), "role": "owner"}]);
    assert_eq!(claims["workspaces"], there);
    assert!(!claims.to_string().contains(ANA), "no address travels in it");

    let end: i64 = app.sql("SELECT expires_at FROM sessions").await[0].get("expires_at").expect("a time");
    let end = Time::from_micros(end);
    app.clock.pass(end.minus(Duration::from_mins(2)).since(app.clock_now()));
    let (_, claims) = checked(&jwt(&ana).await, &published(&app).await);
    assert!(claims["exp"].as_u64().expect("seconds") <= end.millis() / 1000);

    let long = "x".repeat(201);
    for bad in ["", "a%20b", "%C3%A9", "%00", long.as_str()] {
        let refused = ana.get(&format!("/v1/session?jwt={bad}")).await.with_status(400);
        assert_eq!(refused.text_at("/code"), "bad_query", "{bad}");
    }
    app.end().await;
}

#[tokio::test]
async fn a_key_is_published_a_day_before_it_signs_and_a_day_after() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let mut first_seen: Vec<(String, Time)> = Vec::new();
    let mut signed: Vec<(String, Time)> = Vec::new();
    let step = Duration::from_hours(6);
    let browser = app.browser();
    // A server does so when it begins.
    app.run_scheduled("signin").await;
    for _ in 0..4 * 64 {
        // Somebody is always signed in; sessions end after 14 days.
        if !browser.is_in().await {
            browser.sign_in(ANA, PASSWORD).await.with_status(200);
        }
        let keys = published(&app).await;
        let here: Vec<_> = keys.keys.iter().filter_map(|key| key.common.key_id.clone()).collect();
        let (kid, _) = checked(&jwt(&browser).await, &published(&app).await);
        let now = app.clock_now();
        for id in &here {
            if !first_seen.iter().any(|(known, _)| known == id) {
                first_seen.push((id.clone(), now));
            }
        }
        // Whoever has kept the keys of a day ago knows the one that signs now.
        let first = signed.is_empty() || signed[0].0 == kid;
        let seen = first_seen.iter().find(|(id, _)| *id == kid).map(|(_, at)| *at);
        assert!(first || seen.is_some_and(|at| at.plus(DAY - step) <= now), "{kid} signs too early");
        signed.retain(|(id, _)| *id != kid);
        signed.push((kid, now));
        for (id, last) in &signed {
            assert!(last.plus(DAY) <= now || here.contains(id), "{id} is published no more");
        }
        app.clock.pass(step);
        app.run_scheduled("signin").await;
        app.work_off().await;
    }
    assert_eq!(signed.len(), 3, "64 days have three keys");
    assert_eq!(published(&app).await.keys.len(), 1);
    app.over().await;
}

#[tokio::test]
async fn whoever_comes_from_the_product_signs_in_and_is_sent_back_with_a_code() {
    let app = TestApp::with(&ALLOWED).await;
    app.owner(ANA).await;
    let browser = app.browser();
    let page = browser.open(&product_path(BACK, "x")).await.with_status(200).text;
    assert!(page.contains("Sign in"), "{page}");
    let (_, form) = page.split_once("action=\"/sign-in\"").expect("the form");
    let (_, rest) = form.split_once("name=\"next\" value=\"").expect("the way back");
    let next = rest.split('"').next().expect("an end").replace("&#38;", "&").replace("&amp;", "&");
    let fields = [("mail", ANA), ("password", PASSWORD), ("next", next.as_str())];
    browser.post("/sign-in", &fields).await.with_status(303);
    let mailed = browser.mailed_code(ANA).await;
    let next = browser.types_code(&mailed).await.leads_to().to_owned();
    let there = browser.get(&next).await.leads_to().to_owned();
    assert!(there.starts_with(BACK) && there.contains("&code=") && there.ends_with("&state=x"), "{there}");

    for bad in ["https://evil.example/", "https://app.vendor.example/", "javascript:alert(1)", ""] {
        let refused = browser.get(&product_path(bad, "x")).await.with_status(400);
        assert!(!refused.headers.contains_key(header::LOCATION), "{bad}");
    }
    assert_eq!(app.contents().await.rows("handovers"), 1);
    app.over().await;
}

#[tokio::test]
async fn a_code_counts_once_within_a_minute_for_its_address_and_for_who_verifies() {
    let app = TestApp::with(&ALLOWED).await;
    let (ana, _) = app.owner(ANA).await;
    let key = app.operator_key(&[Scope::Verify]).await;
    let other = app.operator_key(&[Scope::Manage, Scope::Portal, Scope::Security]).await;
    let one = code(&ana).await;
    exchange(&app, "", &one, BACK).await.with_status(401);
    exchange(&app, &other, &one, BACK).await.with_status(403);
    exchange(&app, &key, &one, "https://app.vendor.example/signed-in").await.with_status(422);
    app.clock.pass(Duration::from_secs(59));
    let body = json!({"code": one, "to": BACK, "jwt": PRODUCT});
    let said = app.post("/v1/session/exchange", &key, &body).await.with_status(200);
    assert_eq!(said.text_at("/person/mail"), ANA);
    let (_, claims) = checked(said.text_at("/jwt"), &published(&app).await);
    assert_eq!(claims["sid"], said.json["id"]);
    exchange(&app, &key, &one, BACK).await.with_status(422);

    let late = code(&ana).await;
    app.clock.pass(Duration::from_mins(1));
    exchange(&app, &key, &late, BACK).await.with_status(422);
    for nonsense in ["", "x", &"A".repeat(43)] {
        exchange(&app, &key, nonsense, BACK).await.with_status(422);
    }
    // What was handed over before somebody has signed out is worth nothing after.
    let before = code(&ana).await;
    ana.post("/sign-out", &[]).await.with_status(303);
    exchange(&app, &key, &before, BACK).await.with_status(422);
    app.over().await;
}

#[tokio::test]
async fn a_portal_link_is_made_for_a_member_with_fields_that_are_good_and_by_who_may() {
    let app = TestApp::with(&ALLOWED).await;
    let (_, home) = app.owner(ANA).await;
    let workspace = home.trim_start_matches("/w/");
    let key = app.operator_key(&[Scope::Portal]).await;
    let other = app.operator_key(&[Scope::Manage, Scope::Verify, Scope::Security]).await;
    let good = json!({"workspace": workspace, "person": ANA});
    let path = "/v1/portal-links";
    app.post(path, "", &good).await.with_status(401);
    app.post(path, &other, &good).await.with_status(403);
    for (field, bad, status) in [
        ("workspace", json!("ws_01M1E1DST04TFF59TDWH9EDD1R"), 404),
        ("workspace", json!("nonsense"), 404),
        ("person", json!("nobody@acme.example"), 422),
        ("person", json!(""), 422),
        ("page", json!("people/../audit"), 422),
        ("page", json!(""), 422),
        ("minutes", json!(0), 422),
        ("minutes", json!(61), 422),
        ("return_url", json!("https://evil.example/signed-in"), 422),
        ("return_url", json!("javascript:alert(1)"), 422),
    ] {
        let mut body = good.clone();
        body[field] = bad;
        app.post(path, &key, &body).await.with_status(status);
    }
    assert_eq!(app.sql("SELECT id FROM links WHERE kind = 'portal'").await.len(), 0);
    for page in ["tokens", "leaks", "people", "audit", "settings"] {
        let body = json!({"workspace": workspace, "person": ANA, "page": page, "return_url": BACK});
        app.post(path, &key, &body).await.with_status(201);
    }
    app.over().await;
}

/// A hash as another system has made it.
fn foreign(password: &str, version: Version) -> String {
    bcrypt::hash_with_salt(password, 4, *b"sixteen of salts")
        .expect("a good cost")
        .format_for_version(version)
}

#[tokio::test]
async fn whoever_was_brought_along_signs_in_with_what_they_know_and_it_is_hashed_anew() {
    let app = TestApp::start().await;
    let (_, home) = app.owner(ANA).await;
    let key = app.operator_key(&[Scope::Manage]).await;
    let scheme = async || {
        let rows = app.sql("SELECT DISTINCT scheme FROM passwords").await;
        rows.iter().map(|row| row.get::<String>("scheme").expect("a text")).collect::<Vec<_>>()
    };
    let ours = scheme().await;
    for (name, version) in [("a", Version::TwoA), ("b", Version::TwoB), ("y", Version::TwoY)] {
        let mail = format!("{name}@acme.example");
        let members = format!("/v1/workspaces/{}/members", home.trim_start_matches("/w/"));
        app.post(&members, &key, &json!({"mail": mail, "role": "member"})).await.with_status(201);
        let known = format!("what {name} knew before");
        let body = json!({"items": [{"person": mail, "hash": foreign(&known, version)}]});
        let said = app.post("/v1/passwords/import", &key, &body).await.with_status(200);
        assert_eq!(said.text_at("/items/0/outcome"), "imported");
        assert_eq!(scheme().await.len(), 2);
        app.browser().first_step(&mail, PASSWORD).await.with_status(422);
        let browser = app.browser();
        browser.sign_in(&mail, &known).await.with_status(200);
        assert!(browser.is_in().await);
        assert_eq!(scheme().await, ours, "it is hashed anew");
        let again = app.browser();
        again.sign_in(&mail, &known).await.with_status(200);
        assert!(again.is_in().await);
    }
    app.over().await;
}

#[tokio::test]
async fn passwords_are_brought_along_all_or_none_and_nobodys_is_replaced() {
    let app = TestApp::start().await;
    let (_, home) = app.owner(ANA).await;
    let key = app.operator_key(&[Scope::Manage]).await;
    let members = format!("/v1/workspaces/{}/members", home.trim_start_matches("/w/"));
    app.post(&members, &key, &json!({"mail": BO, "role": "member"})).await.with_status(201);
    app.work_off().await;
    let hash = foreign("something else entirely", Version::TwoB);
    let item = |person: &str, hash: &str| json!({"person": person, "hash": hash});
    let path = "/v1/passwords/import";
    let before = app.sql("SELECT person_id FROM passwords").await.len();
    for bad in ["", "$1$x$y", "$2x$04$abc", &hash.replace("$04$", "$17$"), &hash[..59]] {
        let body = json!({"items": [item(BO, &hash), item(BO, bad)]});
        let refused = app.post(path, &key, &body).await.with_status(422);
        assert!(refused.text.contains("item 1"), "{}", refused.text);
        assert!(!refused.text.contains(&hash[29..]), "a hash is told");
    }
    app.post(path, &key, &json!({"items": []})).await.with_status(422);
    app.post(path, &key, &json!({"items": vec![item(BO, &hash); 101]})).await.with_status(422);
    let other = app.operator_key(&[Scope::Verify, Scope::Portal]).await;
    app.post(path, &other, &json!({"items": [item(BO, &hash)]})).await.with_status(403);
    assert_eq!(app.sql("SELECT person_id FROM passwords").await.len(), before);

    let body = json!({"items": [item(ANA, &hash), item("nobody@acme.example", &hash), item(BO, &hash), item(BO, &hash)]});
    let said = app.post(path, &key, &body).await.with_status(200);
    let outcomes: Vec<_> = (0..4).map(|at| said.text_at(&format!("/items/{at}/outcome"))).collect();
    assert_eq!(outcomes, ["kept", "unknown", "imported", "kept"]);
    assert!(said.json["items"][1]["person_id"].is_null());
    let ana = app.browser();
    ana.first_step(ANA, "something else entirely").await.with_status(422);
    ana.sign_in(ANA, PASSWORD).await.with_status(200);
    assert!(ana.is_in().await);
    app.over().await;
}
