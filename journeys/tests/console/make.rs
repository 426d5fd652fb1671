//! How a token is made, once.

use test_app::TestApp;

use crate::story::{hidden, owner, secret_of};

#[tokio::test]
async fn an_owner_without_tokens_is_told_what_to_do_first_and_makes_one() {
    let app = TestApp::start().await;
    let (ana, _, home) = owner(&app, "acme").await;
    let page = ana.open(&home).await.with_status(200);
    page.has("There are no tokens yet");
    page.has(&format!("{home}/tokens/new"));
    page.has("Mail is your only second factor");
    page.has("One owner has neither an authenticator app nor a passkey");

    let form = ana.open(&format!("{home}/tokens/new")).await.with_status(200);
    let once = hidden(&form, "once");
    let fields = [("description", "deploy-bot"), ("end", "90"), ("role", "member"), ("once", &*once)];
    let made = ana.post(&format!("{home}/tokens/new"), &fields).await.with_status(200);
    let secret = secret_of(&made);
    assert_eq!(app.code(&secret).await, "VALID");
    made.has("deploy-bot");

    // Loaded again, the page makes no second one.
    let again = ana.post(&format!("{home}/tokens/new"), &fields).await.with_status(200);
    again.has("This token was made already");
    again.has_not(&secret);
    let list = ana.open(&format!("{home}/tokens")).await.with_status(200);
    assert_eq!(list.text.matches("deploy-bot").count(), 1);
    list.has(&format!("{}…", &secret[..9]));
    list.has("ana@acme.example");
    list.has_not(&secret);
    ana.open(&home).await.has_not("There are no tokens yet");
    app.over().await;
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
    app.over().await;
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
        page.has(said);
        page.has(&format!("value=\"{description}\""));
    }
    let page = ana.post(&path, &[("description", "kept-words"), ("end", "90"), ("role", "member")]).await;
    page.with_status(422).has("Send it once more");
    ana.open(&format!("{home}/tokens")).await.has("There is none yet");
    app.over().await;
}
