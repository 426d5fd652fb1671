//! What holds while somebody tries: guesses learn nothing, not by another way in either; tries that come together are counted one after
//! the other; what is too much keeps nobody out for longer; and nobody waits for what they hold themselves.

use std::time::Instant;

use bailiwick::{
    permissions::Authority,
    signin::{
        invitation,
        link::{self, Whose},
        session::{self, Found},
    },
};
use futures_util::future::join_all;
use test_app::{Answer, Browser, Database, PASSWORD, TestApp};
use test_authenticator::TestAuthenticator;
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@beta.example";
const EVE: &str = "eve@nowhere.example";
const SESSION: &str = "__Host-session";
/// As long as what is remembered of few.
const FORGOTTEN: Duration = Duration::from_mins(61);

fn told(answer: &Answer) -> (u16, String) {
    // The page says what time it is, and a script how long the session lasts.
    let text = answer.text.lines().filter(|line| !line.starts_with("<body")).collect::<Vec<_>>().join("\n");
    let text = text.split_once("\"session_ends\"").map_or(text.clone(), |(before, _)| before.to_owned());
    (answer.status.as_u16(), text)
}

/// Somebody guesses at this address, until guesses teach nothing.
async fn guarded(app: &TestApp, mail: &str) {
    for turn in 0..5 {
        let stranger = app.browser().at(&format!("192.0.2.{turn}"));
        stranger.first_step(mail, "not the password").await.with_status(422);
    }
}

#[tokio::test]
async fn a_passkey_of_somebody_elses_does_not_tell_whether_a_guess_was_right() {
    let app = TestApp::start().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    app.owner(ANA).await;
    app.owner(EVE).await.0.adds_passkey(&mut device).await;
    guarded(&app, ANA).await;
    let mut answers = Vec::new();
    for guess in [PASSWORD, "not the password"] {
        let eve = app.browser();
        eve.first_step(ANA, guess).await.with_status(303);
        answers.push(told(&eve.shows_passkey(&mut device, &[]).await));
        let session = eve.get("/v1/session").await.with_status(200);
        assert_eq!(session.json["person"]["mail"], EVE, "a passkey is its own person's");
    }
    assert_eq!(answers[0], answers[1]);
    // Nor does a password that was set after the guess.
    let eve = app.browser();
    eve.first_step(ANA, PASSWORD).await.with_status(303);
    app.clock.pass(Duration::from_secs(1));
    app.sql("UPDATE passwords SET set_at = set_at + 600000000").await;
    assert_eq!(told(&eve.shows_passkey(&mut device, &[]).await), answers[1]);
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn while_answers_do_not_tell_they_come_no_sooner_for_a_wrong_guess_than_for_a_right_one() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    guarded(&app, ANA).await;
    // What a right one brings with it takes a few milliseconds.
    let least = Duration::from_millis(250);
    for guess in [PASSWORD, "not the password"] {
        let browser = app.browser();
        browser.first_step(ANA, guess).await.with_status(303);
        for (path, fields) in [("/sign-in/mail", &[][..]), ("/sign-in/code", &[("code", "123456")])] {
            let begun = Instant::now();
            browser.post(path, fields).await;
            assert!(begun.elapsed() >= least, "{path} for {guess}");
        }
    }
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn a_right_guess_at_a_hash_that_is_cheaper_than_others_comes_no_sooner_than_a_wrong_one() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    guarded(&app, ANA).await;
    // From here on passwords cost 16 times as much; Ana's is of before.
    let dearer = app.second_node_with(&[("PASSWORD__COST", "14")]).await;
    let mut least = [Duration::MAX; 2];
    for _ in 0..3 {
        for (guess, least) in [PASSWORD, "not the password"].iter().zip(&mut least) {
            let begun = Instant::now();
            dearer.browser().first_step(ANA, guess).await.with_status(303);
            *least = begun.elapsed().min(*least);
        }
    }
    assert!(least[0] > least[1] / 2, "right and wrong: {least:?}");
    app.work_off().await;
    dearer.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn whoever_waits_is_told_so_after_the_same_work_for_every_address() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let somebody = app.owner(BO).await.0.copied().at("198.51.100.7");
    let nobody = app.browser().at("198.51.100.7");
    nobody.first_step(EVE, "a guess").await.with_status(422);
    app.sql("UPDATE failures SET count = 40").await;
    for browser in [&nobody, &somebody] {
        let mut costs = Vec::new();
        for mail in [ANA, EVE, ANA, EVE] {
            let before = app.app.db.statements();
            browser.first_step(mail, "a guess").await.with_status(429);
            costs.push(app.app.db.statements() - before);
        }
        assert_eq!(costs[..2], costs[2..]);
        assert_eq!(costs[0], costs[1]);
    }
    app.work_off().await;
    app.end().await;
}

/// How many of these are told that the password is wrong; the others have to wait.
fn wrong(answers: &[Answer]) -> usize {
    assert!(answers.iter().all(|answer| [422, 429].contains(&answer.status.as_u16())));
    answers.iter().filter(|answer| answer.status == 422).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_a_session_that_come_together_are_no_more_than_one_after_the_other() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    // What fails on a network costs whoever comes anew waiting, so they are there before.
    let (step_up, change) = (app.owner(ANA).await.0, app.owner(BO).await.0);
    for (ana, path, field) in [(step_up, "/step-up", "password"), (change, "/account/password", "current")] {
        let there = ana.on(&other);
        let guess = [
            (field, "a guess"),
            if field == "current" { ("password", "eleven tall grey herons") } else { ("next", "/") },
        ];
        let guesses = (0..40).map(|turn| if turn % 2 == 0 { &ana } else { &there }.post(path, &guess));
        let told = wrong(&join_all(guesses).await);
        // Twenty, and those for which somebody had waited long enough meanwhile.
        assert!((20..=26).contains(&told), "{path}: {told} guesses were answered");
        // Whoever has waited is asked again.
        app.clock.pass(Duration::from_mins(16));
        ana.post("/step-up", &[("password", PASSWORD)]).await.with_status(303);
    }
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn right_passwords_at_a_session_are_not_counted() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    for _ in 0..22 {
        ana.post("/step-up", &[("password", PASSWORD)]).await.with_status(303);
    }
    ana.post("/step-up", &[("password", "a slip")]).await.with_status(422);
    app.browser().first_step(ANA, "a guess").await.with_status(422);
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn mails_that_are_too_many_are_not_counted_on() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let thief = app.browser().at("198.51.100.7");
    thief.first_step(ANA, PASSWORD).await.with_status(303);
    for _ in 0..40 {
        thief.post("/sign-in/mail", &[]).await.with_status(303);
    }
    app.work_off().await;
    let filled = app.mails_to(ANA);
    app.clock.pass(FORGOTTEN);
    app.browser().sign_in(ANA, PASSWORD).await.with_status(200);
    app.work_off().await;
    assert!(app.mails_to(ANA) > filled);
    // With a new password what the thief has used up is not used up.
    thief.first_step(ANA, PASSWORD).await.with_status(303);
    for _ in 0..40 {
        thief.post("/sign-in/mail", &[]).await.with_status(303);
    }
    let ana = app.browser();
    ana.post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let anew = "eleven tall grey herons";
    let link = ana.mailed_link(ANA).await;
    ana.post(&link, &[("password", anew)]).await.with_status(303);
    ana.sign_in(ANA, anew).await.with_status(200);
    assert!(ana.is_in().await);
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn a_changed_password_gives_back_what_mails_the_former_one_has_used_up() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    let thief = app.browser().at("198.51.100.7");
    thief.first_step(ANA, PASSWORD).await.with_status(303);
    for _ in 0..15 {
        thief.post("/sign-in/mail", &[]).await.with_status(303);
    }
    let anew = "eleven tall grey herons";
    ana.post("/account/password", &[("current", PASSWORD), ("password", anew)]).await.with_status(303);
    app.work_off().await;
    let elsewhere = app.browser();
    elsewhere.sign_in(ANA, anew).await.with_status(200);
    assert!(elsewhere.is_in().await);
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn letters_that_are_too_many_keep_nobody_from_being_written_to_for_longer() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    let (ana, _) = app.owner(ANA).await;
    let signs_up = async |browser: &Browser<'_>| {
        let fields = [("workspace", "Mine"), ("name", "Eve"), ("mail", EVE), ("password", PASSWORD)];
        browser.post("/sign-up", &fields).await.with_status(303);
    };
    for turn in 0..25 {
        signs_up(&app.browser().at(&format!("192.0.2.{turn}"))).await;
        ana.post("/account/address", &[("mail", "new@acme.example")]).await.with_status(303);
    }
    app.work_off().await;
    assert_eq!([app.mails_to(EVE), app.mails_to("new@acme.example")], [10, 10]);
    app.clock.pass(FORGOTTEN);
    signs_up(&app.browser()).await;
    ana.proves_by_mail(ANA).await;
    ana.post("/account/address", &[("mail", "new@acme.example")]).await.with_status(303);
    app.work_off().await;
    assert_eq!([app.mails_to(EVE), app.mails_to("new@acme.example")], [11, 11]);
    app.end().await;
}

#[tokio::test]
async fn every_way_in_is_gone_with_one_connection_to_the_database() {
    let app = TestApp::start().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    let (bo, _) = app.owner(BO).await;
    let codes = bo.makes_recovery_codes().await;
    bo.adds_passkey(&mut device).await;
    app.owner(ANA).await;
    let link = app.owner_link("Gamma").await;
    let node = app.second_node_with(&[("DATABASE__CONNECTIONS", "1")]).await;
    let by_code = node.browser();
    by_code.sign_in(ANA, PASSWORD).await.with_status(200);
    by_code.proves_by_mail(ANA).await;
    let by_link = node.browser();
    by_link.first_step(ANA, PASSWORD).await.with_status(303);
    let mailed = by_link.mailed_link(ANA).await;
    by_link.post(&mailed, &[]).await.with_status(303);
    let by_recovery = node.browser();
    by_recovery.first_step(BO, PASSWORD).await.with_status(303);
    by_recovery.types_code(&codes[0]).await.with_status(303);
    let by_passkey = node.browser();
    by_passkey.shows_passkey(&mut device, &[("purpose", "sign_in")]).await.with_status(200);
    let joins = node.browser();
    joins.come_as_owner(&link, EVE).await;
    for browser in [by_code, by_link, by_recovery, by_passkey, joins] {
        assert!(browser.is_in().await);
    }
    node.work_off().await;
    node.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_who_claims_an_owners_link_and_one_who_confirms_their_address_for_it_one_is_the_owner() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let (bo, _) = app.owner(BO).await;
    let acme = app.workspace("acme").await;
    let whose = Whose::Workspace(acme.id.clone());
    let made = link::make_owner_link(&app.app, &Authority::on_this_machine(), whose).await.expect("a link");
    let path = made.url.expose().strip_prefix(&app.app.public_url).expect("ours").to_owned();
    let eve = app.browser().on(&other);
    let fields = [("name", "Eve"), ("mail", EVE), ("password", PASSWORD)];
    eve.post(&path, &fields).await.with_status(303);
    let code = app.browser().mailed_code(EVE).await;
    // Both are held up at the workspace, the one who is to wait for the other behind it.
    let held = if Database::is_postgres() {
        let mut tx = app.app.db.begin().await.expect("the database answers");
        tx.rows("SELECT id FROM workspaces {lock}", Vec::new()).await.expect("the database understands");
        Some(tx)
    } else {
        None
    };
    let is_held = held.is_some();
    let confirms = async {
        if is_held {
            app.until_waiting(1).await;
        }
        eve.types_code(&code).await
    };
    let release = async {
        if is_held {
            app.until_waiting(2).await;
        }
        drop(held);
    };
    let (claimed, confirmed, ()) = tokio::join!(bo.post(&path, &[]), confirms, release);
    let mut statuses = [claimed.status.as_u16(), confirmed.status.as_u16()];
    statuses.sort_unstable();
    assert!([[303, 410], [303, 422]].contains(&statuses), "{statuses:?}");
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn a_network_may_ask_for_passkeys_often_and_not_without_end() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let alone = [("purpose", "sign_in")];
    let stranger = app.browser().at("198.51.100.7");
    stranger.post("/sign-in/passkey", &alone).await.with_status(200);
    app.sql("UPDATE failures SET count = 1000").await;
    app.browser().at("198.51.100.7").post("/sign-in/passkey", &alone).await.with_status(429);
    app.browser().at("198.51.100.8").post("/sign-in/passkey", &alone).await.with_status(200);
    app.clock.pass(Duration::from_hours(1));
    stranger.post("/sign-in/passkey", &alone).await.with_status(200);
    // What nobody has come in by is forgotten as soon as it is over.
    app.clock.pass(Duration::from_mins(31));
    app.run_scheduled("signin").await;
    assert_eq!(
        app.sql("SELECT id FROM attempts WHERE person_id IS NULL AND mail_link IS NULL").await.len(),
        0
    );
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn what_is_over_is_forgotten_by_the_one_whose_work_that_is() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    app.owner_link("Beta").await;
    app.browser().first_step(ANA, PASSWORD).await.with_status(303);
    let rows = async |table| app.contents().await.rows(table);
    let (attempts, links) = (rows("attempts").await, rows("links").await);
    app.clock.pass(Duration::from_hours(40 * 24));
    app.browser().first_step(ANA, PASSWORD).await.with_status(303);
    app.owner_link("Gamma").await;
    assert_eq!([rows("attempts").await, rows("links").await], [attempts + 1, links + 1]);
    app.run_scheduled("signin").await;
    assert_eq!([rows("attempts").await, rows("links").await], [1, 1]);
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn an_invitation_that_was_sent_again_is_not_accepted_by_a_page_of_before() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let (bo, _) = app.owner(BO).await;
    ana.post(&format!("{home}/people"), &[("mail", BO), ("role", "member")]).await.with_status(303);
    let secret = ana.mailed_link(BO).await.strip_prefix("/invitation/").expect("an invitation").to_owned();
    let before = invitation::find(&app.app, &secret).await.expect("the database answers").expect("it holds");
    let id: String = app.sql("SELECT id FROM invitations").await[0].get("id").expect("an id");
    ana.post(&format!("{home}/people/invitations/{id}/again"), &[]).await.with_status(303);
    let cookie = bo.cookie(SESSION).expect("signed in");
    let Found::Lasting(session) = session::find(&app.app, &cookie).await.expect("the database answers")
    else {
        panic!("Bo is signed in")
    };
    assert!(!invitation::accept(&app.app, &before, &session).await.expect("the database answers"));
    let link = ana.mailed_link(BO).await;
    bo.post(&link, &[]).await.with_status(303);
    bo.get(&home).await.with_status(200);
    app.work_off().await;
    app.end().await;
}
