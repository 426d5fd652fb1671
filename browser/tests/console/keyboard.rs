//! The same by the keyboard alone.

use crate::story::{ANA, PASSWORD, ana_is_in};

#[tokio::test]
async fn whoever_has_no_mouse_signs_in_and_makes_a_token() {
    let (mut stage, ana) = ana_is_in().await;
    let bo = stage.browser().await;
    stage.advance(1);
    bo.open("/sign-in").await;
    bo.tab().await;
    bo.focus_is_on("Skip to the content").await;
    bo.enter().await;
    bo.tab().await;
    bo.focus_is_on("Mail address").await;
    bo.types(ANA).await;
    bo.tab().await;
    bo.focus_is_on("Password").await;
    bo.types(PASSWORD).await;
    bo.enter().await;
    bo.sees("One more step").await;
    bo.tab().await;
    bo.enter().await;
    bo.tab().await;
    bo.focus_is_on("Code").await;
    bo.types(&stage.last_mail(ANA).code()).await;
    bo.enter().await;
    bo.sees("There are no tokens yet").await;

    bo.tab().await;
    bo.enter().await;
    bo.tab().await;
    bo.focus_is_on("Add an authenticator app or a passkey").await;
    bo.tab().await;
    bo.focus_is_on("Require one of everybody").await;
    bo.tab().await;
    bo.focus_is_on("Make the first token").await;
    bo.enter().await;
    bo.sees("What it is for").await;
    bo.tab().await;
    bo.enter().await;
    bo.tab().await;
    bo.focus_is_on("What it is for").await;
    bo.types("deploy-bot").await;
    bo.enter().await;
    bo.sees("It is shown this once").await;
    bo.tab().await;
    bo.enter().await;
    bo.tab().await;
    bo.focus_is_on("Copy").await;
    bo.enter().await;
    bo.sees("Copied").await;
    bo.tab().await;
    bo.focus_is_on("I have kept it").await;
    bo.enter().await;
    bo.sees("Where it was found").await;
    bo.leave().await;
    ana.leave().await;
    stage.end();
}
