//! Coming for the first time, by an owner's link, by signing up, or by an invitation; moving to another address; and leaving.

use test_app::{Browser, PASSWORD, TestApp};
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";
const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);

/// The path of a new owner's link.
async fn welcome(app: &TestApp) -> String {
    app.owner_link("Acme").await.strip_prefix(&app.app.public_url).expect("ours").to_owned()
}

/// Invites somebody, and answers the path of the link that they get.
async fn invite(ana: &Browser<'_>, home: &str, mail: &str, role: &str) -> String {
    let answer =
        ana.post(&format!("{home}/people"), &[("mail", mail), ("role", role)]).await.with_status(303);
    assert!(answer.leads_to().ends_with("?done=invited"), "{}", answer.leads_to());
    ana.mailed_link(mail).await
}

/// The browser of somebody new who has accepted an invitation.
async fn comes<'a>(app: &'a TestApp, ana: &Browser<'_>, home: &str, mail: &str, role: &str) -> Browser<'a> {
    let link = invite(ana, home, mail, role).await;
    let browser = app.browser();
    browser.post(&link, &[("name", "Somebody New"), ("password", PASSWORD)]).await.with_status(303);
    browser
}

/// The id of the only invitation.
async fn invitation(app: &TestApp) -> String {
    app.sql("SELECT id FROM invitations").await[0].get("id").expect("an id")
}

#[tokio::test]
async fn an_owners_link_makes_one_owner_and_is_over_after_seven_days() {
    let app = TestApp::start().await;
    let path = welcome(&app).await;
    let ana = app.browser();
    let home = ana.come_as_owner(&format!("{}{path}", app.app.public_url), ANA).await;
    ana.get(&format!("{home}/settings")).await.with_status(200);
    let fields = [("name", "Eve"), ("mail", "eve@acme.example"), ("password", PASSWORD)];
    app.browser().get(&path).await.with_status(410).has("This link was used");
    app.browser().post(&path, &fields).await.with_status(410).has("This link was used");

    let late = welcome(&app).await;
    app.clock.pass(DAY * 7 - Duration::from_mins(5));
    let slow = app.browser();
    slow.post(&late, &fields).await.with_status(303);
    let code = slow.mailed_code("eve@acme.example").await;
    app.clock.pass(Duration::from_mins(5) - SECOND * 2);
    app.browser().get(&late).await.with_status(200);
    app.clock.pass(SECOND);
    app.browser().get(&late).await.with_status(410).has("This link is over");
    app.browser().post(&late, &fields).await.with_status(410);
    slow.types_code(&code).await.with_status(422);
    assert!(!slow.is_in().await, "whoever began in time must be done in time");
    assert_eq!((app.contents().await.rows("workspaces"), app.contents().await.rows("people")), (1, 1));
    app.over().await;
}

#[tokio::test]
async fn nobody_signs_up_where_that_is_closed() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let fields = [("workspace", "Beta"), ("name", "Bo"), ("mail", BO), ("password", PASSWORD)];
    browser.get("/sign-up").await.with_status(404).has("Ask an owner of your workspace");
    browser.post("/sign-up", &fields).await.with_status(404);
    assert!(!browser.get("/sign-in").await.text.contains("/sign-up"));
    app.work_off().await;
    assert_eq!(app.mails().len(), 0);
    app.over().await;
}

#[tokio::test]
async fn whoever_signs_up_where_it_is_open_is_the_owner_of_a_new_workspace_once_their_address_is_confirmed() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    let browser = app.browser();
    browser.get("/sign-in").await.has("/sign-up");
    let wrong = [("workspace", ""), ("name", ""), ("mail", "no"), ("password", "short")];
    let page = browser.post("/sign-up", &wrong).await.with_status(422);
    for sentence in ["Enter a name for the workspace", "Enter your name", "Enter a mail address"] {
        page.has(sentence);
    }
    let fields = [("workspace", "Beta"), ("name", "Bo"), ("mail", BO), ("password", PASSWORD)];
    let second = browser.post("/sign-up", &fields).await.with_status(303);
    assert_eq!(second.leads_to(), "/sign-in/second");
    assert!(!browser.is_in().await);
    let before = [
        app.contents().await.rows("workspaces"),
        app.contents().await.rows("people"),
        app.contents().await.rows("members"),
    ];
    assert_eq!(before, [0, 0, 0], "an address that nobody has confirmed is nobody's");
    let code = browser.mailed_code(BO).await;
    let other = app.browser();
    other.types_code(&code).await.with_status(410);
    let done = browser.types_code(&code).await.with_status(303);
    let home = done.leads_to().trim_end_matches("?done=joined").to_owned();
    assert!(home.starts_with("/w/ws_"), "{home}");
    browser.get(&format!("{home}/settings")).await.with_status(200).has("Beta");
    assert_eq!((app.contents().await.rows("workspaces"), app.contents().await.rows("people")), (1, 1));
    app.over().await;
}

#[tokio::test]
async fn an_address_that_has_a_sign_in_gets_another_mail_and_the_same_pages() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    app.owner(ANA).await;
    for path in ["/sign-up".to_owned(), welcome(&app).await] {
        let (known, unknown) = (app.browser(), app.browser());
        let mut answers = Vec::new();
        for (browser, mail) in [(&known, ANA), (&unknown, BO)] {
            let fields =
                [("workspace", "Beta"), ("name", "Eve"), ("mail", mail), ("password", "a heron upon a gate")];
            answers.push(browser.post(&path, &fields).await.with_status(303));
        }
        assert_eq!(answers[0].leads_to(), answers[1].leads_to());
        let pages = [known.get("/sign-in/second").await, unknown.get("/sign-in/second").await];
        assert_eq!(pages[0].text, pages[1].text);
        for again in ["/sign-in/code", "/sign-in/mail"] {
            let tried = [
                known.post(again, &[("code", "00000000")]).await,
                unknown.post(again, &[("code", "00000000")]).await,
            ];
            assert_eq!(tried[0].status, tried[1].status, "{again}");
        }
        let text = known.mailed(ANA).await;
        assert!(!text.contains("/sign-in/link/"), "{text}");
        app.browser().get("/sign-in").await.has("Sign in");
        assert!(app.mails().iter().any(|mail| mail.subject.contains("already have a sign-in")));
        unknown.mailed_link(BO).await;
    }
    assert_eq!(app.contents().await.rows("workspaces"), 1);
    app.browser().first_step(ANA, "a heron upon a gate").await.with_status(422);
    app.browser().first_step(ANA, PASSWORD).await.with_status(303);
    app.over().await;
}

#[tokio::test]
async fn whoever_is_a_member_without_a_sign_in_gets_one_by_signing_up_and_keeps_their_workspaces() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    let acme = app.workspace("acme").await.with_member(BO).await;
    let browser = app.browser();
    let fields = [("workspace", "Beta"), ("name", "Bo"), ("mail", "BO@acme.example"), ("password", PASSWORD)];
    browser.post("/sign-up", &fields).await.with_status(303);
    let code = browser.mailed_code("BO@acme.example").await;
    browser.types_code(&code).await.with_status(303);
    browser.get(&format!("/w/{}", acme.id)).await.with_status(200);
    assert_eq!(app.contents().await.rows("people"), 2, "Ana and Bo");
    app.over().await;
}

#[tokio::test]
async fn somebody_new_accepts_an_invitation_once_with_a_password_of_their_own() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let link = invite(&ana, &home, BO, "member").await;
    let bo = app.browser();
    bo.get(&link).await.with_status(200).has("Join Acme");
    bo.post(&link, &[("name", ""), ("password", "short")]).await.with_status(422).has("Enter your name");
    // Whatever the form says: the mailbox that the link went to is whose it is.
    let fields = [("name", "Bo"), ("mail", "eve@evil.example"), ("password", PASSWORD)];
    let done = bo.post(&link, &fields).await.with_status(303);
    assert_eq!(done.leads_to(), format!("{home}?done=joined"));
    bo.get(&home).await.with_status(200);
    bo.get(&format!("{home}/settings")).await.with_status(403);
    assert_eq!((app.people_with(&[BO]).await, app.people_with(&["eve@evil.example"]).await), (1, 0));
    app.browser().get(&link).await.with_status(410).has("This link was used");
    app.browser().post(&link, &fields).await.with_status(410);
    let again = app.browser();
    again.sign_in(BO, PASSWORD).await.with_status(200);
    for (mail, said) in [(BO, "is a member already"), ("BO@ACME.example", "is a member already")] {
        let page =
            ana.post(&format!("{home}/people"), &[("mail", mail), ("role", "member")]).await.with_status(422);
        page.has(said);
    }
    app.over().await;
}

#[tokio::test]
async fn an_invitation_is_over_after_seven_days_when_withdrawn_and_when_sent_again() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let first = invite(&ana, &home, BO, "member").await;
    let fields = [("name", "Bo"), ("password", PASSWORD)];
    let page = ana
        .post(&format!("{home}/people"), &[("mail", "Bo@Acme.example"), ("role", "member")])
        .await
        .with_status(422);
    page.has("is invited already");
    app.clock.pass(DAY * 7 - SECOND * 2);
    app.browser().get(&first).await.with_status(200);
    app.clock.pass(SECOND);
    app.browser().get(&first).await.with_status(410).has("This link is over");
    app.browser().post(&first, &fields).await.with_status(410);

    let path = format!("{home}/people/invitations/{}", invitation(&app).await);
    ana.proves_by_mail(ANA).await;
    ana.post(&format!("{path}/again"), &[]).await.with_status(303);
    let second = ana.mailed_link(BO).await;
    assert_ne!(first, second);
    app.browser().get(&second).await.with_status(200);
    ana.post(&format!("{path}/again"), &[]).await.with_status(303);
    let third = ana.mailed_link(BO).await;
    for dead in [&first, &second] {
        app.browser().get(dead).await.with_status(404);
        app.browser().post(dead, &fields).await.with_status(404);
    }
    app.browser().get(&third).await.with_status(200);
    // Another workspace's owner has nothing to do with it.
    let (eve, others) = app.owner("eve@beta.example").await;
    let theirs = path.replace(&home, &others);
    for verb in ["again", "withdraw"] {
        eve.post(&format!("{theirs}/{verb}"), &[]).await.with_status(404);
    }
    ana.post(&format!("{path}/withdraw"), &[]).await.with_status(303);
    app.browser().get(&third).await.with_status(410);
    app.browser().post(&third, &fields).await.with_status(410);
    for verb in ["again", "withdraw"] {
        ana.post(&format!("{path}/{verb}"), &[]).await.with_status(404);
    }
    assert_eq!(app.people_with(&[BO]).await, 0);
    app.over().await;
}

#[tokio::test]
async fn somebody_with_a_sign_in_accepts_an_invitation_after_signing_in() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let (bo, own) = app.owner(BO).await;
    let link = invite(&ana, &home, BO, "owner").await;
    let stranger = app.browser();
    let first = stranger.get(&link).await.with_status(303);
    assert_eq!(first.leads_to(), format!("/sign-in?next={link}"));
    // Whoever has only the link sets no password of theirs.
    let fields = [("name", "Eve"), ("password", "a heron upon a gate")];
    stranger.post(&link, &fields).await.with_status(410);
    assert!(!stranger.is_in().await);
    let signs_in = [("mail", BO), ("password", PASSWORD), ("next", link.as_str())];
    stranger.post("/sign-in", &signs_in).await.with_status(303);
    let code = stranger.mailed_code(BO).await;
    assert_eq!(stranger.types_code(&code).await.leads_to(), link);

    bo.get(&link).await.with_status(200).has("will be in the workspace");
    assert_eq!(bo.get(&home).await.status, 404);
    assert_eq!(bo.post(&link, &[]).await.leads_to(), format!("{home}?done=joined"));
    bo.get(&format!("{home}/settings")).await.with_status(200);
    bo.get(&own).await.with_status(200);
    bo.post(&link, &[]).await.with_status(410);
    app.over().await;
}

#[tokio::test]
async fn a_hundred_invitations_are_open_at_most() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let path = format!("{home}/people");
    for at in 0..100 {
        let mail = format!("p{at}@acme.example");
        // Inviting goes on longer than a proof holds, and as a member it takes none.
        ana.post(&path, &[("mail", &mail), ("role", "member")]).await.with_status(303);
    }
    let page = ana.post(&path, &[("mail", "p100@acme.example"), ("role", "member")]).await.with_status(422);
    page.has("A hundred invitations are open");
    ana.post(&format!("{path}/invitations/{}/withdraw", invitation(&app).await), &[]).await.with_status(303);
    ana.post(&path, &[("mail", "p100@acme.example"), ("role", "member")]).await.with_status(303);
    app.over().await;
}

#[tokio::test]
async fn nobodys_mailbox_is_filled_with_invitations() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    invite(&ana, &home, BO, "member").await;
    let again = format!("{home}/people/invitations/{}/again", invitation(&app).await);
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(ana.post(&again, &[]).await.status.as_u16());
    }
    app.work_off().await;
    let sent = statuses.iter().filter(|status| **status == 303).count();
    assert_eq!(app.mails_to(BO), sent + 1);
    assert!((3..15).contains(&sent), "{statuses:?}");
    assert_eq!(statuses[19], 429);
    // One that was not sent has replaced none: the newest that came is good.
    let link = ana.mailed_link(BO).await;
    app.browser().get(&link).await.with_status(200);
    app.over().await;
}

#[tokio::test]
async fn whatever_others_have_sent_to_an_address_does_not_use_up_its_links_for_a_new_password() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    app.owner(ANA).await;
    let (eve, home) = app.owner("eve@evil.example").await;
    invite(&eve, &home, ANA, "member").await;
    let again = format!("{home}/people/invitations/{}/again", invitation(&app).await);
    let fields = [("workspace", "Beta"), ("name", "Eve"), ("mail", ANA), ("password", PASSWORD)];
    for _ in 0..12 {
        eve.post(&again, &[]).await;
        app.browser().post("/sign-up", &fields).await.with_status(303);
        eve.proves_by_mail("eve@evil.example").await;
        eve.post("/account/address", &[("mail", ANA)]).await.with_status(303);
    }
    app.work_off().await;
    let before = app.mails_to(ANA);
    app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let link = app.browser().mailed_link(ANA).await;
    assert_eq!(app.mails_to(ANA), before + 1);
    assert!(link.starts_with("/reset/"), "{link}");
    app.over().await;
}

#[tokio::test]
async fn whoever_makes_an_owner_proves_lately_that_they_are_there_by_invitation_too() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let path = format!("{home}/people");
    app.clock.pass(Duration::from_mins(10));
    let owner = [("mail", BO), ("role", "owner")];
    let first = ana.post(&path, &owner).await.with_status(303);
    assert!(first.leads_to().starts_with("/step-up?next="), "{}", first.leads_to());
    assert_eq!(app.contents().await.rows("invitations"), 0);
    ana.post(&path, &[("mail", "cy@acme.example"), ("role", "member")]).await.with_status(303);
    assert_eq!(app.contents().await.rows("invitations"), 1);
    ana.proves_by_mail(ANA).await;
    invite(&ana, &home, BO, "owner").await;
    app.over().await;
}

#[tokio::test]
async fn an_address_is_changed_by_a_link_that_went_to_the_new_one_and_the_old_one_is_told() {
    const NEW: &str = "ana@new.example";
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let reset = ana.mailed_link(ANA).await;
    ana.post("/account/address", &[("mail", NEW)]).await.with_status(303);
    let older = ana.mailed_link(NEW).await;
    ana.post("/account/address", &[("mail", NEW)]).await.with_status(303);
    let link = ana.mailed_link(NEW).await;
    ana.get(&older).await.with_status(410).has("This link was replaced");
    ana.post(&older, &[]).await.with_status(410);
    ana.get(&link).await.with_status(200);
    app.browser().first_step(ANA, PASSWORD).await.with_status(303);
    app.browser().first_step(NEW, PASSWORD).await.with_status(422);

    ana.post(&link, &[]).await.with_status(303);
    ana.post(&link, &[]).await.with_status(410).has("This link was used");
    app.work_off().await;
    let told = |mail: &str| {
        let mails = app.mails();
        mails.iter().filter(|one| one.to.contains(mail) && one.subject.contains("was changed")).count()
    };
    assert_eq!((told(ANA), told(NEW)), (1, 0));
    app.browser().get(&reset).await.with_status(410);
    app.browser().first_step(ANA, PASSWORD).await.with_status(422);
    app.browser().sign_in(NEW, PASSWORD).await.with_status(200);
    assert!(ana.is_in().await);

    ana.proves_by_mail(NEW).await;
    ana.post("/account/address", &[("mail", ANA)]).await.with_status(303);
    let late = ana.mailed_link(ANA).await;
    app.clock.pass(Duration::from_hours(1));
    ana.get(&late).await.with_status(410).has("This link is over");
    ana.post(&late, &[]).await.with_status(410);
    assert_eq!((app.people_with(&[NEW]).await, app.people_with(&[ANA]).await), (1, 0));
    app.over().await;
}

#[tokio::test]
async fn an_address_that_is_somebodys_looks_like_a_free_one_and_changes_nothing() {
    let app = TestApp::start().await;
    let (ana, _) = app.owner(ANA).await;
    let (bo, _) = app.owner(BO).await;
    let before = (app.mails_to(BO), app.contents().await.rows("links"));
    let taken = bo.post("/account/address", &[("mail", "bo@free.example")]).await.with_status(303);
    let asked = ana.post("/account/address", &[("mail", "BO@acme.example")]).await.with_status(303);
    assert_eq!(taken.leads_to(), asked.leads_to());
    app.work_off().await;
    // Whoever has it hears of it, and nobody gets the link that was made so that one is as much work as the other.
    let mails = app.mails();
    let to_bo: Vec<_> = mails.iter().filter(|mail| mail.to.to_lowercase().contains(BO)).collect();
    assert_eq!(to_bo.len(), before.0 + 1);
    let told = to_bo.last().expect("a mail");
    assert!(told.text.contains(ANA) && !told.text.contains("/address/"), "{}", told.text);
    assert_eq!(app.contents().await.rows("links"), before.1 + 2);

    // One that becomes somebody's before it is confirmed is theirs.
    let mut links = Vec::new();
    for one in [&ana, &bo] {
        one.post("/account/address", &[("mail", "both@acme.example")]).await.with_status(303);
        links.push(one.mailed_link("both@acme.example").await);
    }
    ana.post(&links[0], &[]).await.with_status(303);
    bo.post(&links[1], &[]).await.with_status(409).has("Another person has this address");
    assert_eq!((app.people_with(&["both@acme.example"]).await, app.people_with(&[BO]).await), (1, 1));
    app.over().await;
}

#[tokio::test]
async fn whoever_leaves_is_out_and_the_last_owner_stays() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    let leave = format!("/account/workspaces/{}/leave", home.trim_start_matches("/w/"));
    let bo = comes(&app, &ana, &home, BO, "member").await;
    bo.post(&leave, &[]).await.with_status(303);
    assert_eq!(bo.get(&home).await.status, 404);
    bo.post(&leave, &[]).await.with_status(404);
    bo.get("/account?done=left").await.with_status(200).has("Somebody New");
    ana.post(&leave, &[]).await.with_status(409);
    ana.get(&home).await.with_status(200);
    // Whoever has left may be asked to come again.
    let link = invite(&ana, &home, BO, "owner").await;
    bo.post(&link, &[]).await.with_status(303);
    ana.post(&leave, &[]).await.with_status(303);
    assert_eq!(ana.get(&home).await.status, 404);
    bo.post(&leave, &[]).await.with_status(409);
    app.over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_who_leave_at_once_one_stays() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    for round in 0..4 {
        let mails = [format!("ana{round}@acme.example"), format!("bo{round}@acme.example")];
        let (ana, home) = app.owner(&mails[0]).await;
        let bo = comes(&app, &ana, &home, &mails[1], "owner").await;
        let leave = format!("/account/workspaces/{}/leave", home.trim_start_matches("/w/"));
        let bo = bo.on(&other);
        let (one, two) = tokio::join!(ana.post(&leave, &[]), bo.post(&leave, &[]));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
    }
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sign_ups_with_one_address_that_are_confirmed_at_once_one_counts() {
    let app = TestApp::with(&[("SIGNIN__SIGN_UP", "open")]).await;
    let other = app.second_node().await;
    for round in 0..4 {
        let mail = format!("new{round}@acme.example");
        let (here, there) = (app.browser(), app.browser());
        let mut codes = Vec::new();
        for browser in [&here, &there] {
            let fields =
                [("workspace", "Beta"), ("name", "Bo"), ("mail", mail.as_str()), ("password", PASSWORD)];
            browser.post("/sign-up", &fields).await.with_status(303);
            codes.push(browser.mailed_code(&mail).await);
        }
        let there = there.on(&other);
        let (one, two) = tokio::join!(here.types_code(&codes[0]), there.types_code(&codes[1]));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "{} {}", one.text, two.text);
        assert_eq!(
            (app.contents().await.rows("workspaces"), app.contents().await.rows("people")),
            (round + 1, round + 1)
        );
    }
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn whoever_has_a_sign_in_becomes_an_owner_with_it() {
    let app = TestApp::start().await;
    let (browser, first) = app.owner("ana@acme.example").await;
    let link = app.owner_link("Beta").await;
    let path = link.strip_prefix(&app.app.public_url).expect("a link of ours");
    let page = browser.get(path).await.with_status(200);
    assert!(page.text.contains("You are signed in as ana@acme.example") && page.text.contains("Beta"));
    let there = browser.post(path, &[]).await.leads_to().to_owned();
    assert!(there.starts_with("/w/") && !there.starts_with(&first), "{there}");
    let people = browser.open(&there.replace("?done=joined", "/people")).await.with_status(200);
    assert!(people.text.contains("ana@acme.example"));
    browser.post(path, &[]).await.with_status(410);
    app.over().await;
}
