//! What holds while somebody tries: guesses learn nothing, not by another way in either; tries that come together are counted one after
//! the other; what is too much keeps nobody out for longer; and nobody waits for what they hold themselves.

use test_app::TestApp;
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";

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
