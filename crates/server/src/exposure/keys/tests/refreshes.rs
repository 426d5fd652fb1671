//! A set that serves is kept fresh in the background.

use metrics_exporter_prometheus::PrometheusBuilder;

use super::*;

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_set_older_than_an_hour_is_refreshed_in_no_requests_way() {
    let world = World::with(Reply::keys(["a"])).await;
    let node = world.node();
    assert_eq!(ask(&node, "a").await, Ok(()));
    world.endpoint.now_replies(Reply::held(["a", "b"]));
    world.clock.pass(seconds(3_599));
    assert_eq!(ask(&node, "a").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 1);

    world.clock.pass(seconds(1));
    for _ in 0..10 {
        // The endpoint holds its answer back all the while.
        assert_eq!(ask(&node, "a").await, Ok(()));
    }
    world.endpoint.requested(2).await;
    assert_eq!(ask(&node, "a").await, Ok(()));
    world.endpoint.open_gate();
    world.stored_now().await;
    assert_eq!(ask(&node, "b").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 2);
}

#[tokio::test]
async fn a_stale_set_serves_while_the_endpoint_is_down_and_is_tried_again_after_a_minute() {
    let world = World::with(Reply::keys(["a"])).await;
    let node = world.node();
    assert_eq!(ask(&node, "a").await, Ok(()));
    world.endpoint.now_replies(Reply::down());
    world.clock.pass(HOUR);
    assert_eq!(ask(&node, "a").await, Ok(()));
    world.endpoint.requested(2).await;
    // The failure has been noted as soon as this is refused without another request.
    eventually(async || ask(&node, "b").await == Err(KeyFault::Unavailable)).await;
    world.clock.pass(seconds(59));
    assert_eq!(ask(&node, "a").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 2);

    world.endpoint.now_replies(Reply::keys(["a", "b"]));
    world.clock.pass(seconds(1));
    assert_eq!(ask(&node, "a").await, Ok(()));
    world.endpoint.requested(3).await;
    world.stored_now().await;
    assert_eq!(ask(&node, "b").await, Ok(()));
    assert_eq!(world.endpoint.requests(), 3);
}

#[tokio::test]
async fn an_unchanged_set_is_not_sent_again_and_only_its_time_moves() {
    let world = World::with(Reply::tagged("\"1\"", ["a"])).await;
    let node = world.node();
    assert_eq!(ask(&node, "a").await, Ok(()));
    assert_eq!(world.endpoint.was_sent(header::IF_NONE_MATCH), None);
    world.stored_now().await;
    let (etag, answer, first) = world.stored().await.unwrap();
    assert_eq!(etag.as_deref(), Some("\"1\""));

    world.clock.pass(seconds(10));
    assert_eq!(ask(&node, "b").await, Err(KeyFault::Unknown));
    assert_eq!(world.endpoint.was_sent(header::IF_NONE_MATCH).unwrap(), "\"1\"");
    world.stored_now().await;
    assert_eq!(world.stored().await.unwrap(), (etag, answer, first.plus(seconds(10))));
    assert_eq!(ask(&node, "a").await, Ok(()));

    world.endpoint.now_replies(Reply::tagged("\"2\"", ["b"]));
    world.clock.pass(seconds(10));
    assert_eq!(ask(&node, "b").await, Ok(()));
    assert_eq!(ask(&node, "a").await, Err(KeyFault::Unknown));
}

#[tokio::test]
async fn the_tag_is_known_across_a_restart() {
    let world = World::with(Reply::tagged("\"1\"", ["a"])).await;
    assert_eq!(ask(&world.node(), "a").await, Ok(()));
    world.stored_now().await;
    world.clock.pass(seconds(10));
    assert_eq!(ask(&world.node(), "b").await, Err(KeyFault::Unknown));
    assert_eq!(world.endpoint.was_sent(header::IF_NONE_MATCH).unwrap(), "\"1\"");
}

// On one thread, so that the test's recorder hears the task that fetches.
#[tokio::test(flavor = "current_thread")]
async fn refreshes_are_counted_by_result() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _hearing = metrics::set_default_local_recorder(&recorder);
    let world = World::with(Reply::tagged("\"1\"", ["a"])).await;
    let node = world.node();
    assert_eq!(ask(&node, "a").await, Ok(()));
    world.clock.pass(seconds(10));
    assert_eq!(ask(&node, "b").await, Err(KeyFault::Unknown));
    world.clock.pass(seconds(10));
    world.endpoint.now_replies(Reply::down());
    assert_eq!(ask(&node, "b").await, Err(KeyFault::Unavailable));
    let shown = recorder.handle().render();
    for result in ["ok", "not_modified", "failed"] {
        let line = format!(r#"bailiwick_key_refreshes_total{{partner="github",result="{result}"}} 1"#);
        assert!(shown.contains(&line), "{shown}");
    }
}
