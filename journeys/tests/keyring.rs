//! Rotation and shredding: what is sealed stays readable throughout, until it must not be any more.

use std::{collections::HashMap, time::Duration};

use bailiwick::{
    keyring,
    permissions::{Authority, Scope},
    workspaces,
};
use serde_json::json;
use test_app::{Database, TestApp, Workspace};

/// Longer than any node keeps a key.
const SETTLED: Duration = Duration::from_mins(6);

/// How long a former key is kept after its last field was sealed anew.
const LINGERS: Duration = Duration::from_mins(1);

async fn leak(app: &TestApp, acme: &Workspace<'_>) {
    let token = acme.token("deploy-bot").await;
    let report = json!([{"token": token.secret, "url": "https://github.com/acme/app"}]);
    app.report_github(&report).await.with_status(200);
    app.work_off().await;
}

async fn reads(app: &TestApp, acme: &Workspace<'_>, key: &str) {
    let path = |rest: &str| format!("/v1/workspaces/{}{rest}", acme.id);
    assert_eq!(app.get(&path(""), key).await.with_status(200).text_at("/name"), "acme");
    let tokens = app.all(&path("/tokens"), key).await;
    assert!(tokens.iter().all(|token| token["description"] == "deploy-bot"), "{tokens:?}");
    reads_sightings(app, acme, key).await;
    let members = app.all(&path("/members"), key).await;
    assert_eq!(members[0]["mail"], "ana@acme.example");
}

async fn reads_sightings(app: &TestApp, acme: &Workspace<'_>, key: &str) {
    let sightings = app.all(&format!("/v1/workspaces/{}/sightings", acme.id), key).await;
    assert!(
        !sightings.is_empty() && sightings.iter().all(|seen| seen["url"] == "https://github.com/acme/app")
    );
}

/// Which data keys have sealed something, and how many fields each.
async fn sealed_by(app: &TestApp, column: &str, table: &str) -> HashMap<i64, usize> {
    let rows = app.sql(&format!("SELECT {column} AS sealed FROM {table} WHERE {column} IS NOT NULL")).await;
    let mut keys = HashMap::new();
    for row in rows {
        *keys.entry(row.get::<seal::Sealed>("sealed").expect("a sealed field").key_id()).or_default() += 1;
    }
    keys
}

#[tokio::test]
async fn a_rotated_root_wraps_every_data_key_and_the_old_one_is_destroyed_in_time() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    leak(&app, &acme).await;
    let before = app.app.vault.show(&app.app.db).await.expect("it answers");
    let month = Duration::from_hours(30 * 24);
    let rotation = keyring::rotate_root(&app.app, &Authority::on_this_machine(), Some(month))
        .await
        .expect("it is rotated");
    reads(&app, &acme, &key).await;
    app.work_off().await;
    let after = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!((after.roots.len(), before.roots.len()), (2, 1));
    assert_eq!(after.roots[0].id, rotation.to);
    assert_eq!((after.roots[0].data_keys, after.roots[1].data_keys), (before.data_keys, 0));
    // Another node, which reads the key file anew.
    let other = app.second_node().await;
    reads(&other, &acme, &key).await;

    app.run_scheduled("keyring").await;
    assert_eq!(app.app.vault.show(&app.app.db).await.expect("it answers").roots[1].destroyed_at, None);
    app.clock.pass(month);
    app.run_scheduled("keyring").await;
    assert!(app.app.vault.show(&app.app.db).await.expect("it answers").roots[1].destroyed_at.is_some());
    let third = app.second_node().await;
    reads(&third, &acme, &key).await;

    // Whoever has to hurry shortens what was said before; nobody lengthens it.
    let due = async |after: Option<Duration>| {
        keyring::rotate_root(&app.app, &Authority::on_this_machine(), after).await.expect("it is rotated");
        let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
        let retired =
            shown.roots.iter().filter(|root| root.retired_at.is_some() && root.destroyed_at.is_none());
        retired.map(|root| root.destroy_after).collect::<Vec<_>>()
    };
    let (now, hour) = (app.app.now().when, Duration::from_hours(1));
    assert_eq!(due(None).await, [None]);
    assert_eq!(due(Some(month)).await, [Some(now.plus(month)); 2]);
    assert_eq!(due(Some(hour)).await, [Some(now.plus(hour)); 3]);
    assert_eq!(
        due(Some(month)).await,
        [now.plus(month), now.plus(hour), now.plus(hour), now.plus(hour)].map(Some)
    );
    assert_eq!(due(None).await[0], None);
    app.work_off().await;
    third.end_node().await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn a_rotated_workspace_is_readable_throughout_and_sealed_by_the_new_key_alone() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    for _ in 0..3 {
        leak(&app, &acme).await;
    }
    let by = Authority::on_this_machine();
    keyring::rotate_workspace(&app.app, &by, &acme.id).await.expect("it begins");
    let again = keyring::rotate_workspace(&app.app, &by, &acme.id).await.expect_err("it is under way");
    assert!(again.to_string().contains("under way"), "{again}");
    app.work_off().await;
    reads(&app, &acme, &key).await;
    leak(&app, &acme).await;
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.rotating, [acme.id.to_string()], "a node may still use the former key");

    app.clock.pass(SETTLED);
    app.work_off().await;
    reads(&app, &acme, &key).await;
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.rotating, [acme.id.to_string()], "somebody may have read what they have not opened yet");
    app.clock.pass(LINGERS);
    app.work_off().await;
    reads(&app, &acme, &key).await;
    assert_eq!(app.app.vault.show(&app.app.db).await.expect("it answers").rotating, Vec::<String>::new());
    let sealed = sealed_by(&app, "url", "sightings").await;
    assert_eq!(sealed.values().copied().collect::<Vec<_>>(), [4], "one key sealed all four");
    assert_eq!(
        sealed.keys().collect::<Vec<_>>(),
        sealed_by(&app, "subject", "mails").await.keys().collect::<Vec<_>>()
    );
    let other = app.second_node().await;
    reads(&other, &acme, &key).await;
    other.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn while_the_index_is_rotated_people_are_found_by_either_key_and_nobody_twice() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    keyring::rotate_index(&app.app, &Authority::on_this_machine()).await.expect("it begins");
    app.work_off().await;
    let members = format!("/v1/workspaces/{}/members", acme.id);
    let known = app.post(&members, &key, &json!({"mail": "ANA@acme.example"})).await.with_status(200);
    assert_eq!(known.text_at("/mail"), "ana@acme.example");
    app.post(&members, &key, &json!({"mail": "bo@acme.example"})).await.with_status(201);
    app.clock.pass(SETTLED);
    app.work_off().await;
    assert_eq!(app.app.vault.show(&app.app.db).await.expect("it answers").rotating, Vec::<String>::new());
    app.post(&members, &key, &json!({"mail": "bo@acme.example"})).await.with_status(200);
    app.post(&members, &key, &json!({"mail": "ana@acme.example"})).await.with_status(200);
    assert_eq!(app.people_with(&["ana@acme.example", "bo@acme.example"]).await, 2);
    let keys = app.sql("SELECT DISTINCT index_key FROM people").await;
    assert_eq!(keys.len(), 1);
    app.end().await;
}

#[tokio::test]
async fn a_deleted_workspace_cannot_be_read_by_anybody_and_its_tokens_are_still_known() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await;
    leak(&app, &acme).await;
    let by = Authority::on_this_machine();
    workspaces::delete(&app.app, &by, &acme.id).await.expect("it is deleted");
    let rows = app.sql("SELECT id, description FROM tokens").await;
    let opener = app.app.vault.opener_of(&app.app.db, &rows, &["description"]).await.expect("it answers");
    for row in &rows {
        assert!(opener.lacks(&row.get("description").expect("it is there")), "it can still be opened");
    }
    // A leak of one of its tokens is told apart from a false alarm, and nothing about it is kept that could be read.
    let report = json!([{"token": token.secret, "url": "https://github.com/acme/secret-place"}]);
    let answer = app.report_github(&report).await.with_status(200);
    assert_eq!(answer.text_at("/0/label"), "true_positive");
    app.work_off().await;
    assert_eq!(
        app.sql("SELECT subject FROM shredded").await.len(),
        2,
        "the workspace, and who was only there"
    );
    app.end().await;
}

#[tokio::test]
async fn whoever_is_in_no_other_workspace_goes_with_the_deleted_one() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let key = app.operator_key(&[Scope::Manage]).await;
    let members = |workspace: &Workspace<'_>| format!("/v1/workspaces/{}/members", workspace.id);
    for workspace in [&acme, &other] {
        app.post(&members(workspace), &key, &json!({"mail": "bo@both.example"})).await.with_status(201);
    }
    let ana = app.all(&members(&acme), &key).await;
    let ana = ana.iter().find(|member| member["role"] == "owner").expect("an owner");
    let ana = ana["person_id"].as_str().expect("an id").to_owned();
    workspaces::delete(&app.app, &Authority::on_this_machine(), &acme.id).await.expect("it is deleted");
    assert_eq!(app.people_with(&["ana@acme.example"]).await, 0);
    let shredded = app.sql("SELECT subject FROM shredded").await;
    let mut shredded: Vec<String> = shredded.iter().map(|row| row.get("subject").expect("an id")).collect();
    shredded.sort();
    assert_eq!(shredded, [ana, acme.id.to_string()]);
    let left = app.all(&members(&other), &key).await;
    let mut left: Vec<_> = left.iter().map(|member| member["mail"].as_str().expect("it opens")).collect();
    left.sort_unstable();
    assert_eq!(left, ["ana@other.example", "bo@both.example"]);
    // Whoever comes again is somebody new.
    app.post(&members(&other), &key, &json!({"mail": "ana@acme.example"})).await.with_status(201);
    app.end().await;
}

#[tokio::test]
async fn who_left_a_workspace_goes_with_it_unless_one_that_goes_on_knows_them() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let key = app.operator_key(&[Scope::Manage]).await;
    let members = |workspace: &Workspace<'_>| format!("/v1/workspaces/{}/members", workspace.id);
    for (workspace, mail) in [
        (&acme, "left@acme.example"),
        (&acme, "left@both.example"),
        (&other, "left@both.example"),
        (&acme, "once@other.example"),
        (&other, "once@other.example"),
    ] {
        let added = app.post(&members(workspace), &key, &json!({"mail": mail})).await.with_status(201);
        if mail.starts_with("left") || workspace.id == other.id {
            let member = format!("{}/{}", members(workspace), added.text_at("/id"));
            app.delete(&member, &key).await.with_status(204);
        }
    }
    let delete = async |workspace: &Workspace<'_>| {
        workspaces::delete(&app.app, &Authority::on_this_machine(), &workspace.id)
            .await
            .expect("it is deleted");
    };
    delete(&acme).await;
    assert_eq!(app.people_with(&["left@acme.example", "ana@acme.example"]).await, 0);
    // What they made in the other workspace is still somebody's.
    assert_eq!(app.people_with(&["left@both.example", "once@other.example"]).await, 2);
    delete(&other).await;
    assert_eq!(app.people_with(&["left@both.example", "once@other.example", "ana@other.example"]).await, 0);
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_added_elsewhere_while_their_workspace_is_deleted_is_whole_there() {
    let app = TestApp::start().await;
    let node = app.second_node().await;
    let other = app.workspace("other").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    let members = format!("/v1/workspaces/{}/members", other.id);
    for number in 0..10 {
        let name = format!("acme{number}");
        let (acme, mail) = (app.workspace(&name).await, format!("ana@{name}.example"));
        let (by, body) = (Authority::on_this_machine(), json!({"mail": mail}));
        let (deleted, added) =
            tokio::join!(workspaces::delete(&app.app, &by, &acme.id), node.post(&members, &key, &body));
        assert!(deleted.is_ok() && added.status == 201, "{}", added.text);
        assert_eq!(app.people_with(&[&mail]).await, 1);
    }
    assert_eq!(app.all(&members, &key).await.len(), 11);
    node.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn a_destroyed_key_is_on_no_page_of_an_sqlite_database_nor_in_its_log() {
    if Database::is_postgres() {
        // Its dead rows go with the next vacuum.
        return;
    }
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let wrapped = async |workspace: &Workspace<'_>| -> Vec<u8> {
        let statement = format!("SELECT wrapped FROM data_keys WHERE subject = '{}'", workspace.id);
        app.sql(&statement).await[0].get("wrapped").expect("a key")
    };
    let (gone, kept) = (wrapped(&acme).await, wrapped(&other).await);
    let is_there = |key: &[u8]| {
        let files =
            std::fs::read_dir(app.folder()).expect("a folder").map(|file| file.expect("a file").path());
        let mut texts = files.filter(|file| file.is_file()).map(|file| std::fs::read(file).expect("a file"));
        texts.any(|text| text.windows(key.len()).any(|window| window == key))
    };
    assert!(is_there(&gone) && is_there(&kept));
    workspaces::delete(&app.app, &Authority::on_this_machine(), &acme.id).await.expect("it is deleted");
    assert!(!is_there(&gone) && is_there(&kept));
    app.end().await;
}

#[tokio::test]
async fn a_key_or_a_field_that_was_changed_holds_up_no_rotation_of_the_others() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let key = app.operator_key(&[Scope::Manage]).await;
    for _ in 0..2 {
        leak(&app, &acme).await;
    }
    let changed = acme.token("deploy-bot").await;
    let name = format!("(SELECT name FROM workspaces WHERE id = '{}')", acme.id);
    app.sql(&format!("UPDATE tokens SET description = {name} WHERE id = '{}'", changed.id)).await;
    let by = Authority::on_this_machine();
    keyring::rotate_workspace(&app.app, &by, &acme.id).await.expect("it begins");
    app.clock.pass(SETTLED);
    app.work_off().await;
    let sealed = sealed_by(&app, "url", "sightings").await;
    assert_eq!(sealed.len(), 1, "all others are sealed by the new key");
    app.clock.pass(LINGERS);
    app.work_off().await;
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.rotating, [acme.id.to_string()], "only the former key waits");
    app.sql(&format!("DELETE FROM tokens WHERE id = '{}'", changed.id)).await;
    app.clock.pass(Duration::from_hours(1));
    app.work_off().await;
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.rotating, Vec::<String>::new());
    reads_sightings(&app, &acme, &key).await;

    let nothing = if Database::is_postgres() { "'\\x00'::bytea" } else { "X'00'" };
    app.sql(&format!("UPDATE data_keys SET wrapped = {nothing} WHERE subject = '{}'", other.id)).await;
    keyring::rotate_root(&app.app, &by, None).await.expect("it is rotated");
    app.work_off().await;
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.roots[1].data_keys, 1, "the changed one waits");
    reads_sightings(&app, &acme, &key).await;
    app.end().await;
}

#[tokio::test]
async fn a_sealed_field_opens_nowhere_else() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let key = app.operator_key(&[Scope::Manage]).await;
    let (mine, theirs) = (acme.token("mine").await, other.token("theirs").await);
    let second = acme.token("second").await;
    let show = async |id: &str| app.get(&format!("/v1/tokens/{id}"), &key).await;
    for (from, to) in [(&second.id, &mine.id), (&theirs.id, &mine.id)] {
        // Another row of the workspace, and another workspace.
        app.sql(&format!(
            "UPDATE tokens SET description = (SELECT description FROM tokens WHERE id = '{from}') WHERE id = '{to}'"
        ))
        .await;
        show(to.as_str()).await.with_status(500);
    }
    // Another column.
    app.sql(&format!(
        "UPDATE tokens SET description = (SELECT name FROM workspaces WHERE id = '{}') WHERE id = '{}'",
        acme.id, second.id
    ))
    .await;
    show(second.id.as_str()).await.with_status(500);
    show(theirs.id.as_str()).await.with_status(200);
    app.end().await;
}

#[tokio::test]
async fn what_was_changed_behind_our_back_holds_up_nothing_else() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let (changed, whole) = (acme.token("changed").await, other.token("whole").await);
    app.sql(&format!(
        "UPDATE tokens SET description = (SELECT name FROM workspaces WHERE id = '{}') WHERE id = '{}'",
        acme.id, changed.id
    ))
    .await;
    let report = json!([{"token": changed.secret}, {"token": whole.secret}]);
    app.report_github(&report).await.with_status(200);
    app.work_off().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().any(|mail| mail.text.contains("(unreadable)")), "its owners are told all the same");
    assert!(mails.iter().any(|mail| mail.text.contains("whole")));
    app.end().await;
}
