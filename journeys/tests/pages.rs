//! Who may open which page and send which form: every route of the console has its row, and the row holds.

#[path = "pages/table.rs"]
mod table;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use bailiwick::{
    ids::{PersonId, RequestId},
    permissions::Authority,
    signin::{
        link::{self, WantedPortal},
        session::{self, Kind, Means},
    },
    web::Origin,
};
use serde_json::Value;
use test_app::{Answer, Browser, TestApp, Token, Workspace};

use table::{
    ANOTHER, HALF,
    Is::{Status, To},
    MEMBER, NOBODY, OWNER, PORTAL, Row, STALE, WHO, accounts, links, people, signing_in, table, the_rest,
    tokens,
};

const RETURN: (&str, &str) = ("SIGNIN__RETURN_URLS", "https://app.vendor.example/in");

/// A workspace with a member, a token and an invitation; another one; and somebody half signed in.
struct Story<'a> {
    app: &'a TestApp,
    half: Browser<'a>,
    acme: Workspace<'a>,
    owner: String,
    member: String,
    other: Workspace<'a>,
    token: Token,
}

/// The cookie of somebody who has shown their password and no second factor.
async fn half(app: &TestApp) -> Browser<'_> {
    app.owner("half@gamma.example").await;
    let browser = app.browser().begun("half@gamma.example").await;
    app.work_off().await;
    browser
}

impl<'a> Story<'a> {
    async fn of(app: &'a TestApp, half: &Browser<'a>, at: &str) -> Self {
        let (owner, member) = (format!("ana@acme{at}.example"), format!("bo@acme{at}.example"));
        let acme = app.workspace(&format!("acme{at}")).await.with_member(&member).await;
        let token = acme.token("deploy-bot").await;
        let other = app.workspace(&format!("other{at}")).await;
        Self { app, half: half.copied(), acme, owner, member, other, token }
    }

    /// A browser in which this one is signed in, and the session's id.
    async fn browser(&self, who: usize) -> (Browser<'a>, String) {
        let other = self.owner.replacen("acme", "other", 1);
        let (workspace, mail) = match who {
            NOBODY => return (self.app.browser(), String::new()),
            HALF => return (self.half.copied(), String::new()),
            ANOTHER => (&self.other, other.as_str()),
            MEMBER => (&self.acme, self.member.as_str()),
            _ => (&self.acme, self.owner.as_str()),
        };
        let person = self.person(workspace, mail).await;
        let (kind, means) = if who == PORTAL {
            let workspace = self.acme.id.clone();
            (Kind::Portal { workspace, page: None, back: None }, Means::PortalLink)
        } else {
            (Kind::Full, Means::Mail)
        };
        let mut now = self.app.app.now();
        if who == STALE {
            now.when = now.when.minus(session::FRESH);
        }
        let request_id = RequestId::new(now.when, now.chance);
        let origin = Origin { address: None, user_agent: None, request_id };
        let mut tx = self.app.app.db.begin().await.expect("the database answers");
        let lasts = session::LASTS;
        let begun = session::begin_in(&mut tx, now, &person, &kind, means, &origin, lasts, None).await;
        let begun = begun.expect("a session");
        tx.commit().await.expect("the database answers");
        let browser = self.app.browser();
        browser.keep("__Host-session", begun.secret.text().expose());
        (browser, begun.id.to_string())
    }

    async fn person(&self, workspace: &Workspace<'_>, mail: &str) -> PersonId {
        let member = workspace.member_named(mail).await;
        let rows = self.app.sql(&format!("SELECT person_id FROM members WHERE id = '{member}'")).await;
        rows[0].get("person_id").expect("an id")
    }

    /// A route's path with what is there, made as far as the path needs it.
    async fn path(&self, route: &str) -> String {
        let mut path = self.fill(route);
        if path.contains("{member}") {
            path = path.replace("{member}", self.acme.member_named(&self.member).await.as_str());
        }
        if path.contains("{invitation}") {
            path = path.replace("{invitation}", &self.invitation().await);
        }
        if path.contains("{session}") {
            let owners = self.browser(OWNER).await.1;
            path = path.replace("{session}", &owners);
        }
        match path.as_str() {
            "/welcome/{secret}" => self.own(&self.app.owner_link("New").await),
            "/portal/{secret}" => self.own(&self.portal().await),
            "/sign-in/product" => format!("{path}?to=https://app.vendor.example/in"),
            _ => path
                .replace("{secret}", &"A".repeat(43))
                .replace("{factor}", "x")
                .replace("{file}", "console.css"),
        }
    }

    fn own(&self, url: &str) -> String {
        url.strip_prefix(&self.app.app.public_url).expect("ours").to_owned()
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{workspace}", self.acme.id.as_str())
            .replace("{other}", self.other.id.as_str())
            .replace("{token}", self.token.id.as_str())
    }

    async fn invitation(&self) -> String {
        let owner = self.browser(OWNER).await.0;
        // One of its own, as nobody's mailbox is filled.
        let invited = format!("invited-by-{}", self.owner);
        let mail = [("mail", invited.as_str()), ("role", "member")];
        owner.post(&self.fill("/w/{workspace}/people"), &mail).await.with_status(303);
        let invited = format!("SELECT id FROM invitations WHERE workspace_id = '{}'", self.acme.id);
        self.app.sql(&invited).await[0].get("id").expect("an id")
    }

    async fn portal(&self) -> String {
        let wanted = WantedPortal {
            workspace: self.acme.id.clone(),
            person: self.member.as_str().into(),
            page: None,
            minutes: None,
            return_url: None,
        };
        let made = link::make_portal_link(&self.app.app, &Authority::on_this_machine(), wanted).await;
        made.unwrap_or_else(|stop| panic!("a link: {stop:?}")).url.expose().to_owned()
    }

    async fn sends(&self, row: &Row, who: usize) {
        let browser = self.browser(who).await.0;
        let path = self.path(row.path).await;
        let answer = match row.method {
            Method::GET => browser.get(&path).await,
            _ => browser.post(&path, row.fields).await,
        };
        let what = format!("{} {path} by {}: {}", row.method, WHO[who], answer.text);
        match row.answers[who] {
            Status(status) => {
                assert_eq!(answer.status.as_u16(), status, "{what}");
                if status >= 400 {
                    assert!(is_page(&answer), "what is wrong is said on a page: {what}");
                }
            }
            To(there) => {
                assert_eq!(answer.status.as_u16(), 303, "{what}");
                let location = answer.leads_to();
                assert!(location.starts_with(&self.fill(there)), "{location} of {what}");
            }
        }
    }
}

fn is_page(answer: &Answer) -> bool {
    let kind = answer.headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind == "text/html; charset=utf-8") && answer.text.contains("</html>")
}

fn reads(row: &Row) -> bool {
    row.method == Method::GET
}

#[tokio::test]
async fn every_page_is_shown_to_whom_it_may_be_shown() {
    let app = TestApp::with(&[RETURN]).await;
    let half = half(&app).await;
    // Whoever looks changes nothing, as a test below says, so all may look at one story.
    let story = Story::of(&app, &half, "").await;
    for row in table().iter().filter(|row| reads(row)) {
        for who in 0..WHO.len() {
            story.sends(row, who).await;
        }
    }
    app.over().await;
}

#[tokio::test]
async fn every_page_has_one_heading_and_one_main_action() {
    let app = TestApp::with(&[RETURN, ("SIGNIN__SIGN_UP", "open")]).await;
    let half = half(&app).await;
    let story = Story::of(&app, &half, "").await;
    let mut wanting = Vec::new();
    for row in table().iter().filter(|row| reads(row)) {
        for (who, name) in WHO.iter().enumerate() {
            let path = story.path(row.path).await;
            let answer = story.browser(who).await.0.get(&path).await;
            let Some((_, content)) = answer.text.split_once("<main") else { continue };
            let content = content.split("</main>").next().expect("a beginning");
            let count =
                |marks: &[&str]| marks.iter().map(|mark| content.matches(mark).count()).sum::<usize>();
            let (headings, actions) = (
                count(&["<h1>"]),
                count(&["class=\"main\"", "class=\"button main\"", "class=\"main danger\""]),
            );
            if (headings, actions) != (1, 1) {
                wanting.push(format!("{path} of {name}: {headings} headings, {actions} main actions"));
            }
        }
    }
    assert!(wanting.is_empty(), "{}", wanting.join("\n"));
    app.work_off().await;
    app.end().await;
}

/// Each form is sent in a story of its own, for it changes it.
async fn forms_hold(rows: Vec<Row>) {
    let app = TestApp::with(&[RETURN]).await;
    let half = half(&app).await;
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| !reads(row)) {
        for who in 0..WHO.len() {
            Story::of(&app, &half, &format!("{at}x{who}")).await.sends(row, who).await;
        }
    }
    app.over().await;
}

#[tokio::test]
async fn every_form_of_signing_in_is_taken_from_whom_it_may_come() {
    forms_hold(signing_in().into_iter().chain(links()).collect()).await;
}

#[tokio::test]
async fn every_form_of_an_account_is_taken_from_whom_it_may_come() {
    forms_hold(accounts()).await;
}

#[tokio::test]
async fn every_form_of_people_is_taken_from_whom_it_may_come() {
    forms_hold(people()).await;
}

#[tokio::test]
async fn every_form_of_tokens_and_the_rest_is_taken_from_whom_it_may_come() {
    forms_hold(tokens().into_iter().chain(the_rest()).collect()).await;
}

#[tokio::test]
async fn a_path_has_one_row_for_each_method() {
    let mut rows: Vec<_> = table().iter().map(|row| (row.method.to_string(), row.path)).collect();
    let all = rows.len();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), all);
}

/// Good links of every kind, as they were mailed or made: first the one of a second step, and the browser that has asked for that.
async fn good_links<'a>(story: &Story<'a>, ana: &Browser<'_>, home: &str) -> (Browser<'a>, Vec<String>) {
    let app = story.app;
    let half = app.browser().begun(ANA).await;
    let step = half.mailed_link(ANA).await;
    app.browser().post("/forgot", &[("mail", ANA)]).await.with_status(303);
    let reset = ana.mailed_link(ANA).await;
    ana.post("/account/address", &[("mail", "moved@acme.example")]).await.with_status(303);
    let address = ana.mailed_link("moved@acme.example").await;
    let mail = [("mail", "new@acme.example"), ("role", "member")];
    ana.post(&format!("{home}/people"), &mail).await.with_status(303);
    let invitation = ana.mailed_link("new@acme.example").await;
    let (portal, welcome) = (story.own(&story.portal().await), story.own(&app.owner_link("New").await));
    (half, vec![step, reset, address, invitation, portal, welcome])
}

const ANA: &str = "ana@acme.example";

#[tokio::test]
async fn whoever_looks_changes_nothing() {
    let app = TestApp::with(&[RETURN, ("SIGNIN__SIGN_UP", "open")]).await;
    let (ana, home) = app.owner(ANA).await;
    let story = Story::of(&app, &half(&app).await, "1").await;
    let owner = story.browser(OWNER).await.0;
    let (asker, links) = good_links(&story, &ana, &home).await;
    let mut paths = links.clone();
    for row in table().iter().filter(|row| reads(row) && !row.path.contains("{secret}")) {
        paths.push(story.path(row.path).await);
    }
    assert!(paths.len() > 20, "{paths:?}");
    app.work_off().await;
    let before = app.contents().await;
    for path in &paths {
        // It makes the one-time code with which the product learns who is signed in. It opens nothing here, is bound to an address
        // that the settings name, and is over in a minute; a form could not be sent from the product's page.
        if path.starts_with("/sign-in/product") {
            continue;
        }
        for browser in [&owner, &story.half, &asker, &app.browser()] {
            let answer = browser.get(path).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.text);
            assert_eq!(app.contents().await, before, "GET {path} changed something");
        }
    }
    // They were good, and still are.
    asker.get(&links[0]).await.with_status(200);
    ana.get(&links[2]).await.with_status(200);
    for (link, status) in links.iter().zip([403, 200, 303, 200, 200, 200]) {
        app.browser().get(link).await.with_status(status);
    }
    app.end().await;
}

#[tokio::test]
async fn a_form_from_a_page_of_somebody_elses_is_refused_and_changes_nothing() {
    let app = TestApp::with(&[RETURN, ("SIGNIN__SIGN_UP", "open")]).await;
    let story = Story::of(&app, &half(&app).await, "1").await;
    let owner = story.browser(OWNER).await.0;
    owner.keep("__Host-attempt", &story.half.cookie("__Host-attempt").expect("an attempt"));
    let mut forms = Vec::new();
    for row in table().into_iter().filter(|row| !reads(row)) {
        // All ask for the one invitation that there is.
        let route = row.path.replace("{invitation}", "x");
        forms.push((story.path(&route).await, row.fields));
    }
    app.work_off().await;
    let before = app.contents().await;
    for (path, fields) in &forms {
        let answer = owner.post_from_elsewhere(path, fields).await;
        assert_eq!(answer.status.as_u16(), 403, "{path}: {}", answer.text);
        assert!(is_page(&answer) && answer.text.contains("not sent from a page of ours"), "{path}");
        assert!(answer.headers.get(header::SET_COOKIE).is_none(), "{path}");
        // One that says nothing of where it is from is not believed either.
        let silent = owner.post_with(path, HeaderMap::new(), fields).await;
        assert_eq!(silent.status.as_u16(), 403, "{path}: {}", silent.text);
    }
    assert_eq!(app.contents().await, before);
    app.end().await;
}

#[tokio::test]
async fn whoever_calls_us_by_another_name_gets_nothing() {
    let app = TestApp::with(&[RETURN]).await;
    let story = Story::of(&app, &half(&app).await, "1").await;
    let owner = story.browser(OWNER).await.0;
    let session = owner.cookie("__Host-session").expect("a session");
    let mut asked: Vec<(Method, String)> = Vec::new();
    for row in table() {
        asked.push((row.method, story.path(&row.path.replace("{invitation}", "x")).await));
    }
    for path in
        ["/v1/session", "/v1/workspaces", "/.well-known/jwks.json", "/openapi.json", "/docs", "/nowhere"]
    {
        asked.push((Method::GET, path.to_owned()));
    }
    asked.push((Method::POST, "/v1/tokens/verify".to_owned()));
    app.work_off().await;
    let before = app.contents().await;
    for (method, path) in asked {
        let mut headers = TestApp::header("cookie", &format!("__Host-session={session}"));
        headers.insert(header::HOST, HeaderValue::from_static("evil.example"));
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://evil.example"));
        let answer = app.send_raw(method.clone(), &path, headers, Vec::new()).await;
        assert_eq!(answer.status.as_u16(), 421, "{method} {path}: {}", answer.text);
        assert!(answer.headers.get(header::SET_COOKIE).is_none());
    }
    assert_eq!(app.contents().await, before);
    app.end().await;
}

#[tokio::test]
async fn what_goes_wrong_is_a_page_to_people_and_a_problem_to_programs() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.get("/w/x").await.with_status(303);
    for (path, status) in [
        ("/nowhere", 404),
        ("/sign-up", 404),
        ("/reset/x", 404),
        ("/sign-out", 405),
        ("/account/nowhere", 404),
    ] {
        let answer = browser.get(path).await.with_status(status);
        assert!(is_page(&answer), "{path}: {}", answer.text);
    }
    // Whatever a program says that it reads: of the API it gets JSON.
    for path in ["/v1/session", "/v1/workspaces", "/v1/nowhere"] {
        for answer in [browser.get(path).await, app.get(path, "").await] {
            assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{path}");
            assert!(answer.json["code"].is_string() && answer.json != Value::Null, "{}", answer.text);
        }
    }
    app.end().await;
}
