//! One mail address is one person. Whoever was known by an address alone is merged into the person whom the product knows by
//! an id and now reports with that address.

use bailiwick::permissions::Scope;
use serde_json::{Value, json};
use test_app::{Answer, Database, TestApp, Workspace};

async fn add(app: &TestApp, workspace: &Workspace<'_>, key: &str, person: Value) -> Answer {
    app.post(&format!("/v1/workspaces/{}/members", workspace.id), key, &person).await
}

async fn members(app: &TestApp, workspace: &Workspace<'_>, key: &str) -> Vec<Value> {
    app.all(&format!("/v1/workspaces/{}/members", workspace.id), key).await
}

async fn make(app: &TestApp, workspace: &Workspace<'_>, key: &str, token: Value) -> Answer {
    app.post(&format!("/v1/workspaces/{}/tokens", workspace.id), key, &token).await.with_status(201)
}

/// An owner token of the workspace.
async fn owner_token(app: &TestApp, workspace: &Workspace<'_>, key: &str) -> String {
    let made = make(app, workspace, key, json!({"description": "console", "role": "owner"})).await;
    made.text_at("/secret").to_owned()
}

#[tokio::test]
async fn a_customer_cannot_keep_an_address_from_another_customers_person() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let carl = add(&app, &other, &manage, json!({"mail": "carl@b.example", "external_id": "user-17"})).await;
    let owner = owner_token(&app, &acme, &manage).await;
    let in_the_way = add(&app, &acme, &owner, json!({"mail": "carl.new@b.example"})).await.with_status(201);
    let creator = json!({"description": "deploy-bot", "creator": "carl.new@b.example"});
    let token = make(&app, &acme, &manage, creator).await;

    let known = json!({"mail": "carl.new@b.example", "external_id": "user-17"});
    let moved = add(&app, &other, &manage, known).await.with_status(200);
    assert_eq!(moved.json["person_id"], carl.json["person_id"]);
    assert_eq!(moved.text_at("/mail"), "carl.new@b.example");

    let carl = carl.text_at("/person_id");
    let merged = in_the_way.text_at("/person_id");
    let here = members(&app, &acme, &manage).await;
    let here = here.iter().find(|member| member["person_id"] == carl).expect("the membership moved");
    assert_eq!((&here["id"], &here["role"]), (&in_the_way.json["id"], &json!("member")));
    let shown = app.get(&format!("/v1/tokens/{}", token.text_at("/id")), &manage).await;
    assert_eq!(shown.text_at("/creator_id"), carl);
    assert_eq!(app.sql(&format!("SELECT id FROM people WHERE id = '{merged}'")).await.len(), 0);
    for workspace in [&acme, &other] {
        let audit = workspace.audit().await;
        let noted = audit.iter().find(|entry| entry["event"] == "person.changed").expect("it is on record");
        assert_eq!(noted["details"]["merged_person_id"], merged);
        assert_eq!(noted["details"]["after"]["mail"], "carl.new@b.example");
    }
    app.end().await;
}

#[tokio::test]
async fn of_two_memberships_in_one_workspace_the_better_role_stays() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    let bo = add(&app, &acme, &manage, json!({"mail": "bo@acme.example", "external_id": "bo"})).await;
    // Ana, by her address alone, is the only owner.
    let both = json!({"mail": "ana@acme.example", "external_id": "bo"});
    let merged = add(&app, &acme, &manage, both).await.with_status(200);
    assert_eq!((merged.json["id"].clone(), merged.text_at("/role")), (bo.json["id"].clone(), "owner"));
    assert_eq!(members(&app, &acme, &manage).await.len(), 1);
    app.end().await;
}

#[tokio::test]
async fn only_the_operator_merges_and_never_who_has_an_id_of_their_own() {
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    add(&app, &other, &manage, json!({"mail": "carl@b.example", "external_id": "user-17"})).await;
    add(&app, &other, &manage, json!({"mail": "dee@b.example", "external_id": "user-18"})).await;
    let owner = owner_token(&app, &acme, &manage).await;
    add(&app, &acme, &owner, json!({"mail": "eve@acme.example"})).await.with_status(201);

    let steered = json!({"mail": "eve@acme.example", "external_id": "user-17"});
    add(&app, &acme, &owner, steered).await.with_status(403);
    let someone_else = json!({"mail": "dee@b.example", "external_id": "user-17"});
    let refused = add(&app, &other, &manage, someone_else).await.with_status(409);
    assert_eq!(refused.text_at("/code"), "mail_taken");
    assert_eq!(app.people_with(&["eve@acme.example"]).await, 1);
    app.end().await;
}

/// On SQLite, which has one writer, the two come one after the other; on PostgreSQL both have begun.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_adds_somebody_while_they_are_merged_adds_the_person_who_is_left() {
    let here = TestApp::start().await;
    let there = here.second_node().await;
    let manage = here.operator_key(&[Scope::Manage]).await;
    let (acme, other) = (here.workspace("acme").await, here.workspace("other").await);
    let carl = add(&here, &other, &manage, json!({"mail": "carl@b.example", "external_id": "user-17"})).await;
    let third = here.workspace("third").await;
    add(&here, &third, &manage, json!({"mail": "carl.new@b.example"})).await.with_status(201);
    let owner = owner_token(&here, &acme, &manage).await;

    let held = if Database::is_postgres() {
        let mut tx = here.app.db.begin().await.expect("the database answers");
        let everybody = "SELECT id FROM people ORDER BY id FOR UPDATE";
        tx.rows(everybody, Vec::new()).await.expect("the database understands");
        Some(tx)
    } else {
        None
    };
    let release = async {
        if held.is_some() {
            here.until_waiting(2).await;
        }
        drop(held);
    };
    let known = json!({"mail": "carl.new@b.example", "external_id": "user-17"});
    let (merged, added, ()) = tokio::join!(
        add(&here, &other, &manage, known),
        add(&there, &acme, &owner, json!({"mail": "carl.new@b.example"})),
        release
    );
    assert_eq!((merged.status.as_u16(), added.status.as_u16()), (200, 201), "{} {}", merged.text, added.text);
    for workspace in [&acme, &other, &third] {
        let members = members(&here, workspace, &manage).await;
        assert!(members.iter().any(|member| member["person_id"] == carl.json["person_id"]), "{members:?}");
    }
    there.end_node().await;
    here.end().await;
}
