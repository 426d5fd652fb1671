use std::time::Duration;

use super::*;
use crate::{
    audit::{self, Filter},
    tokens::{list, rotate},
    web::Page,
};

fn file(lines: u32) -> String {
    let lines: String =
        (0..lines).map(|n| format!("{},ext-{n},acme\n", sha256(&version_2(&n.to_string())))).collect();
    format!("digest,external_id,prefix\n{lines}")
}

#[tokio::test]
async fn a_file_that_is_imported_twice_is_taken_once() {
    let house = House::new().await;
    let file = file(2500);
    let first = house.import_plain(&file).await.unwrap();
    assert_eq!(first, Imported { lines: 2500, imported: 2500, already_known: 0, workspaces: 1 });
    let stored = house.stored().await;

    let second = house.import_plain(&file).await.unwrap();
    assert_eq!(second, Imported { lines: 2500, imported: 0, already_known: 2500, workspaces: 1 });
    assert_eq!(house.stored().await, stored, "the second run wrote something");
}

#[tokio::test]
async fn an_import_that_was_killed_in_the_middle_is_completed_by_a_second_run() {
    let house = House::new().await;
    let file = file(9000);
    tokio::select! {
        done = house.import_plain(&file) => panic!("done before the kill: {done:?}"),
        () = async { while house.tokens().await < 2000 {} } => {}
    }
    let before = house.tokens().await;
    assert!((2000..9000).contains(&before), "{before}");
    let done = house.import_plain(&file).await.unwrap();
    assert_eq!((done.imported + done.already_known, house.tokens().await), (9000, 9000));
    assert!(done.already_known >= 2000);
    assert_eq!(house.code(&version_2("8999")).await, Code::Valid);
    assert_eq!(counted_in_audit(&house).await, 9000);
}

#[tokio::test]
async fn a_secret_that_was_retired_since_does_not_become_good_again() {
    let house = House::new().await;
    let file = file(3);
    house.import_plain(&file).await.unwrap();
    let page = list(&house.app, &house.acme, &Page::first()).await.unwrap();
    let by = Authority::on_this_machine();
    for token in &page.items[..2] {
        let rotated = rotate(&house.app, &by, &token.id, Duration::ZERO, None).await;
        assert!(rotated.is_ok());
    }
    assert_eq!(house.code(&version_2("0")).await, Code::Expired);

    let again = house.import_plain(&file).await.unwrap();
    assert_eq!((again.imported, again.already_known), (0, 3));
    // The same without the external ids, which would have given them away.
    let bare: String = (0..4).map(|n| format!("{},acme\n", sha256(&version_2(&n.to_string())))).collect();
    let bare = house.import_plain(format!("digest,prefix\n{bare}")).await.unwrap();
    assert_eq!((bare.imported, bare.already_known), (1, 3));
    assert_eq!(house.code(&version_2("0")).await, Code::Expired);
    assert_eq!(house.tokens().await, 4);
}

#[tokio::test]
async fn each_step_stands_in_the_audit_of_each_workspace_with_its_count() {
    let house = House::new().await;
    workspace(&house.app, "other").await;
    let lines: String = (0..4500)
        .map(|n| {
            format!("{},external:{}\n", sha256(&n.to_string()), if n % 5 == 0 { "other" } else { "acme" })
        })
        .collect();
    house.import_plain(format!("digest,workspace\n{lines}")).await.unwrap();
    assert_eq!(
        house.number("SELECT COUNT(*) AS n FROM audit_entries WHERE event = 'tokens.imported'").await,
        4
    );
    assert_eq!(counted_in_audit(&house).await, 3600);
}

#[tokio::test]
async fn two_imports_of_the_same_tokens_at_once_take_each_once() {
    let house = House::new().await;
    let (one, mut lines) = (file(9000), file(9000).lines().map(str::to_owned).collect::<Vec<_>>());
    lines[1..].reverse();
    let other = lines.join("\n");
    let (one, other) = tokio::join!(house.import_plain(&one), house.import_plain(&other));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!((one.imported + other.imported, house.tokens().await), (9000, 9000));
    assert_eq!(one.already_known + other.already_known, 9000);
}

/// How many tokens the audit of `acme` says were imported.
async fn counted_in_audit(house: &House) -> u64 {
    let filter = Filter { event: Some("tokens.imported".to_owned()), ..Filter::default() };
    let page = audit::list(&house.app, &house.acme, &filter, &Page::first()).await.unwrap();
    assert_eq!(page.next, None);
    page.items.iter().map(|entry| entry.details["count"].as_u64().unwrap()).sum()
}
