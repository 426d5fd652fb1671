//! What members and owners see and do on the pages of their workspace.

use bailiwick::{
    permissions::Authority,
    signin::link::{self, Whose},
};
use serde_json::json;
use test_app::{Answer, Browser, PASSWORD, TestApp, Workspace};
use time_and_chance::Duration;

/// Ana and her workspace: she comes by an owner's link.
async fn owner<'a>(app: &'a TestApp, name: &str) -> (Browser<'a>, Workspace<'a>, String) {
    let by = Authority::on_this_machine();
    let made = link::make_owner_link(&app.app, &by, Whose::New(name.into())).await;
    let made = made.unwrap_or_else(|stop| panic!("a link: {stop:?}"));
    let browser = app.browser();
    let home = browser.come_as_owner(made.url.expose(), &format!("ana@{name}.example")).await;
    let id = home.strip_prefix("/w/").expect("a workspace's home").parse().expect("an id");
    (browser, app.workspace_of(id), home)
}

/// A member, who comes by an invitation.
async fn member<'a>(app: &'a TestApp, by: &Browser<'_>, home: &str, mail: &str) -> Browser<'a> {
    by.submit(&format!("{home}/people"), &[("mail", mail), ("role", "member")]).await.with_status(200);
    let browser = app.browser();
    let link = browser.mailed_link(mail).await;
    browser.submit(&link, &[("name", "Bo"), ("password", PASSWORD)]).await.with_status(200);
    // An invited address is known to be theirs, so some are in at once and others confirm it.
    if browser.cookie("__Host-session").is_none() {
        let code = browser.mailed_code(mail).await;
        browser.submit("/sign-in/code", &[("code", &code)]).await.with_status(200);
    }
    browser
}

/// The value of a hidden field of a page.
fn hidden(page: &Answer, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let at = page.text.find(&mark).unwrap_or_else(|| panic!("no {name}: {}", page.text)) + mark.len();
    page.text[at..].split('"').next().unwrap_or_default().to_owned()
}

fn has(page: &Answer, text: &str) {
    assert!(page.text.contains(text), "{text:?} is not in {}", page.text);
}

fn has_not(page: &Answer, text: &str) {
    assert!(!page.text.contains(text), "{text:?} is in {}", page.text);
}

/// The secret on a page.
fn secret_of(page: &Answer) -> String {
    let at = page.text.find("<code class=\"secret\">").unwrap_or_else(|| panic!("no secret: {}", page.text));
    page.text[at + 21..].split('<').next().unwrap_or_default().to_owned()
}

async fn over(app: TestApp) {
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn an_owner_without_tokens_is_told_what_to_do_first_and_makes_one() {
    let app = TestApp::start().await;
    let (ana, _, home) = owner(&app, "acme").await;
    let page = ana.open(&home).await.with_status(200);
    has(&page, "There are no tokens yet");
    has(&page, &format!("{home}/tokens/new"));
    has(&page, "Mail is your only second factor");
    has(&page, "One owner has neither an authenticator app nor a passkey");

    let form = ana.open(&format!("{home}/tokens/new")).await.with_status(200);
    let once = hidden(&form, "once");
    let fields = [("description", "deploy-bot"), ("end", "90"), ("role", "member"), ("once", &*once)];
    let made = ana.post(&format!("{home}/tokens/new"), &fields).await.with_status(200);
    let secret = secret_of(&made);
    assert_eq!(app.code(&secret).await, "VALID");
    has(&made, "deploy-bot");

    // Loaded again, the page makes no second one.
    let again = ana.post(&format!("{home}/tokens/new"), &fields).await.with_status(200);
    has(&again, "This token was made already");
    has_not(&again, &secret);
    let list = ana.open(&format!("{home}/tokens")).await.with_status(200);
    assert_eq!(list.text.matches("deploy-bot").count(), 1);
    has(&list, &format!("{}…", &secret[..9]));
    has(&list, "ana@acme.example");
    has_not(&list, &secret);
    has_not(&ana.open(&home).await, "There are no tokens yet");
    over(app).await;
}

#[tokio::test]
async fn two_clicks_at_once_make_one_token() {
    let app = TestApp::start().await;
    let (ana, _, home) = owner(&app, "acme").await;
    let path = format!("{home}/tokens/new");
    let once = hidden(&ana.open(&path).await, "once");
    let fields = [("description", "deploy-bot"), ("end", "none"), ("role", "member"), ("once", &*once)];
    let (one, other) = tokio::join!(ana.post(&path, &fields), ana.post(&path, &fields));
    let shown = [&one, &other].iter().filter(|page| page.text.contains("<code class=\"secret\">")).count();
    assert_eq!((one.status.as_u16(), other.status.as_u16(), shown), (200, 200, 1));
    let list = ana.open(&format!("{home}/tokens")).await;
    assert_eq!(list.text.matches("deploy-bot").count(), 1);
    over(app).await;
}

#[tokio::test]
async fn a_form_for_a_token_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let (ana, _, home) = owner(&app, "acme").await;
    let path = format!("{home}/tokens/new");
    let once = hidden(&ana.open(&path).await, "once");
    let long = "x".repeat(201);
    for (description, end, date, role, said) in [
        ("", "90", "", "member", "Say what it is for"),
        (&*long, "90", "", "member", "Say what it is for"),
        ("kept-words", "date", "2001-01-01", "member", "Choose a day that is still to come."),
        ("kept-words", "date", "tomorrow", "member", "Enter the last day on which it works"),
        ("kept-words", "7", "", "member", "Choose when it ends."),
        ("kept-words", "90", "", "admin", "Choose what it may do."),
    ] {
        let fields =
            [("description", description), ("end", end), ("date", date), ("role", role), ("once", &*once)];
        let page = ana.post(&path, &fields).await.with_status(422);
        has(&page, said);
        has(&page, &format!("value=\"{description}\""));
    }
    let page = ana.post(&path, &[("description", "kept-words"), ("end", "90"), ("role", "member")]).await;
    has(&page.with_status(422), "Send it once more");
    has(&ana.open(&format!("{home}/tokens")).await, "There is none yet");
    over(app).await;
}

#[tokio::test]
async fn a_token_is_made_rotated_or_revoked_by_who_has_proved_lately_that_they_are_there() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let token = acme.token("deploy-bot").await;
    let path = format!("{home}/tokens/{}", token.id);
    let once = hidden(&ana.open(&path).await, "once");
    app.clock.pass(Duration::from_mins(11));
    for (path, fields) in [
        (format!("{home}/tokens/new"), &[("description", "x"), ("end", "none"), ("role", "member")][..]),
        (path.clone(), &[("description", "renamed")][..]),
        (format!("{path}/rotate"), &[("overlap", "none"), ("once", &once)][..]),
        (format!("{path}/revoke"), &[("confirmation", "deploy-bot")][..]),
    ] {
        let answer = ana.post(&path, fields).await.with_status(303);
        let there = answer.headers["location"].to_str().expect("visible ASCII");
        assert!(there.starts_with("/step-up?next=%2Fw%2F"), "{there}");
    }
    assert_eq!(app.code(&token.secret).await, "VALID");
    has(&ana.open(&path).await.with_status(200), "<h1>deploy-bot</h1>");
    over(app).await;
}

#[tokio::test]
async fn a_token_is_rotated_once_however_often_the_form_is_sent() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let token = acme.token("deploy-bot").await;
    let path = format!("{home}/tokens/{}", token.id);
    let once = hidden(&ana.open(&path).await.with_status(200), "once");
    has(
        &ana.post(&format!("{path}/rotate"), &[("overlap", "ever"), ("once", &once)]).await.with_status(422),
        "Choose how long",
    );
    let fields = [("overlap", "hour"), ("once", &*once)];
    let page = ana.post(&format!("{path}/rotate"), &fields).await.with_status(200);
    let secret = secret_of(&page);
    assert_eq!((app.code(&token.secret).await, app.code(&secret).await), ("VALID", "VALID"));
    let again = ana.post(&format!("{path}/rotate"), &fields).await.with_status(200);
    has(&again, "It was rotated already");
    has_not(&again, &secret);
    assert_eq!(app.code(&secret).await, "VALID");
    has(&ana.open(&path).await, "Former secret");
    app.clock.pass(Duration::from_mins(61));
    assert_ne!(app.code(&token.secret).await, "VALID");
    assert_eq!(app.code(&secret).await, "VALID");
    over(app).await;
}

#[tokio::test]
async fn a_token_is_revoked_by_who_types_its_hint_or_its_description() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    for (at, description) in ["first", "second", "third"].into_iter().enumerate() {
        let token = acme.token(description).await;
        let path = format!("{home}/tokens/{}", token.id);
        for wrong in ["", "fir", "bwk_", "…", "yes"] {
            let page = ana.post(&format!("{path}/revoke"), &[("confirmation", wrong)]).await.with_status(422);
            has(&page, "Nothing was revoked");
        }
        assert_eq!(app.code(&token.secret).await, "VALID");
        let typed =
            [description.to_owned(), token.secret[4..9].to_owned(), format!("{}…", &token.secret[..9])];
        let page =
            ana.submit(&format!("{path}/revoke"), &[("confirmation", &typed[at])]).await.with_status(200);
        has(&page, "The token is revoked.");
        has_not(&page, "Rotate it");
        assert_eq!(app.code(&token.secret).await, "REVOKED");
    }
    over(app).await;
}

#[tokio::test]
async fn a_description_is_changed_and_a_wrong_one_stays_in_the_field() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let path = format!("{home}/tokens/{}", acme.token("deploy-bot").await.id);
    let page = ana.submit(&path, &[("description", "deploy-bot of the shop")]).await.with_status(200);
    has(&page, "<h1>deploy-bot of the shop</h1>");
    let page = ana.post(&path, &[("description", "two\nlines")]).await.with_status(422);
    has(&page, "Say what it is for");
    has(&page, "<h1>deploy-bot of the shop</h1>");
    over(app).await;
}

#[tokio::test]
async fn members_look_at_tokens_and_change_none() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let token = acme.token("deploy-bot").await;
    let bo = member(&app, &ana, &home, "bo@acme.example").await;
    let path = format!("{home}/tokens/{}", token.id);
    let list = bo.get(&format!("{home}/tokens")).await.with_status(200);
    has(&list, "deploy-bot");
    has_not(&list, "tokens/new");
    let page = bo.get(&path).await.with_status(200);
    has(&page, "<h1>deploy-bot</h1>");
    has_not(&page, "<form method=\"post\" action=\"/w/");
    has_not(&bo.get(&home).await.with_status(200), "owners have neither");
    bo.get(&format!("{home}/tokens/new")).await.with_status(403);
    for path in
        [format!("{home}/tokens/new"), path.clone(), format!("{path}/rotate"), format!("{path}/revoke")]
    {
        bo.post(&path, &[("confirmation", "deploy-bot"), ("overlap", "none"), ("description", "x")])
            .await
            .with_status(403);
    }
    assert_eq!(app.code(&token.secret).await, "VALID");
    over(app).await;
}

#[tokio::test]
async fn strangers_see_no_page_of_a_workspace_and_its_tokens_are_found_nowhere_else() {
    let app = TestApp::start().await;
    let (_, acme, home) = owner(&app, "acme").await;
    let (eve, _, other) = owner(&app, "other").await;
    let token = acme.token("deploy-bot").await;
    for rest in ["", "/tokens", "/tokens/new", &format!("/tokens/{}", token.id)] {
        eve.get(&format!("{home}{rest}")).await.with_status(404);
        let nobody = app.browser().get(&format!("{home}{rest}")).await.with_status(303);
        assert!(nobody.headers["location"].to_str().expect("visible ASCII").starts_with("/sign-in?next="));
    }
    let path = format!("{other}/tokens/{}", token.id);
    eve.get(&path).await.with_status(404);
    let fields = [("confirmation", "deploy-bot"), ("overlap", "none"), ("description", "x")];
    for path in [path.clone(), format!("{path}/rotate"), format!("{path}/revoke")] {
        eve.post(&path, &fields).await.with_status(404);
    }
    eve.get(&format!("{other}/tokens/nonsense")).await.with_status(404);
    assert_eq!(app.code(&token.secret).await, "VALID");
    over(app).await;
}

#[tokio::test]
async fn tokens_are_looked_through_by_state_by_hint_and_page_by_page() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let path = format!("{home}/tokens");
    let mut all = Vec::new();
    for at in 0..53 {
        all.push(acme.token(&format!("bot-{at:02}.")).await);
        app.clock.pass(Duration::from_secs(1));
    }
    let first = ana.get(&path).await.with_status(200);
    has(&first, "bot-52.");
    has_not(&first, "bot-02.");
    let cursor =
        first.text.split("cursor=").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page");
    let second = ana.get(&format!("{path}?cursor={cursor}")).await.with_status(200);
    has(&second, "bot-02.");
    has_not(&second, "Next page");

    let by = Authority::on_this_machine();
    bailiwick::tokens::revoke(&app.app, &by, &all[7].id).await.expect("it is revoked");
    let ended = ana.get(&format!("{path}?state=ended")).await.with_status(200);
    has(&ended, "bot-07.");
    has_not(&ended, "bot-08.");
    has(&ana.get(&format!("{path}?state=warned")).await, "There is no such token.");
    has_not(&ana.get(&format!("{path}?state=live&cursor={cursor}")).await, "bot-07.");

    let hint = &all[9].secret[4..9];
    let found = ana.get(&format!("{path}?hint=bwk_{hint}")).await.with_status(200);
    has(&found, "bot-09.");
    assert_eq!(found.text.matches(">bot-").count(), 1);
    has(&ana.get(&format!("{path}?hint=zzzzz")).await, "No token of this workspace begins so now.");
    let wrong = ana.get(&format!("{path}?hint=%3Cscript%3E")).await.with_status(200);
    has(&wrong, "A hint is the five characters");
    has(&wrong, "value=\"&#60;script&#62;\"");
    has(&ana.get(&format!("{path}?cursor=nonsense")).await.with_status(200), "bot-52.");
    over(app).await;
}

#[tokio::test]
async fn what_leaked_and_what_ends_stands_on_the_home_page_until_it_is_over() {
    let app = TestApp::with(&[("EXPOSURE__POLICY", "warn_then_revoke")]).await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let leaked = acme.token("leaked-bot").await;
    let soon = app.app.clock.now().plus(Duration::from_hours(6 * 24));
    acme.token_with("ending-bot", bailiwick::tokens::Role::Member, None, Some(soon)).await;
    let report = json!([{"token": leaked.secret, "url": "javascript:alert(1)", "source": "commit"}]);
    app.report_github(&report).await.with_status(200);

    let page = ana.open(&home).await.with_status(200);
    let at = |text: &str| page.text.find(text).unwrap_or_else(|| panic!("{text} is not in {}", page.text));
    assert!(at("Token leaked-bot") < at("Mail is your only") && at("Mail is your only") < at("ending-bot"));
    has(&page, "was found in public. It is revoked within a day.");
    let token = ana.open(&format!("{home}/tokens/{}", leaked.id)).await.with_status(200);
    has(&token, "owners warned");
    has(&token, "<code>javascript:alert(1)</code>");
    has_not(&token, "href=\"javascript:");
    has(&ana.open(&format!("{home}/tokens?state=warned")).await, "leaked-bot");

    let once = hidden(&token, "once");
    let fields = [("overlap", "none"), ("once", &*once)];
    ana.post(&format!("{home}/tokens/{}/rotate", leaked.id), &fields).await.with_status(200);
    has_not(&ana.open(&home).await, "leaked-bot");
    over(app).await;
}

#[tokio::test]
async fn leaks_say_where_which_token_and_what_was_done() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let (eve, _, _) = owner(&app, "other").await;
    let path = format!("{home}/leaks");
    has(&ana.open(&path).await.with_status(200), "Each report would stand here");
    let token = acme.token("deploy-bot").await;
    let url = "https://github.com/acme/app/blob/1f3a/config.py?a=<b>&c=d";
    let report = json!([{"token": token.secret, "url": url, "source": "commit"}, {"token": token.secret, "url": "data:text/html,x"}]);
    app.report_github(&report).await.with_status(200);
    let bo = member(&app, &ana, &home, "bo@acme.example").await;
    for who in [&ana, &bo] {
        let page = who.open(&path).await.with_status(200);
        has(&page, &format!("<a href=\"{home}/tokens/{}\">deploy-bot</a>", token.id));
        has(
            &page,
            "<a href=\"https://github.com/acme/app/blob/1f3a/config.py?a=&#60;b&#62;&#38;c=d\" rel=\"noreferrer noopener\">",
        );
        has(&page, "<code>data:text/html,x</code>");
        has(&page, ">revoked</span>");
        has(&page, ">was revoked before</span>");
        has(&page, "GitHub");
    }
    let page = ana.open(&home).await;
    has(&page, "Token deploy-bot");
    has(&page, "no longer works");
    app.clock.pass(Duration::from_hours(8 * 24));
    has_not(&ana.open(&home).await.with_status(200), "Token deploy-bot");
    has(&ana.open(&format!("{path}?cursor=nonsense")).await.with_status(200), "deploy-bot");
    eve.get(&path).await.with_status(404);
    over(app).await;
}

#[tokio::test]
async fn owners_look_through_the_audit_and_take_it_along() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let (eve, _, _) = owner(&app, "other").await;
    let path = format!("{home}/audit");
    let token = acme.token("deploy-bot").await;
    ana.submit(&format!("{home}/tokens/{}/revoke", token.id), &[("confirmation", "deploy-bot")])
        .await
        .with_status(200);
    let all = ana.open(&path).await.with_status(200);
    for text in [
        "A token was made.",
        "A token was revoked.",
        "A workspace was made.",
        "ana@acme.example",
        "the operator",
        "deploy-bot (bwk_",
        "this workspace",
    ] {
        has(&all, text);
    }
    has_not(&all, "<code>mem_");
    let rows = |page: &Answer| page.text.matches("<summary>Entry ").count();
    let revoked = ana.open(&format!("{path}?event=token.revoked&kind=&from=&to=")).await.with_status(200);
    assert_eq!(rows(&revoked), 1, "{}", revoked.text);
    has(&revoked, "<option value=\"token.revoked\" selected>");
    let people = ana.open(&format!("{path}?kind=person")).await.with_status(200);
    assert!(rows(&people) < rows(&all) && rows(&people) > 0);
    has_not(&people, "A token was made.</th>");
    let today = app.app.clock.now().to_string()[..10].to_owned();
    assert_eq!(rows(&ana.open(&format!("{path}?from={today}&to={today}")).await), rows(&all));
    let before = ana.open(&format!("{path}?to=2001-01-01")).await.with_status(200);
    assert_eq!(rows(&before), 0);
    has(&before, "Nothing of that kind is on record.");
    for (query, said) in [
        ("event=nonsense", "There is no such event."),
        ("kind=%00", "There are no such actors."),
        ("from=yesterday", "Enter a day, such as"),
        ("to=2026-13-40", "Enter a day, such as"),
    ] {
        has(&ana.open(&format!("{path}?{query}")).await.with_status(200), said);
    }

    let export = ana.post(&format!("{path}/export"), &[]).await.with_status(200);
    assert_eq!(
        export.headers["content-disposition"],
        format!("attachment; filename=\"audit-{}.jsonl\"", acme.id).as_str()
    );
    let mut told = Vec::new();
    bailiwick::audit::export(&app.app.db, &app.app.vault, acme.id.as_str(), &mut told)
        .await
        .expect("it is whole");
    assert_eq!(export.text.as_bytes(), told);

    let bo = member(&app, &ana, &home, "bo@acme.example").await;
    bo.get(&path).await.with_status(403);
    bo.post(&format!("{path}/export"), &[]).await.with_status(403);
    eve.get(&path).await.with_status(404);
    eve.post(&format!("{path}/export"), &[]).await.with_status(404);
    app.clock.pass(Duration::from_mins(11));
    let stale = ana.post(&format!("{path}/export"), &[]).await.with_status(303);
    assert!(stale.headers["location"].to_str().expect("visible ASCII").starts_with("/step-up?next="));
    over(app).await;
}

#[tokio::test]
async fn a_long_audit_is_paged_and_exported_whole() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    for at in 0..120 {
        acme.token(&format!("{at} {}", "long".repeat(40))).await;
    }
    let path = format!("{home}/audit");
    let first = ana.open(&format!("{path}?event=token.created")).await.with_status(200);
    let cursor =
        first.text.split("event=token.created&amp;cursor=").nth(1).and_then(|rest| rest.split('"').next());
    let second =
        ana.open(&format!("{path}?event=token.created&cursor={}", cursor.expect("a next page"))).await;
    has(&second, "Next page");
    let export = ana.post(&format!("{path}/export"), &[]).await.with_status(200);
    let mut told = Vec::new();
    bailiwick::audit::export(&app.app.db, &app.app.vault, acme.id.as_str(), &mut told)
        .await
        .expect("it is whole");
    assert!(told.len() > 64 * 1024);
    assert_eq!(export.text.as_bytes(), told);
    over(app).await;
}

#[tokio::test]
async fn owners_change_settings_and_do_not_lock_themselves_out() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let (eve, _, _) = owner(&app, "other").await;
    let path = format!("{home}/settings");
    has(&ana.open(&path).await.with_status(200), "value=\"default\" checked");
    let page = ana.submit(&path, &[("name", "Acme Corporation"), ("policy", "warn")]).await.with_status(200);
    has(&page, "The settings are saved.");
    has(&page, "value=\"Acme Corporation\"");
    has(&page, "value=\"warn\" checked");
    let token = acme.token("deploy-bot").await;
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "VALID");

    for (fields, said) in [
        (&[("name", ""), ("policy", "warn")][..], "Enter a name"),
        (&[("name", "Kept"), ("policy", "ignore")][..], "Choose what happens"),
        (&[("name", "Kept"), ("policy", "revoke"), ("strong_factor", "yes")][..], "would lock you out"),
    ] {
        let page = ana.post(&path, fields).await.with_status(422);
        has(&page, said);
        has(&page, &format!("value=\"{}\"", fields[0].1));
    }
    has(&ana.open(&path).await, "value=\"warn\" checked");

    let bo = member(&app, &ana, &home, "bo@acme.example").await;
    bo.get(&path).await.with_status(403);
    bo.post(&path, &[("name", "Bo's"), ("policy", "revoke")]).await.with_status(403);
    eve.get(&path).await.with_status(404);
    eve.post(&path, &[("name", "Eve's"), ("policy", "revoke")]).await.with_status(404);
    app.clock.pass(Duration::from_mins(11));
    ana.post(&path, &[("name", "Late"), ("policy", "revoke")]).await.with_status(303);
    has(&ana.open(&path).await, "value=\"Acme Corporation\"");
    assert_eq!(acme.audited("workspace.changed").await, 1);
    over(app).await;
}

#[tokio::test]
async fn a_page_of_tokens_asks_the_database_as_often_however_many_there_are() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let acme = acme.with_member("bo@acme.example").await.with_member("cy@acme.example").await;
    let path = format!("{home}/tokens");
    let asked = async || {
        ana.get(&path).await.with_status(200);
        let before = app.app.db.statements();
        ana.get(&path).await.with_status(200);
        app.app.db.statements() - before
    };
    let make = async |name: &str, creator| {
        acme.token_with(name, bailiwick::tokens::Role::Member, Some(creator), None).await;
    };
    make("first", "ana@acme.example").await;
    let of_one = asked().await;
    for at in 0..30 {
        make(&format!("bot-{at}"), ["bo@acme.example", "cy@acme.example"][at % 2]).await;
    }
    assert_eq!(asked().await, of_one);
    has(&ana.get(&path).await, "cy@acme.example");
    over(app).await;
}
