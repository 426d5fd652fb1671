//! What an endpoint or a database that fails takes away: nothing that was known.

use super::*;

#[tokio::test]
async fn while_the_endpoint_is_down_known_keys_serve_and_unknown_ones_are_unavailable() {
    let world = World::with(Reply::keys(["a"])).await;
    let node = world.node();
    assert_eq!(ask(&node, "a").await, Ok(()));
    world.clock.pass(seconds(10));
    world.endpoint.now_replies(Reply::down());
    assert_eq!(ask(&node, "b").await, Err(KeyFault::Unavailable));
    assert_eq!(ask(&node, "a").await, Ok(()));
}

#[tokio::test]
async fn for_five_seconds_after_a_failed_fetch_nobody_waits_for_another() {
    let world = World::with(Reply::down()).await;
    let node = world.node();
    for number in 0..100 {
        assert_eq!(ask(&node, &format!("unknown {number}")).await, Err(KeyFault::Unavailable));
    }
    assert_eq!(world.endpoint.requests(), 1);
    world.clock.pass(seconds(5));
    world.endpoint.now_replies(Reply::keys(["a"]));
    assert_eq!(ask(&node, "a").await, Ok(()));
    assert_eq!(ask(&node, "b").await, Err(KeyFault::Unknown));
}

#[tokio::test]
async fn nobody_listening_is_an_outage_like_any_other() {
    let world = World::with(Reply::down()).await;
    let node = world.node_at("http://127.0.0.1:1/keys");
    assert_eq!(ask(&node, "a").await, Err(KeyFault::Unavailable));
}

#[tokio::test]
async fn nonsense_never_replaces_a_good_set() {
    let ok = |body: &str| Reply::Raw(StatusCode::OK, body.to_owned());
    let good = listing(["b"]);
    for nonsense in [
        ok(""),
        ok("<html>"),
        ok("{}"),
        ok(r#"{"public_keys":[]}"#),
        ok(r#"{"public_keys":[{"key_identifier":"b","key":"junk"}]}"#),
        ok(&format!("{good}{}", " ".repeat(256 * 1024))),
        Reply::foreign_curve(),
        Reply::Raw(StatusCode::NOT_FOUND, good.clone()),
        Reply::Raw(StatusCode::NO_CONTENT, String::new()),
        Reply::Raw(StatusCode::FOUND, good),
    ] {
        let world = World::with(Reply::keys(["a"])).await;
        let node = world.node();
        assert_eq!(ask(&node, "a").await, Ok(()));
        world.stored_now().await;
        let before = world.stored().await;
        world.clock.pass(seconds(10));
        world.endpoint.now_replies(nonsense);
        assert_eq!(ask(&node, "b").await, Err(KeyFault::Unavailable));
        assert_eq!(world.endpoint.requests(), 2);
        assert_eq!(ask(&node, "a").await, Ok(()));
        assert_eq!(ask(&world.node(), "a").await, Ok(()));
        assert_eq!(world.stored().await, before);
    }
}

#[tokio::test]
async fn an_endpoint_that_has_never_answered_but_unchanged_has_no_keys() {
    let world = World::with(Reply::Raw(StatusCode::NOT_MODIFIED, String::new())).await;
    assert_eq!(ask(&world.node(), "a").await, Err(KeyFault::Unavailable));
    assert_eq!(world.stored().await, None);
}

#[tokio::test]
async fn a_restart_during_an_outage_changes_nothing() {
    let world = World::with(Reply::keys(["a"])).await;
    assert_eq!(ask(&world.node(), "a").await, Ok(()));
    world.stored_now().await;
    world.endpoint.now_replies(Reply::down());
    for _ in 0..2 {
        world.clock.pass(seconds(3 * 60 * 60));
        let restarted = world.node();
        assert_eq!(ask(&restarted, "a").await, Ok(()));
        assert_eq!(ask(&restarted, "b").await, Err(KeyFault::Unavailable));
    }
}

#[tokio::test]
async fn without_the_database_keys_come_from_the_endpoint_and_stay_in_memory() {
    let world = World::with(Reply::keys(["a"])).await;
    world.db.close().await;
    let node = world.node();
    assert_eq!(ask(&node, "a").await, Ok(()));
    assert_eq!(ask(&node, "a").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 1);
}

#[tokio::test]
async fn a_stored_set_that_cannot_be_read_is_fetched_anew() {
    let world = World::with(Reply::keys(["a"])).await;
    let spoil = "INSERT INTO partner_keys (partner, url, etag, answer, fetched_at) VALUES ('github', $1, '\"1\"', '{', $2)";
    let mut tx = world.db.begin().await.unwrap();
    tx.execute(spoil, args![&world.endpoint.url, world.clock.now()]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ask(&world.node(), "a").await, Ok(()));
    assert_eq!(world.endpoint.was_sent(header::IF_NONE_MATCH), None);
}
