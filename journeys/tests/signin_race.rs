//! Two at once, on two nodes: of a link, a code, a recovery code, a passkey's answer exactly one counts.

use test_app::{Answer, Browser, PASSWORD, TestApp};

const ANA: &str = "ana@acme.example";
const ROUNDS: usize = 8;

/// Exactly one of two was let in, and the other was told why not.
fn exactly_one(answers: [Answer; 2]) {
    let mut statuses = answers.map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses[0], 303, "{statuses:?}");
    assert!([409, 410, 422].contains(&statuses[1]), "{statuses:?}");
}

async fn begun(app: &TestApp) -> Browser<'_> {
    let browser = app.browser();
    browser.first_step(ANA, PASSWORD).await.with_status(303);
    browser
}

async fn sessions(app: &TestApp) -> usize {
    app.sql("SELECT id FROM sessions").await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_clicks_on_a_link_and_of_two_of_its_code_one_counts() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    app.owner(ANA).await;
    for round in 0..ROUNDS {
        let browser = begun(&app).await;
        let (link, code) = (browser.mailed_link(ANA).await, browser.mailed_code(ANA).await);
        let (here, there) = (browser.copied(), browser.copied());
        let there = there.on(&other);
        let (one, two) = match round % 3 {
            0 => tokio::join!(here.post(&link, &[]), there.post(&link, &[])),
            1 => tokio::join!(here.types_code(&code), there.types_code(&code)),
            _ => tokio::join!(here.types_code(&code), there.post(&link, &[])),
        };
        exactly_one([one, two]);
        assert_eq!(sessions(&app).await, round + 2);
    }
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sign_ins_with_one_recovery_code_one_counts() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let codes = app.owner(ANA).await.0.makes_recovery_codes().await;
    for (round, code) in codes.iter().take(ROUNDS).enumerate() {
        let (here, there) = (begun(&app).await, begun(&other).await);
        let (one, two) = tokio::join!(here.types_code(code), there.types_code(code));
        exactly_one([one, two]);
        assert_eq!(sessions(&app).await, round + 2);
    }
    app.work_off().await;
    let told = app.mails().iter().filter(|mail| mail.subject.contains("recovery code was used")).count();
    assert_eq!(told, ROUNDS);
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sign_ins_with_one_code_of_an_authenticator_one_counts() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let phone = app.owner(ANA).await.0.adds_authenticator(app.clock_now()).await;
    for round in 0..ROUNDS {
        app.clock.pass(std::time::Duration::from_mins(2));
        let (here, there) = (begun(&app).await, begun(&other).await);
        let code = phone.code(app.clock_now());
        let (one, two) = tokio::join!(here.types_code(&code), there.types_code(&code));
        exactly_one([one, two]);
        assert_eq!(sessions(&app).await, round + 2);
    }
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_one_owners_link_or_one_reset_or_one_invitation_one_counts() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let (ana, home) = app.owner(ANA).await;
    for round in 0..4 {
        // The link of a first owner, by two people at once.
        let link = app.owner_link("Beta").await;
        let path = link.strip_prefix(&app.app.public_url).expect("ours");
        let (here, there) = (app.browser(), app.browser().on(&other));
        let mails = [format!("one{round}@beta.example"), format!("two{round}@beta.example")];
        for (browser, mail) in [(&here, &mails[0]), (&there, &mails[1])] {
            let fields = [("name", "Someone Else"), ("mail", mail.as_str()), ("password", PASSWORD)];
            browser.post(path, &fields).await.with_status(303);
        }
        let codes = [here.mailed_code(&mails[0]).await, here.mailed_code(&mails[1]).await];
        let (one, two) = tokio::join!(here.types_code(&codes[0]), there.types_code(&codes[1]));
        exactly_one([one, two]);

        // One reset, in two windows.
        app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
        let reset = here.mailed_link(ANA).await;
        let fields = [("password", PASSWORD)];
        let (one, two) = {
            let (here, there) = (app.browser(), other.browser());
            tokio::join!(here.post(&reset, &fields), there.post(&reset, &fields))
        };
        exactly_one([one, two]);
    }
    let ana = {
        ana.forget("__Host-session");
        ana
    };
    ana.sign_in(ANA, PASSWORD).await;
    for round in 0..4 {
        let mail = format!("new{round}@acme.example");
        ana.post(&format!("{home}/people"), &[("mail", &mail), ("role", "member")]).await.with_status(303);
        let link = ana.mailed_link(&mail).await;
        let fields = [("name", "Somebody New"), ("password", PASSWORD)];
        let (one, two) = {
            let (here, there) = (app.browser(), other.browser());
            tokio::join!(here.post(&link, &fields), there.post(&link, &fields))
        };
        exactly_one([one, two]);
    }
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_codes_at_once_no_more_are_told_of_than_of_one_after_the_other() {
    let app = TestApp::start().await;
    app.owner(ANA).await.0.adds_authenticator(app.clock_now()).await;
    let browser = begun(&app).await;
    let codes: Vec<String> = (0..20).map(|number| format!("{number:06}")).collect();
    let answers = futures_util::future::join_all(codes.iter().map(|code| browser.types_code(code))).await;
    let told = answers.iter().filter(|answer| answer.text.contains("This code does not fit")).count();
    assert_eq!(told, 5, "the others are answered as a right one would be");
    app.work_off().await;
    app.end().await;
}
