//! The audit as others get it: as lines, as OCSF, and delivered to a receiver, in order and without a gap.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::hmac;
use axum::http::Method;
use bailiwick::{
    audit::{self, Turn},
    config::Settings,
    permissions::{Authority, Scope},
    workspaces,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::future::join_all;
use serde_json::{Value, json};
use test_app::{Database, Received, Receiver, TestApp, eventually};
use time_and_chance::{Clock as _, Duration};

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const OLDEST: &str = "bailiwick_audit_stream_oldest_seconds";

async fn streaming_as(settings: &[(&str, &str)]) -> (TestApp, Receiver) {
    let (receiver, url) = Receiver::start().await;
    let url = format!("{url}/audit");
    let mut all = vec![("AUDIT__STREAM_URL", &*url), ("AUDIT__STREAM_SECRET", OLD)];
    all.extend(settings);
    (TestApp::with(&all).await, receiver)
}

async fn streaming() -> (TestApp, Receiver) {
    streaming_as(&[]).await
}

/// Delivers until there is nothing left, or nothing goes.
async fn deliver(app: &TestApp) -> Turn {
    loop {
        let turn = audit::deliver_entries(&app.app).await.expect("the database answers");
        if turn != Turn::GoesOn {
            return turn;
        }
    }
}

fn entries(received: &[Received]) -> Vec<Value> {
    received
        .iter()
        .flat_map(|request| request.body["data"]["entries"].as_array().expect("entries").clone())
        .collect()
}

/// The places of what was received, by chain, each where it came for the first time.
fn places(received: &[Received]) -> BTreeMap<String, Vec<i64>> {
    let (mut places, mut seen) = (BTreeMap::<String, Vec<i64>>::new(), BTreeSet::new());
    for entry in entries(received) {
        if seen.insert(entry["id"].as_str().expect("an id").to_owned()) {
            let chain = entry["chain"].as_str().expect("a chain").to_owned();
            places.entry(chain).or_default().push(entry["sequence"].as_i64().expect("a number"));
        }
    }
    places
}

/// Everything that is on record was received, and each chain in its order.
async fn is_complete(app: &TestApp, received: &[Received]) {
    let rows = app.sql("SELECT chain, sequence FROM audit_chains").await;
    let wanted: BTreeMap<String, Vec<i64>> = rows
        .iter()
        .map(|row| {
            let last = row.get::<i64>("sequence").expect("a number");
            (row.get("chain").expect("a name"), (1..=last).collect())
        })
        .collect();
    assert_eq!(places(received), wanted);
}

/// The signature, by the words of the specification.
fn signed_with(request: &Received, secret: &str) -> bool {
    let header = |name: &str| request.headers[name].to_str().expect("visible ASCII").to_owned();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
    let mut content = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).into_bytes();
    content.extend(&request.raw);
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &content);
    let wanted = format!("v1,{}", STANDARD.encode(signature));
    header("webhook-signature").split(' ').any(|one| one == wanted)
}

async fn change(app: &TestApp, workspace: &test_app::Workspace<'_>, key: &str, what: &str) {
    let path = format!("/v1/workspaces/{}/tokens", workspace.id);
    app.post(&path, key, &json!({"description": what})).await.with_status(201);
}

#[tokio::test]
async fn an_entry_is_delivered_as_the_api_lists_it_with_its_chain() {
    let (app, receiver) = streaming().await;
    let acme = app.workspace("acme").await;
    acme.token("deploy-bot").await;
    assert_eq!(deliver(&app).await, Turn::Done);
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    let request = &received[0];
    assert_eq!(request.body["type"], "audit.entries");
    assert_eq!(request.headers["content-type"], "application/json");
    let seconds = app.clock.now().millis() / 1_000;
    assert_eq!(request.headers["webhook-timestamp"], seconds.to_string());
    is_complete(&app, &received).await;
    let delivered: Vec<Value> = entries(&received)
        .into_iter()
        .filter(|entry| entry["chain"] == acme.id.as_str())
        .map(|mut entry| {
            entry.as_object_mut().expect("an object").remove("chain");
            entry
        })
        .collect();
    assert_eq!(delivered, acme.audit().await);
    // Looking at it made an operator key, which is on record too.
    assert_eq!(deliver(&app).await, Turn::Done);
    is_complete(&app, &receiver.received()).await;
    assert_eq!(deliver(&app).await, Turn::Done);
    assert_eq!(receiver.received().len(), 2, "nothing is sent twice");
    app.end().await;
}

#[tokio::test]
async fn each_request_is_signed_with_both_secrets_while_one_is_replaced() {
    let both = format!("{NEW},{OLD}");
    let (app, receiver) = streaming_as(&[("AUDIT__STREAM_SECRET", &both)]).await;
    app.workspace("acme").await;
    deliver(&app).await;
    let new_only = app.second_node_with(&[("AUDIT__STREAM_SECRET", NEW)]).await;
    app.workspace("other").await;
    deliver(&new_only).await;
    let received = receiver.received();
    assert!(signed_with(&received[0], OLD) && signed_with(&received[0], NEW));
    assert!(!signed_with(&received[1], OLD) && signed_with(&received[1], NEW));
    new_only.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn as_ocsf_each_entry_is_an_event() {
    let (app, receiver) = streaming_as(&[("AUDIT__STREAM_FORMAT", "ocsf")]).await;
    let acme = app.workspace("acme").await;
    let member = acme.token("member").await;
    let path = format!("/v1/workspaces/{}/audit", acme.id);
    let mut headers = TestApp::header("authorization", &format!("Bearer {}", member.secret));
    headers.extend(TestApp::header("user-agent", "curl/8.5.0"));
    app.send_raw(Method::GET, &path, headers, "").await.with_status(404);
    app.record_refused().await;
    deliver(&app).await;
    let events = entries(&receiver.received());
    let of = |code: &str| {
        events.iter().find(|event| event["metadata"]["event_code"] == code).expect("it was delivered")
    };
    assert_eq!(of("workspace.created")["class_uid"], 3004);
    assert_eq!(of("workspace.created")["metadata"]["tenant_uid"], acme.id.as_str());
    let refused = of("request.refused");
    assert_eq!((&refused["type_uid"], &refused["status"]), (&json!(600_302), &json!("Failure")));
    assert_eq!(refused["api"]["operation"], "GET /v1/workspaces/{workspace}/audit");
    assert_eq!(refused["http_request"]["user_agent"], "curl/8.5.0");
    assert_eq!(refused["src_endpoint"], json!({"ip": "127.0.0.1"}));
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_writers_go_on_while_it_is_delivered_and_nothing_is_lost_or_out_of_order() {
    let (app, receiver) = streaming().await;
    let other = app.second_node().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let (acme, busy) = (app.workspace("acme").await, app.workspace("busy").await);
    let writers = (0..8).map(|writer| {
        let (node, manage) = (if writer % 2 == 0 { &app } else { &other }, &manage);
        let workspace = if writer % 4 < 3 { &busy } else { &acme };
        async move {
            for number in 0..25 {
                change(node, workspace, manage, &format!("{writer}.{number}")).await;
            }
        }
    });
    let finished = std::sync::atomic::AtomicBool::new(false);
    let writing = async {
        join_all(writers).await;
        finished.store(true, std::sync::atomic::Ordering::SeqCst);
    };
    // Both nodes want to deliver; one does at a time.
    let delivering = |node| {
        let finished = &finished;
        async move {
            while !finished.load(std::sync::atomic::Ordering::SeqCst) {
                audit::deliver_entries(node).await.expect("the database answers");
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::join!(writing, delivering(&app.app), delivering(&other.app));
    assert_eq!(deliver(&app).await, Turn::Done);
    let received = receiver.received();
    is_complete(&app, &received).await;
    assert!(received.len() > 1, "it was delivered while they wrote");
    let ids: Vec<String> =
        entries(&received).iter().map(|entry| entry["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "nothing failed, so nothing came twice");
    other.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn what_a_receiver_failed_at_comes_again_under_the_same_id() {
    let (app, receiver) = streaming().await;
    let acme = app.workspace("acme").await;
    receiver.answer_next(&[(500, None), (500, None), (429, Some("120"))]);
    for (pause, tries) in [(0, 1), (4, 1), (1, 2), (9, 2), (1, 3), (119, 3)] {
        app.clock.pass(Duration::from_secs(pause));
        assert_eq!(deliver(&app).await, Turn::Waits);
        assert_eq!(receiver.received().len(), tries, "after {pause} seconds more");
    }
    app.clock.pass(Duration::from_secs(1));
    assert_eq!(deliver(&app).await, Turn::Done);
    let received = receiver.received();
    assert_eq!(received.len(), 4);
    for request in &received {
        assert_eq!(request.headers["webhook-id"], received[0].headers["webhook-id"]);
        assert_eq!(request.raw, received[0].raw);
        assert!(signed_with(request, OLD));
    }
    assert_ne!(received[3].headers["webhook-timestamp"], received[0].headers["webhook-timestamp"]);
    acme.token("after it").await;
    assert_eq!(deliver(&app).await, Turn::Done);
    is_complete(&app, &receiver.received()).await;
    assert!(app.metric("bailiwick_audit_stream_failures_total").await > 2.0);
    app.end().await;
}

#[tokio::test]
async fn a_receiver_that_was_away_for_a_day_gets_all_of_it_in_few_requests() {
    let (app, receiver) = streaming().await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    deliver(&app).await;
    assert!(app.metric(OLDEST).await < 1.0);
    receiver.answer_always(Some(503));
    let before = receiver.received().len();
    for round in 0..24 * 12 {
        if round % 2 == 0 {
            change(&app, if round % 6 == 0 { &other } else { &acme }, &manage, &format!("round {round}"))
                .await;
        }
        assert_eq!(deliver(&app).await, Turn::Waits);
        app.clock.pass(Duration::from_mins(5));
    }
    let day = Duration::from_hours(24).as_secs_f64();
    assert!((app.metric(OLDEST).await - day).abs() < 1.0, "its age is visible");
    let tried = receiver.received().len() - before;
    assert!((200..=300).contains(&tried), "it is tried every few minutes, and not more: {tried}");
    receiver.answer_always(None);
    assert_eq!(deliver(&app).await, Turn::Done);
    let received = receiver.received();
    assert_eq!(received.len() - before - tried, 2, "144 entries");
    let taken: Vec<Received> =
        received[..before].iter().chain(&received[before + tried..]).cloned().collect();
    is_complete(&app, &taken).await;
    assert!(app.metric(OLDEST).await < 1.0);
    app.end().await;
}

#[tokio::test]
async fn what_is_refused_is_not_passed_over() {
    let (app, receiver) = streaming().await;
    app.workspace("acme").await;
    receiver.answer_next(&[(400, None), (410, None), (302, None)]);
    for tries in 1..=3 {
        assert_eq!(deliver(&app).await, Turn::Waits);
        assert_eq!(receiver.received().len(), tries);
        app.clock.pass(Duration::from_mins(5));
    }
    assert_eq!(deliver(&app).await, Turn::Done);
    is_complete(&app, &receiver.received()[3..]).await;
    app.end().await;
}

#[tokio::test]
async fn a_receiver_that_takes_less_at_once_gets_less() {
    let (app, receiver) = streaming().await;
    let acme = app.workspace("acme").await;
    for number in 0..6 {
        acme.token(&format!("number {number}")).await;
    }
    receiver.answer_next(&[(413, None), (413, None)]);
    assert_eq!(deliver(&app).await, Turn::Done);
    let received = receiver.received();
    assert!(entries(&received[2..3]).len() * 4 <= entries(&received[..1]).len());
    is_complete(&app, &received[2..]).await;
    app.end().await;
}

#[tokio::test]
async fn another_node_goes_on_where_one_died() {
    let (app, receiver) = streaming().await;
    let acme = app.workspace("acme").await;
    for number in 0..120 {
        acme.token(&format!("number {number}")).await;
    }
    // It dies with a request on its way: sent, perhaps taken, and not noted. Nobody lets go for it.
    let (held, node) = (receiver.hold_next(), app.app.clone());
    let dying = tokio::spawn(async move { audit::deliver_entries(&node).await });
    held.await;
    dying.abort();
    assert!(dying.await.expect_err("it died").is_cancelled());

    let next = app.second_node().await;
    assert_eq!(deliver(&next).await, Turn::Waits, "it may be alive yet");
    app.clock.pass(Duration::from_mins(2));
    assert_eq!(deliver(&next).await, Turn::Done);
    let received = receiver.received();
    is_complete(&app, &received[1..]).await;
    assert_eq!(received[0].headers["webhook-id"], received[1].headers["webhook-id"], "the same again");
    next.end_node().await;
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_delivers_by_itself_and_ends_when_it_is_told_to() {
    let (app, receiver) = streaming().await;
    let server = app.serve().await;
    let acme = app.workspace("acme").await;
    let has = |count: usize| receiver.received().len() >= count;
    eventually(Duration::from_secs(30), "it was delivered", async || has(1)).await;
    acme.token("one more").await;
    eventually(Duration::from_secs(30), "so was the next", async || {
        entries(&receiver.received()).iter().any(|entry| entry["event"] == "token.created")
    })
    .await;
    server.stop();
    server.ended().await;
    assert_eq!(deliver(&app).await, Turn::Done);
    is_complete(&app, &receiver.received()).await;
    app.end().await;
}

#[tokio::test]
async fn who_names_a_receiver_later_gets_what_was_recorded_before() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    acme.token("deploy-bot").await;
    assert_eq!(deliver(&app).await, Turn::Done, "there is nobody to deliver to");
    let (receiver, url) = Receiver::start().await;
    let url = format!("{url}/audit");
    let with = app.second_node_with(&[("AUDIT__STREAM_URL", &url), ("AUDIT__STREAM_SECRET", OLD)]).await;
    assert_eq!(deliver(&with).await, Turn::Done);
    is_complete(&app, &receiver.received()).await;
    with.end_node().await;
    app.end().await;
}

#[tokio::test]
async fn what_was_appended_and_not_noted_is_found() {
    let (app, receiver) = streaming().await;
    let acme = app.workspace("acme").await;
    deliver(&app).await;
    acme.token("of a node of the version before").await;
    app.sql("UPDATE audit_chains SET unstreamed_since = NULL").await;
    assert_eq!(deliver(&app).await, Turn::Done);
    assert_eq!(receiver.received().len(), 1);
    app.run_scheduled("audit_stream").await;
    assert_eq!(deliver(&app).await, Turn::Done);
    is_complete(&app, &receiver.received()).await;
    app.end().await;
}

#[tokio::test]
async fn an_entry_that_is_not_as_it_should_be_keeps_no_other_chain_waiting() {
    let (app, receiver) = streaming().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    deliver(&app).await;
    let before = receiver.received().len();
    acme.token("is changed").await;
    other.token("is left alone").await;
    let short = if Database::is_postgres() { "'\\x0102'::bytea" } else { "X'0102'" };
    // Of the kind that SQLite takes in any column; on PostgreSQL a hash that is none, which goes out.
    let changed =
        if Database::is_postgres() { format!("hash = {short}") } else { "sequence = 'x'".to_owned() };
    app.sql(&format!("UPDATE audit_entries SET {changed} WHERE chain = '{}' AND sequence = 3", acme.id))
        .await;
    deliver(&app).await;
    let received = places(&receiver.received()[before..]);
    let none = Vec::new();
    assert_eq!(received.get(other.id.as_str()), Some(&vec![3]), "{received:?}");
    let of_acme = received.get(acme.id.as_str()).unwrap_or(&none);
    assert_eq!(*of_acme, if Database::is_postgres() { vec![3] } else { vec![] });
    app.end_node().await;
}

#[tokio::test]
async fn a_tail_that_was_cut_after_it_was_delivered_is_told_of_once_and_holds_nothing_up() {
    let (app, receiver) = streaming().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    for number in 0..4 {
        acme.token(&format!("number {number}")).await;
    }
    assert_eq!(deliver(&app).await, Turn::Done);
    // With the note of its length, and then it went on, as far as it had been or less far.
    let chain = acme.id.as_str();
    app.sql(&format!("DELETE FROM audit_entries WHERE chain = '{chain}' AND sequence > 3")).await;
    let note = format!(
        "UPDATE audit_chains SET sequence = 3, hash = (SELECT hash FROM audit_entries WHERE chain = '{chain}' AND sequence = 3)
         WHERE chain = '{chain}'"
    );
    app.sql(&note).await;
    acme.token("after it").await;
    assert_eq!(deliver(&app).await, Turn::Waits);
    assert_eq!(receiver.received().len(), 1, "there is nothing to send");
    app.clock.pass(Duration::from_secs(5));
    assert_eq!(deliver(&app).await, Turn::Done, "it is noted, and nobody looks again");
    other.token("of another").await;
    assert_eq!(deliver(&app).await, Turn::Done);
    assert_eq!(receiver.received().len(), 2);
    app.end_node().await;
}

#[tokio::test]
async fn what_a_shredded_workspace_had_is_delivered_without_details() {
    let (app, receiver) = streaming().await;
    let acme = app.workspace("acme").await;
    acme.token("deploy-bot").await;
    workspaces::delete(&app.app, &Authority::on_this_machine(), &acme.id).await.expect("it is deleted");
    assert_eq!(deliver(&app).await, Turn::Done);
    let received = receiver.received();
    is_complete(&app, &received).await;
    let of_acme: Vec<Value> =
        entries(&received).into_iter().filter(|entry| entry["chain"] == acme.id.as_str()).collect();
    assert!(of_acme.len() >= 3);
    assert!(of_acme.iter().all(|entry| entry["details"] == Value::Null && entry["hash"] != Value::Null));
    app.end().await;
}

#[test]
fn a_receiver_on_a_private_address_is_refused_unless_it_is_opened() {
    let load = |more: &[(&str, &str)]| {
        let given = [("AUDIT__STREAM_SECRET", OLD)].iter().chain(more);
        Settings::load(None, given.map(|(name, value)| (format!("BAILIWICK_{name}"), (*value).to_owned())))
    };
    let private = ("AUDIT__STREAM_URL", "https://10.1.2.3/audit");
    let refused = load(&[private]).expect_err("it is private").to_string();
    assert!(refused.contains("audit.stream_url") && refused.contains("outgoing.allowed"), "{refused}");
    load(&[private, ("OUTGOING__ALLOWED", "10.1.0.0/16")]).expect("it is opened");
    load(&[("AUDIT__STREAM_URL", "https://siem.vendor.example/audit")]).expect("it is public");
    let lonely = load(&[]).expect_err("nobody is named").to_string();
    assert!(lonely.contains("audit.stream_url") && !lonely.contains(&OLD[6..]), "{lonely}");
    let bad =
        load(&[private, ("AUDIT__STREAM_SECRET", "whsec_tooshort")]).expect_err("no secret").to_string();
    assert!(!bad.contains("tooshort"), "{bad}");
}

#[tokio::test]
async fn a_page_is_also_lines_with_a_link_to_the_next() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    for number in 0..4 {
        acme.token(&format!("number {number}")).await;
    }
    let owner = acme.owners_token("owner").await.secret;
    let path = format!("/v1/workspaces/{}/audit", acme.id);
    let listed = app.all(&path, &owner).await;
    let mut headers = TestApp::header("authorization", &format!("Bearer {owner}"));
    headers.extend(TestApp::header("accept", "application/x-ndjson"));
    let (mut lines, mut next, mut pages) = (Vec::new(), Some(format!("{path}?limit=3")), 0);
    while let Some(path) = next {
        let page = app.send_raw(Method::GET, &path, headers.clone(), "").await.with_status(200);
        assert_eq!(page.headers["content-type"], "application/x-ndjson");
        lines.extend(page.text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")));
        next = page.headers.get("link").map(|link| {
            let link = link.to_str().expect("visible ASCII");
            link.strip_prefix('<')
                .and_then(|link| link.strip_suffix(">; rel=\"next\""))
                .expect("a link")
                .to_owned()
        });
        pages += 1;
    }
    assert!(pages > 1);
    assert_eq!(lines, listed);

    let ocsf = app.get(&format!("{path}?format=ocsf&event=token.created"), &owner).await.with_status(200);
    assert!(ocsf.headers.get("link").is_none());
    let events: Vec<Value> =
        ocsf.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events.len(), 5);
    assert!(
        events
            .iter()
            .all(|event| event["class_uid"] == 3004 && event["metadata"]["tenant_uid"] == acme.id.as_str())
    );
    let named = app.get(&format!("{path}?format=ndjson"), &owner).await.with_status(200).text;
    assert_eq!(named.lines().count(), listed.len());
    app.get(&format!("{path}?format=xml"), &owner).await.with_status(400);
    app.end().await;
}
