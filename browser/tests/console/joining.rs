//! How somebody becomes an owner, and how they let others in.

use browser::{Screen, Stage, Theme};

use crate::story::{ANA, PASSWORD, ana_is_in, gives_the_password, signs_in, types_the_mailed_code};

#[tokio::test]
async fn a_first_owner_comes_by_a_link_sees_how_good_a_password_is_and_confirms_their_address() {
    let mut stage = Stage::set();
    let ana = stage.browser().await;
    let link = stage.owner_link("Acme");
    ana.open(&link).await;
    ana.sees("owner of the workspace \"Acme\"").await;
    ana.looks_well("welcome", "Welcome to Bailiwick").await;

    ana.fill("Your name", "Ana Lovelace").await;
    ana.fill("Mail address", ANA).await;
    ana.fill("Password", "password1").await;
    ana.sees("one of the passwords that attackers try first").await;
    ana.expects("status of 422");
    ana.press("Go on").await;
    ana.sees("This needs another look").await;
    ana.focus_is_on("This needs another look:").await;
    ana.looks_well("welcome-refused", "Welcome to Bailiwick").await;

    ana.fill("Password", PASSWORD).await;
    ana.sees("Very hard to guess.").await;
    ana.looks_well("welcome-guidance", "Welcome to Bailiwick").await;
    ana.press("Go on").await;
    ana.sees("Confirm your mail address").await;
    ana.looks_well("confirm-address", "Confirm your mail address").await;
    ana.expects("status of 422");
    ana.fill("Code", "0000 0000").await;
    ana.press("Confirm").await;
    ana.sees("This code does not fit").await;
    ana.looks_well("confirm-address-wrong", "Confirm your mail address").await;
    types_the_mailed_code(&mut stage, &ana, ANA, "Confirm").await;
    ana.sees("You are in.").await;
    ana.sees("Acme").await;

    ana.expects("status of 410");
    ana.open(&link).await;
    ana.sees("This link was used").await;
    ana.looks_well("link-used", "This link was used").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn nothing_moves_away_under_the_pointer_while_a_password_is_judged() {
    const TOP: &str = "return String(document.querySelector('main form .main').getBoundingClientRect().top)";
    let mut stage = Stage::set();
    let ana = stage.browser().await;
    let link = stage.owner_link("Acme");
    for screen in [Screen::DESK, Screen::PHONE] {
        ana.show(screen, Theme::Light).await;
        ana.open(&link).await;
        ana.becomes("return String(document.querySelector('.meter').hidden)", "false").await;
        let before = ana.script(TOP, vec![]).await;
        ana.fill("Password", "password1").await;
        ana.becomes("return String(document.querySelector('.meter span').textContent !== '')", "true").await;
        assert_eq!(ana.script(TOP, vec![]).await, before, "{screen:?}");
        ana.fill("Password", PASSWORD).await;
        ana.sees("Very hard to guess.").await;
        assert_eq!(ana.script(TOP, vec![]).await, before, "{screen:?}");
        // The key that removes one letter (WebDriver, "Keyboard actions").
        ana.types(&"\u{e003}".repeat(PASSWORD.len())).await;
        ana.becomes("return document.querySelector('.meter span').textContent", "").await;
        assert_eq!(ana.script(TOP, vec![]).await, before, "{screen:?}");
    }
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn an_invitation_is_taken_in_another_browser() {
    let (mut stage, ana) = ana_is_in().await;
    ana.press("People").await;
    ana.sees("Owner, with full rights").await;
    ana.fill("Mail address", "bo@acme.example").await;
    ana.press("Invite").await;
    ana.sees("The invitation is on its way.").await;
    ana.looks_well("people-invited", "People").await;

    let bo = stage.browser().await;
    bo.open(&stage.last_mail("bo@acme.example").link(&stage.url)).await;
    bo.sees("Join Acme").await;
    bo.looks_well("invitation", "Join Acme").await;
    bo.fill("Your name", "Bo Diaz").await;
    bo.fill("Password", PASSWORD).await;
    bo.press("Join").await;
    bo.sees("You are in.").await;
    bo.leave().await;

    ana.reload().await;
    ana.sees("bo@acme.example").await;
    ana.sees_no("Invited").await;
    ana.looks_well("people", "People").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn whoever_signs_in_wrongly_is_told_what_to_do_next() {
    let (stage, ana) = ana_is_in().await;
    let bo = stage.browser().await;
    bo.open("/sign-in").await;
    bo.looks_well("sign-in", "Sign in").await;
    bo.expects("status of 422");
    bo.press("Sign in").await;
    bo.sees("Enter a mail address").await;
    bo.expects("status of 422");
    bo.fill("Mail address", ANA).await;
    bo.fill("Password", "not the right one").await;
    bo.press("Sign in").await;
    bo.sees("do not fit together").await;
    bo.looks_well("sign-in-wrong", "Sign in").await;
    bo.leave().await;
    ana.expects("status of 404");
    ana.open("/account/nothing").await;
    ana.looks_well("not-found", "Not found").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn whoever_has_a_sign_in_joins_with_that_and_a_link_that_was_withdrawn_says_so() {
    let (mut stage, ana) = ana_is_in().await;
    let bo = stage.browser().await;
    bo.open(&stage.owner_link("Beta")).await;
    bo.fill("Your name", "Bo Diaz").await;
    bo.fill("Mail address", "bo@beta.example").await;
    bo.fill("Password", PASSWORD).await;
    bo.sees("Very hard to guess.").await;
    bo.press("Go on").await;
    types_the_mailed_code(&mut stage, &bo, "bo@beta.example", "Confirm").await;
    bo.sees("You are in.").await;
    ana.press("People").await;
    for mail in ["bo@beta.example", "cy@acme.example"] {
        stage.advance(1);
        ana.sees("Owner, with full rights").await;
        ana.fill("Mail address", mail).await;
        ana.press("Invite").await;
        ana.sees(&format!("Send again to {mail}")).await;
    }
    ana.looks_well("people-two-invited", "People").await;

    bo.open(&stage.last_mail("bo@beta.example").link(&stage.url)).await;
    bo.looks_well("invitation-with-sign-in", "You are invited").await;
    bo.press("Join").await;
    bo.sees("You are in.").await;
    bo.leave().await;
    let link = stage.last_mail("cy@acme.example").link(&stage.url);
    ana.press("Withdraw the invitation of cy@acme.example").await;
    ana.sees("The invitation is withdrawn.").await;
    let cy = stage.browser().await;
    cy.expects("status of 410");
    cy.open(&link).await;
    cy.sees("withdrawn").await;
    cy.leave().await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn after_many_wrong_passwords_a_page_tells_nothing_of_which_part_was_right() {
    let (mut stage, ana) = ana_is_in().await;
    let bo = stage.browser().await;
    for _ in 0..5 {
        bo.expects("status of 422");
        gives_the_password(&mut stage, &bo, ANA, "not the right one").await;
        bo.sees("do not fit together").await;
    }
    gives_the_password(&mut stage, &bo, ANA, "not the right one either").await;
    bo.sees("this page does not tell which part was right").await;
    bo.looks_well("second-guarded", "One more step").await;
    signs_in(&mut stage, &bo, ANA).await;
    bo.leave().await;
    ana.leave().await;
    stage.end();
}
