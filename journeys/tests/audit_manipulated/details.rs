//! Details that are not there, or that nobody can read.

use super::{
    program::{run, said},
    *,
};

#[tokio::test]
async fn details_that_were_taken_away_from_a_living_workspace_are_found() {
    let (found, [acme, other]) = manipulated(async |app, acme, other| {
        let of = |chain: &str, sequence: i64| {
            format!("(SELECT id FROM audit_entries WHERE chain = '{chain}' AND sequence = {sequence})")
        };
        app.sql(&format!("DELETE FROM audit_details WHERE entry_id = {}", of(acme, 3))).await;
        // Sealed by a key that there never was.
        let row = app
            .sql(&format!("SELECT details FROM audit_details WHERE entry_id = {}", of(other, 4)))
            .await
            .remove(0);
        let mut sealed: Vec<u8> = row.get("details").expect("bytes");
        sealed[2..10].fill(0xff);
        let sealed: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        let sealed =
            if Database::is_postgres() { format!("'\\x{sealed}'::bytea") } else { format!("X'{sealed}'") };
        app.sql(&format!("UPDATE audit_details SET details = {sealed} WHERE entry_id = {}", of(other, 4)))
            .await;
        for chain in [acme, other] {
            let exported = audit::export(&app.app.db, &app.app.vault, chain, &mut Vec::new()).await;
            let stopped = exported.expect_err("it would look as if they had been shredded").to_string();
            assert!(
                stopped.contains("no entry says that the workspace was deleted: nothing is exported"),
                "{stopped}"
            );
        }
    })
    .await;
    let missing = |chain: &str, first| Finding::DetailsMissing { chain: chain.to_owned(), first, count: 1 };
    let mut missing = vec![missing(&acme, 3), missing(&other, 4)];
    missing.sort_by_key(ToString::to_string);
    assert_eq!(found, [missing.clone(), missing]);
}

/// Something is on record that belongs to no workspace.
async fn in_house(app: &TestApp) {
    let mut tx = app.app.db.begin().await.expect("the database answers");
    let entry = audit::Entry {
        workspace: None,
        actor: &audit::Actor::Machine,
        event: Event::RootKeyRotated,
        target: "keyring",
        details: serde_json::json!({}),
    };
    audit::record(&mut tx, app.app.now(), &[entry]).await.expect("it is recorded");
    tx.commit().await.expect("it is committed");
}

/// Details of a chain are taken away, and the database says that they were shredded.
async fn wiped(app: &TestApp, chain: &str) {
    app.sql(&format!(
        "DELETE FROM audit_details WHERE entry_id IN (SELECT id FROM audit_entries WHERE chain = '{chain}')"
    ))
    .await;
    app.sql(&format!("INSERT INTO shredded (subject, at) VALUES ('{chain}', 0)")).await;
}

#[tokio::test]
async fn details_that_were_wiped_and_named_as_shredded_are_found_unless_an_entry_says_so() {
    let (found, [acme, other]) = manipulated(async |app, acme, other| {
        in_house(app).await;
        for chain in [acme, other, audit::HOUSE] {
            wiped(app, chain).await;
            let exported = audit::export(&app.app.db, &app.app.vault, chain, &mut Vec::new()).await;
            let stopped = exported.expect_err("its details were wiped").to_string();
            assert!(stopped.contains("no entry says that the workspace was deleted"), "{stopped}");
        }
    })
    .await;
    for findings in found {
        let missing = |chain: &str| {
            findings.iter().any(
                |found| matches!(found, Finding::DetailsMissing { chain: of, first: 1, .. } if of == chain),
            )
        };
        assert!(missing(&acme) && missing(&other) && missing(audit::HOUSE), "{findings:?}");
        assert_eq!(findings.len(), 3, "{findings:?}");
    }
}

#[tokio::test]
async fn a_key_that_was_destroyed_in_the_database_alone_is_found() {
    let folder = TempDir::new().expect("a folder");
    let app = TestApp::start().await;
    let [acme, _] = two_workspaces(&app).await;
    app.sql(&format!("DELETE FROM data_keys WHERE subject = '{}'", acme.id)).await;
    app.sql(&format!("INSERT INTO shredded (subject, at) VALUES ('{}', 0)", acme.id)).await;
    // A process that has not opened the key before.
    let found = run(folder.path(), app.environment(), &["audit", "verify"]);
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
    let told = format!("{}: the details of 7 entries are not there, and no entry says", acme.id);
    assert!(said(&found).contains(&told), "{}", said(&found));
    app.end_node().await;
}

#[tokio::test]
async fn the_export_of_a_deleted_workspace_verifies_and_one_whose_details_were_left_out_does_not() {
    let app = TestApp::start().await;
    let [acme, other] = two_workspaces(&app).await;
    workspaces::delete(&app.app, &Authority::on_this_machine(), &acme.id).await.expect("it is deleted");
    let checked = async |chain: &str, how: fn(String) -> String| {
        let mut export = Vec::new();
        audit::export(&app.app.db, &app.app.vault, chain, &mut export).await.expect("it is exported");
        let mut reader = ExportReader::new(Heads::default());
        for line in String::from_utf8(export).expect("UTF-8").lines() {
            reader.line(&how(line.to_owned()));
        }
        reader.finish()
    };
    let report = checked(acme.id.as_str(), |line| line).await;
    assert_eq!(report.findings, []);
    let gone = Unproven::DetailsGone { chain: acme.id.to_string(), count: 8 };
    assert!(report.unproven.contains(&gone), "{:?}", report.unproven);
    let left_out = |line: String| match line.split_once("\"salt\":") {
        Some((before, _)) => format!("{before}\"salt\":null,\"details\":null}}"),
        None => line,
    };
    let missing = Finding::DetailsMissing { chain: other.id.to_string(), first: 1, count: 7 };
    assert_eq!(checked(other.id.as_str(), left_out).await.findings, [missing]);
    app.over().await;
}

#[tokio::test]
async fn the_chain_of_a_shredded_workspace_still_verifies() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let [acme, _] = two_workspaces(&app).await;
    hour(&app).await;
    workspaces::delete(&app.app, &Authority::on_this_machine(), &acme.id).await.expect("it is deleted");
    hour(&app).await;
    let [with, _] = verified(&app, &outside).await;
    assert_eq!(with.findings, []);
    let gone = Unproven::DetailsGone { chain: acme.id.to_string(), count: 8 };
    assert!(with.unproven.contains(&gone), "{:?}", with.unproven);
    let newest = std::fs::read_to_string(&outside).expect("heads");
    let newest = chain::SignedHead::parse(newest.lines().last().expect("a head")).expect("a head").head;
    // The workspace, and who was only there.
    assert_eq!(newest.shredded.len(), 2);
    assert!(newest.shredded.contains(&acme.id.to_string()), "{:?}", newest.shredded);
    app.end().await;
}
