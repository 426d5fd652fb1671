//! Each sighting is also a track event, in the shape that Segment's own clients send, and gets there in the end.

use std::{collections::BTreeSet, sync::Arc};

use bailiwick::{
    config::Hidden,
    insights::{self, Courier, Endpoint, Pause},
};
use jobs::Queue;
use serde_json::{Value, json};
use test_app::{Received, Receiver, TestApp, python};
use time_and_chance::{Clock as _, Duration};

const URL: &str = "https://github.com/acme/app/blob/1f3a/config.py";

async fn tracking() -> (TestApp, Receiver) {
    let (receiver, url) = Receiver::start().await;
    let app = TestApp::with(&[("TRACK__ENDPOINT", &url), ("TRACK__WRITE_KEY", "a-write-key")]).await;
    (app, receiver)
}

fn events(received: &[Received]) -> Vec<&Value> {
    received.iter().flat_map(|request| request.body["batch"].as_array().expect("a batch")).collect()
}

fn ids(received: &[Received]) -> BTreeSet<String> {
    events(received)
        .iter()
        .map(|event| event["messageId"].as_str().expect("a messageId").to_owned())
        .collect()
}

#[tokio::test]
async fn an_event_says_what_was_found_where_and_what_became_of_it() {
    let (app, receiver) = tracking().await;
    let acme = app.workspace("acme").await;
    let token = acme.token("deploy-bot").await.secret;
    app.report_github(&json!([{"token": token, "type": "t", "url": URL, "source": "Commit"}]))
        .await
        .with_status(200);
    app.report_gitlab(&json!([{"token": token, "type": "t", "url": ""}])).await.with_status(204);
    app.report_github(&json!([{"token": "nothing of ours", "url": URL}])).await.with_status(200);
    app.work_off().await;

    let received = receiver.received();
    let events = events(&received);
    assert_eq!(events.len(), 3);
    let hint = &token["bwk_".len()..][..5];
    let of = |status: &str| {
        events.iter().find(|event| event["properties"]["status"] == status).expect("such an event")
    };
    let event = of("revoked");
    assert_eq!((&event["type"], &event["userId"]), (&json!("track"), &json!("__system__")));
    assert_eq!(event["event"], "Token Exposed");
    assert_eq!(event["timestamp"], json!(app.clock.now()));
    let id = event["messageId"].as_str().expect("it holds here");
    assert!(!id.is_empty() && id.len() < 100, "{id}");
    let expected = json!({
        "origin": "github", "prefix": hint, "source": "commit", "status": "revoked", "url": URL, "workspace_id": acme.id,
    });
    assert_eq!(event["properties"], expected);
    let repeated = &of("already_revoked")["properties"];
    assert_eq!(
        (&repeated["origin"], &repeated["source"], &repeated["url"]),
        (&json!("gitlab"), &Value::Null, &Value::Null)
    );
    let invalid = &of("invalid")["properties"];
    assert_eq!((&invalid["prefix"], &invalid["workspace_id"]), (&Value::Null, &Value::Null));
    assert_eq!(ids(&received).len(), 3);
    for request in &received {
        // "a-write-key:" in base64: the key is the user's name, and there is no password.
        assert_eq!(request.headers["authorization"], "Basic YS13cml0ZS1rZXk6");
        assert_eq!(request.headers["content-type"], "application/json");
    }
    app.end().await;
}

#[tokio::test]
async fn a_secret_is_in_no_event() {
    let (app, receiver) = tracking().await;
    let token = app.workspace("acme").await.token("deploy-bot").await.secret;
    app.report_github(&json!([{"token": token}, {"token": format!("KEY={token}")}])).await.with_status(200);
    app.work_off().await;
    for request in receiver.received() {
        assert!(!request.body.to_string().contains(&token));
    }
    app.end().await;
}

#[tokio::test]
async fn a_server_that_asks_for_a_pause_gets_it_and_then_the_same_events() {
    let (app, receiver) = tracking().await;
    receiver.answer_next(&[(429, Some("120"))]);
    app.report_github(&json!([{"token": "one"}, {"token": "other"}])).await.with_status(200);
    app.work_off().await;
    assert_eq!(receiver.received().len(), 1);
    app.clock.pass(Duration::from_secs(119));
    app.work_off().await;
    assert_eq!(receiver.received().len(), 1, "it asked for two minutes");
    app.clock.pass(Duration::from_secs(1));
    app.work_off().await;
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(ids(&received[..1]), ids(&received[1..]), "its ids tell the receiver that it is the same");
    app.end().await;
}

#[tokio::test]
async fn a_pause_is_the_endpoints_and_not_the_batchs() {
    let (app, receiver) = tracking().await;
    // More of them than are taken at once.
    for number in 0..25 {
        app.report_github(&json!([{"token": format!("number {number}")}])).await.with_status(200);
    }
    assert_eq!(app.jobs().await.len(), 25);
    receiver.answer_next(&[(429, Some("120"))]);
    app.work_off().await;
    assert_eq!(receiver.received().len(), 1, "the others wait too");
    app.report_github(&json!([{"token": "during the pause"}])).await.with_status(200);
    for _ in 0..2 {
        app.work_off().await;
        assert_eq!(receiver.received().len(), 1, "it asked for two minutes");
        app.clock.pass(Duration::from_secs(119));
    }
    app.work_off().await;
    let received = receiver.received();
    assert_eq!(events(&received[1..]).len(), 26, "each once");
    assert_eq!(ids(&received).len(), 26);
    app.end().await;
}

#[tokio::test]
async fn a_pause_may_also_be_a_date_and_is_not_believed_without_end() {
    let (app, receiver) = tracking().await;
    receiver.answer_next(&[(429, Some("Mon, 23 Nov 2026 12:10:00 GMT")), (503, Some("999999999"))]);
    app.report_github(&json!([{"token": "one"}])).await.with_status(200);
    app.work_off().await;
    app.clock.pass(Duration::from_secs(10 * 60 - 1));
    app.work_off().await;
    assert_eq!(receiver.received().len(), 1);
    app.clock.pass(Duration::from_secs(1));
    app.work_off().await;
    assert_eq!(receiver.received().len(), 2);
    app.clock.pass(Duration::from_hours(1));
    app.work_off().await;
    assert_eq!(receiver.received().len(), 3);
    app.end().await;
}

#[tokio::test]
async fn an_endpoint_that_was_away_gets_all_events_and_reports_do_not_wait() {
    let (app, receiver) = tracking().await;
    for round in 0..5 {
        receiver.answer_next(&[(502, None)]);
        app.report_github(&json!([{"token": format!("number {round}")}])).await.with_status(200);
        app.work_off().await;
        app.clock.pass(Duration::from_secs(1));
    }
    app.clock.pass(Duration::from_hours(1));
    app.work_off().await;
    let received = receiver.received();
    assert_eq!(ids(&received).len(), 5);
    app.end().await;
}

#[tokio::test]
async fn batches_of_a_large_report_stay_within_the_limits() {
    let (app, receiver) = tracking().await;
    let long = format!("https://github.com/{}", "a/".repeat(500));
    let items: Value =
        (0..6_000).map(|at| json!({"token": app.look_alike(), "url": format!("{long}{at}")})).collect();
    app.report_github(&items).await.with_status(200);
    // One request in the middle fails: what came before it is not lost, and what came after is sent.
    receiver.answer_next(&[(200, None), (500, None)]);
    app.work_off().await;
    app.clock.pass(Duration::from_hours(1));
    app.work_off().await;
    let received = receiver.received();
    assert_eq!(ids(&received).len(), 6_000);
    for request in &received {
        assert!(request.bytes <= 500_000, "{} bytes", request.bytes);
        assert!(request.body["batch"].as_array().expect("it holds here").len() <= 2_500);
    }
    app.end().await;
}

/// Works off the app's events in tries that are over as soon as they have sent one request. Answers how many those were.
async fn deliver_in_short_tries(app: &TestApp) -> usize {
    let track = &app.app.settings.track;
    let courier = Courier {
        vault: app.app.vault.clone(),
        db: app.app.db.clone(),
        clock: Arc::new(app.clock.clone()),
        client: outgoing::Client::new("a-test", app.app.settings.guard()).expect("a client"),
        endpoint: Some(Endpoint {
            url: format!("{}/v1/batch", track.endpoint.as_deref().expect("the test names one")),
            write_key: Hidden::new("a-write-key"),
        }),
        pace: Duration::ZERO,
        pause: Pause::default(),
    };
    let queue = Queue::new(
        app.app.db.clone(),
        app.app.vault.clone(),
        Arc::new(app.clock.clone()),
        Arc::clone(&app.app.chance),
    );
    let queue = queue.on(insights::terms(), move |_, jobs| insights::deliver(courier.clone(), jobs));
    queue.work_off().await.expect("the queue answers")
}

#[tokio::test]
async fn a_try_that_ends_early_has_sent_whole_batches_and_none_is_sent_twice() {
    let (app, receiver) = tracking().await;
    let long = format!("https://github.com/{}", "a/".repeat(1_000));
    let items: Value = (0..2_000).map(|_| json!({"token": "x", "url": long})).collect();
    app.report_github(&items).await.with_status(200);
    let batches = app.jobs().await.len();
    assert!(batches > 10, "{batches}: a batch is no more than one request carries");
    let tries = deliver_in_short_tries(&app).await;
    let received = receiver.received();
    assert_eq!(received.len(), batches);
    assert!(tries > batches, "{tries}");
    assert_eq!((events(&received).len(), ids(&received).len()), (2_000, 2_000), "each once");
    app.end().await;
}

#[tokio::test]
async fn many_small_events_stay_within_the_limits_too() {
    let (app, receiver) = tracking().await;
    let items: Value = (0..6_000).map(|_| json!({"token": "x"})).collect();
    app.report_github(&items).await.with_status(200);
    app.work_off().await;
    let sizes: Vec<_> = receiver
        .received()
        .iter()
        .map(|request| request.body["batch"].as_array().expect("it holds here").len())
        .collect();
    assert_eq!(sizes.iter().sum::<usize>(), 6_000);
    assert!(sizes.iter().all(|size| *size <= 2_500), "{sizes:?}");
    app.end().await;
}

#[tokio::test]
async fn without_an_endpoint_events_are_only_stored() {
    let app = TestApp::start().await;
    app.report_github(&json!([{"token": "one"}, {"token": "other"}])).await.with_status(200);
    assert_eq!(app.contents().await.rows("track_events"), 2);
    assert!(app.jobs().await.is_empty());
    app.end().await;
}

/// What Segment's own client sends for one event.
const CLIENT: &str = "
import sys
from segment.analytics.client import Client
client = Client('a-write-key', host=sys.argv[1], sync_mode=True, max_retries=0)
client.track('__system__', 'Token Exposed', {'origin': 'github'})
";

#[tokio::test]
async fn segments_own_client_sends_the_same_shape() {
    let (app, ours) = tracking().await;
    app.report_github(&json!([{"token": "one"}])).await.with_status(200);
    app.work_off().await;
    let (theirs, url) = Receiver::start().await;
    let client = tokio::process::Command::new(python())
        .args(["-c", CLIENT, &url])
        .output()
        .await
        .expect("it holds here");
    assert!(client.status.success(), "{}", String::from_utf8_lossy(&client.stderr));

    let (ours, theirs) = (ours.received(), theirs.received());
    assert_eq!(ours[0].headers["authorization"], theirs[0].headers["authorization"]);
    let keys =
        |value: &Value| value.as_object().expect("it holds here").keys().cloned().collect::<BTreeSet<_>>();
    assert!(keys(&ours[0].body).is_subset(&keys(&theirs[0].body)), "{} {}", ours[0].body, theirs[0].body);
    let (our_event, their_event) = (events(&ours)[0], events(&theirs)[0]);
    assert!(keys(our_event).is_subset(&keys(their_event)), "{our_event} {their_event}");
    for key in ["type", "userId", "event"] {
        assert_eq!(our_event[key], their_event[key]);
    }
    for key in ["messageId", "timestamp"] {
        assert!(our_event[key].is_string() && their_event[key].is_string());
    }
    // What theirs has besides says which client it was, and which other services are to get the event.
    let besides: Vec<_> = keys(their_event).difference(&keys(our_event)).cloned().collect();
    assert_eq!(besides, ["anonymousId", "context", "integrations"]);
    app.end().await;
}
