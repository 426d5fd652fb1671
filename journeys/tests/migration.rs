//! What a database holds is there still, and means the same, once its schema is brought up to date.

use bailiwick::schema::STEPS;
use store::{Db, Options, args, migrate};
use test_app::{BEGINNING, Database};

// As the version before wrote it.
const SEEN: &str = "
    INSERT INTO sightings (id, report_id, workspace_id, token_id, partner, source, url, hint, outcome, changed,
                           former_secret, seen_at)
    VALUES ($1, 'rep_1', 'ws_1', 'tok_1', 'github', 'commit', NULL, 'abcde', 'warned', TRUE, FALSE, $2)";
const LOOK: &str =
    "SELECT prefix, hint FROM sightings WHERE token_id = 'tok_1' AND outcome = 'warned' AND changed";

#[tokio::test]
async fn a_database_of_the_first_step_goes_on_with_what_it_holds() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let database = Database::fresh(folder.path());
    let db = Db::open(&database.url, Options::default()).await.expect("a database");
    let see = async |id: &str| {
        let mut tx = db.begin().await.expect("the database answers");
        tx.execute(SEEN, args![id, BEGINNING]).await.expect("the database takes it");
        tx.commit().await.expect("the database takes it");
    };
    migrate(&db, BEGINNING, &STEPS[..1]).await.expect("a first schema");
    see("sig_1").await;
    migrate(&db, BEGINNING, STEPS).await.expect("the newest schema");
    // A node of the version before writes on.
    see("sig_2").await;
    let seen = db.rows(LOOK, Vec::new()).await.expect("the database answers");
    for row in &seen {
        let (prefix, hint): (Option<String>, String) = (row.get("prefix").unwrap(), row.get("hint").unwrap());
        assert_eq!((prefix, hint.as_str()), (None, "abcde"));
    }
    assert_eq!(seen.len(), 2);
    let schema = db.schema().await.expect("the database answers").expect("a schema");
    assert_eq!(Some(schema.number), STEPS.last().map(|step| step.number));
    schema.admits(&STEPS[..1]).expect("the version before may use it");
    db.close().await;
}
