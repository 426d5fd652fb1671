//! What happened stands in chains, can be looked for, and includes what was refused.

use std::time::Duration;

use axum::http::Method;
use bailiwick::{audit, permissions::Scope};
use chain::{Finding, Heads, Unproven};
use serde_json::{Value, json};
use store::args;
use test_app::{Database, TestApp};

fn of<'a>(entries: &'a [Value], member: &str) -> Vec<&'a str> {
    entries.iter().map(|entry| entry[member].as_str().expect("a text")).collect()
}

#[tokio::test]
async fn a_filter_that_nothing_can_match_finds_nothing_on_either_engine() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    for filter in ["event=%00", "actor=a%0Ab", "target=~%00%C2%92M", "event=no.such"] {
        let page =
            app.get(&format!("/v1/workspaces/{}/audit?{filter}", acme.id), &key).await.with_status(200);
        assert_eq!(page.json["items"], json!([]), "{filter}");
    }
    app.end().await;
}

#[tokio::test]
async fn each_workspace_has_a_chain_of_its_own_and_the_house_has_one() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let token = acme.token("deploy-bot").await;
    other.token("one").await;
    acme.import(&[json!({"digest": "ab".repeat(32), "algorithm": "sha256", "encoding": "hex", "prefix_hashed": false, "prefix": "bwk"})]).await;
    app.report_github(&json!([{"token": token.secret}])).await.with_status(200);
    app.work_off().await;
    for workspace in [&acme, &other] {
        let audit = workspace.audit().await;
        let sequences: Vec<i64> =
            audit.iter().map(|entry| entry["sequence"].as_i64().expect("a number")).collect();
        assert_eq!(sequences, (1..=i64::try_from(audit.len()).expect("few")).collect::<Vec<_>>());
        assert!(of(&audit, "hash").iter().all(|hash| hash.len() == 64));
    }
    let report = app.audit_holds().await;
    // Both workspaces, the house, and the operator's own, for the key that looked.
    assert_eq!(report.chains, 4);
    assert_eq!(report.unproven, [Unproven::NoHeads]);
    app.end().await;
}

#[tokio::test]
async fn what_comes_of_a_report_names_its_own_request_though_reports_are_merged() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let mut sent = Vec::new();
    for number in 0..12 {
        let token = acme.token("leaks").await;
        let body = serde_json::to_vec(&json!([{"token": token.secret}])).expect("JSON");
        let mut headers = app.partner.signed("github", &body);
        let name = format!("partner/{number}").parse().expect("visible ASCII");
        headers.insert(axum::http::header::USER_AGENT, name);
        sent.push((token.id, headers, body));
    }
    let reports = sent.iter().map(|(_, headers, body)| {
        app.send_raw(Method::POST, "/v1/exposures/github", headers.clone(), body.clone())
    });
    let answers = futures_util::future::join_all(reports).await;
    let path = format!("/v1/workspaces/{}/audit?event=token.exposed&limit=200", acme.id);
    let key = app.operator_key(&[Scope::Manage]).await;
    let entries = app.get(&path, &key).await.with_status(200).json;
    let entries = entries["items"].as_array().expect("a list");
    assert_eq!(entries.len(), sent.len());
    for (number, ((token, ..), answer)) in sent.iter().zip(&answers).enumerate() {
        let entry = entries.iter().find(|entry| entry["target"] == json!(token)).expect("it is on record");
        assert_eq!(entry["details"]["from"]["user_agent"], format!("partner/{number}"));
        assert_eq!(entry["details"]["from"]["ip"], "127.0.0.1");
        assert_eq!(entry["request_id"], answer.headers["x-request-id"].to_str().expect("ASCII"));
    }
    app.over().await;
}

#[tokio::test]
async fn an_entry_names_the_request_that_it_came_with_and_where_that_came_from() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let mut headers = TestApp::header("user-agent", "deploy/1.0");
    headers.extend(TestApp::header("authorization", &format!("Bearer {manage}")));
    let path = format!("/v1/workspaces/{}", acme.id);
    let changed = app.send_raw(Method::PATCH, &path, headers, r#"{"name": "Acme"}"#).await.with_status(200);
    let entry = acme.audit().await.pop().expect("it is on record");
    assert_eq!(entry["event"], "workspace.changed");
    assert_eq!(entry["request_id"], changed.headers["x-request-id"].to_str().expect("it is ASCII"));
    assert_eq!(entry["details"]["from"]["user_agent"], "deploy/1.0");
    assert_eq!(acme.audit().await[0]["request_id"], Value::Null, "a command has no request");
    app.end().await;
}

#[tokio::test]
async fn entries_are_found_by_actor_event_target_and_time() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let (owner, manage) = (acme.owners_token("owner").await, app.operator_key(&[Scope::Manage]).await);
    let begun = app.app.clock.now();
    for number in 0..6 {
        app.clock.pass(Duration::from_secs(10));
        let key = if number % 2 == 0 { &owner.secret } else { &manage };
        let body = json!({"description": format!("number {number}")});
        app.post(&format!("/v1/workspaces/{}/tokens", acme.id), key, &body).await.with_status(201);
    }
    let path = format!("/v1/workspaces/{}/audit", acme.id);
    let all =
        app.get(&format!("{path}?limit=200"), &owner.secret).await.with_status(200).json["items"].clone();
    let all = all.as_array().expect("a list").clone();
    let expect = async |filter: &str, is_wanted: &dyn Fn(&Value) -> bool| {
        let wanted: Vec<Value> = all.iter().filter(|entry| is_wanted(entry)).cloned().collect();
        assert!(!wanted.is_empty() && wanted.len() < all.len(), "{filter} tells nothing apart");
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = app
                .get(&format!("{path}?limit=2&{filter}{cursor}"), &owner.secret)
                .await
                .with_status(200)
                .json;
            found.extend(page["items"].as_array().expect("a list").iter().cloned());
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, wanted, "{filter}");
    };
    let id = owner.id.to_string();
    expect(&format!("actor={id}"), &|entry| entry["actor"]["id"] == id).await;
    expect("actor=machine", &|entry| entry["actor"]["kind"] == "machine").await;
    expect("actor=operator_key", &|entry| entry["actor"]["kind"] == "operator_key").await;
    expect("event=token.created", &|entry| entry["event"] == "token.created").await;
    let target = all[0]["target"].as_str().expect("an id").to_owned();
    expect(&format!("target={target}"), &|entry| entry["target"] == target).await;
    expect(&format!("target={target}&event=token.created&actor=operator_key"), &|entry| {
        entry["target"] == target && entry["actor"]["kind"] == "operator_key"
    })
    .await;
    expect(&format!("actor={id}&event=token.created"), &|entry| entry["actor"]["id"] == id).await;
    let at = |seconds| begun.plus(Duration::from_secs(seconds)).to_string();
    let is_within = |entry: &Value, from: &str, to: &str| {
        let when: &str = entry["at"].as_str().expect("a time");
        from <= when && when < to
    };
    let (from, to) = (at(20), at(50));
    expect(&format!("from={from}&to={to}"), &|entry| is_within(entry, &from, &to)).await;
    expect(&format!("from={from}"), &|entry| is_within(entry, &from, "9")).await;

    app.get(&format!("{path}?from=yesterday"), &owner.secret).await.with_status(400);
    let none = app.get(&format!("{path}?event=nothing.happened"), &owner.secret).await.with_status(200).json;
    assert_eq!((none["items"].as_array().map(Vec::len), &none["next"]), (Some(0), &Value::Null));
    app.end().await;
}

#[tokio::test]
async fn what_changed_is_on_record_as_it_was_and_as_it_is() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let key = app.operator_key(&[Scope::Manage]).await;
    let workspace = format!("/v1/workspaces/{}", acme.id);
    let put = async |path: &str, bodies: [Value; 2]| {
        for body in bodies {
            let status = app.post(path, &key, &body).await.status;
            assert!(status.is_success(), "{status}");
        }
    };
    let bo = |mail: &str, name: &str, role: &str| json!({"mail": mail, "name": name, "external_id": "bo", "role": role});
    put(
        &format!("{workspace}/members"),
        [bo("bo@acme.example", "Bo", "member"), bo("bo@other.example", "Bob", "owner")],
    )
    .await;
    let token = |description: &str| json!({"description": description, "external_id": "t", "role": "member"});
    put(&format!("{workspace}/tokens"), [token("one"), token("two")]).await;
    let audit = acme.audit().await;
    for (event, member, before, after) in [
        ("person.changed", "mail", "bo@acme.example", "bo@other.example"),
        ("person.changed", "name", "Bo", "Bob"),
        ("member.role_changed", "role", "member", "owner"),
        ("token.changed", "description", "one", "two"),
    ] {
        let entry = audit.iter().find(|entry| entry["event"] == event).expect("it is on record");
        assert_eq!(entry["details"]["before"][member], before, "{event}");
        assert_eq!(entry["details"]["after"][member], after, "{event}");
    }
    app.end().await;
}

#[tokio::test]
async fn what_is_refused_to_a_valid_key_is_on_record_in_its_own_workspace() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let (owner, member) = (acme.owners_token("owner").await, acme.token("member").await);
    let foreign = other.token("foreign").await;
    let others = format!("/v1/workspaces/{}", other.id);
    // Another workspace's token, another workspace, and what takes an operator key; and a role that is not enough.
    app.delete(&format!("/v1/tokens/{}", foreign.id), &owner.secret).await.with_status(404);
    app.get(&format!("{others}/tokens"), &owner.secret).await.with_status(404);
    app.get("/v1/workspaces", &owner.secret).await.with_status(403);
    app.get(&format!("/v1/workspaces/{}/tokens", acme.id), &member.secret).await.with_status(404);
    app.record_refused().await;
    let mut refused: Vec<_> = acme
        .audit()
        .await
        .into_iter()
        .filter(|entry| entry["event"] == "request.refused")
        .map(|entry| {
            let by = entry["actor"]["id"].as_str().expect("an id").to_owned();
            let (target, details) = (entry["target"].as_str().expect("an id").to_owned(), &entry["details"]);
            assert!(entry["request_id"].as_str().is_some_and(|id| id.starts_with("req_")));
            (details["request"].to_string(), details["code"].to_string(), by, target)
        })
        .collect();
    refused.sort();
    let expected = [
        ("DELETE /v1/tokens/{token}", "not_found", &owner.id, foreign.id.to_string()),
        ("GET /v1/workspaces", "operators_only", &owner.id, owner.id.to_string()),
        ("GET /v1/workspaces/{workspace}/tokens", "not_found", &member.id, acme.id.to_string()),
        ("GET /v1/workspaces/{workspace}/tokens", "not_found", &owner.id, other.id.to_string()),
    ];
    let mut expected: Vec<_> = expected
        .map(|(request, code, by, target)| {
            (format!("\"{request}\""), format!("\"{code}\""), by.to_string(), target)
        })
        .into();
    expected.sort();
    assert_eq!(refused, expected);
    assert_eq!(other.audited("request.refused").await, 0, "it is nothing that happened there");
    app.end().await;
}

/// What of an entry is not sealed.
const OPEN: &str = "SELECT actor_kind, actor_id, event, target, request_id FROM audit_entries";

#[tokio::test]
async fn nothing_that_a_caller_or_an_owner_writes_stands_open_in_the_audit() {
    let app = TestApp::start().await;
    let mark = "Marked-by-the-caller";
    let acme = app.workspace(mark).await;
    let owner = acme.owners_token(mark).await;
    let other = app.workspace("other").await;
    let tokens = format!("/v1/workspaces/{}/tokens", other.id);
    app.get(&format!("{tokens}?cursor={mark}&{mark}={}", owner.secret), &owner.secret).await;
    app.get(&format!("/v1/tokens/{mark}"), &owner.secret).await;
    app.get(&format!("/v1/workspaces/{mark}/tokens"), &owner.secret).await;
    app.get(&format!("/v1/{}", owner.secret), &owner.secret).await;
    let body = json!({"description": mark});
    app.post(&tokens, &owner.secret, &body).await.with_status(404);
    app.get(&tokens, &owner.secret).await.with_status(404);
    let method = Method::from_bytes(mark.as_bytes()).expect("a method of somebody's own");
    app.send(method, &tokens, &owner.secret, &body).await;
    app.record_refused().await;
    assert_eq!(acme.audited("request.refused").await, 2, "on record are those that name something");
    for row in app.sql(OPEN).await {
        for column in ["actor_kind", "actor_id", "event", "target", "request_id"] {
            let text = row.get::<Option<String>>(column).expect("a text").unwrap_or_default();
            let is_id = text.split_once('_').is_some_and(|(_, ulid)| ulid.len() == 26);
            let is_word = text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'));
            assert!(is_id || is_word, "{column}: {text}");
            assert!(!text.contains(mark) && !text.contains(&owner.secret), "{column}: {text}");
        }
    }
    // Nor does a secret stand among the details, which are sealed and given away.
    for entry in acme.audit().await {
        assert!(!entry["details"].to_string().contains(&owner.secret), "{entry}");
    }
    app.end().await;
}

#[tokio::test]
async fn a_refusal_that_cannot_be_sealed_holds_up_no_other() {
    let app = TestApp::start().await;
    let (acme, other) = (app.workspace("acme").await, app.workspace("other").await);
    let (broken, whole) = (acme.owners_token("owner").await, other.owners_token("owner").await);
    let nothing = if Database::is_postgres() { "'\\x00'::bytea" } else { "X'00'" };
    app.sql(&format!("UPDATE data_keys SET wrapped = {nothing} WHERE subject = '{}'", acme.id)).await;
    // One that has not had the key in memory.
    let node = app.second_node().await;
    for _ in 0..2 {
        node.get("/v1/workspaces", &broken.secret).await.with_status(403);
        node.get("/v1/workspaces", &whole.secret).await.with_status(403);
        node.record_refused().await;
        node.clock.pass(Duration::from_mins(1));
    }
    let written = "SELECT id FROM audit_entries WHERE event = 'request.refused' AND chain = $1";
    for (workspace, count) in [(&acme, 0), (&other, 2)] {
        let rows =
            app.app.db.rows(written, args![workspace.id.as_str()]).await.expect("the database answers");
        assert_eq!(rows.len(), count);
    }
    node.end_node().await;
    app.end_node().await;
}

#[tokio::test]
async fn what_an_operator_key_may_not_is_on_record_in_the_operators_own_workspace() {
    let app = TestApp::start().await;
    let verify = app.operator_key(&[Scope::Verify]).await;
    let manage = app.operator_key(&[Scope::Manage]).await;
    let own = app.operator_workspace().await;
    app.get("/v1/workspaces", &verify).await.with_status(403);
    app.get(&format!("/v1/workspaces/{own}/tokens"), &manage).await.with_status(404);
    // Not there is not refused.
    app.get("/v1/workspaces/ws_01M1E1DST04TFF59TDWH9EDD1R/tokens", &manage).await.with_status(404);
    app.record_refused().await;
    let statement =
        "SELECT target, actor_kind FROM audit_entries WHERE event = 'request.refused' AND chain = $1";
    let refused = app.app.db.rows(statement, args![&own]).await.expect("the database answers");
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|row| row.get::<String>("actor_kind").expect("a kind") == "operator_key"));
    app.end().await;
}

#[tokio::test]
async fn who_is_refused_again_and_again_gets_an_entry_a_minute_that_counts() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    let owner = acme.owners_token("owner").await;
    for _ in 0..3 {
        for _ in 0..50 {
            app.get("/v1/workspaces", &owner.secret).await.with_status(403);
            app.record_refused().await;
            app.clock.pass(Duration::from_millis(100));
        }
        app.clock.pass(Duration::from_mins(1));
    }
    app.record_refused().await;
    let counts: Vec<i64> = acme
        .audit()
        .await
        .iter()
        .filter(|entry| entry["event"] == "request.refused")
        .map(|entry| entry["details"]["count"].as_i64().expect("a number"))
        .collect();
    assert_eq!(counts.iter().sum::<i64>(), 150, "{counts:?}");
    assert_eq!(counts, [1, 50, 50, 49]);
    assert!((app.metric("bailiwick_refusals_total{code=\"operators_only\"}").await - 150.0).abs() < 0.5);
    app.end().await;
}

#[tokio::test]
async fn what_is_refused_to_nobody_is_counted_and_writes_nothing() {
    let app = TestApp::start().await;
    app.workspace("acme").await;
    let before = app.contents().await;
    for key in ["", "nonsense", &app.look_alike()] {
        app.get("/v1/workspaces", key).await.with_status(401);
    }
    app.record_refused().await;
    assert_eq!(app.contents().await, before);
    assert!((app.metric("bailiwick_unknown_callers_total").await - 3.0).abs() < 0.5);
    app.end().await;
}

#[tokio::test]
async fn an_entry_that_is_changed_behind_our_back_is_found() {
    let app = TestApp::start().await;
    let acme = app.workspace("acme").await;
    for _ in 0..5 {
        acme.token("one of many").await;
    }
    let found = async || {
        audit::verify(&app.app.db, &app.app.vault, Heads::default())
            .await
            .expect("the database answers")
            .findings
    };
    assert_eq!(found().await, []);
    let chain = acme.id.to_string();
    app.sql(&format!("UPDATE audit_entries SET target = 'tok_2' WHERE chain = '{chain}' AND sequence = 3"))
        .await;
    assert_eq!(found().await, [Finding::Edited { chain: chain.clone(), sequence: 3 }]);
    app.sql(&format!("DELETE FROM audit_entries WHERE chain = '{chain}' AND sequence = 3")).await;
    assert_eq!(found().await, [Finding::Removed { chain: chain.clone(), from: 3, to: 3 }]);
    app.sql(&format!("DELETE FROM audit_entries WHERE chain = '{chain}' AND sequence > 2")).await;
    let cut = Finding::CutTail { chain: chain.clone(), last: 2, expected: 7, head: None };
    assert_eq!(found().await, [cut]);
    app.sql(&format!("DELETE FROM audit_chains WHERE chain = '{chain}'")).await;
    assert_eq!(found().await, [Finding::Unnoted { chain, from: 1 }]);
    app.end_node().await;
}
