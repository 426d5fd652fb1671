//! Nobody gets in with one factor.

use test_app::{PASSWORD, TestApp};

#[tokio::test]
async fn a_first_owner_comes_by_a_link_chooses_a_password_and_confirms_their_address() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let link = app.owner_link("Acme").await;
    let home = browser.come_as_owner(&link, "ana@acme.example").await;
    let page = browser.open(&format!("{home}/people")).await.with_status(200);
    assert!(page.text.contains("Acme") && page.text.contains("ana@acme.example"), "{}", page.text);
    app.over().await;
}

#[tokio::test]
async fn whoever_has_the_password_alone_is_not_in() {
    let app = TestApp::start().await;
    let link = app.owner_link("Acme").await;
    app.browser().come_as_owner(&link, "ana@acme.example").await;
    let browser = app.browser();
    browser
        .submit("/sign-in", &[("mail", "ana@acme.example"), ("password", PASSWORD)])
        .await
        .with_status(200);
    assert_eq!(browser.cookie("__Host-session"), None);
    assert_eq!(browser.get("/account").await.leads_to(), "/sign-in?next=%2Faccount");
    let code = browser.mailed_code("ana@acme.example").await;
    browser.submit("/sign-in/code", &[("code", &code)]).await.with_status(200);
    browser.get("/account").await.with_status(200);
    app.over().await;
}
