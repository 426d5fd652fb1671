//! Whoever can write to the database changes what is on record: with the heads that were delivered outside it is found, and called
//! by its name.

#[path = "audit_manipulated/details.rs"]
mod details;
#[path = "audit_manipulated/program.rs"]
mod program;
#[path = "audit_manipulated/rows.rs"]
mod rows;

use std::{
    path::Path,
    process::{Command, Output},
};

use bailiwick::{audit, backup, config::Settings, events::Event, jobs, permissions::Authority, workspaces};
use chain::{Entry, ExportReader, Finding, Hash, Heads, Report, Unproven};
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
    let without = audit::verify(&app.app.db, &app.app.vault, Heads::default()).await;
    [app.audit_against(outside).await, without.expect("the database answers")]
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
