//! A token is rotated on one node while the other hears that it leaked: whichever comes first, what leaked opens nothing,
//! and nothing else is lost.

use bailiwick::permissions::Scope;
use serde_json::json;
use store::args;
use test_app::{Answer, Database, TestApp, Token, Workspace};

/// How often each race is run.
const ROUNDS: usize = 25;

/// The two nodes of a race, and what it is about.
struct Race<'a> {
    rotates: &'a TestApp,
    hears: &'a TestApp,
    acme: Workspace<'a>,
    manage: String,
}

impl Race<'_> {
    async fn rotate(&self, token: &Token) -> Answer {
        self.rotates.post(&format!("/v1/tokens/{}/rotate", token.id), &self.manage, &json!({})).await
    }

    async fn report(&self, token: &Token) -> Answer {
        let answer = self.hears.report_github(&json!([{"token": token.secret}])).await.with_status(200);
        assert_eq!(answer.json[0]["label"], "true_positive");
        answer
    }

    /// What leaked is revoked. Where the rotation came first its new secret works on; where the report did, there is none.
    /// Answers whether there is a new secret.
    async fn is_right(&self, token: &Token, rotated: &Answer) -> bool {
        assert_eq!(self.hears.code(&token.secret).await, "REVOKED");
        let came_first = rotated.status == 200;
        if came_first {
            assert_eq!(self.hears.code(rotated.text_at("/secret")).await, "VALID");
        } else {
            assert_eq!(rotated.status, 409, "{}", rotated.text);
        }
        assert!(self.acme.outcomes().await.iter().all(|outcome| outcome == "revoked"));
        came_first
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_rotation_and_a_report_at_once_neither_is_lost() {
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let race = Race { rotates: &app, hears: &other, acme: app.workspace("acme").await, manage };
    for _ in 0..ROUNDS {
        let token = race.acme.token("deploy-bot").await;
        let (rotated, _) = tokio::join!(race.rotate(&token), race.report(&token));
        race.is_right(&token, &rotated).await;
    }
    assert_eq!(race.acme.audited("token.exposed").await, ROUNDS);
    app.work_off().await;
    assert_eq!(app.mails().len(), ROUNDS);
    other.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_and_a_report_that_have_both_begun_take_turns() {
    if !Database::is_postgres() {
        // SQLite locks no rows: the report would not have looked for the token before the rotation is done.
        return;
    }
    let app = TestApp::start().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let race = Race { rotates: &app, hears: &other, acme: app.workspace("acme").await, manage };
    race.hears.report_github(&json!([])).await.with_status(200);
    for rotation_first in [true, false] {
        let token = race.acme.token("deploy-bot").await;
        // Somebody holds the token, so both have begun, and found its present secret, before either gets it. They get it
        // in the order in which they came.
        let mut held = app.app.db.begin().await.unwrap();
        held.rows("SELECT id FROM tokens WHERE id = $1 FOR UPDATE", args![&token.id]).await.unwrap();
        let rotate = async {
            app.until_waiting(i64::from(!rotation_first)).await;
            race.rotate(&token).await
        };
        let report = async {
            app.until_waiting(i64::from(rotation_first)).await;
            race.report(&token).await
        };
        let release = async {
            app.until_waiting(2).await;
            drop(held);
        };
        let (rotated, _, ()) = tokio::join!(rotate, report, release);
        assert_eq!(race.is_right(&token, &rotated).await, rotation_first);
    }
    app.work_off().await;
    other.end_node().await;
    app.end().await;
}
