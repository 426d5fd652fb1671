//! Several nodes, one database.

use super::*;

#[tokio::test]
async fn what_one_node_has_fetched_another_takes_from_the_database() {
    let world = World::with(Reply::keys(["old"])).await;
    let (one, other) = (world.node(), world.node());
    assert_eq!(ask(&one, "old").await, Ok(()));
    world.stored_now().await;
    assert_eq!(ask(&other, "old").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 1);

    world.clock.pass(seconds(10));
    world.endpoint.now_replies(Reply::keys(["old", "new"]));
    assert_eq!(ask(&one, "new").await, Ok(()));
    world.stored_now().await;
    world.clock.pass(seconds(100));
    assert_eq!(ask(&other, "new").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 2);
}

#[tokio::test]
async fn a_newer_set_that_still_lacks_the_key_is_not_the_last_word() {
    let world = World::with(Reply::keys(["a"])).await;
    let (one, other) = (world.node(), world.node());
    assert_eq!(ask(&one, "a").await, Ok(()));
    world.stored_now().await;
    assert_eq!(ask(&other, "a").await, Ok(()));
    world.clock.pass(seconds(10));
    assert_eq!(ask(&one, "b").await, Err(KeyFault::Unknown));
    world.stored_now().await;

    world.clock.pass(seconds(10));
    world.endpoint.now_replies(Reply::keys(["a", "b"]));
    assert_eq!(ask(&other, "b").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 3);
}

#[tokio::test]
async fn what_another_node_has_fetched_is_no_answer_about_a_key_that_it_was_not_asked_for() {
    let world = World::with(Reply::keys(["a"])).await;
    assert_eq!(ask(&world.node(), "a").await, Ok(()));
    world.stored_now().await;
    world.endpoint.now_replies(Reply::keys(["a", "b"]));
    assert_eq!(ask(&world.node(), "b").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 2);
}

#[tokio::test]
async fn what_was_stored_from_another_url_is_ignored_and_replaced() {
    let world = World::with(Reply::keys(["a"])).await;
    assert_eq!(ask(&world.node(), "a").await, Ok(()));
    world.stored_now().await;
    let moved = FakeEndpoint::start(Reply::keys(["b"])).await;
    let node = world.node_at(&moved.url);
    assert_eq!(ask(&node, "a").await, Err(KeyFault::Unknown));
    assert_eq!(moved.requests(), 1);
    eventually(async || world.stored().await.unwrap().1 == listing(["b"])).await;
}
