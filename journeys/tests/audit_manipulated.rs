//! Whoever can write to the database changes what is on record: with the heads that were delivered outside it is found, and called
//! by its name.

use std::{
    path::Path,
    process::{Command, Output},
};

use bailiwick::{audit, backup, config::Settings, events::Event, jobs, permissions::Authority, workspaces};
use chain::{Entry, ExportReader, Finding, Hash, Heads, Place, Report, Unproven};
use tempfile::TempDir;
use test_app::{Database, TestApp, Workspace};
use time_and_chance::{Clock as _, Duration};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");

/// An app that delivers its heads into a file.
async fn started(outside: &Path) -> TestApp {
    TestApp::with(&[("AUDIT__HEADS_FILE", outside.to_str().expect("UTF-8"))]).await
}

/// An hour goes by: a head is made and delivered.
async fn hour(app: &TestApp) {
    app.clock.pass(Duration::from_hours(1));
    assert!(jobs::run_scheduled(&app.app, "heads").await.expect("the database answers"));
    app.work_off().await;
}

/// With seven entries each.
async fn two_workspaces(app: &TestApp) -> [Workspace<'_>; 2] {
    let both = [app.workspace("acme").await, app.workspace("other").await];
    for workspace in &both {
        for _ in 0..5 {
            workspace.token("one of many").await;
        }
    }
    both
}

/// What a verification says that knows the heads outside, and what one says that knows none.
async fn verified(app: &TestApp, outside: &Path) -> [Report; 2] {
    let mut heads = Heads::default();
    for line in std::fs::read_to_string(outside).expect("heads were delivered").lines() {
        heads.line(line, Place::Outside);
    }
    audit::known_heads(&app.app.db, &mut heads).await.expect("the database answers");
    let mut reports = Vec::new();
    for heads in [heads, Heads::default()] {
        reports.push(audit::verify(&app.app.db, &app.app.vault, heads).await.expect("the database answers"));
    }
    reports.try_into().expect("there are two")
}

/// Does this to a database of which head 1 was delivered, and answers what is found with it and without.
async fn manipulated(how: impl AsyncFn(&TestApp, &str, &str)) -> ([Vec<Finding>; 2], [String; 2]) {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let [acme, other] = two_workspaces(&app).await;
    let chains = [acme.id.to_string(), other.id.to_string()];
    hour(&app).await;
    for report in verified(&app, &outside).await {
        assert_eq!(report.findings, []);
    }
    how(&app, &chains[0], &chains[1]).await;
    let [with, without] = verified(&app, &outside).await;
    assert!(!with.unproven.contains(&Unproven::NoHeads));
    assert!(without.unproven.contains(&Unproven::NoHeads), "it says what it cannot prove");
    app.end_node().await;
    ([with.findings, without.findings], chains)
}

#[tokio::test]
async fn an_edit_is_found() {
    let (found, [acme, _]) = manipulated(async |app, acme, _| {
        app.sql(&format!(
            "UPDATE audit_entries SET target = 'tok_2' WHERE chain = '{acme}' AND sequence = 3"
        ))
        .await;
    })
    .await;
    assert_eq!(found, [(); 2].map(|()| vec![Finding::Edited { chain: acme.clone(), sequence: 3 }]));
}

#[tokio::test]
async fn a_hash_that_is_none_is_found_where_it_stands() {
    for column in ["hash", "commitment"] {
        let (found, [acme, other]) = manipulated(async |app, acme, other| {
            let short = if Database::is_postgres() { "'\\x0102'::bytea" } else { "X'0102'" };
            app.sql(&format!(
                "UPDATE audit_entries SET {column} = {short} WHERE chain = '{acme}' AND sequence = 3"
            ))
            .await;
            app.sql(&format!("UPDATE audit_chains SET hash = {short} WHERE chain = '{other}'")).await;
        })
        .await;
        for findings in found {
            let edited = Finding::Edited { chain: acme.clone(), sequence: 3 };
            let noted = Finding::NotedOtherwise { chain: other.clone(), sequence: 7 };
            assert!(findings.contains(&edited) && findings.contains(&noted), "{findings:?}");
        }
    }
}

#[tokio::test]
async fn a_place_that_is_no_whole_number_ends() {
    if Database::is_postgres() {
        // It takes none.
        return;
    }
    for place in ["'x'", "3.5", "7.5"] {
        let (found, [acme, _]) = manipulated(async |app, acme, _| {
            app.sql(&format!(
                "UPDATE audit_entries SET sequence = {place} WHERE chain = '{acme}' AND sequence = 7"
            ))
            .await;
        })
        .await;
        for findings in found {
            assert!(findings.iter().any(|found| found.to_string().starts_with(&acme)), "{findings:?}");
        }
    }
}

#[tokio::test]
async fn a_removal_in_the_middle_is_found() {
    let (found, [acme, _]) = manipulated(async |app, acme, _| {
        app.sql(&format!("DELETE FROM audit_entries WHERE chain = '{acme}' AND sequence IN (3, 4)")).await;
    })
    .await;
    assert_eq!(found, [(); 2].map(|()| vec![Finding::Removed { chain: acme.clone(), from: 3, to: 4 }]));
}

#[tokio::test]
async fn a_tail_that_was_cut_with_its_note_is_found_with_heads_alone() {
    let (found, [acme, _]) = manipulated(async |app, acme, _| {
        app.sql(&format!("DELETE FROM audit_entries WHERE chain = '{acme}' AND sequence > 5")).await;
        app.sql(&format!(
            "UPDATE audit_chains SET sequence = 5, hash = (SELECT hash FROM audit_entries WHERE chain = '{acme}' AND sequence = 5)
             WHERE chain = '{acme}'"
        ))
        .await;
    })
    .await;
    let cut = Finding::CutTail { chain: acme, last: 5, expected: 7, head: Some(1) };
    assert_eq!(found, [vec![cut], vec![]]);
}

#[tokio::test]
async fn another_order_is_found() {
    let (found, [acme, _]) = manipulated(async |app, acme, _| {
        for (from, to) in [(3, -1), (4, 3), (-1, 4)] {
            app.sql(&format!(
                "UPDATE audit_entries SET sequence = {to} WHERE chain = '{acme}' AND sequence = {from}"
            ))
            .await;
        }
    })
    .await;
    let moved = |sequence, was| Finding::Reordered { chain: acme.clone(), sequence, was };
    assert_eq!(found, [(); 2].map(|()| vec![moved(3, 4), moved(4, 3)]));
}

#[tokio::test]
async fn a_swap_between_workspaces_is_found() {
    let (found, [acme, other]) = manipulated(async |app, acme, other| {
        for (from, to) in [(acme, "elsewhere"), (other, acme), ("elsewhere", other)] {
            app.sql(&format!(
                "UPDATE audit_entries SET chain = '{to}' WHERE chain = '{from}' AND sequence = 3"
            ))
            .await;
        }
    })
    .await;
    for findings in found {
        let swapped = [(&acme, &other), (&other, &acme)].map(|(chain, from)| Finding::Swapped {
            chain: chain.clone(),
            sequence: 3,
            from: from.clone(),
            was: 3,
        });
        assert!(swapped.iter().all(|swap| findings.contains(swap)), "{findings:?}");
        // Their details were sealed for another workspace.
        let others = findings.iter().filter(|found| !swapped.contains(found));
        assert!(
            others.clone().all(|found| matches!(found, Finding::DetailsUnreadable { .. })),
            "{findings:?}"
        );
    }
}

#[tokio::test]
async fn a_chain_that_was_written_anew_is_found_with_heads_alone() {
    let (found, [acme, _]) = manipulated(async |app, acme, _| write_anew(app, acme).await).await;
    assert_eq!(found, [vec![Finding::Rewritten { chain: acme, sequence: 7, head: 1 }], vec![]]);
}

#[tokio::test]
async fn a_chain_that_was_written_anew_and_is_in_later_heads_is_found_by_those_of_before() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let [acme, _] = two_workspaces(&app).await;
    hour(&app).await;
    write_anew(&app, acme.id.as_str()).await;
    acme.token("the server goes on").await;
    hour(&app).await;
    let [with, without] = verified(&app, &outside).await;
    let anew = Finding::Rewritten { chain: acme.id.to_string(), sequence: 7, head: 1 };
    assert_eq!((with.findings, without.findings), (vec![anew], vec![]));
    app.end_node().await;
}

/// Says that the third entry was about something else, and recomputes every hash from there on.
async fn write_anew(app: &TestApp, chain: &str) {
    let rows =
        app.sql(&format!("SELECT * FROM audit_entries WHERE chain = '{chain}' ORDER BY sequence")).await;
    let mut previous = Hash::NOTHING;
    for row in rows {
        let text = |column| row.get::<Option<String>>(column).expect("a text");
        let (id, kind, event) = (text("id"), text("actor_kind"), text("event"));
        let (actor, target, request) = (text("actor_id"), text("target"), text("request_id"));
        let sequence = row.get::<i64>("sequence").expect("a number").unsigned_abs();
        let commitment: Vec<u8> = row.get("commitment").expect("bytes");
        let entry = Entry {
            chain,
            sequence,
            id: id.as_deref().expect("an id"),
            at: row.get("at").expect("a number"),
            actor_kind: kind.as_deref().expect("a kind"),
            actor_id: actor.as_deref(),
            event: event.as_deref().expect("an event"),
            target: if sequence == 3 { Some("tok_2") } else { target.as_deref() },
            request_id: request.as_deref(),
            commitment: Hash::from_slice(&commitment).expect("32 bytes"),
        };
        previous = entry.hash_after(&previous);
        let (hash, target) = (literal(&previous), entry.target.expect("each has one"));
        app.sql(&format!(
            "UPDATE audit_entries SET target = '{target}', hash = {hash} WHERE chain = '{chain}' AND sequence = {sequence}"
        ))
        .await;
    }
    app.sql(&format!("UPDATE audit_chains SET hash = {} WHERE chain = '{chain}'", literal(&previous))).await;
}

fn literal(hash: &Hash) -> String {
    if Database::is_postgres() { format!("'\\x{hash}'::bytea") } else { format!("X'{hash}'") }
}

#[tokio::test]
async fn a_database_that_was_put_back_is_found_with_heads_alone() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let [acme, _] = two_workspaces(&app).await;
    hour(&app).await;
    let copy = folder.path().join("backup");
    backup::create(&app.app.settings, &copy).await.expect("a backup");
    acme.token("made after it").await;
    hour(&app).await;

    let place = TempDir::new().expect("a folder");
    let database = Database::fresh(place.path());
    let settings = settings_of(&[("DATABASE__URL", &database.url)]);
    backup::restore(&settings, app.clock.now(), &copy).await.expect("it is restored");
    let there = app.elsewhere(place, database).await;
    let [with, without] = verified(&there, &outside).await;
    let chain = acme.id.to_string();
    let cut = Finding::CutTail { chain, last: 7, expected: 8, head: Some(2) };
    assert_eq!(with.findings, [Finding::RolledBack { known: 1, outside: 2 }, cut]);
    assert_eq!(without.findings, [], "which cannot be proven without heads");
    there.work_off().await;
    there.end().await;
    app.end().await;
}

fn settings_of(variables: &[(&str, &str)]) -> Settings {
    let variables = variables.iter().map(|(name, value)| (format!("BAILIWICK_{name}"), (*value).to_owned()));
    Settings::load(None, variables).expect("good settings")
}

#[tokio::test]
async fn a_chain_cannot_be_kept_out_of_later_heads() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let [acme, other] = two_workspaces(&app).await;
    hour(&app).await;
    // Noted as further in the heads than it is, and later as no further than it is.
    app.sql(&format!("UPDATE audit_headed SET sequence = 100 WHERE chain = '{}'", acme.id)).await;
    acme.token("after the first head").await;
    hour(&app).await;
    let heads = std::fs::read_to_string(&outside).expect("heads");
    let newest = chain::SignedHead::parse(heads.lines().last().expect("a head")).expect("a head").head;
    assert_eq!(newest.chains.len(), 1);
    assert_eq!((newest.chains[0].chain.as_str(), newest.chains[0].sequence), (acme.id.as_str(), 8));

    other.token("after the second head").await;
    app.sql(&format!("UPDATE audit_headed SET sequence = 8 WHERE chain = '{}'", other.id)).await;
    hour(&app).await;
    let [with, without] = verified(&app, &outside).await;
    let left_out = Finding::LeftOut { chain: other.id.to_string(), from: 8, head: 3 };
    assert_eq!((with.findings, without.findings), (vec![left_out], vec![]));
    app.end_node().await;
}

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
    app.work_off().await;
    app.end().await;
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

/// Runs the program with these settings alone.
fn run(folder: &Path, environment: &[(String, String)], arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .output()
        .expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn an_export_is_checked_by_the_program_without_a_database() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let [acme, other] = two_workspaces(&app).await;
    hour(&app).await;
    let id = acme.id.to_string();
    let arguments = ["audit", "export", "--workspace", &id, "--to", "acme.jsonl"];
    let made = run(folder.path(), app.environment(), &arguments);
    assert!(made.status.success(), "{}", said(&made));
    let export = std::fs::read_to_string(folder.path().join("acme.jsonl")).expect("an export");
    assert_eq!(export.lines().count(), 2 + 7);
    assert!(!export.contains(other.id.as_str()), "it names no other workspace");

    let check =
        |file: &str| run(folder.path(), &[], &["audit", "verify", file, "--heads", "heads", "--json"]);
    let good = check("acme.jsonl");
    assert!(good.status.success(), "{}", said(&good));
    let told: serde_json::Value = serde_json::from_slice(&good.stdout).expect("JSON");
    assert_eq!((&told["entries"], told["findings"].as_array().map(Vec::len)), (&7.into(), Some(0)));
    assert_eq!(told["signed_by"].as_array().map(Vec::len), Some(1));
    assert!(!folder.path().join("bailiwick-data").exists(), "it touches nothing");

    let edited = export.replacen("one of many", "one of more", 1);
    std::fs::write(folder.path().join("edited.jsonl"), edited).expect("it is written");
    let bad = check("edited.jsonl");
    assert_eq!(bad.status.code(), Some(1));
    assert!(said(&bad).contains("the details of entry 3 are not those that were recorded"), "{}", said(&bad));
    app.end().await;
}

#[tokio::test]
async fn the_program_checks_the_database_and_says_what_it_cannot_prove() {
    let folder = TempDir::new().expect("a folder");
    let outside = folder.path().join("heads");
    let app = started(&outside).await;
    let [acme, _] = two_workspaces(&app).await;
    hour(&app).await;
    let key = audit::public_keys(&app.app.db).await.expect("the database answers")[0].to_string();
    let with = run(folder.path(), app.environment(), &["audit", "verify", "--heads", "heads", "--key", &key]);
    assert!(with.status.success() && said(&with).contains("Nothing was found."), "{}", said(&with));
    assert!(said(&with).contains(&key) && !said(&with).contains("Without heads"), "{}", said(&with));
    let without = run(folder.path(), app.environment(), &["audit", "verify"]);
    assert!(without.status.success(), "{}", said(&without));
    assert!(said(&without).contains("Without heads from outside nothing shows"), "{}", said(&without));

    app.sql(&format!("DELETE FROM audit_entries WHERE chain = '{}' AND sequence = 3", acme.id)).await;
    let found = run(folder.path(), app.environment(), &["audit", "verify", "--heads", "heads"]);
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
    assert!(said(&found).contains("entry 3 is missing from the middle: it was removed."), "{}", said(&found));
    app.end_node().await;
}
