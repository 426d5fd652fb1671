//! How often somebody may fail: guesses teach nothing, and the right factors always open.

use test_app::{Answer, PASSWORD, TestApp};
use test_authenticator::TestAuthenticator;
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const EVE: &str = "eve@nowhere.example";

/// What an answer says, without what is made anew for each.
fn said(answer: &Answer, mail: &str) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().expect("visible ASCII").to_owned()))
        .collect();
    for (_, value) in headers.iter_mut().filter(|(name, _)| name == "set-cookie") {
        let (name, rest) = value.split_once('=').expect("a cookie");
        *value = format!("{name}{}", rest.split_once(';').map_or("", |(_, attributes)| attributes));
    }
    headers.sort();
    // The page says what time it is.
    let text = answer.text.lines().filter(|line| !line.starts_with("<body")).collect::<Vec<_>>().join("\n");
    (answer.status.as_u16(), headers, text.replace(mail, "who"))
}

#[tokio::test]
async fn from_five_failures_on_answers_to_right_wrong_and_nobody_are_the_same_and_the_right_one_is_still_in()
{
    let app = TestApp::start().await;
    let other = app.second_node().await;
    app.owner(ANA).await;
    for turn in 0..5 {
        // On every node, from everywhere, with browsers of their own.
        let node = if turn % 2 == 0 { &app } else { &other };
        for mail in [ANA, EVE] {
            let stranger = node.browser().at(&format!("192.0.2.{turn}"));
            let answer = stranger.first_step(mail, "not the password").await.with_status(422);
            assert!(answer.text.contains("do not fit together"));
        }
    }
    let (right, wrong, nobody) = (app.browser(), other.browser(), other.browser());
    let first = [
        said(&right.first_step(ANA, PASSWORD).await, ANA),
        said(&wrong.first_step(ANA, "not the password").await, ANA),
        said(&nobody.first_step(EVE, "not the password").await, EVE),
    ];
    assert_eq!(first[0], first[1]);
    assert_eq!(first[0], first[2]);
    assert_eq!(first[0].0, 303);
    for (path, post) in
        [("/sign-in/second", None), ("/sign-in/code", Some("123456")), ("/sign-in/code", Some("12345678"))]
    {
        let mut answers = Vec::new();
        for browser in [&right, &wrong, &nobody] {
            let answer = match post {
                None => browser.get(path).await,
                Some(code) => browser.post(path, &[("code", code)]).await,
            };
            answers.push(said(&answer, ANA));
        }
        assert_eq!(answers[0], answers[1], "{path}");
        assert_eq!(answers[0], answers[2], "{path}");
    }
    let code = right.mailed_code(ANA).await;
    right.types_code(&code).await.with_status(303);
    assert!(right.is_in().await);
    // What has failed is forgotten with that.
    app.browser().first_step(ANA, "not the password").await.with_status(422);
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn codes_of_an_authenticator_are_counted_over_all_sessions_and_a_right_one_then_takes_a_mail_besides() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let phone = app.owner(ANA).await.0.adds_authenticator(app.clock_now()).await;
    app.clock.pass(Duration::from_mins(5));
    for turn in 0..6 {
        let node = if turn % 2 == 0 { &app } else { &other };
        let guesser = node.browser().at(&format!("192.0.2.{turn}"));
        guesser.first_step(ANA, PASSWORD).await.with_status(303);
        guesser.types_code("000000").await.with_status(422);
    }
    let (right, wrong) = (app.browser(), other.browser());
    for browser in [&right, &wrong] {
        browser.first_step(ANA, PASSWORD).await.with_status(303);
    }
    let code = phone.code(app.clock_now());
    let one = said(&right.types_code(&code).await, ANA);
    let two = said(&wrong.types_code("000000").await, ANA);
    assert_eq!(one, two);
    assert_eq!(
        said(&right.get("/sign-in/second").await, ANA),
        said(&wrong.get("/sign-in/second").await, ANA)
    );
    for browser in [&right, &wrong] {
        browser.post("/sign-in/mail", &[]).await.with_status(303);
    }
    assert!(!right.is_in().await);
    let mailed = right.mailed_code(ANA).await;
    wrong.types_code(&mailed).await.with_status(422);
    right.types_code(&mailed).await.with_status(303);
    assert!(right.is_in().await);
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn a_network_waits_longer_with_each_failure_and_not_for_ever_and_nobody_who_was_here_before_waits() {
    let app = TestApp::start().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    let (known, _) = app.owner(ANA).await;
    known.adds_passkey(&mut device).await;
    let hammer = app.browser().at("198.51.100.7");
    for turn in 0..20 {
        hammer.first_step(&format!("nobody{turn}@nowhere.example"), "a guess").await.with_status(422);
    }
    let mut waits = Vec::new();
    for turn in 0..4 {
        // Each waits until it may, and fails again.
        let refused = loop {
            let answer = hammer.first_step(&format!("more{turn}@nowhere.example"), "a guess").await;
            if answer.status == 422 {
                continue;
            }
            break answer.with_status(429);
        };
        let wait: u64 = refused.headers["retry-after"].to_str().expect("a number").parse().expect("a number");
        waits.push(wait);
        assert!(refused.text.contains("Try again in"), "{}", refused.text);
        app.clock.pass(Duration::from_secs(wait));
        hammer.first_step(&format!("still{turn}@nowhere.example"), "a guess").await.with_status(422);
    }
    assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");

    // From elsewhere and from a browser that is known nobody waits.
    hammer.first_step(ANA, PASSWORD).await.with_status(429);
    app.browser().at("198.51.100.8").first_step(ANA, PASSWORD).await.with_status(303);
    let here = known.copied().at("198.51.100.7");
    here.first_step(ANA, PASSWORD).await.with_status(303);
    here.forget("__Host-attempt");
    here.shows_passkey(&mut device, &[("purpose", "sign_in")]).await.with_status(200);
    app.clock.pass(Duration::from_hours(25));
    app.run_scheduled("signin").await;
    assert_eq!(app.contents().await.rows("failures"), 0);
    hammer.first_step(ANA, PASSWORD).await.with_status(303);
    app.over().await;
}

#[tokio::test]
async fn whoever_has_only_the_password_does_not_use_up_the_mails_of_the_persons_own_browsers() {
    let app = TestApp::start().await;
    let (known, _) = app.owner(ANA).await;
    let thief = app.browser().at("198.51.100.7");
    thief.first_step(ANA, PASSWORD).await.with_status(303);
    for _ in 0..15 {
        thief.post("/sign-in/mail", &[]).await.with_status(303);
    }
    app.work_off().await;
    assert!(app.mails_to(ANA) <= 11, "the mailbox is filled");
    let here = known.copied();
    here.forget("__Host-session");
    here.first_step(ANA, PASSWORD).await.with_status(303);
    let code = here.mailed_code(ANA).await;
    here.types_code(&code).await.with_status(303);
    app.over().await;
}
