//! Passwords: all of one counts, what everybody guesses is refused, and an old one still opens.

use std::{fmt::Write as _, io::Cursor, time::Instant};

use passwords::{
    Password,
    breaches::{self, Sha1},
};
use test_app::{Answer, Browser, PASSWORD, Ranges, TestApp};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";

/// Changes the password, and does not follow.
async fn change(browser: &Browser<'_>, current: &str, wanted: &str) -> Answer {
    browser.post("/account/password", &[("current", current), ("password", wanted)]).await
}

/// Whether a new password is taken instead of the present one; if so, it is the present one from here on.
async fn is_taken(browser: &Browser<'_>, current: &str, wanted: &str) -> bool {
    let answer = change(browser, current, wanted).await;
    assert!(answer.status == 303 || answer.status == 422, "{}", answer.text);
    answer.status == 303
}

const NEW: &str = "a heron upon a rusty gate";

#[tokio::test]
async fn every_byte_of_a_password_counts_up_to_the_last() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    let long: String = (b'a'..=b'z').cycle().step_by(7).take(100).map(char::from).collect();
    assert!(is_taken(&browser, PASSWORD, &long).await);
    for at in [0, 71, 72, 73, 98, 99] {
        let mut other = long.clone().into_bytes();
        other[at] = b'_';
        let other = String::from_utf8(other).expect("ASCII");
        app.browser().first_step(ANA, &other).await.with_status(422);
        app.clock.pass(Duration::from_hours(2));
    }
    for other in [&long[..99], &format!("{long}x"), &long.to_uppercase(), &format!(" {long}")] {
        app.browser().first_step(ANA, other).await.with_status(422);
        app.clock.pass(Duration::from_hours(2));
    }
    app.browser().first_step(ANA, &long).await.with_status(303);
    app.over().await;
}

#[tokio::test]
async fn a_password_has_8_characters_at_least_1024_bytes_at_most_and_otherwise_whatever_its_owner_likes() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    let bytes = |count: usize| {
        let words = ["quartz", "lantern", "vixen", "ombre", "juniper", "cobalt"];
        let mut text: String = words.iter().cycle().take(count).copied().collect();
        text.truncate(count);
        text
    };
    let mut present = PASSWORD.to_owned();
    for (wanted, fits) in [
        ("qxzvkwj".to_owned(), false),
        ("qxzvkwjp".to_owned(), true),
        // Characters count and not bytes.
        ("ńŵẑḱq".to_owned(), false),
        ("ńŵẑḱqxŝł".to_owned(), true),
        ("mossy stones lie in rows".to_owned(), true),
        ("🦊🌵🎻🧊🪵🛶🎏🪁".to_owned(), true),
        ("NOTHING BUT LOUD LETTERS".to_owned(), true),
        ("  spaces at both ends too  ".to_owned(), true),
        (bytes(64), true),
        (bytes(128), true),
        (bytes(1_024), true),
        (bytes(1_025), false),
        (bytes(20_000), false),
    ] {
        assert_eq!(is_taken(&browser, &present, &wanted).await, fits, "{wanted}");
        if fits {
            present = wanted;
            app.browser().first_step(ANA, &present).await.with_status(303);
            app.clock.pass(Duration::from_hours(1));
        }
    }
    // One that is too long is none of anybody's either.
    app.browser().first_step(ANA, &bytes(1_025)).await.with_status(422);
    app.over().await;
}

#[tokio::test]
async fn what_everybody_guesses_is_refused_with_a_sentence_and_never_shown_again() {
    let app = TestApp::with(&[("MAIL__VENDOR_NAME", "Zephyrine")]).await;
    let (browser, _) = app.owner("marguerite@acme.example").await;
    for guessed in [
        "password123",
        "Password1",
        "12345678",
        "qwertyuiop",
        "zephyrine",
        "Zephyrine1",
        "marguerite1",
        "marguerite@acme.example",
        "bailiwick",
        "Ana Lovelace",
    ] {
        let answer = change(&browser, PASSWORD, guessed).await.with_status(422);
        assert!(answer.text.contains("Take another one"), "{guessed}: {}", answer.text);
        assert!(
            !answer.text.contains(&format!("value=\"{guessed}\""))
                || guessed.contains('@')
                || guessed.contains("Ana")
        );
        assert!(!answer.text.contains(PASSWORD));
    }
    app.over().await;
}

#[tokio::test]
async fn to_change_a_password_takes_the_present_one_and_the_present_one_alone() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    for wrong in ["", "not this one", NEW] {
        assert!(!is_taken(&browser, wrong, NEW).await);
    }
    app.browser().first_step(ANA, NEW).await.with_status(422);
    app.clock.pass(Duration::from_hours(2));
    assert!(is_taken(&browser, PASSWORD, NEW).await);
    assert!(!is_taken(&browser, PASSWORD, "another still, of many words").await);
    app.browser().first_step(ANA, PASSWORD).await.with_status(422);
    app.browser().first_step(ANA, NEW).await.with_status(303);
    assert!(browser.mailed(ANA).await.contains("code"), "the newest is the code");
    assert!(app.mails().iter().any(|mail| mail.subject.contains("password") && mail.to.contains(ANA)));
    app.end().await;
}

#[tokio::test]
async fn whoever_sits_at_a_session_cannot_guess_its_password_for_ever() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    let (mut refused, mut asked) = (0, 0);
    for guess in 0..15 {
        let guess = format!("guess number {guess} of many");
        let answers = [
            change(&browser, &guess, "a heron upon a rusty gate").await,
            browser.post("/step-up", &[("password", &guess)]).await,
        ];
        for answer in answers {
            asked += 1;
            refused += usize::from(answer.status == 429);
        }
    }
    assert!(refused > 0, "{asked} guesses were all answered");
    let answer = change(&browser, PASSWORD, "a heron upon a rusty gate").await;
    assert_eq!(answer.status, 429, "a right one is not told apart either");
    // Whoever was meanwhile kept out by it goes on somewhere else, and here after a while.
    let elsewhere = app.browser().at("192.0.2.9");
    elsewhere.first_step(ANA, PASSWORD).await.with_status(303);
    app.clock.pass(Duration::from_mins(15));
    assert!(is_taken(&browser, PASSWORD, "a heron upon a rusty gate").await);
    app.over().await;
}

#[tokio::test]
async fn a_password_is_not_to_be_changed_because_a_year_has_passed() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    app.clock.pass(Duration::from_hours(366 * 24));
    let browser = app.browser().begun(ANA).await;
    let code = browser.mailed_code(ANA).await;
    browser.types_code(&code).await.with_status(303);
    let account = browser.get("/account").await.with_status(200);
    assert!(!account.text.contains("Change it now"));
    app.over().await;
}

/// How Ana's password is stored.
async fn scheme(app: &TestApp) -> String {
    app.sql("SELECT scheme FROM passwords").await[0].get("scheme").expect("a text")
}

#[tokio::test]
async fn a_password_is_stored_anew_at_sign_in_when_the_settings_want_it_otherwise() {
    let app = TestApp::start().await;
    app.owner(ANA).await;
    assert_eq!(scheme(&app).await, "bcrypt:10");
    for (setting, stored) in [
        (&[("PASSWORD__COST", "11")][..], "bcrypt:11"),
        (&[("PASSWORD__HASH", "argon2id")], "argon2id"),
        (&[], "bcrypt:10"),
    ] {
        let node = app.second_node_with(setting).await;
        let before = scheme(&app).await;
        node.browser().first_step(ANA, "not the password").await.with_status(422);
        assert_eq!(scheme(&app).await, before);
        node.browser().first_step(ANA, PASSWORD).await.with_status(303);
        let after = scheme(&app).await;
        assert!(after.starts_with(stored), "{after}");
        // On either node, at once.
        app.browser().first_step(ANA, PASSWORD).await.with_status(303);
        node.end_node().await;
        app.clock.pass(Duration::from_hours(2));
    }
    app.over().await;
}

const KNOWN: &str = "zebra umbrella cactus";

#[tokio::test]
async fn a_password_of_the_file_of_breaches_is_refused_anew_and_still_opens_with_a_word_about_it() {
    let app = TestApp::start().await;
    let (browser, _) = app.owner(ANA).await;
    assert!(is_taken(&browser, PASSWORD, KNOWN).await, "nobody knows it yet");
    let sha1 = |text: &str| {
        let sha1 = Sha1::of(&Password::new(text).expect("short"));
        format!("{}{}", sha1.prefix(), sha1.suffix())
    };
    let mut lines: Vec<String> =
        (0..1_000).map(|at| sha1(&format!("leaked {at}"))).chain([sha1(KNOWN)]).collect();
    lines.sort();
    let list = lines.iter().fold(String::new(), |mut list, line| {
        writeln!(list, "{line}:3").expect("memory");
        list
    });
    breaches::import(Cursor::new(list), &app.folder().join("breaches.filter")).expect("a good list");
    let node = app.second_node().await;
    let again = node.browser();
    again.first_step(ANA, KNOWN).await.with_status(303);
    let code = browser.mailed_code(ANA).await;
    again.types_code(&code).await.with_status(303);
    assert!(again.get("/account").await.text.contains("Change it now"));
    let answer = change(&again, KNOWN, "leaked 17").await.with_status(422);
    assert!(answer.text.contains("breach"), "{}", answer.text);
    assert!(is_taken(&again, KNOWN, "a heron upon a rusty gate").await);
    assert!(!again.get("/account").await.text.contains("Change it now"));
    node.work_off().await;
    node.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn a_common_password_that_was_brought_along_opens_and_is_to_be_changed() {
    let app = TestApp::start().await;
    let (_, _) = app.owner(ANA).await;
    let hash = passwords::hash(
        passwords::Scheme::Bcrypt { cost: 10 },
        &Password::new("password123").expect("short"),
        &*app.app.chance,
    );
    let mut tx = app.app.db.begin().await.expect("the database answers");
    let rows = tx.rows("SELECT id FROM people", Vec::new()).await.expect("the database answers");
    let person = rows[0].get("id").expect("an id");
    bailiwick::signin::password::put(&mut tx, app.app.now(), &person, &hash.expect("a scheme"), None)
        .await
        .expect("it is put");
    tx.commit().await.expect("the database answers");
    let browser = app.browser();
    browser.first_step(ANA, "password123").await.with_status(303);
    let code = browser.mailed_code(ANA).await;
    browser.types_code(&code).await.with_status(303);
    assert!(browser.get("/account").await.text.contains("Change it now"));
    app.over().await;
}

#[tokio::test]
async fn of_a_new_password_five_characters_leave_and_padding_is_no_breach() {
    let (ranges, url) = Ranges::start().await;
    ranges.learn(KNOWN);
    ranges.pad_with("a heron upon a rusty gate");
    let app = TestApp::with(&[("PASSWORD__BREACHES", "online"), ("PASSWORD__RANGE_URL", &url)]).await;
    let (browser, _) = app.owner(ANA).await;
    ranges.asked();
    let answer = change(&browser, PASSWORD, KNOWN).await.with_status(422);
    assert!(answer.text.contains("breach"), "{}", answer.text);
    assert!(is_taken(&browser, PASSWORD, "a heron upon a rusty gate").await);
    let asked = ranges.asked();
    for (path, padding) in &asked {
        assert_eq!(path.len(), "/range/".len() + 5, "{path}");
        assert_eq!(padding, "true");
    }
    assert_eq!(asked[0].0, format!("/range/{}", Ranges::prefix(KNOWN)));
    app.over().await;
}

#[tokio::test]
async fn when_known_breaches_are_not_told_of_the_lists_of_this_machine_have_to_do() {
    // Nobody listens there.
    let refuses = [("PASSWORD__BREACHES", "online"), ("PASSWORD__RANGE_URL", "http://127.0.0.1:9/range")];
    let app = TestApp::with(&refuses).await;
    let (browser, _) = app.owner(ANA).await;
    change(&browser, PASSWORD, "password123").await.with_status(422);
    assert!(is_taken(&browser, PASSWORD, KNOWN).await);
    app.browser().first_step(ANA, KNOWN).await.with_status(303);
    app.over().await;
}

#[tokio::test]
async fn known_breaches_are_waited_for_two_seconds_and_then_the_lists_of_this_machine_have_to_do() {
    // Whoever connects is not answered.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/range", silent.local_addr().expect("an address"));
    let app = TestApp::with(&[("PASSWORD__BREACHES", "online"), ("PASSWORD__RANGE_URL", &url)]).await;
    let (browser, _) = app.owner(ANA).await;
    change(&browser, PASSWORD, "password123").await.with_status(422);
    let begun = Instant::now();
    assert!(is_taken(&browser, PASSWORD, KNOWN).await);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(2), "it was asked: {waited:?}");
    assert!(waited < Duration::from_secs(10), "nobody waits much longer: {waited:?}");
    // To sign in nobody waits for it at all.
    let begun = Instant::now();
    app.browser().first_step(ANA, KNOWN).await.with_status(303);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    app.over().await;
    drop(silent);
}

#[tokio::test]
async fn how_good_a_password_is_may_be_asked_a_thousand_times_from_a_network_and_then_not_for_a_while() {
    let app = TestApp::start().await;
    let typing = app.browser().at("198.51.100.7");
    let mut answered = 0;
    let refused = loop {
        let answer = typing.post("/guidance", &[("password", "a")]).await;
        if answer.status != 200 {
            break answer.with_status(429);
        }
        answered += 1;
    };
    assert_eq!(answered, 1_000);
    refused.has("This was asked very often.");
    let elsewhere = app.browser().at("198.51.100.8");
    let said = elsewhere.post("/guidance", &[("password", PASSWORD)]).await.with_status(200);
    assert_eq!((said.json["fits"].as_bool(), said.json["score"].as_u64()), (Some(true), Some(4)));
    // It costs nobody their sign-in, and is forgotten.
    typing.first_step(ANA, PASSWORD).await.with_status(422);
    app.clock.pass(Duration::from_hours(25));
    typing.post("/guidance", &[("password", "a")]).await.with_status(200);
    app.over().await;
}
