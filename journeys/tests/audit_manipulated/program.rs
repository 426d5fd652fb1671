//! The same by the command line.

use super::*;

/// Runs the program with these settings alone.
pub fn run(folder: &Path, environment: &[(String, String)], arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .output()
        .expect("the program runs")
}

/// What it said, wherever.
pub fn said(output: &Output) -> String {
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
    assert_eq!(told["names"], serde_json::json!([id]), "it says whose it is");
    let words = run(folder.path(), &[], &["audit", "verify", "acme.jsonl"]);
    assert!(said(&words).contains(&id), "{}", said(&words));
    assert!(!folder.path().join("bailiwick-data").exists(), "it touches nothing");

    let edited = export.replacen("one of many", "one of more", 1);
    std::fs::write(folder.path().join("edited.jsonl"), edited).expect("it is written");
    let bad = check("edited.jsonl");
    assert_eq!(bad.status.code(), Some(1));
    assert!(said(&bad).contains("the details of entry 3 are not those that were recorded"), "{}", said(&bad));
    app.end().await;
}

#[tokio::test]
async fn a_chain_that_was_cut_is_not_exported_and_leaves_no_file() {
    let folder = TempDir::new().expect("a folder");
    let app = TestApp::start().await;
    let [acme, other] = two_workspaces(&app).await;
    for (chain, sequence) in [(&acme, 7), (&other, 4)] {
        let id = chain.id.to_string();
        app.sql(&format!("DELETE FROM audit_entries WHERE chain = '{id}' AND sequence = {sequence}")).await;
        let arguments = ["audit", "export", "--workspace", &id, "--to", "cut.jsonl"];
        let cut = run(folder.path(), app.environment(), &arguments);
        assert_eq!(cut.status.code(), Some(1), "{}", said(&cut));
        let told = format!("{id}: entry {sequence} is not there, and 7 are noted: there is no whole export.");
        assert!(said(&cut).contains(&told), "{}", said(&cut));
        assert!(!folder.path().join("cut.jsonl").exists());
        let onto_output = run(folder.path(), app.environment(), &arguments[..4]);
        assert_eq!(onto_output.status.code(), Some(1), "{}", said(&onto_output));
    }
    app.end_node().await;
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
    assert!(said(&with).contains(acme.id.as_str()), "it says which chains those are: {}", said(&with));
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
