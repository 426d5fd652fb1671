//! A server that is killed in the middle loses nothing that it has acknowledged, and every owner is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bailiwick::columns::SIGHTING_URL;
use serde_json::{Value, json};
use store::Row;
use test_app::{FakePartner, MailServer, Process, TestApp, eventually};
use time_and_chance::{Chance as _, SeededChance};
use tokio::{sync::watch, task::JoinSet};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bailiwick-under-test");
const REPORTS: usize = 200;
/// How many reports are under way at once.
const SENDERS: usize = 4;
const OWNERS: usize = 2;
/// Mails that the program has under way at once: as many may be sent and not noted when it dies.
const MAILS_AT_ONCE: usize = 8;
/// A killed process's jobs are free again when its lease, a minute, ends.
const PATIENCE: Duration = Duration::from_secs(110);

/// Where the server is, while it runs.
type Where = watch::Receiver<Option<String>>;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_again_and_again_keeps_its_word() {
    let mail_server = MailServer::start(0).await;
    let settings = [
        ("MAIL__SMTP_URL", mail_server.url()),
        ("SERVER__LISTEN", "127.0.0.1:0".to_owned()),
        ("LOG__LEVEL", "warn".to_owned()),
    ];
    let app = TestApp::with(&settings.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let acme = app.workspace("acme").await.with_owner("bo@acme.example").await;
    let mut tokens = Vec::with_capacity(REPORTS);
    for number in 0..REPORTS {
        tokens.push(acme.token(&format!("token {number}")).await.secret);
    }

    let reports = (0..REPORTS).map(|number| report(&tokens, number)).collect();
    let (acknowledged, kills) = report_and_kill(&app, reports).await;
    let server = serve(&app).await;
    eventually(PATIENCE, "every job is done", async || app.jobs().await.is_empty()).await;
    assert!(server.stop().await.success());

    let revoked = revoked(&app, &tokens).await;
    assert!(
        acknowledged.is_subset(&revoked),
        "acknowledged, but not revoked: {:?}",
        acknowledged.difference(&revoked)
    );
    every_report_is_there_whole_or_not_at_all(&app, &acknowledged, &revoked).await;
    let twice = every_owner_is_told_once(&mail_server.stop().await, &revoked);
    assert!(twice <= kills * MAILS_AT_ONCE, "{twice} mails sent twice by {kills} kills");
    println!(
        "{kills} kills during {REPORTS} reports: {} acknowledged, {} broken off, {} tokens revoked, {} mails, \
         {twice} of them sent twice because the kill fell between sending and noting it",
        acknowledged.len(),
        REPORTS - acknowledged.len(),
        revoked.len(),
        revoked.len() * OWNERS,
    );
    app.end().await;
}

/// A token of its own, one that was reported before, and a look-alike.
fn report(tokens: &[String], number: usize) -> Value {
    let url = |item: &str| format!("https://github.com/acme/app/blob/{number}/{item}");
    json!([
        {"token": tokens[number], "source": "commit", "url": url("own")},
        {"token": tokens[number / 2], "source": "commit", "url": url("repeated")},
        {"token": format!("look-alike {number}"), "source": "commit", "url": url("unknown")},
    ])
}

async fn serve(app: &TestApp) -> Process {
    Process::serve(Path::new(PROGRAM), app.folder(), app.environment()).await
}

/// What the senders share.
struct Sending {
    reports: Vec<Value>,
    /// The report whose turn it is.
    next: AtomicUsize,
    /// How many were answered.
    answered: AtomicUsize,
}

impl Sending {
    fn all_are_sent(&self) -> bool {
        self.next.load(Ordering::SeqCst) >= REPORTS
    }
}

/// Sends the reports, and kills the server at moments that dice choose, until all are sent. Answers which reports were
/// acknowledged, and how often the server was killed.
async fn report_and_kill(app: &TestApp, reports: Vec<Value>) -> (BTreeSet<usize>, usize) {
    let dice = SeededChance::new(2);
    let roll = |sides: u128| u64::try_from(dice.number() % sides).expect("few sides");
    let (place, here) = watch::channel(None);
    let sending = Arc::new(Sending { reports, next: AtomicUsize::new(0), answered: AtomicUsize::new(0) });
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        senders.spawn(send_in_turn(app.partner.clone(), here.clone(), Arc::clone(&sending)));
    }
    let mut kills = 0;
    while !sending.all_are_sent() {
        let mut server = serve(app).await;
        place.send_replace(Some(server.url.clone()));
        // After some answers, so that a slow machine is not killed before it has done anything; then at any moment.
        let target =
            sending.answered.load(Ordering::SeqCst) + usize::try_from(roll(12)).expect("a small number");
        let has_worked = || sending.answered.load(Ordering::SeqCst) >= target || sending.all_are_sent();
        eventually(PATIENCE, "some reports are answered", async || has_worked()).await;
        let moment = Duration::from_micros(roll(50_000));
        assert_eq!(server.ends_within(moment).await, None, "the server ended by itself");
        place.send_replace(None);
        server.kill().await;
        kills += 1;
    }
    // Whoever has taken the last numbers may still wait for a server.
    let server = serve(app).await;
    place.send_replace(Some(server.url.clone()));
    let acknowledged = senders.join_all().await.into_iter().flatten().collect();
    server.kill().await;
    (acknowledged, kills + 1)
}

/// Sends one report after the other, each once, while there is a server. Answers which were acknowledged.
async fn send_in_turn(partner: FakePartner, mut place: Where, sending: Arc<Sending>) -> Vec<usize> {
    let client =
        reqwest::Client::builder().pool_max_idle_per_host(0).timeout(PATIENCE).build().expect("a client");
    let mut acknowledged = Vec::new();
    loop {
        let number = sending.next.fetch_add(1, Ordering::SeqCst);
        let Some(report) = sending.reports.get(number) else { return acknowledged };
        let url =
            place.wait_for(Option::is_some).await.expect("the test goes on").clone().expect("it is there");
        let body = serde_json::to_vec(report).expect("JSON");
        let headers = partner.signed("github", &body);
        let sent = client.post(format!("{url}/v1/exposures/github")).headers(headers).body(body).send().await;
        let Ok(answer) = sent else { continue };
        assert_eq!(answer.status().as_u16(), 200);
        if let Ok(feedback) = answer.json::<Value>().await {
            assert_eq!(feedback[0]["label"], "true_positive");
            acknowledged.push(number);
            sending.answered.fetch_add(1, Ordering::SeqCst);
        }
    }
}

async fn revoked(app: &TestApp, tokens: &[String]) -> BTreeSet<usize> {
    let mut revoked = BTreeSet::new();
    for (number, token) in tokens.iter().enumerate() {
        match app.code(token).await {
            "REVOKED" => drop(revoked.insert(number)),
            code => assert_eq!(code, "VALID"),
        }
    }
    revoked
}

async fn every_report_is_there_whole_or_not_at_all(
    app: &TestApp,
    acknowledged: &BTreeSet<usize>,
    revoked: &BTreeSet<usize>,
) {
    let mut seen: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for url in urls(app).await {
        let (number, item) = url
            .trim_start_matches("https://github.com/acme/app/blob/")
            .split_once('/')
            .expect("a number and an item");
        seen.entry(number.parse().expect("a number")).or_default().push(item.to_owned());
    }
    assert!(acknowledged.iter().all(|number| seen.contains_key(number)), "an acknowledged report is gone");
    for (number, items) in &mut seen {
        items.sort();
        assert_eq!(*items, ["own", "repeated", "unknown"], "report {number}");
        assert!(
            revoked.contains(number) && revoked.contains(&(number / 2)),
            "report {number} is there, its tokens live"
        );
    }
}

/// Where every token was seen.
async fn urls(app: &TestApp) -> Vec<String> {
    let rows = app.sql("SELECT id, workspace_id, url FROM sightings").await;
    let opener = app.app.vault.opener_of(&app.app.db, &rows, &["url"]).await.expect("the keys are there");
    let open = |row: &Row| {
        let (id, workspace): (String, Option<String>) = (row.get("id")?, row.get("workspace_id")?);
        let place = SIGHTING_URL.of(&id, workspace.as_deref().unwrap_or_default());
        Ok::<_, store::Fault>(opener.text(row, "url", place)?.expose().to_owned())
    };
    rows.iter().map(|row| open(row).expect("a URL")).collect()
}

/// Each owner got one mail about each revoked token; answers how many mails were sent twice.
fn every_owner_is_told_once(taken: &[Value], revoked: &BTreeSet<usize>) -> usize {
    let mut ids: BTreeMap<(&str, usize), BTreeSet<&str>> = BTreeMap::new();
    for mail in taken {
        let header = |name: &str| mail["mail"][name].as_str().expect("a header");
        let (_, name) = header("Subject").split_once("token \"token ").expect("a token's name");
        let (number, _) = name.split_once('"').expect("a quoted name");
        ids.entry((header("To"), number.parse().expect("a number")))
            .or_default()
            .insert(header("Message-ID"));
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "two mails of one thing to one owner");
    let owners = ["ana@acme.example", "bo@acme.example"];
    let expected: BTreeSet<_> =
        owners.iter().flat_map(|owner| revoked.iter().map(|token| (*owner, *token))).collect();
    assert_eq!(ids.keys().copied().collect::<BTreeSet<_>>(), expected);
    taken.len() - ids.len()
}
