use std::{
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        KeyPair as _,
    },
};
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use store::{Db, Options, args};
use tempfile::TempDir;
use test_database::Database;
use time_and_chance::{Clock as _, FixedClock, Time};

use crate::{config::Hidden, schema::STEPS};

use super::{Around, Endpoint, KeyFault, Partner, PartnerKeys};

mod endpoint;
mod failures;
mod nodes;
mod refreshes;
mod searches;

use endpoint::{FakeEndpoint, Reply, listing};

/// A database, a clock and GitHub's keys endpoint; nodes are made on it as a test needs them.
struct World {
    db: Db,
    clock: FixedClock,
    endpoint: FakeEndpoint,
    _database: Database,
    _dir: TempDir,
}

impl World {
    /// One whose endpoint replies this.
    async fn with(reply: Reply) -> Self {
        let dir = TempDir::new().unwrap();
        let database = Database::fresh(dir.path());
        let db = Db::open(&database.url, Options::default()).await.unwrap();
        let clock = FixedClock::at(Time::from_micros(1_795_442_520_000_000));
        store::migrate(&db, clock.now(), STEPS).await.unwrap();
        let endpoint = FakeEndpoint::start(reply).await;
        Self { db, clock, endpoint, _database: database, _dir: dir }
    }

    fn node(&self) -> PartnerKeys {
        self.node_at(&self.endpoint.url)
    }

    /// A node with another URL. It is patient, since no test that uses it is about a slow endpoint.
    fn node_at(&self, url: &str) -> PartnerKeys {
        self.node_with(url, seconds(60))
    }

    fn impatient_node(&self) -> PartnerKeys {
        self.node_with(&self.endpoint.url, Duration::from_millis(100))
    }

    fn node_with(&self, url: &str, patience: Duration) -> PartnerKeys {
        self.node_of(url, patience, Some("t0ken"))
    }

    fn node_with_token(&self, access_token: Option<&str>) -> PartnerKeys {
        self.node_of(&self.endpoint.url, seconds(60), access_token)
    }

    fn node_of(&self, url: &str, patience: Duration, access_token: Option<&str>) -> PartnerKeys {
        let here = outgoing::Guard::opening(["127.0.0.1".parse().unwrap()]);
        let client = outgoing::Client::new("bailiwick-test", here).unwrap();
        let around = Around { db: self.db.clone(), client, clock: Arc::new(self.clock.clone()), patience };
        let endpoint = Endpoint { url: url.to_owned(), access_token: access_token.map(Hidden::new) };
        PartnerKeys::around(around, [(Partner::Github, endpoint)])
    }

    /// The etag, answer and time that the database has.
    async fn stored(&self) -> Option<(Option<String>, String, Time)> {
        let sql = "SELECT etag, answer, fetched_at FROM partner_keys WHERE partner = 'github'";
        let row = self.db.row(sql, args![]).await.unwrap()?;
        Some((row.get("etag").unwrap(), row.get("answer").unwrap(), row.get("fetched_at").unwrap()))
    }

    /// Waits until the database has a set that was fetched at this moment.
    async fn stored_now(&self) {
        let now = self.clock.now();
        eventually(async || self.stored().await.is_some_and(|(_, _, at)| at == now)).await;
    }
}

/// Whether GitHub's key of this identifier is there, or why not.
async fn ask(node: &PartnerKeys, identifier: &str) -> Result<(), KeyFault> {
    node.key(Partner::Github, identifier).await.map(drop)
}

/// Waits for what a task in the background will bring about. A busy disk can take ten seconds over a commit.
async fn eventually(condition: impl AsyncFn() -> bool) {
    let mut again = tokio::time::interval(Duration::from_millis(2));
    let waiting = async {
        while !condition().await {
            again.tick().await;
        }
    };
    tokio::time::timeout(seconds(60), waiting).await.expect("it does not come about");
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_partner_without_an_endpoint_is_one_nobody_has_enrolled_with() {
    let world = World::with(Reply::keys(["a"])).await;
    let result = world.node().key(Partner::Gitlab, "a").await;
    assert_eq!(result.unwrap_err(), KeyFault::NotEnrolled);
}

#[test]
fn debug_of_an_endpoint_hides_its_access_token() {
    let endpoint =
        Endpoint { url: "https://example.com".to_owned(), access_token: Some(Hidden::new("hush")) };
    assert_eq!(format!("{endpoint:?}"), r#"Endpoint { url: "https://example.com", .. }"#);
}
