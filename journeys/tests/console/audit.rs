//! The audit of a workspace: looked through, and taken along.

use test_app::{Answer, TestApp};
use time_and_chance::Duration;

use crate::story::{member, owner};

#[tokio::test]
async fn owners_look_through_the_audit_and_take_it_along() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    let (eve, _, _) = owner(&app, "other").await;
    let path = format!("{home}/audit");
    let token = acme.token("deploy-bot").await;
    ana.submit(&format!("{home}/tokens/{}/revoke", token.id), &[("confirmation", "deploy-bot")])
        .await
        .with_status(200);
    let all = ana.open(&path).await.with_status(200);
    for text in [
        "A token was made.",
        "A token was revoked.",
        "A workspace was made.",
        "ana@acme.example",
        "the operator",
        "deploy-bot (bwk_",
        "this workspace",
    ] {
        all.has(text);
    }
    all.has_not("<code>mem_");
    let rows = |page: &Answer| page.text.matches("<summary>Entry ").count();
    let revoked = ana.open(&format!("{path}?event=token.revoked&kind=&from=&to=")).await.with_status(200);
    assert_eq!(rows(&revoked), 1, "{}", revoked.text);
    revoked.has("<option value=\"token.revoked\" selected>");
    let people = ana.open(&format!("{path}?kind=person")).await.with_status(200);
    assert!(rows(&people) < rows(&all) && rows(&people) > 0);
    people.has_not("A token was made.</th>");
    let today = app.app.clock.now().to_string()[..10].to_owned();
    assert_eq!(rows(&ana.open(&format!("{path}?from={today}&to={today}")).await), rows(&all));
    let before = ana.open(&format!("{path}?to=2001-01-01")).await.with_status(200);
    assert_eq!(rows(&before), 0);
    before.has("Nothing of that kind is on record.");
    for (query, said) in [
        ("event=nonsense", "There is no such event."),
        ("kind=%00", "There are no such actors."),
        ("from=yesterday", "Enter a day, such as"),
        ("to=2026-13-40", "Enter a day, such as"),
    ] {
        ana.open(&format!("{path}?{query}")).await.with_status(422).has(said);
    }

    let export = ana.post(&format!("{path}/export"), &[]).await.with_status(200);
    assert_eq!(
        export.headers["content-disposition"],
        format!("attachment; filename=\"audit-{}.jsonl\"", acme.id).as_str()
    );
    let mut told = Vec::new();
    bailiwick::audit::export(&app.app.db, &app.app.vault, acme.id.as_str(), &mut told)
        .await
        .expect("it is whole");
    assert_eq!(export.text.as_bytes(), told);

    let bo = member(&app, &ana, &home, "bo@acme.example").await;
    bo.get(&path).await.with_status(403);
    bo.post(&format!("{path}/export"), &[]).await.with_status(403);
    eve.get(&path).await.with_status(404);
    eve.post(&format!("{path}/export"), &[]).await.with_status(404);
    app.clock.pass(Duration::from_mins(11));
    let stale = ana.post(&format!("{path}/export"), &[]).await.with_status(303);
    assert!(stale.leads_to().starts_with("/step-up?next="));
    app.over().await;
}

#[tokio::test]
async fn a_long_audit_is_paged_and_exported_whole() {
    let app = TestApp::start().await;
    let (ana, acme, home) = owner(&app, "acme").await;
    for at in 0..120 {
        acme.token(&format!("{at} {}", "long".repeat(40))).await;
    }
    let path = format!("{home}/audit");
    let first = ana.open(&format!("{path}?event=token.created")).await.with_status(200);
    let cursor =
        first.text.split("event=token.created&amp;cursor=").nth(1).and_then(|rest| rest.split('"').next());
    let second =
        ana.open(&format!("{path}?event=token.created&cursor={}", cursor.expect("a next page"))).await;
    second.has("Next page");
    let export = ana.post(&format!("{path}/export"), &[]).await.with_status(200);
    let mut told = Vec::new();
    bailiwick::audit::export(&app.app.db, &app.app.vault, acme.id.as_str(), &mut told)
        .await
        .expect("it is whole");
    assert!(told.len() > 64 * 1024);
    assert_eq!(export.text.as_bytes(), told);
    app.over().await;
}
