use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Uri},
};
use passwords::{Password, breaches::Sha1};

/// A service that is asked for known breaches by the first characters of a digest (Have I Been Pwned, "Pwned Passwords API").
#[derive(Clone, Default)]
pub struct Ranges(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    leaked: BTreeSet<String>,
    padding: BTreeSet<String>,
    asked: Vec<(String, String)>,
}

impl Ranges {
    /// One that knows of nothing yet, and its address.
    pub async fn start() -> (Self, String) {
        let ranges = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/range", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(ranges.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (ranges, url)
    }

    /// From here on this password is known from a breach.
    pub fn learn(&self, password: &str) {
        self.0.lock().expect("nobody panics with it").leaked.insert(password.to_owned());
    }

    /// From here on this password is among those of an answer that nobody has leaked: what makes all answers equally long.
    pub fn pad_with(&self, password: &str) {
        self.0.lock().expect("nobody panics with it").padding.insert(password.to_owned());
    }

    /// What it was asked, since the last time: each path, and what was said of padding.
    pub fn asked(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.0.lock().expect("nobody panics with it").asked)
    }

    /// Under which characters a password is asked for.
    pub fn prefix(password: &str) -> String {
        sha1(password).prefix().to_owned()
    }
}

fn sha1(password: &str) -> Sha1 {
    Sha1::of(&Password::new(password).expect("short"))
}

async fn answer(State(ranges): State<Ranges>, uri: Uri, headers: HeaderMap) -> String {
    let padding = headers.get("add-padding").map_or("", |value| value.to_str().expect("a text")).to_owned();
    let mut known = ranges.0.lock().expect("nobody panics with it");
    known.asked.push((uri.to_string(), padding));
    let line =
        |password: &String, count: u32| format!("{}:{count}\r\n", sha1(password).suffix().to_lowercase());
    let leaked = known.leaked.iter().map(|password| line(password, 12));
    leaked.chain(known.padding.iter().map(|password| line(password, 0))).collect()
}
