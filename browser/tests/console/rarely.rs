//! Pages of a workspace when nothing is there, when something is wrong, and when something is dangerous.

use browser::Stage;

use crate::story::{ana_is_in, ana_is_in_at, here};

#[tokio::test]
async fn a_token_that_is_warned_of_stands_out_wherever_it_is() {
    let stage = Stage::set_with(&[("EXPOSURE__POLICY", "warn_then_revoke")]);
    let (mut stage, ana) = ana_is_in_at(stage).await;
    let home = here(&ana).await;
    let token = stage.token(home.trim_start_matches("/w/"), "deploy-bot");
    stage.leak(&token.secret);
    ana.press("Home").await;
    ana.sees("3 things need attention").await;
    ana.looks_well("home-warned", "Home").await;
    ana.press("Tokens").await;
    ana.sees("Find by hint").await;
    ana.looks_well("tokens-warned", "Tokens").await;
    ana.press("deploy-bot").await;
    ana.sees("was found in public and still works until").await;
    ana.looks_well("token-warned", "deploy-bot").await;
    ana.press("Leaks").await;
    ana.sees("Where tokens of this workspace were found").await;
    ana.looks_well("leaks-warned", "Leaks").await;

    // In a day it ends by itself.
    stage.advance(25 * 3600);
    stage.mails();
    ana.open(&format!("{home}/tokens/{}", token.id)).await;
    ana.sees("revoked").await;
    ana.looks_well("token-ended", "deploy-bot").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn where_nothing_is_it_is_said_what_would_stand_there() {
    let (stage, ana) = ana_is_in().await;
    ana.press("Leaks").await;
    ana.sees("No token of this workspace was found in public").await;
    ana.looks_well("leaks-none", "Leaks").await;

    ana.press("Audit").await;
    ana.sees("Nobody can rewrite it").await;
    ana.choose("What happened", "A token was revoked.").await;
    ana.press("Show").await;
    ana.sees("Nothing of that kind is on record.").await;
    ana.looks_well("audit-none", "Audit").await;
    ana.choose("What happened", "Anything").await;
    ana.choose("Who did it", "Somebody signed in").await;
    ana.press("Show").await;
    ana.sees("Show all").await;
    ana.sees("ana@acme.example").await;
    ana.script("document.querySelector('td details').open = true", vec![]).await;
    ana.looks_well("audit-filtered", "Audit").await;
    let audit = here(&ana).await;
    ana.expects("status of 422");
    ana.open(&format!("{audit}?from=yesterday&kind=nobody")).await;
    ana.sees("Enter a day, such as").await;
    ana.looks_well("audit-wrong", "Audit").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_what_was_typed() {
    let (mut stage, ana) = ana_is_in().await;
    let home = here(&ana).await;
    ana.press("Settings").await;
    ana.fill("Name of the workspace", "").await;
    ana.tick("Members need an authenticator app or a passkey").await;
    ana.expects("status of 422");
    ana.press("Save the settings").await;
    ana.sees("This needs another look").await;
    ana.looks_well("settings-wrong", "Settings").await;

    ana.press("People").await;
    ana.sees("Owner, with full rights").await;
    ana.fill("Mail address", "ana@acme.example").await;
    ana.expects("status of 422");
    ana.press("Invite").await;
    ana.sees("Somebody with this address is a member already.").await;
    ana.looks_well("people-wrong", "People").await;
    ana.expects("status of 409");
    ana.press("Make a member : ana@acme.example").await;
    ana.sees("A workspace always has at least one owner.").await;
    ana.looks_well("last-owner", "This cannot be done now").await;

    stage.token(home.trim_start_matches("/w/"), "deploy-bot");
    ana.expects("status of 422");
    ana.open(&format!("{home}/tokens?hint=x")).await;
    ana.sees("This needs another look").await;
    ana.looks_well("tokens-wrong", "Tokens").await;
    ana.press("Ended").await;
    ana.sees("There is no such token.").await;
    ana.looks_well("tokens-no-such", "Tokens").await;

    // After ten minutes something sensitive takes a proof.
    stage.advance(11 * 60);
    ana.open(&format!("{home}/tokens/new")).await;
    ana.sees("Before something sensitive we make sure.").await;
    ana.looks_well("step-up-password", "Is it still you?").await;
    ana.expects("status of 422");
    ana.fill("Password", "not the right one").await;
    ana.press("Go on").await;
    ana.sees("That is not your password.").await;
    ana.looks_well("step-up-wrong", "Is it still you?").await;
    ana.leave().await;
    stage.end();
}
