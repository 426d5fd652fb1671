//! The pages of a workspace, where something is the matter: a leaked secret that works on, a filter that asks for nothing there is, a form
//! that comes too late, a page that is not open.

use bailiwick::{
    permissions::{Authority, Scope},
    workspaces::{self, Change},
};
use serde_json::json;
use test_app::{Answer, Browser, PASSWORD, TestApp, Workspace};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const RETURN: (&str, &str) = ("SIGNIN__RETURN_URLS", "https://app.vendor.example/in");

/// What stands between two texts of a page.
fn between<'a>(page: &'a Answer, before: &str, after: &str) -> &'a str {
    let rest = page.text.split_once(before).unwrap_or_else(|| panic!("no {before}: {}", page.text)).1;
    rest.split_once(after).expect("an end").0
}

fn once(page: &Answer) -> String {
    between(page, "name=\"once\" value=\"", "\"").to_owned()
}

fn workspace<'a>(app: &'a TestApp, home: &str) -> Workspace<'a> {
    app.workspace_of(home.trim_start_matches("/w/").parse().expect("an id"))
}

/// Bo, whom Ana has invited as a member.
async fn member<'a>(app: &'a TestApp, ana: &Browser<'_>, home: &str) -> Browser<'a> {
    ana.post(&format!("{home}/people"), &[("mail", BO), ("role", "member")]).await.with_status(303);
    let link = ana.mailed_link(BO).await;
    let bo = app.browser();
    bo.submit(&link, &[("name", "Bo"), ("password", PASSWORD)]).await.with_status(200);
    bo
}

/// Ana, who comes by a portal link for this one page.
async fn by_portal<'a>(app: &'a TestApp, home: &str, page: &str) -> Browser<'a> {
    let key = app.operator_key(&[Scope::Portal]).await;
    let wanted = json!({
        "workspace": home.trim_start_matches("/w/"), "person": ANA, "page": page, "return_url": RETURN.1,
    });
    let made = app.post("/v1/portal-links", &key, &wanted).await.with_status(201);
    let link = made.text_at("/url").strip_prefix(&app.app.public_url).expect("ours").to_owned();
    let portal = app.browser();
    portal.post(&link, &[]).await.with_status(303);
    portal
}

#[tokio::test]
async fn a_leaked_secret_that_works_on_after_a_rotation_stands_first_until_it_is_ended() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn")]).await;
    let (ana, home) = app.owner(ANA).await;
    let acme = workspace(&app, &home);
    let token = acme.token("leaky-bot").await;
    acme.token("other-bot").await;
    let path = format!("{home}/tokens/{}", token.id);
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    let form = ana.open(&path).await.with_status(200);
    form.has("Whoever has found it can use it as long, too.");
    let fields = [("overlap", "month"), ("once", &*once(&form))];
    let shown = ana.post(&format!("{path}/rotate"), &fields).await.with_status(200);
    shown.has("The former secret was found in public");
    let present = between(&shown, "<code class=\"secret\">", "<").to_owned();
    assert_eq!((app.code(&token.secret).await, app.code(&present).await), ("VALID", "VALID"));

    let said = "The former secret of token leaky-bot (bwk_";
    let todo = ana.open(&home).await.with_status(200);
    todo.has("was found in public and still works. End it now.");
    todo.has(&format!("<a href=\"{path}#former\">End it</a>"));
    assert!(todo.text.find(said) < todo.text.find("Mail is your only second factor"), "{}", todo.text);
    todo.has(said);
    let page = ana.open(&path).await.with_status(200);
    page.has("The former secret of this token was found in public and still works until");
    page.has("<button class=\"main danger\" type=\"submit\">End the former secret</button>");
    let list = |query: &str| format!("{home}/tokens{query}");
    for query in ["", "?state=warned"] {
        ana.open(&list(query)).await.has("former secret found");
    }
    ana.open(&list("?state=warned")).await.has_not("other-bot");
    ana.open(&list("?state=live")).await.has_not("leaky-bot");
    ana.open(&list(&format!("?hint={}", &present[4..9]))).await.has("former secret found");

    let bo = member(&app, &ana, &home).await;
    bo.open(&home).await.has("still works. An owner should end it now.");
    bo.open(&path).await.has("An owner of the workspace should end it now.");
    bo.post(&format!("{path}/end-former"), &[]).await.with_status(403);
    assert_eq!(app.code(&token.secret).await, "VALID");

    for _ in 0..2 {
        let ended = ana.submit(&format!("{path}/end-former"), &[]).await.with_status(200);
        ended.has("The former secret has ended. The present one works.");
        ended.has_not("Former secret</dt>");
        ended.has_not("End the former secret");
    }
    assert_eq!((app.code(&token.secret).await, app.code(&present).await), ("REVOKED", "VALID"));
    ana.open(&home).await.has_not(said);
    ana.open(&list("?state=warned")).await.has("There is no such token.");
    ana.open(&list("?state=live")).await.has("leaky-bot");
    let entries = acme.audit().await;
    let revoked: Vec<_> = entries.iter().filter(|one| one["event"] == "token.revoked").collect();
    assert_eq!(revoked.len(), 1, "it is ended once, however often it is asked for: {revoked:?}");
    assert_eq!(revoked[0]["actor"]["kind"], "person");
    assert_eq!(revoked[0]["details"]["former_secret"], true);
    assert_eq!(revoked[0]["details"]["why"], "revoked");
    app.over().await;
}

#[tokio::test]
async fn a_former_secret_that_leaks_during_its_overlap_stands_first_and_is_over_with_its_overlap() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn")]).await;
    let (ana, home) = app.owner(ANA).await;
    let token = workspace(&app, &home).token("leaky-bot").await;
    let path = format!("{home}/tokens/{}", token.id);
    let fields = [("overlap", "day"), ("once", &*once(&ana.open(&path).await))];
    ana.post(&format!("{path}/rotate"), &fields).await.with_status(200);
    let page = ana.open(&path).await.with_status(200);
    page.has("<button class=\"danger\" type=\"submit\">End the former secret</button>");
    ana.open(&home).await.has_not("leaky-bot");
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    ana.open(&home).await.has("The former secret of token leaky-bot");
    ana.open(&path).await.has("<button class=\"main danger\" type=\"submit\">End the former secret</button>");
    app.clock.pass(Duration::from_hours(24));
    ana.open(&home).await.with_status(200).has_not("The former secret of token leaky-bot");
    ana.open(&format!("{home}/tokens")).await.has_not("former secret found");
    ana.open(&path).await.has_not("End the former secret");
    app.over().await;
}

#[tokio::test]
async fn programs_of_owners_end_a_former_secret_too() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let (owner, stranger) =
        (acme.owners_token("owner").await.secret, other.owners_token("owner").await.secret);
    let token = acme.token("deploy-bot").await;
    let path = format!("/v1/tokens/{}", token.id);
    let rotated = app.post(&format!("{path}/rotate"), &owner, &json!({})).await.with_status(200);
    let present = rotated.text_at("/secret").to_owned();
    assert!(app.get(&path, &owner).await.json["overlap_until"].is_string());
    app.post(&format!("{path}/end-former"), &stranger, &json!(null)).await.with_status(404);
    assert_eq!(app.code(&token.secret).await, "VALID");
    for _ in 0..2 {
        let ended = app.post(&format!("{path}/end-former"), &owner, &json!(null)).await.with_status(200);
        assert_eq!((&ended.json["state"], &ended.json["overlap_until"]), (&json!("live"), &json!(null)));
    }
    assert_eq!((app.code(&token.secret).await, app.code(&present).await), ("REVOKED", "VALID"));
    assert_eq!(acme.audited("token.revoked").await, 1);
    // Of a token that has ended nothing is left to end.
    app.post(&format!("{path}/rotate"), &owner, &json!({})).await.with_status(200);
    app.delete(&path, &owner).await.with_status(200);
    app.post(&format!("{path}/end-former"), &owner, &json!(null)).await.with_status(200);
    assert_eq!(acme.audited("token.revoked").await, 2);
    app.over().await;
}

#[tokio::test]
async fn a_last_day_counts_or_is_asked_about_and_the_end_stands_beside_the_secret() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let path = format!("{home}/tokens/new");
    let once = once(&ana.open(&path).await);
    let day = app.clock_now().plus(Duration::from_hours(7 * 24)).to_string()[..10].to_owned();
    let form = |end| {
        [("description", "shop-bot"), ("end", end), ("date", &*day), ("role", "member"), ("once", &*once)]
    };
    for end in ["90", "none"] {
        let page = ana.post(&path, &form(end)).await.with_status(422);
        page.has("You have entered a last day and chosen another end.");
        page.has("value=\"shop-bot\"");
        page.has(&format!("value=\"{day}\""));
    }
    ana.open(&format!("{home}/tokens")).await.has_not("shop-bot");
    let made = ana.post(&path, &form("date")).await.with_status(200);
    made.has(&format!("It works until <time datetime=\"{day}T23:59:59"));
    let once = between(&ana.open(&path).await, "name=\"once\" value=\"", "\"").to_owned();
    let endless = [("description", "endless"), ("end", "none"), ("role", "member"), ("once", &*once)];
    ana.post(&path, &endless).await.with_status(200).has("no end is set");
    app.over().await;
}

#[tokio::test]
async fn whoever_has_to_prove_themselves_first_is_told_to_do_it_once_more_or_asked_before_they_type() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let token = workspace(&app, &home).token("deploy-bot").await;
    let page = format!("{home}/tokens/{}", token.id);
    app.clock.pass(Duration::from_mins(11));
    let encoded = |path: &str| path.replace('/', "%2F").replace('?', "%3F").replace('=', "%3D");
    // Where there is nothing but what is typed, they prove it before.
    for form in ["/settings", "/tokens/new"] {
        let first = ana.get(&format!("{home}{form}")).await.with_status(303);
        assert_eq!(first.leads_to(), format!("/step-up?next={}", encoded(&format!("{home}{form}"))));
    }
    for (form, shown) in [
        (format!("{home}/settings"), format!("{home}/settings")),
        (format!("{home}/tokens/new"), format!("{home}/tokens/new")),
        (format!("{home}/audit/export"), format!("{home}/audit")),
        (page.clone(), page.clone()),
        (format!("{page}/rotate"), page.clone()),
        (format!("{page}/end-former"), page.clone()),
        (format!("{page}/revoke"), page.clone()),
    ] {
        let first = ana.post(&form, &[("confirmation", "deploy-bot")]).await.with_status(303);
        assert_eq!(first.leads_to(), format!("/step-up?next={}", encoded(&format!("{shown}?done=proved"))));
    }
    let asked = ana.post(&format!("{page}/revoke"), &[("confirmation", "deploy-bot")]).await;
    let next = format!("{page}?done=proved");
    assert_eq!(asked.leads_to(), format!("/step-up?next={}", encoded(&next)));
    let fields = [("password", PASSWORD), ("next", &*next)];
    ana.post("/step-up", &fields).await.with_status(303);
    let code = ana.mailed_code(ANA).await;
    let back = ana.submit("/sign-in/code", &[("code", &code)]).await.with_status(200);
    back.has("<h1>deploy-bot</h1>");
    back.has("It is you. Now do what you wanted to do once more.");
    assert_eq!(app.code(&token.secret).await, "VALID");
    ana.submit(&format!("{page}/revoke"), &[("confirmation", "deploy-bot")]).await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "REVOKED");
    app.over().await;
}

#[tokio::test]
async fn whoever_sends_a_form_after_their_session_comes_back_to_its_page() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let token = workspace(&app, &home).token("deploy-bot").await;
    app.clock.pass(Duration::from_hours(14 * 24));
    let page = format!("{home}/tokens/{}", token.id);
    for (form, shown) in [
        (format!("{home}/settings"), format!("{home}/settings")),
        (format!("{page}/rotate"), page),
        (format!("{home}/people"), format!("{home}/people")),
        ("/account/name".to_owned(), "/account".to_owned()),
        // Whoever signs in has proved with that who they are.
        ("/step-up".to_owned(), String::new()),
    ] {
        let first = ana.post(&form, &[]).await.with_status(303);
        assert_eq!(first.leads_to(), format!("/sign-in?next={}&why=over", shown.replace('/', "%2F")));
    }
    app.over().await;
}

#[tokio::test]
async fn a_portal_link_for_one_page_shows_none_that_leads_nowhere() {
    let app = TestApp::with(&[RETURN]).await;
    let (ana, home) = app.owner(ANA).await;
    let token = workspace(&app, &home).token("deploy-bot").await;
    let to_tokens = format!("href=\"{home}/tokens");
    let leaks = by_portal(&app, &home, "leaks").await;
    leaks.open(&format!("{home}/leaks")).await.with_status(200).has_not(&to_tokens);
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    let page = leaks.open(&format!("{home}/leaks")).await.with_status(200);
    page.has("deploy-bot");
    page.has_not(&to_tokens);
    ana.open(&format!("{home}/leaks")).await.has(&format!("{to_tokens}/{}\">deploy-bot</a>", token.id));
    let audit = by_portal(&app, &home, "audit").await;
    let page = audit.open(&format!("{home}/audit")).await.with_status(200);
    page.has("deploy-bot (bwk_");
    page.has_not(&to_tokens);
    ana.open(&format!("{home}/audit")).await.has(&format!("{to_tokens}/{}\">deploy-bot (bwk_", token.id));

    // On a page that it does not open, the ways out are those that it has.
    let lost = leaks.get(&format!("{home}/tokens")).await.with_status(404);
    lost.has(&format!("<a class=\"button main\" href=\"{home}/leaks\">Back to the workspace</a>"));
    lost.has("href=\"https://app.vendor.example/in\"");
    lost.has_not(&to_tokens);
    leaks.get("/account").await.with_status(403).has(&format!("href=\"{home}/leaks\">Back to the workspace"));
    app.over().await;
}

#[tokio::test]
async fn an_owner_from_the_product_asks_for_stronger_factors_without_locking_themselves_out() {
    let app = TestApp::with(&[RETURN]).await;
    let (_, home) = app.owner(ANA).await;
    let portal = by_portal(&app, &home, "settings").await;
    let path = format!("{home}/settings");
    assert!(portal.get(&path).await.leads_to().starts_with("/step-up?next="));
    portal.post("/step-up", &[]).await.with_status(303);
    let code = portal.mailed_code(ANA).await;
    portal.types_code(&code).await.with_status(303);
    let fields = [("name", "Acme"), ("policy", "default"), ("strong_factor", "yes")];
    portal.submit(&path, &fields).await.with_status(200).has("The settings are saved.");
    app.over().await;
}

#[tokio::test]
async fn more_than_are_told_of_are_said_to_be_more() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn")]).await;
    let (ana, home) = app.owner(ANA).await;
    let acme = workspace(&app, &home);
    let mut report = Vec::new();
    for at in 0..20 {
        report.push(json!({"token": acme.token(&format!("bot-{at:02}.")).await.secret}));
    }
    app.report_github(&json!(report)).await.with_status(200);
    let all = ana.open(&home).await.with_status(200);
    // And two about mail as a second factor.
    all.has("<p>22 things need attention");
    all.has_not("See all of them");
    let last = acme.token("bot-20.").await;
    app.report_github(&json!([{"token": last.secret}])).await.with_status(200);
    let more = ana.open(&home).await.with_status(200);
    more.has("<p>At least 23 things need attention");
    more.has("More tokens were found in public and still work.");
    more.has(&format!("<a href=\"{home}/tokens?state=warned\">See all of them</a>"));
    assert_eq!(more.text.matches("Token bot-").count(), 20);
    app.over().await;
}

#[tokio::test]
async fn more_tokens_that_were_revoked_than_are_told_of_are_said_to_be_more() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let acme = workspace(&app, &home);
    let mut report = Vec::new();
    for _ in 0..21 {
        report.push(json!({"token": acme.token("leaky-bot").await.secret}));
    }
    app.report_github(&json!(report)).await.with_status(200);
    let more = ana.open(&home).await.with_status(200);
    more.has("<p>At least 23 things need attention");
    more.has(&format!("<a href=\"{home}/leaks\">See all of them</a>"));
    assert_eq!(more.text.matches("Token leaky-bot").count(), 20);
    app.over().await;
}

#[tokio::test]
async fn members_are_not_told_to_do_what_owners_do() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn")]).await;
    let (ana, home) = app.owner(ANA).await;
    let token = workspace(&app, &home).token("leaky-bot").await;
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    let bo = member(&app, &ana, &home).await;
    ana.open(&home).await.has("It still works. Replace it now.");
    let page = bo.open(&home).await.with_status(200);
    page.has("It still works. An owner should replace it now.");
    page.has_not("Replace it");
    app.over().await;
}

#[tokio::test]
async fn a_filter_that_asks_for_nothing_there_is_shows_nothing() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    workspace(&app, &home).token("deploy-bot").await;
    for (path, shown) in [
        ("/audit?event=nonsense", "<summary>Entry"),
        ("/audit?kind=nonsense", "<summary>Entry"),
        ("/audit?from=yesterday", "<summary>Entry"),
        ("/audit?to=2026-13-40", "<summary>Entry"),
        ("/tokens?hint=deploy", "deploy-bot"),
    ] {
        let plain = path.split('?').next().expect("a path");
        ana.open(&format!("{home}{plain}")).await.with_status(200).has(shown);
        let page = ana.open(&format!("{home}{path}")).await.with_status(422);
        page.has("This needs another look:");
        page.has_not(shown);
        page.has_not("Next page");
        page.has_not("There is no such token.");
        page.has_not("on record");
    }
    app.over().await;
}

#[tokio::test]
async fn a_problem_stands_in_the_frame_of_whoever_has_it() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let bo = member(&app, &ana, &home).await;
    let back = format!("<a class=\"button main\" href=\"{home}\">Back to the workspace</a>");
    for (who, path, status) in
        [(&bo, "/settings", 403), (&ana, "/tokens/tok_nothing", 404), (&ana, "/nowhere", 404)]
    {
        let page = who.get(&format!("{home}{path}")).await.with_status(status);
        page.has(&back);
        page.has("action=\"/sign-out\"");
        page.has(&format!("<a href=\"{home}/tokens\""));
        assert_eq!(page.text.contains(&format!("<a href=\"{home}/audit\"")), status == 404, "{}", page.text);
    }
    // A form that cannot be taken now leads back to its page.
    let leave = format!("/account/workspaces/{}/leave", home.trim_start_matches("/w/"));
    let page = ana.post(&leave, &[]).await.with_status(409);
    page.has("<a class=\"button main\" href=\"/account\">Back to the page</a>");
    page.has("action=\"/sign-out\"");
    // Whoever is not in the workspace, and whoever is not signed in, learns nothing of it.
    let (eve, _) = app.owner("eve@other.example").await;
    let strange = eve.get(&format!("{home}/tokens")).await.with_status(404);
    strange.has("<a class=\"button main\" href=\"/\">Go to the start</a>");
    strange.has("action=\"/sign-out\"");
    strange.has_not("aria-label=\"Workspace\"");
    let nobody = app.browser().get("/nowhere").await.with_status(404);
    nobody.has_not("action=\"/sign-out\"");

    let by = Authority::on_this_machine();
    let change = Change { strong_factor: Some(true), ..Change::default() };
    let id = workspace(&app, &home).id;
    workspaces::change(&app.app, &by, &id, change).await.unwrap_or_else(|stop| panic!("{stop:?}"));
    let weak = bo.get(&home).await.with_status(403);
    weak.has("<a class=\"button main\" href=\"/account#factors\">Go to your account</a>");
    weak.has_not("aria-label=\"Workspace\"");
    app.over().await;
}
