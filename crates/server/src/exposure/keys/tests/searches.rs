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
async fn an_identifier_in_vain_is_searched_for_again_after_ten_seconds_then_twenty() {
    let world = World::with(Reply::keys(["a"])).await;
    let node = world.node();
    let mut fetches = 0;
    for pause in [10, 20, 40] {
        fetches += 1;
        for _ in 0..100 {
            assert_eq!(ask(&node, "x").await, Err(KeyFault::Unknown));
        }
        world.clock.pass(seconds(pause) - Duration::from_micros(1));
        assert_eq!(ask(&node, "x").await, Err(KeyFault::Unknown));
        assert_eq!(world.endpoint.requests(), fetches);
        world.clock.pass(Duration::from_micros(1));
    }
    world.endpoint.now_replies(Reply::keys(["a", "x"]));
    assert_eq!(ask(&node, "x").await, Ok(()));
}

#[tokio::test]
async fn a_key_that_the_partner_has_just_begun_to_use_is_believed_whatever_was_fetched_a_moment_ago() {
    for access_token in [Some("t0ken"), None] {
        let world = World::with(Reply::tagged("\"1\"", ["old"])).await;
        let node = world.node_with_token(access_token);
        assert_eq!(ask(&node, "old").await, Ok(()));
        // The hourly refresh finds nothing new.
        world.clock.pass(seconds(3_600));
        assert_eq!(ask(&node, "old").await, Ok(()));
        world.endpoint.requested(2).await;
        world.stored_now().await;
        assert_eq!(ask(&node, "a stranger's").await, Err(KeyFault::Unknown));

        world.endpoint.now_replies(Reply::tagged("\"2\"", ["old", "new"]));
        assert_eq!(ask(&node, "new").await, Ok(()));
        assert_eq!(world.endpoint.requests(), 4);
    }
}

#[tokio::test]
async fn strangers_cause_few_fetches_and_who_was_not_searched_for_is_to_come_back() {
    for (access_token, one_more) in [(Some("t0ken"), seconds(5)), (None, seconds(240))] {
        let world = World::with(Reply::keys(["old"])).await;
        let node = world.node_with_token(access_token);
        for number in 0..10 {
            assert_eq!(ask(&node, &format!("stranger {number}")).await, Err(KeyFault::Unknown));
        }
        for number in 10..100 {
            assert_eq!(ask(&node, &format!("stranger {number}")).await, Err(KeyFault::Unavailable));
        }
        assert_eq!(ask(&node, "stranger 9").await, Err(KeyFault::Unknown));
        assert_eq!(world.endpoint.requests(), 10);

        world.endpoint.now_replies(Reply::keys(["old", "new"]));
        assert_eq!(ask(&node, "new").await, Err(KeyFault::Unavailable));
        world.clock.pass(one_more);
        // Whoever the next fetch is for, it is for all.
        assert_eq!(ask(&node, "another stranger").await, Err(KeyFault::Unknown));
        assert_eq!(ask(&node, "new").await, Ok(()));
        assert_eq!(ask(&node, "yet another stranger").await, Err(KeyFault::Unavailable));
        assert_eq!(world.endpoint.requests(), 11);
    }
}

#[tokio::test]
async fn one_identifier_that_comes_for_ever_does_not_use_up_what_others_need() {
    let world = World::with(Reply::keys(["old"])).await;
    let node = world.node_with_token(None);
    for _ in 0..3_600 {
        assert_eq!(ask(&node, "x").await, Err(KeyFault::Unknown));
        world.clock.pass(seconds(1));
    }
    assert!(world.endpoint.requests() <= 12, "{} in an hour", world.endpoint.requests());
    world.endpoint.now_replies(Reply::keys(["old", "new"]));
    assert_eq!(ask(&node, "new").await, Ok(()));
}

#[tokio::test]
async fn refreshes_go_on_while_strangers_have_spent_the_budget() {
    let world = World::with(Reply::keys(["old"])).await;
    let node = world.node_with_token(None);
    for number in 0..20 {
        let _ = ask(&node, &format!("stranger {number}")).await;
    }
    world.endpoint.now_replies(Reply::keys(["old", "new"]));
    world.clock.pass(seconds(3_600));
    for number in 20..40 {
        // By now the whole budget is back, and spent again.
        let _ = ask(&node, &format!("stranger {number}")).await;
    }
    assert_eq!(world.endpoint.requests(), 20);
    world.clock.pass(seconds(3_600));
    assert_eq!(ask(&node, "old").await, Ok(()));
    world.endpoint.requested(21).await;
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
    // On a busy machine the first fetch takes longer than that too, and goes on.
    let mut first = ask(&node, "a").await;
    for _ in 0..100 {
        if first == Ok(()) {
            break;
        }
        first = ask(&node, "a").await;
    }
    assert_eq!(first, Ok(()));
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
