//! Whether somebody has an address cannot be told by how long the answer takes.

use std::time::Instant;

use test_app::{Answer, PASSWORD, TestApp};
use time_and_chance::Duration;

/// Enough to tell a statement of the database from none.
const MANY: usize = 200;
/// Enough to tell one hash from another, which takes twice as long.
const FEW: usize = 40;
const KNOWN: &str = "ana@acme.example";
const UNKNOWN: &str = "eve@acme.example";

/// Asks in turn for the address that somebody has and for the one that nobody has. Neither takes longer than the other: in about half of
/// the turns one does, and once in 20,000 times it is farther from that than by 4.1 standard deviations, 71 to 129 of 200.
async fn cannot_be_told_apart(app: &TestApp, turns: usize, ask: impl AsyncFn(&str) -> Answer) {
    let mut slower = 0;
    for turn in 0..turns {
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
        slower += u32::from(took[0] > took[1]);
    }
    let turns = f64::from(u32::try_from(turns).expect("a few hundred"));
    let off = (f64::from(slower) - turns / 2.0).abs();
    assert!(off < 4.1 * turns.sqrt() / 2.0, "in {slower} of {turns} turns the known address took longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_takes_as_long_for_an_address_that_nobody_has() {
    let app = TestApp::start().await;
    app.owner(KNOWN).await;
    let ask = async |mail: &str| app.browser().first_step(mail, "not the password").await;
    cannot_be_told_apart(&app, MANY, ask).await;
    app.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_asked_for_takes_as_long_for_an_address_that_nobody_has() {
    let app = TestApp::start().await;
    app.owner(KNOWN).await;
    let ask = async |mail: &str| app.browser().post("/forgot", &[("mail", mail)]).await;
    cannot_be_told_apart(&app, MANY, ask).await;
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
    cannot_be_told_apart(&app, MANY, ask).await;
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
    // Also where the settings want it cheap.
    let ask = async |mail: &str| app.browser().first_step(mail, "not the password").await;
    cannot_be_told_apart(&app, FEW, ask).await;
    node.end_node().await;
    app.over().await;
}
