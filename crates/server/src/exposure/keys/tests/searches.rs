//! What happens to a key that memory lacks.

use super::*;

#[tokio::test]
async fn a_key_is_fetched_once_and_then_served_from_memory() {
    let world = World::with(Reply::keys(["a", "b"])).await;
    let node = world.node();
    for identifier in ["a", "b", "a"] {
        assert_eq!(ask(&node, identifier).await, Ok(()));
    }
    assert_eq!(world.endpoint.requests(), 1);
    assert_eq!(world.endpoint.was_sent(header::AUTHORIZATION).unwrap(), "Bearer t0ken");
    assert_eq!(world.endpoint.was_sent(header::USER_AGENT).unwrap(), "bailiwick-test");
}

#[tokio::test]
async fn many_waiting_requests_share_one_fetch() {
    let world = World::with(Reply::held(["a"])).await;
    let node = world.node();
    let ask_in_background = |identifier: &'static str| {
        let node = node.clone();
        tokio::spawn(async move { ask(&node, identifier).await })
    };
    let known: Vec<_> = (0..50).map(|_| ask_in_background("a")).collect();
    let unknown: Vec<_> = (0..50).map(|_| ask_in_background("x")).collect();
    world.endpoint.requested(1).await;
    world.endpoint.open_gate();
    for waiting in known {
        assert_eq!(waiting.await.unwrap(), Ok(()));
    }
    for waiting in unknown {
        assert_eq!(waiting.await.unwrap(), Err(KeyFault::Unknown));
    }
    assert_eq!(world.endpoint.requests(), 1);
}

#[tokio::test]
async fn a_request_that_is_gone_does_not_take_the_fetch_with_it() {
    let world = World::with(Reply::held(["a"])).await;
    let node = world.node();
    let gone = tokio::spawn({
        let node = node.clone();
        async move { ask(&node, "a").await }
    });
    world.endpoint.requested(1).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    world.endpoint.open_gate();
    assert_eq!(ask(&node, "a").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 1);
}

#[tokio::test]
async fn unknown_identifiers_cause_one_fetch_in_ten_seconds_whatever_they_are() {
    let world = World::with(Reply::keys(["a"])).await;
    let node = world.node();
    for number in 0..100 {
        assert_eq!(ask(&node, &format!("unknown {number}")).await, Err(KeyFault::Unknown));
    }
    world.clock.pass(Duration::from_millis(9_999));
    assert_eq!(ask(&node, "x").await, Err(KeyFault::Unknown));
    assert_eq!(world.endpoint.requests(), 1);
    world.clock.pass(Duration::from_millis(1));
    assert_eq!(ask(&node, "x").await, Err(KeyFault::Unknown));
    assert_eq!(world.endpoint.requests(), 2);
}

#[tokio::test]
async fn a_key_that_the_partner_has_begun_to_use_is_fetched_and_the_old_one_serves_while_it_is_listed() {
    let world = World::with(Reply::keys(["old"])).await;
    let node = world.node();
    assert_eq!(ask(&node, "old").await, Ok(()));
    world.clock.pass(seconds(10));
    world.endpoint.now_replies(Reply::keys(["old", "new"]));
    assert_eq!(ask(&node, "new").await, Ok(()));
    assert_eq!(ask(&node, "old").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 2);
    world.clock.pass(seconds(10));
    world.endpoint.now_replies(Reply::keys(["new", "newer"]));
    assert_eq!(ask(&node, "newer").await, Ok(()));
    assert_eq!(ask(&node, "old").await, Err(KeyFault::Unknown));
}

#[tokio::test]
async fn nobody_waits_longer_than_the_patience_and_known_keys_serve_meanwhile() {
    let world = World::with(Reply::keys(["a"])).await;
    let node = world.impatient_node();
    assert_eq!(ask(&node, "a").await, Ok(()));
    world.clock.pass(seconds(10));
    world.endpoint.now_replies(Reply::held(["b"]));
    let begun = Instant::now();
    let (unknown, known) = tokio::join!(ask(&node, "b"), async {
        world.endpoint.requested(2).await;
        ask(&node, "a").await
    });
    assert_eq!((unknown, known), (Err(KeyFault::Unavailable), Ok(())));
    assert!(begun.elapsed() < seconds(4), "it waited for more than its 100 ms");
}

#[tokio::test]
async fn a_clock_that_was_put_back_stops_no_search() {
    let world = World::with(Reply::keys(["a"])).await;
    let right = world.clock.now();
    world.clock.pass(seconds(1_000_000));
    assert_eq!(ask(&world.node(), "a").await, Ok(()));
    world.stored_now().await;

    let world = World { clock: FixedClock::at(right), ..world };
    world.endpoint.now_replies(Reply::keys(["a", "b"]));
    assert_eq!(ask(&world.node(), "b").await, Ok(()));
    world.stored_now().await;
}
