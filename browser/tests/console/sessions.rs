//! How a session goes on, and how it ends.

use browser::Browser;

use crate::story::{ANA, PASSWORD, ana_is_in, signs_in, text_of, types_the_mailed_code};

const HOUR: u64 = 3600;

/// Presses what the bar says of the session's end. The minutes in it are those of the machine's clock.
async fn opens_the_dialog_again(who: &Browser) {
    who.sees("Signed out in").await;
    who.press(&text_of(who, "[data-ending]").await).await;
    who.sees("What you are typing on this page is kept").await;
}

#[tokio::test]
async fn a_session_is_renewed_without_leaving_what_is_being_typed() {
    let (mut stage, ana) = ana_is_in().await;
    stage.advance((13 * 24 + 22) * HOUR + 30 * 60);
    ana.open("/account").await;
    ana.sees("You will be signed out soon").await;
    ana.looks_well("renew", "You will be signed out soon").await;
    ana.press("Not now").await;
    ana.sees_no("What you are typing on this page is kept").await;
    ana.fill("Name", "Ana King").await;
    opens_the_dialog_again(&ana).await;
    ana.press("Stay signed in").await;
    ana.expects("status of 422");
    ana.fill("Password", "not the right one").await;
    ana.looks_well("renew-password", "Stay signed in").await;
    ana.press("Stay signed in").await;
    ana.sees("That is not your password.").await;
    ana.looks_well("renew-wrong", "Stay signed in").await;
    ana.fill("Password", PASSWORD).await;
    ana.press("Stay signed in").await;
    ana.sees("One more step to stay signed in").await;
    ana.looks_well("renew-second", "One more step to stay signed in").await;
    types_the_mailed_code(&mut stage, &ana, ANA, "Stay signed in").await;
    ana.sees("You stay signed in for another 14 days.").await;
    ana.sees_no("Signed out in").await;
    assert_eq!(ana.reads("Name").await, "Ana King");
    ana.looks_well("renewed", "My account").await;
    ana.press("Change the name").await;
    ana.sees("Your name is changed.").await;

    stage.advance(10 * 24 * HOUR);
    ana.reload().await;
    ana.sees("My account").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_session_is_renewed_by_a_passkey_in_the_dialog() {
    let (mut stage, ana) = ana_is_in().await;
    let _device = ana.gets_a_passkey_device().await;
    ana.open("/account").await;
    ana.press("Add a passkey").await;
    ana.sees("It is added").await;
    stage.advance((13 * 24 + 23) * HOUR);
    ana.reload().await;
    ana.sees("You will be signed out soon").await;
    ana.press("Not now").await;
    ana.sees_no("What you are typing on this page is kept").await;
    ana.fill("Name", "Ana King").await;
    opens_the_dialog_again(&ana).await;
    ana.press("Stay signed in").await;
    ana.press("Use a passkey").await;
    ana.sees("You stay signed in for another 14 days.").await;
    assert_eq!(ana.reads("Name").await, "Ana King", "what was being typed is kept");
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_session_that_is_over_while_a_page_is_open_says_so_and_leads_to_the_sign_in() {
    let (mut stage, ana) = ana_is_in().await;
    stage.advance((13 * 24 + 23) * HOUR);
    ana.open("/account").await;
    ana.sees("You will be signed out soon").await;
    ana.press("Not now").await;
    ana.sees_no("What you are typing on this page is kept").await;
    ana.fill("Name", "Ana King").await;
    stage.advance(2 * HOUR);
    // Somebody comes back to the tab.
    ana.script("document.dispatchEvent(new Event('visibilitychange'))", vec![]).await;
    ana.sees("You are signed out").await;
    ana.looks_well("over-while-open", "You are signed out").await;
    ana.escape().await;
    ana.sees_no("You are signed out").await;
    assert_eq!(ana.reads("Name").await, "Ana King", "what was being typed is kept");
    ana.reload().await;
    ana.sees("Your session has ended: it lasts 14 days.").await;
    ana.looks_well("session-over", "Sign in").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_session_that_is_ended_from_another_browser_is_out_and_told_so() {
    let (mut stage, ana) = ana_is_in().await;
    let bo = stage.browser().await;
    signs_in(&mut stage, &bo, ANA).await;
    ana.open("/account").await;
    ana.looks_well("account-two-sessions", "My account").await;
    ana.press("End all others").await;
    ana.sees("Your other sessions have ended.").await;
    bo.reload().await;
    bo.sees("Your session was ended. Sign in again.").await;
    bo.leave().await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn whoever_wants_the_dark_theme_keeps_it() {
    let (stage, ana) = ana_is_in().await;
    ana.open("/account").await;
    ana.press("Ana Lovelace: your menu").await;
    ana.looks_well("menu", "My account").await;
    let background = "return getComputedStyle(document.body).backgroundColor";
    ana.press("Dark theme").await;
    ana.becomes(background, "rgb(21, 24, 27)").await;
    ana.press("Ana Lovelace: your menu").await;
    ana.press("Light theme").await;
    ana.becomes(background, "rgb(245, 246, 247)").await;
    ana.is_at("/account").await;
    ana.leave().await;
    stage.end();
}
