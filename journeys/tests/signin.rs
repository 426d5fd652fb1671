//! Nobody gets in with one factor.

use bailiwick::{
    permissions::Authority,
    signin::link::{self, Whose},
};
use test_app::{PASSWORD, TestApp};

async fn owner_link(app: &TestApp, name: &str) -> String {
    let made = link::make_owner_link(&app.app, &Authority::on_this_machine(), Whose::New(name.into())).await;
    made.unwrap_or_else(|stop| panic!("a link: {stop:?}")).url.expose().to_owned()
}

#[tokio::test]
async fn a_first_owner_comes_by_a_link_chooses_a_password_and_confirms_their_address() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let link = owner_link(&app, "Acme").await;
    let home = browser.come_as_owner(&link, "ana@acme.example").await;
    let page = browser.open(&format!("{home}/people")).await.with_status(200);
    assert!(page.text.contains("Acme") && page.text.contains("ana@acme.example"), "{}", page.text);
    app.work_off().await;
    app.end().await;
}

#[tokio::test]
async fn whoever_has_the_password_alone_is_not_in() {
    let app = TestApp::start().await;
    let link = owner_link(&app, "Acme").await;
    app.browser().come_as_owner(&link, "ana@acme.example").await;
    let browser = app.browser();
    browser
        .submit("/sign-in", &[("mail", "ana@acme.example"), ("password", PASSWORD)])
        .await
        .with_status(200);
    assert_eq!(browser.cookie("__Host-session"), None);
    let account = browser.get("/account").await.with_status(303);
    assert_eq!(account.headers["location"], "/sign-in?next=%2Faccount");
    let code = browser.mailed_code("ana@acme.example").await;
    browser.submit("/sign-in/code", &[("code", &code)]).await.with_status(200);
    browser.get("/account").await.with_status(200);
    app.work_off().await;
    app.end().await;
}
