//! What a person is told of, and what takes the place of what: browsers that are new, sessions that go on or are replaced, addresses
//! that somebody asks for.

use serde_json::json;
use test_app::{PASSWORD, TestApp, Workspace};

const ANA: &str = "ana@acme.example";

fn workspace<'a>(app: &'a TestApp, home: &str) -> Workspace<'a> {
    app.workspace_of(home.trim_start_matches("/w/").parse().expect("an id"))
}

#[tokio::test]
async fn that_somebody_proves_themselves_again_is_on_record_and_that_they_ask_for_another_address() {
    let app = TestApp::start().await;
    let (ana, home) = app.owner(ANA).await;
    ana.proves_by_mail(ANA).await;
    ana.post("/renew", &[("password", PASSWORD)]).await.with_status(303);
    let code = ana.mailed_code(ANA).await;
    ana.types_code(&code).await.with_status(303);
    ana.post("/account/address", &[("mail", "new@acme.example")]).await.with_status(303);
    let audit = workspace(&app, &home).audit().await;
    let of = |event: &str| audit.iter().filter(|entry| entry["event"] == event).collect::<Vec<_>>();
    let proved = of("session.proved");
    let said: Vec<_> = proved.iter().map(|entry| &entry["details"]).collect();
    assert_eq!(said.len(), 2, "{audit:#?}");
    let session = &of("session.begun")[0]["details"]["session_id"];
    for (details, purpose) in said.iter().zip(["step_up", "renew"]) {
        assert_eq!(**details, json!({"session_id": session, "means": "mail", "purpose": purpose}));
    }
    let asked = of("address.asked");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["details"], json!({"mail": "new@acme.example"}));
    app.work_off().await;
    app.end().await;
}
