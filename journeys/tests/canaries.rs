//! Whoever steals the disk, a backup or a dump learns nothing about a customer: every feature that stores something is used
//! with marked names, addresses, places and secrets, and then all that lies on disks is searched for the marks.

#[path = "canaries/disk.rs"]
mod disk;

use std::{
    fs,
    path::{Path, PathBuf},
};

use bailiwick::{
    backup, keyring,
    permissions::{Authority, Scope},
};
use serde_json::json;
use test_app::{Process, TestApp};

use disk::{files_with, holds, postgres_folder};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
/// In every name, address, place and description.
const MARK: &str = "canary7391";

/// Does everything that stores something about a customer, and answers the secrets that it was told.
async fn use_everything(app: &TestApp) -> Vec<String> {
    let manage = app.operator_key(&[Scope::Manage, Scope::Verify, Scope::Security]).await;
    let mail = |name: &str| format!("{name}.{MARK}@customer.example");
    let owner = json!({"mail": mail("ana"), "name": format!("Ana {MARK}"), "external_id": "u1"});
    let body = json!({"name": format!("Acme {MARK}"), "external_id": "c1", "owner": owner});
    let acme = app.post("/v1/workspaces", &manage, &body).await.with_status(201);
    let path = format!("/v1/workspaces/{}", acme.text_at("/id"));
    let once = |more: &str| format!("{path}{more}");
    app.patch(&path, &manage, &json!({"name": format!("Acme the second {MARK}")})).await.with_status(200);
    let bo = json!({"mail": mail("bo"), "name": format!("Bo {MARK}"), "role": "member"});
    app.post(&once("/members"), &manage, &bo).await.with_status(201);

    let mut secrets = vec![manage.clone()];
    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        let body = json!({"description": format!("{name} {MARK}"), "creator": mail("bo"), "role": "owner"});
        let made = app.post(&once("/tokens"), &manage, &body).await.with_status(201);
        ids.push(made.text_at("/id").to_owned());
        secrets.push(made.text_at("/secret").to_owned());
    }
    let token = format!("/v1/tokens/{}", ids[0]);
    app.patch(&token, &manage, &json!({"description": format!("changed {MARK}")})).await.with_status(200);
    let rotated = app.post(&format!("{token}/rotate"), &manage, &json!({})).await.with_status(200);
    secrets.push(rotated.text_at("/secret").to_owned());
    app.post("/v1/tokens/verify", &manage, &json!({"token": secrets[2]})).await.with_status(200);
    // What is refused is on record too.
    app.get("/v1/workspaces/ws_01M1E1DST04TFF59TDWH9EDD1R", &secrets[2]).await.with_status(403);

    let place = |at: &str| format!("https://github.com/{MARK}/{at}");
    let report = json!([
        {"token": secrets[1], "url": place("one"), "source": "commit"},
        {"token": secrets[2], "url": place("two")},
        {"token": app.look_alike(), "url": place("unknown")},
    ]);
    app.report_github(&report).await.with_status(200);
    app.report_gitlab(&report).await.with_status(204);
    app.post("/v1/tokens/self-revoke", "", &json!({"token": secrets[3]})).await.with_status(204);
    let many = json!({"creator": mail("bo")});
    app.post(&once("/tokens/revoke"), &manage, &many).await.with_status(200);
    // Jobs wait at this moment, mails are unsent.
    let members = app.all(&once("/members"), &manage).await;
    let bo = members.iter().find(|member| member["role"] == "member").expect("a member");
    let member = once(&format!("/members/{}", bo["id"].as_str().expect("an id")));
    app.delete(&member, &manage).await.with_status(204);
    secrets
}

#[tokio::test]
async fn no_mark_is_on_any_disk_outside_of_the_mails_themselves() {
    let app = TestApp::with(&[("TRACK__ENDPOINT", "http://127.0.0.1:9"), ("TRACK__WRITE_KEY", "k")]).await;
    let mut marks = use_everything(&app).await;
    marks.push(MARK.to_owned());
    let before = backup_of(&app, "waiting.backup").await;
    app.work_off().await;
    // A real server on the same database, whose log says all that it ever says.
    let trace = [
        ("BAILIWICK_LOG__LEVEL".to_owned(), "trace".to_owned()),
        ("BAILIWICK_SERVER__LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
    ];
    let server =
        Process::serve(Path::new(PROGRAM), app.folder(), &[app.environment(), &trace].concat()).await;
    let body =
        json!({"name": format!("Logged {MARK}"), "owner": {"mail": format!("eve.{MARK}@customer.example")}});
    let client = reqwest::Client::new();
    let answer =
        client.post(format!("{}/v1/workspaces", server.url)).bearer_auth(&marks[0]).json(&body).send().await;
    assert_eq!(answer.expect("an answer").status(), 201);
    let log = server.log();
    for mark in &marks {
        assert!(!holds(log.as_bytes(), mark.as_bytes()), "the log holds {mark}");
    }
    server.stop_and_listen().await;
    let by = Authority::on_this_machine();
    keyring::rotate_root(&app.app, &by, None).await.expect("it is rotated");
    app.work_off().await;
    let after = backup_of(&app, "after.backup").await;

    let mails = app.folder().join("mail");
    assert!(!files_with(&mails, &marks).is_empty(), "the search finds what is there");
    let aside = tempfile::tempdir().expect("a folder");
    fs::rename(&mails, aside.path().join("mail")).expect("mails are put aside");
    let mut found = files_with(app.folder(), &marks);
    if let Some(folder) = postgres_folder(&app).await {
        found.extend(files_with(&folder, &marks));
    }
    for backup in [before, after] {
        found.extend(files_with(backup.parent().expect("a folder"), &marks));
    }
    assert_eq!(found, Vec::<String>::new());
    app.sql("DELETE FROM jobs").await;
    app.end().await;
}

async fn backup_of(app: &TestApp, name: &str) -> PathBuf {
    let folder = app.folder().join("backups");
    fs::create_dir_all(&folder).expect("a folder");
    let to = folder.join(name);
    backup::create(&app.app.settings, &to).await.expect("a backup");
    to
}
