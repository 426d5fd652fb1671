//! Who sees which tokens, and how they are found.

use bailiwick::permissions::Authority;
use test_app::TestApp;
use time_and_chance::Duration;

use crate::story::{member, owner};

#[tokio::test]
async fn members_look_at_tokens_and_change_none() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let token = acme.token("deploy-bot").await;
    let bo = member(&app, &ana, &home, "bo@acme.example").await;
    let path = format!("{home}/tokens/{}", token.id);
    let list = bo.get(&format!("{home}/tokens")).await.with_status(200);
    list.has("deploy-bot");
    list.has_not("tokens/new");
    let page = bo.get(&path).await.with_status(200);
    page.has("<h1>deploy-bot</h1>");
    page.has_not("<form method=\"post\" action=\"/w/");
    bo.get(&home).await.with_status(200).has_not("owners have neither");
    bo.get(&format!("{home}/tokens/new")).await.with_status(403);
    for path in
        [format!("{home}/tokens/new"), path.clone(), format!("{path}/rotate"), format!("{path}/revoke")]
    {
        bo.post(&path, &[("confirmation", "deploy-bot"), ("overlap", "none"), ("description", "x")])
            .await
            .with_status(403);
    }
    assert_eq!(app.code(&token.secret).await, "VALID");
    app.over().await;
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
        assert!(nobody.leads_to().starts_with("/sign-in?next="));
    }
    let path = format!("{other}/tokens/{}", token.id);
    eve.get(&path).await.with_status(404);
    let fields = [("confirmation", "deploy-bot"), ("overlap", "none"), ("description", "x")];
    for path in [path.clone(), format!("{path}/rotate"), format!("{path}/revoke")] {
        eve.post(&path, &fields).await.with_status(404);
    }
    eve.get(&format!("{other}/tokens/nonsense")).await.with_status(404);
    assert_eq!(app.code(&token.secret).await, "VALID");
    app.over().await;
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
    first.has("bot-52.");
    first.has_not("bot-02.");
    let cursor =
        first.text.split("cursor=").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page");
    let second = ana.get(&format!("{path}?cursor={cursor}")).await.with_status(200);
    second.has("bot-02.");
    second.has_not("Next page");

    let by = Authority::on_this_machine();
    bailiwick::tokens::revoke(&app.app, &by, &all[7].id).await.expect("it is revoked");
    let ended = ana.get(&format!("{path}?state=ended")).await.with_status(200);
    ended.has("bot-07.");
    ended.has_not("bot-08.");
    ana.get(&format!("{path}?state=warned")).await.has("There is no such token.");
    ana.get(&format!("{path}?state=live&cursor={cursor}")).await.has_not("bot-07.");

    let hint = &all[9].secret[4..9];
    let found = ana.get(&format!("{path}?hint=bwk_{hint}")).await.with_status(200);
    found.has("bot-09.");
    assert_eq!(found.text.matches(">bot-").count(), 1);
    ana.get(&format!("{path}?hint=zzzzz")).await.has("No token of this workspace begins so now.");
    let wrong = ana.get(&format!("{path}?hint=%3Cscript%3E")).await.with_status(422);
    wrong.has("A hint is the five characters");
    wrong.has("value=\"&#60;script&#62;\"");
    ana.get(&format!("{path}?cursor=nonsense")).await.with_status(200).has("bot-52.");
    app.over().await;
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
    ana.get(&path).await.has("cy@acme.example");
    app.over().await;
}
