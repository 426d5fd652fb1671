//! What holds while somebody tries: guesses learn nothing, not by another way in either; tries that come together are counted one after
//! the other; what is too much keeps nobody out for longer; and nobody waits for what they hold themselves.

use test_app::{Answer, PASSWORD, TestApp};
use test_authenticator::TestAuthenticator;
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const EVE: &str = "eve@nowhere.example";

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
