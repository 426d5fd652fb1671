//! Two nodes hear different things about the same person, or the same thing about different ones, at once. What only one
//! can have one gets; the other is refused as it would be a moment later, and nobody is told that something broke.

use bailiwick::{columns::TOKEN_DESCRIPTION, permissions::Scope};
use serde_json::{Value, json};
use store::args;
use test_app::{Answer, Database, TestApp, Workspace};

/// Two workspaces, as what happens within one happens in turn anyway.
struct Race<'a> {
    here: &'a TestApp,
    there: &'a TestApp,
    acme: Workspace<'a>,
    other: Workspace<'a>,
    manage: String,
}

impl<'a> Race<'a> {
    async fn between(here: &'a TestApp, there: &'a TestApp) -> Self {
        let manage = here.operator_key(&[Scope::Manage]).await;
        Self { here, there, acme: here.workspace("acme").await, other: here.workspace("other").await, manage }
    }

    async fn add(&self, node: &TestApp, workspace: &Workspace<'_>, person: &Value) -> Answer {
        node.post(&format!("/v1/workspaces/{}/members", workspace.id), &self.manage, person).await
    }

    /// Adds one person to the one workspace and another to the other, at once. On PostgreSQL somebody has done `holds`
    /// without having committed it, so that both have looked before either has changed anything; it comes to nothing.
    async fn add_at_once(&self, holds: &'static str, one: &Value, another: &Value) -> [Answer; 2] {
        let held = if Database::is_postgres() {
            let mut tx = self.here.app.db.begin().await.expect("the database answers");
            tx.rows(holds, Vec::new()).await.expect("the database understands");
            Some(tx)
        } else {
            // SQLite locks no rows: whoever writes is alone.
            None
        };
        let release = async {
            if held.is_some() {
                self.here.until_waiting(2).await;
            }
            drop(held);
        };
        let adds = (self.add(self.here, &self.acme, one), self.add(self.there, &self.other, another));
        let (one, another, ()) = tokio::join!(adds.0, adds.1, release);
        [one, another]
    }
}

fn statuses(answers: &[Answer; 2]) -> [u16; 2] {
    let mut statuses = answers.each_ref().map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    statuses
}

/// Somebody else is about to make a person with this id.
const MAKES_U1: &str = "
    INSERT INTO people (id, external_id, created_at) VALUES ('per_x', 'u1', 0)";
const HOLDS_ALL: &str = "SELECT id FROM people ORDER BY id FOR UPDATE";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_person_with_the_old_and_with_the_new_mail_address_is_one_person() {
    let here = TestApp::start().await;
    let there = here.second_node().await;
    let race = Race::between(&here, &there).await;
    let person = |mail: &str| json!({"mail": mail, "external_id": "u1"});
    let (old, new) = (person("bo@old.example"), person("bo@new.example"));
    let answers = race.add_at_once(MAKES_U1, &old, &new).await;
    assert_eq!(statuses(&answers), [201, 201], "{} {}", answers[0].text, answers[1].text);
    assert_eq!(answers[0].json["person_id"], answers[1].json["person_id"]);
    // Whichever came later changed the person, which is on record with whoever had the person first.
    let noted = [race.acme.audited("person.changed").await, race.other.audited("person.changed").await];
    assert_eq!(noted.iter().sum::<usize>(), 1, "{noted:?}");
    there.end_node().await;
    here.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_who_get_the_same_mail_address_one_has_it() {
    let here = TestApp::start().await;
    let there = here.second_node().await;
    let race = Race::between(&here, &there).await;
    race.add(&here, &race.acme, &json!({"mail": "bo@acme.example", "external_id": "u1"})).await;
    race.add(&here, &race.other, &json!({"mail": "cy@other.example", "external_id": "u2"})).await;
    let person = |id: &str| json!({"mail": "new@acme.example", "external_id": id});
    let answers = race.add_at_once(HOLDS_ALL, &person("u1"), &person("u2")).await;
    assert_eq!(statuses(&answers), [200, 409], "{} {}", answers[0].text, answers[1].text);
    assert!(answers.iter().any(|answer| answer.json["code"] == "mail_taken"));
    there.end_node().await;
    here.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_get_the_same_external_id_become_one() {
    let here = TestApp::start().await;
    let there = here.second_node().await;
    let race = Race::between(&here, &there).await;
    race.add(&here, &race.acme, &json!({"mail": "bo@acme.example"})).await.with_status(201);
    race.add(&here, &race.other, &json!({"mail": "cy@other.example"})).await.with_status(201);
    let person = |mail: &str| json!({"mail": mail, "external_id": "u1"});
    let (bo, cy) = (person("bo@acme.example"), person("cy@other.example"));
    let answers = race.add_at_once(MAKES_U1, &bo, &cy).await;
    assert_eq!(statuses(&answers), [200, 200], "{} {}", answers[0].text, answers[1].text);
    assert_eq!(here.people_with(&["bo@acme.example", "cy@other.example"]).await, 1);
    there.end_node().await;
    here.end().await;
}

#[tokio::test]
async fn what_another_row_has_is_told_apart_from_other_faults_on_either_engine() {
    let app = TestApp::start().await;
    for (statement, taken) in [
        ("INSERT INTO people (id, external_id, created_at) VALUES ('one', 'a', 0)", false),
        ("INSERT INTO people (id, external_id, created_at) VALUES ('one', 'b', 0)", true),
        ("INSERT INTO people (id, external_id, created_at) VALUES ('other', 'a', 0)", true),
        ("INSERT INTO people (id, external_id) VALUES ('third', 'c')", false),
    ] {
        let mut tx = app.app.db.begin().await.expect("the database answers");
        let fault = tx.rows(statement, Vec::new()).await.err();
        assert_eq!(fault.is_some_and(|fault| fault.is_taken()), taken, "{statement}");
        tx.commit().await.expect("the database answers");
    }
    app.end().await;
}

/// As a step of an import does.
const IMPORTS: &str = "
    INSERT INTO tokens (id, workspace_id, digest, scheme, version, description, role, external_id, created_at)
    VALUES ($1, $2, 'digest', 'sha256', 3, $3, 'member', 'bot', 0)";
const IMPORTED: &str = "tok_01KAR0A7N3V5X8Y2Z4B6C9D1EF";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_imported_meanwhile_is_found_by_its_external_id() {
    if !Database::is_postgres() {
        // On SQLite the import's step is over before anybody else begins.
        return;
    }
    let app = TestApp::start().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let acme = app.workspace("acme").await;
    let mut import = app.app.db.begin().await.expect("the database answers");
    let (now, id) = (app.app.now(), acme.id.as_str());
    let keys = now.keys(&mut import, [id]).await.expect("the database answers");
    let place = TOKEN_DESCRIPTION.of(IMPORTED, id);
    let sealed = keys.of(id).expect("a key").seal(now.chance, place, &"imported".into());
    import.rows(IMPORTS, args![IMPORTED, id, sealed]).await.expect("the database understands");
    let path = format!("/v1/workspaces/{}/tokens", acme.id);
    let body = json!({"description": "deploy-bot", "external_id": "bot"});
    let commit = async {
        app.until_waiting(1).await;
        import.commit().await.expect("the database answers");
    };
    let (answer, ()) = tokio::join!(app.post(&path, &manage, &body), commit);
    let answer = answer.with_status(200);
    assert_eq!(answer.text_at("/id"), IMPORTED);
    assert_eq!(answer.text_at("/description"), "deploy-bot");
    app.end().await;
}
