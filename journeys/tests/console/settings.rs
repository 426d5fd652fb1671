//! The settings of a workspace.

use serde_json::json;
use test_app::TestApp;
use time_and_chance::Duration;

use crate::story::{member, owner};

#[tokio::test]
async fn owners_change_settings_and_do_not_lock_themselves_out() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let (eve, _, _) = owner(&app, "other").await;
    let path = format!("{home}/settings");
    ana.open(&path).await.with_status(200).has("value=\"default\" checked");
    let page = ana.submit(&path, &[("name", "Acme Corporation"), ("policy", "warn")]).await.with_status(200);
    page.has("The settings are saved.");
    page.has("value=\"Acme Corporation\"");
    page.has("value=\"warn\" checked");
    let token = acme.token("deploy-bot").await;
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    assert_eq!(app.code(&token.secret).await, "VALID");

    for (fields, said) in [
        (&[("name", ""), ("policy", "warn")][..], "Enter a name"),
        (&[("name", "Kept"), ("policy", "ignore")][..], "Choose what happens"),
        (&[("name", "Kept"), ("policy", "revoke"), ("strong_factor", "yes")][..], "would lock you out"),
    ] {
        let page = ana.post(&path, fields).await.with_status(422);
        page.has(said);
        page.has(&format!("value=\"{}\"", fields[0].1));
    }
    ana.open(&path).await.has("value=\"warn\" checked");

    let bo = member(&app, &ana, &home, "bo@acme.example").await;
    bo.get(&path).await.with_status(403);
    bo.post(&path, &[("name", "Bo's"), ("policy", "revoke")]).await.with_status(403);
    eve.get(&path).await.with_status(404);
    eve.post(&path, &[("name", "Eve's"), ("policy", "revoke")]).await.with_status(404);
    app.clock.pass(Duration::from_mins(11));
    ana.post(&path, &[("name", "Late"), ("policy", "revoke")]).await.with_status(303);
    ana.open(&home).await.has("Acme Corporation");
    assert_eq!(acme.audited("workspace.changed").await, 1);
    app.over().await;
}
