//! Whether somebody has an address cannot be told by how long the answer takes.

use std::time::Instant;

use test_app::{Answer, TestApp};
use time_and_chance::Duration;

const TRIES: usize = 200;
const KNOWN: &str = "ana@acme.example";
const UNKNOWN: &str = "eve@acme.example";

/// The medians of the times that answers took, in seconds, by turns for an address that somebody has and one that nobody has.
async fn medians(app: &TestApp, ask: impl AsyncFn(&str) -> Answer) -> [f64; 2] {
    let mut took = [Vec::new(), Vec::new()];
    for turn in 0..TRIES {
        // Who is first has no part in it.
        let turns = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
        let mut answers = [None, None];
        for which in turns {
            // What has failed is forgotten by then.
            app.clock.pass(Duration::from_hours(25));
            let begun = Instant::now();
            let answer = ask([KNOWN, UNKNOWN][which]).await;
            took[which].push(begun.elapsed().as_secs_f64());
            let text = answer.text.replace([KNOWN, UNKNOWN][which], "who");
            answers[which] = Some((answer.status, answer.headers.get("location").cloned(), text));
        }
        assert_eq!(answers[0], answers[1]);
    }
    took.map(|mut took| {
        took.sort_by(f64::total_cmp);
        took[TRIES / 2]
    })
}

/// How far two are apart, as a part of the larger.
fn apart([one, other]: [f64; 2]) -> f64 {
    (one - other).abs() / one.max(other)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_takes_as_long_for_an_address_that_nobody_has() {
    let app = TestApp::start().await;
    app.owner(KNOWN).await;
    let medians = medians(&app, async |mail| app.browser().first_step(mail, "not the password").await).await;
    // Without the hashing for nobody it would be nine tenths.
    assert!(apart(medians) < 0.1, "{medians:?}");
    app.work_off().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_asked_for_takes_as_long_for_an_address_that_nobody_has() {
    let app = TestApp::start().await;
    app.owner(KNOWN).await;
    let medians = medians(&app, async |mail| app.browser().post("/forgot", &[("mail", mail)]).await).await;
    assert!(apart(medians) < 0.1, "{medians:?}");
    app.work_off().await;
    app.end().await;
}
