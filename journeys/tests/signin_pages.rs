//! What the pages of signing in and of one's account say and keep.

use axum::http::header;
use test_app::{Answer, Browser, PASSWORD, Phone, TestApp};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const NEW: &str = "a heron upon a rusty gate";
const DAY: Duration = Duration::from_hours(25);

/// The browser of somebody new, who has accepted an invitation as a member.
async fn comes<'a>(app: &'a TestApp, ana: &Browser<'_>, home: &str, mail: &str) -> Browser<'a> {
    ana.post(&format!("{home}/people"), &[("mail", mail), ("role", "member")]).await.with_status(303);
    let link = ana.mailed_link(mail).await;
    let browser = app.browser();
    browser.post(&link, &[("name", "Bo Somebody"), ("password", PASSWORD)]).await.with_status(303);
    browser
}

/// Sets a forgotten password anew, and signs in with it.
async fn forgets<'a>(app: &'a TestApp, mail: &str) -> Browser<'a> {
    let browser = app.browser();
    forgets_in(&browser, mail).await;
    browser
}

async fn forgets_in(browser: &Browser<'_>, mail: &str) {
    browser.post("/forgot", &[("mail", mail)]).await.with_status(303);
    let link = browser.mailed_link(mail).await;
    browser.post(&link, &[("password", NEW)]).await.with_status(303);
    browser.sign_in(mail, NEW).await.with_status(200);
}

/// The path at which the one member is opened again to whom it is closed.
fn way_to_lift(page: &Answer, people: &str) -> String {
    let (before, _) = page.text.split_once("/lift\"><button type=\"submit\">Open again").expect("a button");
    let member = before.rsplit('/').next().expect("an id");
    format!("{people}/{member}/lift")
}

#[tokio::test]
async fn an_owner_sees_to_whom_it_is_closed_and_opens_it_again_with_a_button() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let people = format!("{home}/people");
    comes(&app, &ana, &home, BO).await;
    app.clock.pass(DAY);
    ana.proves_by_mail(ANA).await;
    ana.get(&people).await.has_not("/lift\"");
    let bo = forgets(&app, BO).await;
    bo.post("/account/recovery-codes", &[]).await.with_status(403);
    bo.get(&people).await.has_not("/lift\"");
    let page = ana.get(&people).await.with_status(200);
    page.has("closed</span> <span class=\"quiet\">until <time");
    let path = way_to_lift(&page, &people);
    assert_eq!(ana.post(&path, &[]).await.with_status(303).leads_to(), format!("{people}?done=lifted"));
    ana.get(&people).await.has_not("/lift\"");
    bo.makes_recovery_codes().await;
    app.work_off().await;
    let mails = app.mails();
    let told = mails.iter().rfind(|one| one.to.contains(BO) && one.subject.contains("open to you again"));
    let words = told.expect("a mail").text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("Ana Lovelace, an owner of the workspace \"Acme\" at Bailiwick, has opened"),
        "{words}"
    );
    // What is not closed is not said to be opened.
    assert_eq!(ana.post(&path, &[]).await.with_status(303).leads_to(), people);
    app.over().await;
}

#[tokio::test]
async fn nobody_vouches_for_whom_they_have_put_into_a_workspace_of_their_own() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let (eve, lair) = app.owner("eve@evil.example").await;
    let bo = comes(&app, &ana, &home, BO).await;
    app.clock.pass(DAY);
    // Eve reads Bo's mail.
    let taken = forgets(&app, BO).await;
    assert!(!bo.is_in().await);
    let people = format!("{lair}/people");
    eve.proves_by_mail("eve@evil.example").await;
    eve.post(&people, &[("mail", BO), ("role", "owner")]).await.with_status(303);
    let link = eve.mailed_link(BO).await;
    taken.post(&link, &[]).await.with_status(303);
    // Nor once Bo has left where they were, and it has begun anew.
    let left = home.replace("/w/", "/account/workspaces/") + "/leave";
    for _ in 0..2 {
        let page = eve.get(&people).await.with_status(200);
        page.has("closed</span> <span class=\"quiet\">until <time");
        page.has_not("/lift\"");
        for member in app.sql("SELECT id FROM members WHERE left_at IS NULL").await {
            let id: String = member.get("id").expect("text");
            let answer = eve.post(&format!("{people}/{id}/lift"), &[]).await;
            assert!(answer.status == 404 || answer.leads_to() == people, "{}", answer.text);
        }
        taken.post("/account/recovery-codes", &[]).await.with_status(403);
        taken.post(&left, &[]).await;
        forgets_in(&taken, BO).await;
    }
    app.over().await;
}

#[tokio::test]
async fn a_script_is_told_that_it_is_closed_for_now_and_not_to_prove_anything() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let ana = forgets(&app, ANA).await;
    let answer = ana.post("/account/passkeys/options", &[]).await.with_status(403);
    answer.has("stay closed until");
    answer.has_not("Prove once more");
    app.over().await;
}

#[tokio::test]
async fn what_was_typed_and_not_taken_stands_there_still() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let name = "Ana ".repeat(60);
    let page = ana.post("/account/name", &[("name", &name)]).await.with_status(422);
    page.has(&format!("value=\"{name}\""));
    let page = ana.post("/account/address", &[("mail", "ana at acme")]).await.with_status(422);
    page.has("value=\"ana at acme\"");
    // Whoever does not want to end their other sessions need not say so twice.
    let wrong = [("current", "none of mine"), ("password", NEW)];
    let page = ana.post("/account/password", &wrong).await.with_status(422);
    page.has("name=\"end_others\" value=\"yes\">");
    let page = ana.post("/account/password", &[&wrong[..], &[("end_others", "yes")]].concat()).await;
    page.has("name=\"end_others\" value=\"yes\" checked>");
    let people = format!("{home}/people");
    let page = ana.post(&people, &[("mail", "bo at acme"), ("role", "owner")]).await.with_status(422);
    page.has("value=\"bo at acme\"");
    page.has("value=\"owner\" checked>");
    page.has_not("value=\"member\" checked>");
    app.over().await;
}

#[tokio::test]
async fn nobody_gets_another_role_than_one_that_was_said() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let people = format!("{home}/people");
    comes(&app, &ana, &home, BO).await;
    for fields in [&[][..], &[("role", "")], &[("role", "admin")]] {
        for member in app.sql("SELECT id FROM members").await {
            let id: String = member.get("id").expect("text");
            let page = ana.post(&format!("{people}/{id}/role"), fields).await.with_status(422);
            page.has("Choose what they are to be.");
        }
        let invited = [fields, &[("mail", "cy@acme.example")]].concat();
        ana.post(&people, &invited).await.with_status(422).has("Choose what they are to be.");
    }
    assert_eq!(app.sql("SELECT id FROM members WHERE role = 'owner'").await.len(), 1);
    assert_eq!(app.sql("SELECT id FROM invitations WHERE accepted_at IS NULL").await.len(), 0);
    app.over().await;
}

#[tokio::test]
async fn a_code_that_does_not_fit_leaves_the_secret_that_was_scanned() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    let begun = ana.post("/account/authenticator", &[]).await.with_status(200);
    let part = |page: &Answer, before: &str| -> String {
        let (_, rest) = page.text.split_once(before).expect("it stands there");
        rest.split(['<', '"']).next().expect("an end").to_owned()
    };
    let (id, secret) = ("action=\"/account/authenticator/", "<code class=\"secret\">");
    let path = format!("/account/authenticator/{}", part(&begun, id));
    let page = ana.post(&path, &[("code", "000000")]).await.with_status(422);
    page.has("This code does not fit. Enter the one that the app shows now.");
    assert_eq!(part(&page, secret), part(&begun, secret));
    assert_eq!(part(&page, id), part(&begun, id));
    let phone = Phone::of_secret(&part(&begun, secret));
    let code = phone.code(app.clock_now());
    let done = ana.post(&path, &[("code", &code)]).await.with_status(303);
    assert_eq!(done.leads_to(), "/account?done=factor-added#sessions");
    // The second of two clicks.
    let done = ana.post(&path, &[("code", &code)]).await.with_status(303);
    assert_eq!(done.leads_to(), "/account?done=factor-over#factors");
    ana.get(done.leads_to()).await.has("It was added already");
    app.over().await;
}

#[tokio::test]
async fn no_password_is_little_more_than_the_workspaces_name() {
    const WEAK: &str = "copper lighthouse 1";
    let app = TestApp::start().await;
    let ana = app.browser();
    let link = app.owner_link("Copper Lighthouse").await;
    let path = link.strip_prefix(&app.app.public_url).expect("a link of ours");
    let hidden = "<input type=\"hidden\" name=\"workspace\" value=\"Copper Lighthouse\">";
    ana.get(path).await.has(hidden);
    let page = ana.post(path, &[("name", "Ana"), ("mail", ANA), ("password", WEAK)]).await.with_status(422);
    page.has("This is little more than");
    page.has(hidden);
    let home = ana.come_as_owner(&link, ANA).await;

    ana.post(&format!("{home}/people"), &[("mail", BO), ("role", "member")]).await.with_status(303);
    let (invitation, bo) = (ana.mailed_link(BO).await, app.browser());
    bo.get(&invitation).await.has(hidden);
    let page = bo.post(&invitation, &[("name", "Bo"), ("password", WEAK)]).await.with_status(422);
    page.has("This is little more than");

    let stranger = bo.post("/guidance", &[("password", WEAK)]).await.json;
    let member = ana.post("/guidance", &[("password", WEAK)]).await.json;
    assert_eq!((stranger["fits"].as_bool(), member["fits"].as_bool()), (Some(true), Some(false)));

    ana.post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let reset = ana.mailed_link(ANA).await;
    // Whoever has the mailbox is not told in what workspaces the person is.
    ana.get(&reset).await.with_status(200).has_not("Copper Lighthouse");
    ana.post(&reset, &[("password", WEAK)]).await.with_status(422).has("This is little more than");
    app.over().await;
}

#[tokio::test]
async fn whoever_comes_for_the_first_time_gets_another_mail_and_finds_the_way_back() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    let link = app.owner_link("Acme").await;
    let path = link.strip_prefix(&app.app.public_url).expect("a link of ours");
    let fields = [("name", "Ana"), ("mail", ANA), ("password", PASSWORD), ("workspace", "Beta")];
    for from in [path, "/sign-up"] {
        let ana = app.browser();
        ana.submit(from, &fields).await.has(&format!("<a href=\"{from}\">Begin again</a>"));
        let first = ana.mailed_code(ANA).await;
        app.clock.pass(Duration::from_mins(10));
        ana.get("/sign-in/second").await.has("action=\"/sign-in/mail\"");
        ana.post("/sign-in/mail", &[]).await.with_status(303);
        let second = ana.mailed_code(ANA).await;
        assert_ne!(first, second);
        ana.types_code(&first).await.with_status(422);
        if from == path {
            continue;
        }
        ana.types_code(&second).await.with_status(303);
        assert!(ana.is_in().await);
    }
    // Whoever has a sign-in by now sees the same, and no other code comes.
    let eve = app.browser();
    eve.submit("/sign-up", &fields).await.has("A link and a code are on their way");
    let before = app.mails_to(ANA);
    eve.post("/sign-in/mail", &[]).await.with_status(303);
    eve.get("/sign-in/second").await.has("A link and a code are on their way");
    assert!(eve.mailed(ANA).await.contains("already"), "no code");
    assert_eq!(app.mails_to(ANA), before + 2);
    for _ in 0..20 {
        eve.post("/sign-in/mail", &[]).await.with_status(303);
    }
    app.work_off().await;
    assert!(app.mails_to(ANA) < 12, "{}", app.mails_to(ANA));
    app.over().await;
}

#[tokio::test]
async fn after_a_proof_it_is_said_that_what_was_wanted_is_not_done_yet() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    app.clock.pass(Duration::from_mins(10));
    // What is typed wrongly is said first.
    ana.post("/account/address", &[("mail", "ana")]).await.with_status(422).has("Enter a mail address");
    let led = ana.post("/account/address", &[("mail", "ana@new.example")]).await.with_status(303);
    assert_eq!(led.leads_to(), "/step-up?next=%2Faccount%3Fdone%3Dproved");
    let page = ana.get(led.leads_to()).await.with_status(200);
    page.has("name=\"next\" value=\"/account?done=proved\"");
    page.has("<a href=\"/account\">Cancel</a>");
    let fields = [("password", PASSWORD), ("next", "/account?done=proved")];
    ana.post("/step-up", &fields).await.with_status(303);
    let code = ana.mailed_code(ANA).await;
    let there = ana.types_code(&code).await.with_status(303);
    assert_eq!(there.leads_to(), "/account?done=proved");
    ana.get(there.leads_to()).await.has("It is you. Now do what you wanted to do once more.");
    app.clock.pass(Duration::from_mins(10));
    let led = ana.post(&format!("{home}/people"), &[("mail", BO), ("role", "owner")]).await;
    assert!(led.leads_to().ends_with("%2Fpeople%3Fdone%3Dproved"), "{}", led.leads_to());
    app.over().await;
}

#[tokio::test]
async fn asking_for_too_many_mails_withdraws_none() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    let to_new = [("mail", "ana@new.example")];
    for _ in 0..10 {
        ana.post("/account/address", &to_new).await.with_status(303);
    }
    let last = ana.mailed_link("ana@new.example").await;
    for _ in 0..5 {
        ana.post("/account/address", &to_new).await.with_status(303);
    }
    app.work_off().await;
    assert_eq!(app.mails_to("ana@new.example"), 10);
    ana.get(&last).await.with_status(200);
    // Nor has it made the hour longer.
    app.clock.pass(Duration::from_hours(1));
    ana.proves_by_mail(ANA).await;
    ana.submit("/account/address", &to_new).await.has("on its way");
    app.work_off().await;
    assert_eq!(app.mails_to("ana@new.example"), 11);
    app.over().await;
}

#[tokio::test]
async fn whoever_has_to_wait_is_told_on_the_form_that_they_have_filled_in() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    app.owner(ANA).await;
    let ana = app.browser().at("192.0.2.9");
    ana.first_step(ANA, PASSWORD).await.with_status(303);
    // The wait doubles with each, while a second passes between them.
    let (mut tries, mut waits) = (0, 0);
    while waits < 4 {
        tries += 1;
        let mail = format!("nobody{tries}@acme.example");
        let status = ana.copied().first_step(&mail, "not the right one").await.status;
        waits = if status == 429 { waits + 1 } else { 0 };
        assert!(tries < 50, "nothing costs waiting");
    }
    let page = ana.types_code("0000 0000").await.with_status(429);
    assert!(page.headers.contains_key(header::RETRY_AFTER));
    page.has("id=\"code-wrong\">Too many attempts have failed. Try again in");
    let page = ana.post("/forgot", &[("mail", ANA)]).await.with_status(429);
    page.has("id=\"mail-wrong\">Too many attempts have failed. Try again in");

    let bo = app.browser().at("198.51.100.7");
    for _ in 0..60 {
        bo.post("/forgot", &[("mail", BO)]).await.with_status(303);
    }
    let fields = [("workspace", "Beta"), ("name", "Bo Somebody"), ("mail", BO), ("password", PASSWORD)];
    let page = bo.post("/sign-up", &fields).await.with_status(429);
    assert_eq!(page.headers[header::RETRY_AFTER], "3600");
    for typed in ["value=\"Beta\"", "value=\"Bo Somebody\"", "value=\"bo@acme.example\""] {
        page.has(typed);
    }
    page.has("Very many workspaces were asked for");
    page.has_not(PASSWORD);
    app.over().await;
}

#[tokio::test]
async fn staying_signed_in_is_said_and_so_is_where_other_sessions_can_be_ended() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    ana.get("/renew").await.has("name=\"next\" value=\"\"");
    ana.get("/renew").await.has("<a href=\"/\">Cancel</a>");
    ana.post("/renew", &[("password", PASSWORD), ("next", "")]).await.with_status(303);
    let code = ana.mailed_code(ANA).await;
    let there = ana.types_code(&code).await.with_status(303);
    assert_eq!(there.leads_to(), "/?done=renewed");
    ana.open("/?done=renewed").await.has("You stay signed in for another 14 days.");
    let codes = ana.post("/account/recovery-codes", &[]).await.with_status(200);
    codes.has("href=\"/account#sessions\" data-kept");
    app.over().await;
}
