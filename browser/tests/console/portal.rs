//! How the product sends people to the console, and that it looks like the vendor's there.

use std::fs;

use browser::Stage;

use crate::story::{here, text_of, types_the_mailed_code};

const BACK: &str = "https://app.zephyrine.example/settings";
const ANA: &str = "ana@acme.example";
const LOGO: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' width='24' height='24'>\
    <circle cx='12' cy='12' r='11' fill='#b3005e'/></svg>";

#[tokio::test]
async fn whoever_comes_from_the_product_finds_its_looks_and_the_way_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let logo = folder.path().join("logo.svg");
    fs::write(&logo, LOGO).expect("a logo");
    let mut stage = Stage::set_with(&[
        ("MAIL__VENDOR_NAME", "Zephyrine"),
        ("CONSOLE__LOGO", logo.to_str().expect("a path")),
        ("CONSOLE__COLOR", "#b3005e"),
        ("SIGNIN__RETURN_URLS", "https://app.zephyrine.example"),
    ]);
    let workspace = stage.workspace("acme");
    let ana = stage.browser().await;
    ana.open(&stage.portal_link(&workspace, ANA, None, Some(BACK))).await;
    ana.sees("You come from the product as ana@acme.example").await;
    ana.looks_well("portal-link", "Go on to the console").await;
    ana.press("Open the console").await;
    ana.sees("There are no tokens yet").await;
    ana.looks_well("portal-home", "Home").await;

    ana.becomes("return document.querySelector('.brand img').naturalWidth", 24).await;
    assert_eq!(text_of(&ana, ".brand").await, "Zephyrine");
    let accent = "return getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()";
    ana.becomes(accent, "#b3005e").await;
    assert_eq!(text_of(&ana, "header a[rel=noreferrer]").await, "Back to Zephyrine");
    ana.becomes("return document.querySelector('header a[rel=noreferrer]').href", BACK).await;
    ana.sees_no("My account").await;

    // Before something sensitive they prove themselves by mail.
    ana.press("Make the first token").await;
    ana.sees("A code is mailed to you").await;
    ana.looks_well("portal-step-up", "Is it still you?").await;
    ana.press("Mail me a code").await;
    ana.sees("on their way to your mailbox").await;
    ana.looks_well("portal-second", "One more step to confirm that it is you").await;
    types_the_mailed_code(&mut stage, &ana, ANA, "Confirm").await;
    ana.sees("What it is for").await;
    ana.looks_well("portal-token-new", "Make a token").await;

    stage.advance(3600);
    ana.reload().await;
    ana.sees("Your time here is over").await;
    ana.looks_well("portal-over", "Sign in").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_link_to_one_page_opens_that_page_alone() {
    let mut stage = Stage::set();
    let workspace = stage.workspace("acme");
    let ana = stage.browser().await;
    ana.open(&stage.portal_link(&workspace, ANA, Some("people"), None)).await;
    ana.press("Open the console").await;
    ana.sees("Owner, with full rights").await;
    ana.looks_well("portal-page", "People").await;
    let places = "return document.querySelectorAll('nav.column a').length";
    ana.becomes(places, 1).await;
    let people = here(&ana).await;
    ana.expects("status of 404");
    ana.open(&people.replace("/people", "/tokens")).await;
    ana.looks_well("portal-elsewhere", "Not found").await;
    ana.press("Back to the workspace").await;
    ana.is_at(&people).await;
    ana.leave().await;
    stage.end();
}
