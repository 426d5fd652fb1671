use super::*;
use crate::tokens::{NewToken, Role, create};

#[tokio::test]
async fn a_digest_that_stands_twice_is_told_of() {
    let house = House::new().await;
    let lines: String = (0..2200).map(|n| format!("{}\n", sha256(&n.to_string()))).collect();
    let bad = house.bad_lines(format!("digest\n{lines}{}\n", sha256("7").to_uppercase())).await;
    assert_eq!(bad, [BadLine { line: 2202, why: "The same \"digest\" stands on line 9.".to_owned() }]);
}

#[tokio::test]
async fn an_external_id_stands_once_in_a_workspace_and_may_stand_in_another() {
    let house = House::new().await;
    workspace(&house.app, "other").await;
    let line = |n: u32, workspace: &str| format!("{},external:{workspace},ext\n", sha256(&n.to_string()));
    let header = "digest,workspace,external_id\n";
    let twice = format!("{header}{}{}{}", line(1, "acme"), line(2, "other"), line(3, "acme"));
    let bad = house.bad_lines(&twice).await;
    let why = "Line 2 has the same \"external_id\" in the same workspace.";
    assert_eq!(bad, [BadLine { line: 4, why: why.to_owned() }]);

    let once = format!("{header}{}{}", line(1, "acme"), line(2, "other"));
    let done = house.import_plain(&once).await.unwrap();
    assert_eq!((done.imported, done.workspaces), (2, 2));
}

#[tokio::test]
async fn an_external_id_of_another_token_is_refused() {
    let house = House::new().await;
    let wanted = NewToken {
        description: "made here".into(),
        role: Role::Member,
        creator: None,
        expires_at: None,
        external_id: Some("ext".to_owned()),
    };
    let by = Authority::on_this_machine();
    assert!(create(&house.app, &by, &house.acme, wanted, None).await.is_ok());
    let bad = house.bad_lines(format!("digest,external_id\n{},ext\n", sha256("1"))).await;
    let why = "Another token of the workspace has this \"external_id\".";
    assert_eq!(bad, [BadLine { line: 2, why: why.to_owned() }]);
}

#[tokio::test]
async fn a_file_that_repeats_itself_is_refused_in_little_memory() {
    let house = House::new().await;
    let lines: String = (0..3000).map(|n| format!("{}\n", sha256(&n.to_string()))).collect();
    let bad = house.bad_lines(format!("digest\n{lines}{lines}")).await;
    assert_eq!(bad.len(), 20);
    assert!(bad.iter().all(|bad| bad.why.starts_with("The same \"digest\" stands on line")));
}
