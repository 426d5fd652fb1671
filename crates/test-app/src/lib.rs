//! A running app per test: its own database on either engine, a clock that stands still, dice that fall the same way, a
//! mailbox, and a partner of its own that signs reports.
//!
//! The engine is SQLite, or, where `BAILIWICK_TEST_DATABASE_URL` names a PostgreSQL server, a fresh database there.
//! Every test ends with [`TestApp::end`], which looks for jobs that were left behind.

mod answer;
mod authority;
mod browser;
mod contents;
mod look;
mod mail_server;
mod mailbox;
mod partner;
mod person;
mod process;
mod ranges;
mod receiver;
mod relay;
mod served;
mod silence;
mod story;
mod wait;

pub use answer::Answer;
pub use authority::{Authority, CertifiedFiles};
pub use browser::{Browser, PASSWORD};
pub use contents::{Contents, columns, tables};
pub use mail_server::{MailServer, python};
pub use mailbox::Eml;
pub use partner::{FakePartner, Manner};
pub use person::Phone;
pub use process::Process;
pub use ranges::Ranges;
pub use receiver::{Received, Receiver};
pub use relay::Relay;
pub use served::{Served, Wire};
pub use silence::Silence;
pub use story::{Token, Workspace};
pub use test_database::Database;
pub use wait::eventually;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header},
};
use bailiwick::{
    app::{App, World, bring_up, open_database},
    config::Settings,
    ids::WorkspaceId,
    listen::{Limits, Peer},
    permissions::Scope,
    routes, telemetry, tokens, workspaces,
};
use serde_json::Value;
use store::Db;
use tempfile::TempDir;
use time_and_chance::{FixedClock, SeededChance, Time};
use tower::ServiceExt as _;

/// A Monday in November: 2026-11-23T12:00:00Z.
pub const BEGINNING: Time = Time::from_micros(1_795_435_200_000_000);

/// A running app, and its world.
pub struct TestApp {
    /// The app.
    pub app: App,
    /// Its clock.
    pub clock: FixedClock,
    /// Its partner, who signs as GitHub and as GitLab.
    pub partner: FakePartner,
    router: Router,
    database: Option<Database>,
    place: Place,
    environment: Vec<(String, String)>,
    ended: bool,
}

/// What the nodes on one database share, besides clock and partner.
#[derive(Clone)]
struct Place {
    url: String,
    folder: Arc<TempDir>,
    settings: Vec<(String, String)>,
    nodes: Arc<AtomicU64>,
}

impl TestApp {
    /// An app with the default settings.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// An app with these settings, by their environment variables without `BAILIWICK_`.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::with_dice(settings, 0).await
    }

    /// The same with dice that no other test has: what is looked for on a disk that tests share is then nobody else's draw. Each test
    /// that asks for some names another number.
    pub async fn with_dice(settings: &[(&str, &str)], dice: u64) -> Self {
        let (place, database) = Place::fresh(settings);
        place.nodes.store(dice, Ordering::SeqCst);
        let mut first = Self::node(FixedClock::at(BEGINNING), FakePartner::start().await, place).await;
        first.database = Some(database);
        first
    }

    /// An app that a browser on this machine finds at its public address, `http://localhost:<port>`, and the node that
    /// listens there.
    pub async fn at_localhost(settings: &[(&str, &str)]) -> (Self, Served) {
        let (mut place, database) = Place::fresh(settings);
        let (clock, partner) = (FixedClock::at(BEGINNING), FakePartner::start().await);
        // The port is known once the node listens, and then the others are told.
        place.set("SERVER__PUBLIC_URL", "");
        let served = place.serve(place.read(&partner), &clock, Limits::default()).await;
        place.set("SERVER__PUBLIC_URL", &format!("http://localhost:{}", served.address.port()));
        let mut app = Self::node(clock, partner, place).await;
        app.database = Some(database);
        (app, served)
    }

    /// A second node on the same database, with the same clock and its own dice. As it remembers nothing, it is also what
    /// the first would be after a restart.
    pub async fn second_node(&self) -> Self {
        self.second_node_with(&[]).await
    }

    /// The same with some other settings.
    pub async fn second_node_with(&self, settings: &[(&str, &str)]) -> Self {
        let mut place = self.place.clone();
        place.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::node(self.clock.clone(), self.partner.clone(), place).await
    }

    /// The same with a way of its own to the database.
    pub async fn second_node_on(&self, db: Db) -> Self {
        Self::node_on(self.clock.clone(), self.partner.clone(), self.place.clone(), Some(db)).await
    }

    /// Another app on a database of its own, later taken away by its [`TestApp::end`]: with the same clock and the same
    /// partner, but its own dice and its own files.
    pub async fn elsewhere(&self, folder: TempDir, database: Database) -> Self {
        let place = Place { url: database.url.clone(), folder: Arc::new(folder), ..self.place.clone() };
        // What is restored elsewhere opens with the key that it was sealed with, which is brought there apart from it.
        std::fs::copy(self.place.folder.path().join("root.key"), place.folder.path().join("root.key"))
            .expect("the key is copied");
        let mut app = Self::node(self.clock.clone(), self.partner.clone(), place).await;
        app.database = Some(database);
        app
    }

    async fn node(clock: FixedClock, partner: FakePartner, place: Place) -> Self {
        Self::node_on(clock, partner, place, None).await
    }

    async fn node_on(clock: FixedClock, partner: FakePartner, place: Place, db: Option<Db>) -> Self {
        let environment = place.environment(&partner);
        let settings = place.read(&partner);
        // Counts from here on, not from the first look at them.
        telemetry::Metrics::install();
        let public_url = settings.server.public_url.clone().expect("the test names one");
        let world = place.world(&clock);
        let opened = match db {
            Some(db) => bring_up(&settings, &world, db).await,
            None => open_database(&settings, &world).await,
        };
        let opened = opened.expect("the test's database opens");
        let app = App::new(settings, public_url, opened, world).await.expect("the test's app starts");
        let (router, _) = routes::router(app.clone());
        Self { app, clock, partner, router, database: None, place, environment, ended: false }
    }

    /// An operator key with these scopes.
    pub async fn operator_key(&self, scopes: &[Scope]) -> String {
        let made = tokens::create_operator_key(&self.app, "test", scopes).await;
        let (_, secret) = made.unwrap_or_else(|stop| panic!("an operator key: {stop:?}"));
        secret.expose().to_owned()
    }

    /// The operator's own workspace.
    pub async fn operator_workspace(&self) -> WorkspaceId {
        let mut tx = self.app.db.begin().await.expect("the database answers");
        let id = workspaces::operators_own(&mut tx, self.app.now()).await.expect("the database answers");
        tx.commit().await.expect("the database answers");
        id
    }

    /// Sends a request with this key (an empty one: without) and this JSON (`Null`: without).
    pub async fn send(&self, method: Method, path: &str, key: &str, body: &Value) -> Answer {
        let mut headers = HeaderMap::new();
        if !key.is_empty() {
            let value = HeaderValue::try_from(format!("Bearer {key}")).expect("a key is visible ASCII");
            headers.insert(header::AUTHORIZATION, value);
        }
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).expect("JSON") };
        self.send_raw(method, path, headers, body).await
    }

    /// Sends a request as it is.
    pub async fn send_raw(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: impl Into<Body>,
    ) -> Answer {
        self.pass(Peer::of_this_machine(), method, path, headers, body.into()).await
    }

    /// Sends a request without a body as it comes from somebody else.
    pub async fn send_from(&self, peer: Peer, method: Method, path: &str, headers: HeaderMap) -> Answer {
        self.pass(peer, method, path, headers, Body::empty()).await
    }

    pub(crate) async fn pass(
        &self,
        peer: Peer,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).body(body).expect("a request");
        request.extensions_mut().insert(peer);
        if !headers.contains_key(header::CONTENT_TYPE) {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(header::CONTENT_TYPE, json);
        }
        for (name, value) in &headers {
            request.headers_mut().append(name, value.clone());
        }
        let response = self.router.clone().oneshot(request).await.expect("a router answers");
        Answer::read(response).await
    }

    /// `GET` with a key.
    pub async fn get(&self, path: &str, key: &str) -> Answer {
        self.send(Method::GET, path, key, &Value::Null).await
    }

    /// `POST` with a key.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, key, body).await
    }

    /// `PATCH` with a key.
    pub async fn patch(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, key, body).await
    }

    /// `DELETE` with a key.
    pub async fn delete(&self, path: &str, key: &str) -> Answer {
        self.send(Method::DELETE, path, key, &Value::Null).await
    }

    /// Reports these items as GitHub, signed.
    pub async fn report_github(&self, items: &Value) -> Answer {
        self.report_github_raw(&serde_json::to_vec(items).expect("JSON")).await
    }

    /// Reports this body as GitHub, signed.
    pub async fn report_github_raw(&self, body: &[u8]) -> Answer {
        let headers = self.partner.signed("github", body);
        self.send_raw(Method::POST, "/v1/exposures/github", headers, body.to_vec()).await
    }

    /// Reports these items as GitLab, signed.
    pub async fn report_gitlab(&self, items: &Value) -> Answer {
        let body = serde_json::to_vec(items).expect("JSON");
        let headers = self.partner.signed("gitlab", &body);
        self.send_raw(Method::POST, "/v1/exposures/gitlab", headers, body).await
    }

    /// What a secret is good for: the code of a verdict.
    pub async fn code(&self, secret: &str) -> &'static str {
        tokens::verify(&self.app, secret).await.expect("the database answers").code.name()
    }

    /// Does everything that is due.
    pub async fn work_off(&self) {
        self.app.queue.work_off().await.expect("the queue answers");
    }

    /// The mails that were sent, in the order of their writing.
    pub fn mails(&self) -> Vec<Eml> {
        mailbox::read(&self.place.folder.path().join("mail"))
    }

    /// Where its database is.
    pub fn database_url(&self) -> &str {
        &self.place.url
    }

    /// The environment variables of its settings, for a process of its own on the same database.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Where the test keeps its files.
    pub fn folder(&self) -> &std::path::Path {
        self.place.folder.path()
    }

    /// A request's headers: one name, one value.
    pub fn header(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value).expect("visible ASCII"));
        headers
    }

    /// Does what is due, and ends the test.
    pub async fn over(self) {
        self.work_off().await;
        self.end().await;
    }

    /// The same of a test with two nodes.
    pub async fn over_with(self, other: Self) {
        self.work_off().await;
        other.end_node().await;
        self.end().await;
    }

    /// Ends the test: no job may be left behind, and the audit fits together.
    ///
    /// # Panics
    /// When one is, or it does not.
    pub async fn end(mut self) {
        self.ended = true;
        let left = jobs::list(&self.app.db, None, 10).await.expect("the queue answers");
        self.audit_holds().await;
        self.app.db.close().await;
        drop(self.database.take());
        assert!(left.is_empty(), "jobs were left behind: {left:#?}");
    }

    /// Ends one of several nodes, whose queue is the others' too, or one whose database is gone.
    pub async fn end_node(mut self) {
        self.ended = true;
        self.app.db.close().await;
    }
}

impl Place {
    /// A folder and a database that nobody else has.
    fn fresh(settings: &[(&str, &str)]) -> (Self, Database) {
        let folder = Arc::new(TempDir::new().expect("a folder for the test"));
        let database = Database::fresh(folder.path());
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        (Self { url: database.url.clone(), folder, settings, nodes: Arc::default() }, database)
    }

    /// Another value of a setting, from here on.
    fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    fn read(&self, partner: &FakePartner) -> Settings {
        Settings::load(None, self.environment(partner).into_iter()).expect("the test's settings are good")
    }

    /// Every node has its own dice: two that made the same id would be no two nodes.
    fn world(&self, clock: &FixedClock) -> World {
        let seed = self.nodes.fetch_add(1, Ordering::SeqCst) + 1;
        World { clock: Arc::new(clock.clone()), chance: Arc::new(SeededChance::new(seed)) }
    }

    fn environment(&self, partner: &FakePartner) -> Vec<(String, String)> {
        let mut environment = vec![
            ("DATA_DIR".to_owned(), self.folder.path().display().to_string()),
            ("DATABASE__URL".to_owned(), self.url.clone()),
            ("EXPOSURE__GITHUB_KEYS_URL".to_owned(), partner.keys_url.clone()),
            ("EXPOSURE__GITLAB_KEYS_URL".to_owned(), partner.keys_url.clone()),
            // Partners and receivers are played on this machine.
            ("OUTGOING__ALLOWED".to_owned(), "127.0.0.1".to_owned()),
            ("OPERATOR__MAIL".to_owned(), "operator@vendor.example".to_owned()),
            // Passwords are looked up on this machine, and hashed as cheaply as the settings allow.
            ("PASSWORD__BREACHES".to_owned(), "offline".to_owned()),
            ("PASSWORD__COST".to_owned(), "10".to_owned()),
            ("SERVER__PUBLIC_URL".to_owned(), "https://console.vendor.example".to_owned()),
        ];
        for (name, value) in &self.settings {
            environment.retain(|(known, _)| known != name);
            // None of the settings may be empty, so an empty one says that it is not set.
            if !value.is_empty() {
                environment.push((name.clone(), value.clone()));
            }
        }
        environment.into_iter().map(|(name, value)| (format!("BAILIWICK_{name}"), value)).collect()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        assert!(
            self.ended || std::thread::panicking(),
            "a test ends with `end`, which looks for jobs left behind"
        );
    }
}
