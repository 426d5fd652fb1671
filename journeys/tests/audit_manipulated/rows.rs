//! Rows of which a column holds what is not of its kind: SQLite takes that anywhere. It is found where it stands, and what else
//! is wrong is found too.

use super::{
    program::{run, said},
    *,
};

/// Does this to a database in which an entry of another chain was edited as well, and answers what else is found with heads and
/// without.
async fn odd(change: &str) -> ([Vec<Finding>; 2], [String; 2]) {
    let (found, chains) = manipulated(async |app, acme, other| {
        app.sql(&change.replace("{acme}", acme)).await;
        app.sql(&format!(
            "UPDATE audit_entries SET target = 'tok_2' WHERE chain = '{other}' AND sequence = 3"
        ))
        .await;
    })
    .await;
    let edited = Finding::Edited { chain: chains[1].clone(), sequence: 3 };
    let found = found.map(|mut findings| {
        assert!(findings.contains(&edited), "{change}: {findings:?}");
        findings.retain(|finding| *finding != edited);
        findings
    });
    (found, chains)
}

#[tokio::test]
async fn a_name_that_is_no_text_is_found_and_ends_no_walk() {
    if Database::is_postgres() {
        // It takes none.
        return;
    }
    for (table, which) in [("audit_entries", " AND sequence = 7"), ("audit_chains", "")] {
        // Behind all texts, less and greater than the others; and texts that are none, before the others and behind them.
        for (name, read) in [
            ("x'01'", "\u{1}"),
            ("x'7a7a'", "zz"),
            ("CAST(x'61ff' AS TEXT)", "a\u{fffd}"),
            ("CAST(x'7a80' AS TEXT)", "z\u{fffd}"),
        ] {
            let change = format!("UPDATE {table} SET chain = {name} WHERE chain = '{{acme}}'{which}");
            let (found, [acme, _]) = odd(&change).await;
            for findings in found {
                let no_name = Finding::NoName { name: read.to_owned() };
                assert!(findings.contains(&no_name), "{change}: {findings:?}");
                let of_acme = |finding: &Finding| finding.to_string().starts_with(&acme);
                assert!(findings.iter().any(of_acme), "{change}: {findings:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_number_of_a_head_that_is_none_is_found_and_ends_no_walk() {
    if Database::is_postgres() {
        return;
    }
    for number in ["'abc'", "x'01'", "0.5"] {
        let ([with, _], _) = odd(&format!("UPDATE audit_heads SET number = {number}")).await;
        assert!(with.contains(&Finding::NoNumber { after: 0 }), "{number}: {with:?}");
    }
}

#[tokio::test]
async fn a_text_that_is_none_is_found_where_it_stands() {
    if Database::is_postgres() {
        return;
    }
    let (found, [acme, _]) =
        odd("UPDATE audit_entries SET id = CAST(x'ff' AS TEXT) WHERE chain = '{acme}' AND sequence = 3")
            .await;
    for findings in found {
        assert!(findings.contains(&Finding::Edited { chain: acme.clone(), sequence: 3 }), "{findings:?}");
    }
    let ([with, _], _) = odd("UPDATE audit_heads SET line = CAST(x'ff' AS TEXT)").await;
    assert!(with.iter().any(|found| matches!(found, Finding::NoHead { .. })), "{with:?}");
}

#[tokio::test]
async fn a_data_key_of_a_root_that_there_is_not_leaves_details_that_cannot_be_read_and_ends_nothing() {
    let folder = TempDir::new().expect("a folder");
    let app = TestApp::start().await;
    let [acme, other] = two_workspaces(&app).await;
    app.sql(&format!("UPDATE data_keys SET root_id = 'abc' WHERE subject = '{}'", acme.id)).await;
    app.sql(&format!("DELETE FROM audit_entries WHERE chain = '{}' AND sequence = 3", other.id)).await;
    // A process that has not opened the key before.
    let found = run(folder.path(), app.environment(), &["audit", "verify"]);
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
    for told in [
        format!("{}: the details of entry 1 cannot be read, and no entry says", acme.id),
        format!("{}: entry 3 is missing from the middle", other.id),
    ] {
        assert!(said(&found).contains(&told), "{}", said(&found));
    }
    app.end_node().await;
}
