//! What was found in public, at home and among the leaks.

use serde_json::json;
use test_app::TestApp;
use time_and_chance::Duration;

use crate::story::{hidden, member, owner};

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
    page.has("was found in public. It is revoked within a day.");
    let token = ana.open(&format!("{home}/tokens/{}", leaked.id)).await.with_status(200);
    token.has("owners warned");
    token.has("<code>javascript:alert(1)</code>");
    token.has_not("href=\"javascript:");
    ana.open(&format!("{home}/tokens?state=warned")).await.has("leaked-bot");

    let once = hidden(&token, "once");
    let fields = [("overlap", "none"), ("once", &*once)];
    ana.post(&format!("{home}/tokens/{}/rotate", leaked.id), &fields).await.with_status(200);
    ana.open(&home).await.has_not("leaked-bot");
    app.over().await;
}

#[tokio::test]
async fn leaks_say_where_which_token_and_what_was_done() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let (eve, _, _) = owner(&app, "other").await;
    let path = format!("{home}/leaks");
    ana.open(&path).await.with_status(200).has("Each report would stand here");
    let token = acme.token("deploy-bot").await;
    let url = "https://github.com/acme/app/blob/1f3a/config.py?a=<b>&c=d";
    let report = json!([{"token": token.secret, "url": url, "source": "commit"}, {"token": token.secret, "url": "data:text/html,x"}]);
    app.report_github(&report).await.with_status(200);
    let bo = member(&app, &ana, &home, "bo@acme.example").await;
    for who in [&ana, &bo] {
        let page = who.open(&path).await.with_status(200);
        page.has(&format!("<a href=\"{home}/tokens/{}\">deploy-bot</a>", token.id));
        page.has("<a href=\"https://github.com/acme/app/blob/1f3a/config.py?a=&#60;b&#62;&#38;c=d\" rel=\"noreferrer noopener\">");
        page.has("<code>data:text/html,x</code>");
        page.has(">revoked</span>");
        page.has(">was revoked before</span>");
        page.has("GitHub");
    }
    let page = ana.open(&home).await;
    page.has("Token deploy-bot");
    page.has("no longer works");
    app.clock.pass(Duration::from_hours(8 * 24));
    ana.open(&home).await.with_status(200).has_not("Token deploy-bot");
    ana.open(&format!("{path}?cursor=nonsense")).await.with_status(200).has("deploy-bot");
    eve.get(&path).await.with_status(404);
    app.over().await;
}
