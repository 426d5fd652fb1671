//! Home, and a workspace's tokens.

use crate::story::{ana_is_in, text_of};

#[tokio::test]
async fn a_token_is_made_shown_once_found_rotated_and_revoked() {
    let (mut stage, ana) = ana_is_in().await;
    ana.sees("There are no tokens yet").await;
    ana.looks_well("home-first", "Home").await;
    ana.press("Tokens").await;
    ana.sees("There is none yet.").await;
    ana.looks_well("tokens-none", "Tokens").await;
    ana.press("Make the first token").await;
    ana.looks_well("token-new", "Make a token").await;
    ana.expects("status of 422");
    ana.press("Make the token").await;
    ana.sees("This needs another look").await;
    ana.looks_well("token-new-wrong", "Make a token").await;
    ana.fill("What it is for", "deploy-bot").await;
    ana.press("Make the token").await;
    ana.sees("It is shown this once").await;
    ana.looks_well("secret", "Your new token").await;
    let secret = text_of(&ana, "code.secret").await;
    ana.press("I have kept it").await;
    ana.sees("Where it was found").await;
    ana.looks_well("token", "deploy-bot").await;

    stage.leak(&secret);
    ana.press("Home").await;
    ana.sees("no longer works").await;
    ana.looks_well("home", "Home").await;
    ana.press("Tokens").await;
    ana.looks_well("tokens", "Tokens").await;
    ana.press("deploy-bot").await;
    ana.sees("GitHub").await;
    ana.looks_well("token-found", "deploy-bot").await;

    ana.open("/").await;
    ana.press("Tokens").await;
    ana.press("Make a token").await;
    ana.fill("What it is for", "nightly-report").await;
    ana.press("Make the token").await;
    ana.press("I have kept it").await;
    ana.press("Rotate the token").await;
    ana.sees("It is shown this once").await;
    ana.press("I have kept it").await;
    ana.expects("status of 422");
    ana.press("Revoke the token").await;
    ana.sees("This needs another look").await;
    ana.looks_well("token-revoke-wrong", "nightly-report").await;
    ana.fill("To confirm, type its hint or its description", "nightly-report").await;
    ana.press("Revoke the token").await;
    ana.sees("The token is revoked.").await;
    ana.looks_well("token-revoked", "nightly-report").await;
    ana.press("Leaks").await;
    ana.sees("Where tokens of this workspace were found").await;
    ana.looks_well("leaks", "Leaks").await;
    ana.press("Audit").await;
    ana.sees("Nobody can rewrite it").await;
    ana.looks_well("audit", "Audit").await;
    ana.press("Settings").await;
    ana.sees("Name of the workspace").await;
    ana.looks_well("settings", "Settings").await;
    ana.fill("Name of the workspace", "Acme Tools").await;
    ana.press("Save the settings").await;
    ana.sees("The settings are saved.").await;
    ana.sees("Acme Tools").await;
    ana.leave().await;
    stage.end();
}
