//! Whether somebody has an address cannot be told by how long the answer takes.

use std::time::Instant;

use test_app::{Answer, PASSWORD, TestApp};
use time_and_chance::Duration;

const TRIES: usize = 200;
const KNOWN: &str = "ana@acme.example";
const UNKNOWN: &str = "eve@acme.example";

/// In how many turns the answer for the address that somebody has took longer than the one for the address that nobody has. Were they alike, it
/// would be half of them, and once in 30,000 times fewer than 71 or more than 129 of 200.
async fn slower_where_known(app: &TestApp, ask: impl AsyncFn(&str) -> Answer) -> usize {
    let mut slower = 0;
    for turn in 0..TRIES {
        // Who is first has no part in it.
        let turns = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
        let (mut took, mut answers) = ([0.0; 2], [None, None]);
        for which in turns {
            // What has failed is forgotten by then.
            app.clock.pass(Duration::from_hours(25));
            let begun = Instant::now();
            let answer = ask([KNOWN, UNKNOWN][which]).await;
            took[which] = begun.elapsed().as_secs_f64();
            // The page says what time it is.
            let lines = answer.text.lines().filter(|line| !line.starts_with("<body"));
            let text = lines.collect::<Vec<_>>().join("\n").replace([KNOWN, UNKNOWN][which], "who");
            answers[which] = Some((answer.status, answer.headers.get("location").cloned(), text));
        }
        assert_eq!(answers[0], answers[1]);
        slower += usize::from(took[0] > took[1]);
    }
    slower
}

fn cannot_be_told_apart(slower: usize) {
    assert!((71..=129).contains(&slower), "in {slower} of {TRIES} turns the known address took longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_takes_as_long_for_an_address_that_nobody_has() {
    let app = TestApp::start().await;
    app.owner(KNOWN).await;
    let ask = async |mail: &str| app.browser().first_step(mail, "not the password").await;
    cannot_be_told_apart(slower_where_known(&app, ask).await);
    app.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_asked_for_takes_as_long_for_an_address_that_nobody_has() {
    let app = TestApp::start().await;
    app.owner(KNOWN).await;
    let ask = async |mail: &str| app.browser().post("/forgot", &[("mail", mail)]).await;
    cannot_be_told_apart(slower_where_known(&app, ask).await);
    app.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_sign_up_takes_as_long_with_an_address_that_has_a_sign_in() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    app.owner(KNOWN).await;
    let ask = async |mail: &str| {
        let who = [("name", "Ana Lovelace"), ("mail", mail), ("workspace", "Acme"), ("password", PASSWORD)];
        app.browser().post("/sign-up", &who).await.with_status(303)
    };
    cannot_be_told_apart(slower_where_known(&app, ask).await);
    app.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_takes_as_long_though_the_persons_own_is_stored_more_cheaply_than_others() {
    let app = TestApp::start().await;
    app.owner(KNOWN).await;
    let node = app.second_node_with(&[("PASSWORD__COST", "11")]).await;
    node.owner("bo@acme.example").await;
    let stored = app.sql("SELECT scheme FROM passwords ORDER BY scheme").await;
    let stored: Vec<String> = stored.iter().map(|row| row.get("scheme").expect("a text")).collect();
    assert_eq!(stored, ["bcrypt:10", "bcrypt:11"]);
    // Also on the node whose settings want it cheap.
    for node in [&node, &app] {
        let ask = async |mail: &str| node.browser().first_step(mail, "not the password").await;
        cannot_be_told_apart(slower_where_known(node, ask).await);
    }
    node.end_node().await;
    app.over().await;
}
