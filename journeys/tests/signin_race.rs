//! Two at once, on two nodes: of a link, a code, a recovery code, a passkey's answer exactly one counts.

use bailiwick::permissions::Scope;
use serde_json::json;
use test_app::{Answer, PASSWORD, TestApp};
use test_authenticator::TestAuthenticator;

const ANA: &str = "ana@acme.example";
const ROUNDS: usize = 8;

/// Exactly one of two was let in, and the other was told why not.
fn exactly_one(answers: [Answer; 2]) {
    exactly_one_with(303, answers);
}

/// The same where whoever is let in is told so by another status.
fn exactly_one_with(status: u16, answers: [Answer; 2]) {
    let mut statuses = answers.map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses[0], status, "{statuses:?}");
    assert!([409, 410, 422].contains(&statuses[1]), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_clicks_on_a_link_and_of_two_of_its_code_one_counts() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    app.owner(ANA).await;
    for round in 0..ROUNDS {
        let browser = app.browser().begun(ANA).await;
        let (link, code) = (browser.mailed_link(ANA).await, browser.mailed_code(ANA).await);
        let (here, there) = (browser.copied(), browser.copied());
        let there = there.on(&other);
        let (one, two) = match round % 3 {
            0 => tokio::join!(here.post(&link, &[]), there.post(&link, &[])),
            1 => tokio::join!(here.types_code(&code), there.types_code(&code)),
            _ => tokio::join!(here.types_code(&code), there.post(&link, &[])),
        };
        exactly_one([one, two]);
        assert_eq!(app.contents().await.rows("sessions"), round + 2);
    }
    app.over_with(other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sign_ins_with_one_recovery_code_one_counts() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let codes = app.owner(ANA).await.0.makes_recovery_codes().await;
    for (round, code) in codes.iter().take(ROUNDS).enumerate() {
        let (here, there) = (app.browser().begun(ANA).await, other.browser().begun(ANA).await);
        let (one, two) = tokio::join!(here.types_code(code), there.types_code(code));
        exactly_one([one, two]);
        assert_eq!(app.contents().await.rows("sessions"), round + 2);
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
        let (here, there) = (app.browser().begun(ANA).await, other.browser().begun(ANA).await);
        let code = phone.code(app.clock_now());
        let (one, two) = tokio::join!(here.types_code(&code), there.types_code(&code));
        exactly_one([one, two]);
        assert_eq!(app.contents().await.rows("sessions"), round + 2);
    }
    app.over_with(other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sign_ins_with_one_answer_of_a_passkey_one_counts() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let mut device = TestAuthenticator::at(&app.app.public_url);
    app.owner(ANA).await.0.adds_passkey(&mut device).await;
    for round in 0..ROUNDS {
        // As the only step, and as the second one.
        let (browser, asked) = match round % 2 {
            0 => (app.browser(), &[("purpose", "sign_in")][..]),
            _ => (app.browser().begun(ANA).await, &[][..]),
        };
        let options = browser.post("/sign-in/passkey", asked).await.with_status(200).text;
        let answer = device.get(&options);
        let (here, there) = (browser.copied(), browser.copied());
        let there = there.on(&other);
        let (path, fields) = ("/sign-in/passkey/answer", [("answer", answer.as_str())]);
        let (one, two) = tokio::join!(here.post(path, &fields), there.post(path, &fields));
        exactly_one_with(200, [one, two]);
        assert_eq!(app.contents().await.rows("sessions"), round + 2);
        assert_ne!(here.is_in().await, there.is_in().await);
    }
    app.over_with(other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_confirm_one_address_one_counts_and_the_old_address_is_told_once() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let (ana, _) = app.owner(ANA).await;
    let mut old = ANA.to_owned();
    for round in 0..4 {
        let new = format!("ana{round}@new.example");
        ana.post("/account/address", &[("mail", &new)]).await.with_status(303);
        let link = ana.mailed_link(&new).await;
        let there = ana.on(&other);
        let (one, two) = tokio::join!(ana.post(&link, &[]), there.post(&link, &[]));
        exactly_one([one, two]);
        assert_eq!((app.people_with(&[&new]).await, app.people_with(&[&old]).await), (1, 0));
        app.work_off().await;
        let told = app
            .mails()
            .iter()
            .filter(|mail| {
                mail.to.contains(&old)
                    && mail.subject.contains("address")
                    && mail.subject.contains("was changed")
            })
            .count();
        assert_eq!(told, 1, "{old}");
        old = new;
    }
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_open_one_portal_link_one_is_in() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let (_, home) = app.owner(ANA).await;
    let key = app.operator_key(&[Scope::Portal]).await;
    let wanted = json!({"workspace": home.trim_start_matches("/w/"), "person": ANA});
    for round in 0..ROUNDS {
        let made = app.post("/v1/portal-links", &key, &wanted).await.with_status(201);
        let path = made.text_at("/url").strip_prefix(&app.app.public_url).expect("ours");
        let (here, there) = (app.browser(), other.browser());
        let (one, two) = tokio::join!(here.post(path, &[]), there.post(path, &[]));
        exactly_one([one, two]);
        assert_eq!(app.contents().await.rows("sessions"), round + 2);
    }
    app.over_with(other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_exchange_one_code_one_learns_who_is_signed_in() {
    const BACK: &str = "https://app.vendor.example/in";
    let app = TestApp::with(&[("SIGNIN__RETURN_URLS", BACK)]).await;
    let other = app.second_node().await;
    let (ana, _) = app.owner(ANA).await;
    let key = app.operator_key(&[Scope::Verify]).await;
    for _ in 0..ROUNDS {
        let back = ana.get(&format!("/sign-in/product?to={BACK}")).await;
        let code = back.leads_to().split_once("?code=").expect("a code").1.to_owned();
        let body = json!({"code": code, "to": BACK});
        let path = "/v1/session/exchange";
        let (one, two) = tokio::join!(app.post(path, &key, &body), other.post(path, &key, &body));
        exactly_one_with(200, [one, two]);
    }
    app.over_with(other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_recovery_codes_that_are_made_twice_at_once_ten_count() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let (ana, _) = app.owner(ANA).await;
    let there = ana.on(&other);
    for _ in 0..ROUNDS {
        let (one, two) = tokio::join!(ana.makes_recovery_codes(), there.makes_recovery_codes());
        let left = app.sql("SELECT digest FROM recovery_codes WHERE used_at IS NULL").await.len();
        assert_eq!(left, 10);
        // Those that were shown last are the ten.
        let mut opened = 0;
        for code in [&one[0], &two[0]] {
            let browser = app.browser().begun(ANA).await;
            opened += usize::from(browser.types_code(code).await.status == 303);
        }
        assert_eq!(opened, 1, "codes of one list count");
    }
    app.over_with(other).await;
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
    app.over_with(other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_codes_at_once_no_more_are_told_of_than_of_one_after_the_other() {
    let app = TestApp::start().await;
    app.owner(ANA).await.0.adds_authenticator(app.clock_now()).await;
    let browser = app.browser().begun(ANA).await;
    let codes: Vec<String> = (0..20).map(|number| format!("{number:06}")).collect();
    let answers = futures_util::future::join_all(codes.iter().map(|code| browser.types_code(code))).await;
    let told = answers.iter().filter(|answer| answer.text.contains("This code does not fit")).count();
    assert_eq!(told, 5, "the others are answered as a right one would be");
    app.over().await;
}
