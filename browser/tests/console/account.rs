//! What people do rarely with their account, each on a page of its own.

use browser::Stage;

use crate::story::{ANA, PASSWORD, ana_is_in, here, text_of, types_the_mailed_code};

#[tokio::test]
async fn whoever_signs_up_makes_a_workspace_of_their_own() {
    let mut stage = Stage::set_with(&[("SIGNIN__SIGN_UP", "open")]);
    let ana = stage.browser().await;
    ana.open("/sign-in").await;
    ana.sees("New here?").await;
    ana.looks_well("sign-in-or-up", "Sign in").await;
    ana.press("Make a workspace").await;
    ana.looks_well("sign-up", "Make a workspace").await;
    ana.expects("status of 422");
    ana.press("Go on").await;
    ana.sees("This needs another look").await;
    ana.looks_well("sign-up-wrong", "Make a workspace").await;
    ana.fill("Name of the workspace", "Acme").await;
    ana.fill("Your name", "Ana Lovelace").await;
    ana.fill("Mail address", ANA).await;
    ana.fill("Password", PASSWORD).await;
    ana.sees("Very hard to guess.").await;
    ana.press("Go on").await;
    types_the_mailed_code(&mut stage, &ana, ANA, "Confirm").await;
    ana.sees("You are in.").await;
    ana.sees("Acme").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn another_mail_address_is_confirmed_by_a_link_that_went_there() {
    let (mut stage, ana) = ana_is_in().await;
    ana.open("/account").await;
    ana.fill("Another mail address", "ana@new.example").await;
    ana.press("Change the address").await;
    ana.sees("Open the link that is on its way to your new address.").await;
    ana.looks_well("address-asked", "My account").await;
    ana.open(&stage.last_mail("ana@new.example").link(&format!("{}/address/", stage.url))).await;
    ana.looks_well("address", "Confirm your new mail address").await;
    ana.press("Make it my address").await;
    ana.sees("Your mail address is changed.").await;
    ana.sees("Your mail address is ana@new.example.").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_session_is_renewed_on_a_page_of_its_own_where_there_is_no_dialog() {
    let (mut stage, ana) = ana_is_in().await;
    ana.open("/renew").await;
    ana.looks_well("renew-page", "Stay signed in").await;
    ana.expects("status of 422");
    ana.fill("Password", "not the right one").await;
    ana.press("Stay signed in").await;
    ana.sees("That is not your password.").await;
    ana.looks_well("renew-page-wrong", "Stay signed in").await;
    stage.advance(1);
    ana.fill("Password", PASSWORD).await;
    ana.press("Stay signed in").await;
    ana.sees("on their way to your mailbox").await;
    ana.looks_well("renew-page-second", "One more step to stay signed in").await;
    types_the_mailed_code(&mut stage, &ana, ANA, "Stay signed in").await;
    ana.sees("You stay signed in for another 14 days.").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn whoever_has_a_sign_in_becomes_the_owner_of_another_workspace_and_switches_between_both() {
    let (mut stage, ana) = ana_is_in().await;
    let acme = here(&ana).await;
    ana.open(&stage.owner_link("Beta Instruments")).await;
    ana.looks_well("welcome-again", "You are to be an owner").await;
    ana.press("Become the owner").await;
    ana.sees("You are in.").await;
    ana.press("Workspace: Beta Instruments. Switch to another").await;
    ana.looks_well("switcher", "Home").await;
    ana.press("Acme").await;
    ana.is_at(&acme).await;
    ana.sees_no("You are in.").await;
    ana.press("Workspace: Acme. Switch to another").await;
    ana.press("Beta Instruments").await;
    ana.sees("Beta Instruments").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn times_are_those_of_whoever_reads_them_and_on_hover_to_the_second() {
    let (mut stage, ana) = ana_is_in().await;
    ana.is_in_zone("Asia/Tokyo").await;
    ana.press("People").await;
    ana.sees("Owner, with full rights").await;
    // As it would be written for that zone, in whatever language the browser speaks.
    let written = |zone: &str, style: &str| {
        format!(
            "const time = document.querySelector('td time'); const style = {{ {style}, timeZone: '{zone}' }};
             return new Intl.DateTimeFormat(navigator.language, style).format(Date.parse(time.dateTime)) === "
        )
    };
    let exact = |zone: &str| written(zone, "dateStyle: 'full', timeStyle: 'long'") + "time.title";
    let plain = |zone: &str| written(zone, "dateStyle: 'medium', timeStyle: 'short'") + "time.textContent";
    ana.becomes(&exact("Asia/Tokyo"), true).await;
    let near = text_of(&ana, "td time").await;
    assert!(near.contains("minute") || near.contains("second") || near == "now", "{near}");
    stage.advance(8 * 24 * 3600);
    ana.reload().await;
    ana.becomes(&exact("Asia/Tokyo"), true).await;
    ana.becomes(&plain("Asia/Tokyo"), true).await;
    ana.is_in_zone("America/New_York").await;
    ana.reload().await;
    ana.becomes(&exact("America/New_York"), true).await;
    ana.becomes(&plain("America/New_York"), true).await;
    ana.becomes(&plain("Asia/Tokyo"), false).await;
    ana.leave().await;
    stage.end();
}
