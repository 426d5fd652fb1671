//! The stage itself: what happens on it happens to the app that the browsers see.

use browser::Stage;

#[tokio::test]
async fn what_happens_on_the_stage_is_told_by_mail_at_the_time_that_it_is_there() {
    let mut stage = Stage::set();
    let workspace = stage.workspace("acme");
    let token = stage.token(&workspace, "deploy");
    assert!(stage.mails().is_empty());

    // From noon on.
    stage.advance(2 * 3600 + 5 * 60);
    stage.leak(&token.secret);
    let mail = stage.last_mail("ana@acme.example");
    assert!(mail.subject.contains("deploy"), "{mail:?}");
    assert!(mail.text.contains("14:05"), "{mail:?}");
    stage.end();
}

#[tokio::test]
#[should_panic(expected = "the stage has ended")]
async fn a_stage_that_cannot_do_something_says_so() {
    let mut stage = Stage::set();
    stage.token("no workspace", "deploy");
}
