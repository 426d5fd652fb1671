//! Each second factor, from its first to its last use.

use crate::story::{ANA, PASSWORD, ana_is_in, gives_the_password, signs_in, text_of, types_the_mailed_code};

#[tokio::test]
async fn a_mailed_link_works_in_the_browser_that_asked_for_it_and_in_no_other() {
    let (mut stage, ana) = ana_is_in().await;
    let (bo, cy) = (stage.browser().await, stage.browser().await);
    gives_the_password(&mut stage, &bo, ANA, PASSWORD).await;
    bo.sees("One more step").await;
    bo.looks_well("second-mail", "One more step").await;
    let link = stage.last_mail(ANA).link(&format!("{}/sign-in/link/", stage.url));

    cy.expects("status of 403");
    cy.open(&link).await;
    cy.sees("Another browser has asked for this").await;
    cy.looks_well("link-other-browser", "Another browser has asked for this").await;
    cy.leave().await;

    bo.open(&link).await;
    bo.sees("Is this you?").await;
    bo.looks_well("link", "Is this you?").await;
    bo.press("Yes, go on").await;
    bo.sees("Acme").await;
    bo.leave().await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn an_authenticator_is_added_and_asked_for_and_a_recovery_code_stands_in_for_it() {
    let (mut stage, ana) = ana_is_in().await;
    ana.open("/account").await;
    ana.sees("Mail is your only second factor").await;
    ana.looks_well("account-mail-alone", "My account").await;
    ana.press("Add an authenticator app").await;
    ana.sees("scan this picture").await;
    ana.looks_well("authenticator", "Add an authenticator app").await;
    ana.expects("status of 422");
    ana.fill("Enter the code that the app shows", "000000").await;
    ana.press("Add it").await;
    ana.sees("This code does not fit").await;
    ana.looks_well("authenticator-wrong", "Add an authenticator app").await;
    let secret = text_of(&ana, "code.secret").await;
    ana.fill("Enter the code that the app shows", &stage.app_code(&secret)).await;
    ana.press("Add it").await;
    ana.sees("It is added").await;

    ana.press("Make ten codes").await;
    ana.sees("Your recovery codes").await;
    let code = text_of(&ana, ".codes code").await;
    let asks = "const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving);
        return leaving.defaultPrevented";
    assert_eq!(ana.script(asks, vec![]).await, true);
    ana.looks_well("recovery-codes", "Your recovery codes").await;
    ana.press("I have kept them").await;
    ana.sees("10 of your codes are left").await;
    ana.looks_well("account-authenticator", "My account").await;
    stage.advance(60);

    ana.press("Ana Lovelace: your menu").await;
    ana.press("Sign out").await;
    ana.sees("You are signed out.").await;
    ana.looks_well("signed-out", "Sign in").await;
    gives_the_password(&mut stage, &ana, ANA, PASSWORD).await;
    ana.sees("6 digits of your authenticator app").await;
    ana.looks_well("second-authenticator", "One more step").await;
    ana.fill("Code", &stage.app_code(&secret)).await;
    ana.press("Sign in").await;
    ana.sees("Acme").await;

    let bo = stage.browser().await;
    gives_the_password(&mut stage, &bo, ANA, PASSWORD).await;
    bo.fill("Code", &code).await;
    bo.press("Sign in").await;
    bo.sees("Acme").await;
    bo.open("/account").await;
    bo.sees("9 of your codes are left").await;
    bo.leave().await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_passkey_is_added_and_then_is_all_that_it_takes() {
    let (mut stage, ana) = ana_is_in().await;
    let device = ana.gets_a_passkey_device().await;
    ana.open("/account").await;
    ana.fill("Name of the passkey", "Ana's laptop").await;
    ana.press("Add a passkey").await;
    ana.sees("It is added").await;
    ana.sees("Ana's laptop").await;
    assert_eq!(device.passkeys().await.len(), 1);
    ana.looks_well("account-passkey", "My account").await;

    ana.press("Ana Lovelace: your menu").await;
    ana.press("Sign out").await;
    ana.sees("You are signed out.").await;
    ana.press("Sign in with a passkey").await;
    ana.sees("Acme").await;

    // The second step after a password, with a finger that the device does not know at first.
    ana.press("Ana Lovelace: your menu").await;
    ana.press("Sign out").await;
    ana.sees("You are signed out.").await;
    device.knows_the_person(false).await;
    gives_the_password(&mut stage, &ana, ANA, PASSWORD).await;
    ana.press("Use a passkey").await;
    ana.sees("No passkey was used").await;
    ana.looks_well("second-passkey", "One more step").await;
    device.knows_the_person(true).await;
    ana.press("Use a passkey").await;
    ana.sees("Acme").await;

    // Ten minutes later something sensitive asks for it again.
    stage.advance(11 * 60);
    ana.open("/account").await;
    ana.press("Add an authenticator app").await;
    ana.sees("Is it still you?").await;
    ana.looks_well("step-up", "Is it still you?").await;
    ana.press("Use a passkey").await;
    ana.is_at("/account").await;
    ana.press("Add an authenticator app").await;
    ana.sees("scan this picture").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_passkey_is_offered_where_the_mail_address_is_typed() {
    let (stage, ana) = ana_is_in().await;
    let device = ana.gets_a_passkey_device().await;
    ana.open("/account").await;
    ana.press("Add a passkey").await;
    ana.sees("It is added").await;
    assert_eq!(device.passkeys().await.len(), 1);
    ana.press("Ana Lovelace: your menu").await;
    ana.press("Sign out").await;
    ana.sees("You are signed out.").await;
    ana.script("document.querySelector('#mail').focus()", vec![]).await;
    ana.sees("Acme").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_and_the_second_factor_stays() {
    let (mut stage, ana) = ana_is_in().await;
    let bo = stage.browser().await;
    bo.open("/sign-in").await;
    bo.press("Forgot the password, or never had one?").await;
    bo.looks_well("forgot", "Set a new password").await;
    bo.fill("Mail address", ANA).await;
    bo.press("Mail me a link").await;
    bo.sees("a link is on its way").await;
    bo.looks_well("forgot-sent", "Set a new password").await;
    bo.open(&stage.last_mail(ANA).link(&format!("{}/reset/", stage.url))).await;
    bo.sees("Choose a new password").await;
    bo.looks_well("reset", "Choose a new password").await;
    let other = "eleven quiet otters by the weir";
    bo.fill("New password", other).await;
    bo.press("Set the password").await;
    bo.sees("Your new password is set").await;
    gives_the_password(&mut stage, &bo, ANA, other).await;
    types_the_mailed_code(&mut stage, &bo, ANA, "Sign in").await;
    bo.sees("Acme").await;
    bo.open("/account").await;
    bo.sees("stay closed until").await;
    bo.looks_well("account-closed", "My account").await;

    // Every session has ended.
    ana.reload().await;
    ana.sees("Your session was ended").await;
    ana.looks_well("session-ended", "Sign in").await;
    ana.leave().await;
    bo.leave().await;
    stage.end();
}

#[tokio::test]
async fn what_is_wrong_in_the_account_is_said_beside_its_field() {
    let (mut stage, ana) = ana_is_in().await;
    signs_in(&mut stage, &ana, ANA).await;
    ana.open("/account").await;
    ana.expects("status of 422");
    ana.fill("Present password", "not the right one").await;
    ana.fill("New password", "eleven quiet otters by the weir").await;
    ana.press("Change the password").await;
    ana.sees("This needs another look").await;
    ana.looks_well("account-wrong", "My account").await;
    ana.leave().await;
    stage.end();
}
