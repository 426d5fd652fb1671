//! What is done for a right password while it is known: it is looked up and stored anew, but not where that would tell that it is right.

use test_app::{PASSWORD, Ranges, TestApp, eventually};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const CHANGE_IT: &str = "Your password has turned up in a breach";

#[tokio::test]
async fn a_password_that_becomes_known_after_it_was_set_is_noted_at_the_next_sign_in() {
    let (ranges, url) = Ranges::start().await;
    let app = TestApp::with(&[("PASSWORD__BREACHES", "online"), ("PASSWORD__RANGE_URL", &url)]).await;
    let (before, _) = app.owner(ANA).await;
    let browser = app.browser();
    browser.sign_in(ANA, PASSWORD).await.with_status(200);
    browser.get("/account").await.with_status(200).has_not(CHANGE_IT);

    ranges.learn(PASSWORD);
    ranges.asked();
    // A wrong one is nobody's, whoever knows it.
    ranges.learn("not the password");
    app.browser().first_step(ANA, "not the password").await.with_status(422);
    browser.sign_in(ANA, PASSWORD).await.with_status(200);
    // Nobody waits for the answer to sign in.
    eventually(Duration::from_secs(30), "the account asks to change it", async || {
        browser.get("/account").await.with_status(200).text.contains(CHANGE_IT)
    })
    .await;
    assert_eq!(
        ranges.asked().iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        [format!("/range/{}", Ranges::prefix(PASSWORD))]
    );
    // In every browser, until it is another one.
    before.get("/account").await.with_status(200).has(CHANGE_IT);
    let fields = [("current", PASSWORD), ("password", "a heron upon a rusty gate")];
    before.post("/account/password", &fields).await.with_status(303);
    before.get("/account").await.with_status(200).has_not(CHANGE_IT);
    app.over().await;
}

#[tokio::test]
async fn while_somebody_guesses_a_right_password_is_not_stored_anew_before_the_second_step() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    let node = app.second_node_with(&[("PASSWORD__COST", "11")]).await;
    let scheme =
        async || app.sql("SELECT scheme FROM passwords").await[0].get::<String>("scheme").expect("a text");
    for _ in 0..5 {
        node.browser().first_step(ANA, "not the password").await.with_status(422);
    }
    let guarded = node.browser();
    guarded.first_step(ANA, PASSWORD).await.with_status(303);
    guarded.get("/sign-in/second").await.with_status(200).has("this page does not tell");
    assert_eq!(scheme().await, "bcrypt:10");
    let code = guarded.mailed_code(ANA).await;
    guarded.types_code(&code).await.with_status(303);
    assert!(guarded.is_in().await);

    // With that it is forgotten that somebody has guessed.
    node.browser().first_step(ANA, PASSWORD).await.with_status(303);
    assert_eq!(scheme().await, "bcrypt:11");
    node.work_off().await;
    node.end_node().await;
    app.end().await;
}
