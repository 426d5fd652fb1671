//! What most of them begin and end with.

use test_app::{Answer, Browser, PASSWORD, TestApp, Workspace};

/// Ana and her workspace: she comes by an owner's link.
pub async fn owner<'a>(app: &'a TestApp, name: &str) -> (Browser<'a>, Workspace<'a>, String) {
    let (browser, home) = app.owner(&format!("ana@{name}.example")).await;
    let id = home.strip_prefix("/w/").expect("a workspace's home").parse().expect("an id");
    (browser, app.workspace_of(id), home)
}

/// A member, who comes by an invitation.
pub async fn member<'a>(app: &'a TestApp, by: &Browser<'_>, home: &str, mail: &str) -> Browser<'a> {
    by.submit(&format!("{home}/people"), &[("mail", mail), ("role", "member")]).await.with_status(200);
    let browser = app.browser();
    let link = browser.mailed_link(mail).await;
    browser.submit(&link, &[("name", "Bo"), ("password", PASSWORD)]).await.with_status(200);
    browser
}

/// The value of a hidden field of a page.
pub fn hidden(page: &Answer, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let at = page.text.find(&mark).unwrap_or_else(|| panic!("no {name}: {}", page.text)) + mark.len();
    page.text[at..].split('"').next().unwrap_or_default().to_owned()
}

/// The secret on a page.
pub fn secret_of(page: &Answer) -> String {
    let at = page.text.find("<code class=\"secret\">").unwrap_or_else(|| panic!("no secret: {}", page.text));
    page.text[at + 21..].split('<').next().unwrap_or_default().to_owned()
}
