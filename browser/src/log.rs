use std::collections::BTreeMap;

use serde_json::Value;
use thirtyfour::BrowserLogEntry;

use crate::Browser;

/// What a browser has noted so far: mistakes of pages, and what was fetched.
#[derive(Default)]
pub(crate) struct Log {
    mistakes: Vec<String>,
    expected: Vec<String>,
    fetched: BTreeMap<String, Fetch>,
}

/// Something that was fetched.
struct Fetch {
    url: String,
    /// Headers included, as it came over the wire. `None` while it is under way.
    bytes: Option<u64>,
}

impl Log {
    /// Mistakes since the last time, without those that were expected.
    pub(crate) fn take_mistakes(&mut self) -> Vec<String> {
        let mut mistakes = std::mem::take(&mut self.mistakes);
        mistakes.retain(|mistake| {
            let known = self.expected.iter().position(|expected| mistake.contains(expected.as_str()));
            known.map(|place| self.expected.remove(place)).is_none()
        });
        mistakes
    }

    pub(crate) fn still_expected(&self) -> Vec<String> {
        self.expected.clone()
    }

    /// Begins anew with what was fetched.
    pub(crate) fn forget_fetches(&mut self) {
        self.fetched.clear();
    }

    /// How many bytes came since then, if all has come.
    pub(crate) fn weight(&self) -> Option<u64> {
        if self.fetched.is_empty() {
            return None;
        }
        self.fetched.values().map(|fetch| fetch.bytes).sum()
    }

    /// What was fetched from elsewhere.
    pub(crate) fn fetched_from_elsewhere(&self, base: &str) -> Vec<String> {
        let here = |url: &str| {
            let rest = url.strip_prefix(base);
            let inline = ["data:", "blob:", "about:"].iter().any(|scheme| url.starts_with(scheme));
            inline || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        };
        self.fetched.values().map(|fetch| fetch.url.clone()).filter(|url| !here(url)).collect()
    }

    fn note(&mut self, entry: &BrowserLogEntry) {
        // What a page's policy forbids is among them.
        if entry.level == "SEVERE" {
            self.mistakes.push(entry.message.clone());
        }
    }

    fn note_event(&mut self, event: &Value) {
        let (method, told) = (&event["message"]["method"], &event["message"]["params"]);
        let id = told["requestId"].as_str().unwrap_or_default();
        match method.as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => {
                // One that is sent on to another address keeps its id.
                let url = told["request"]["url"].as_str().unwrap_or_default().to_owned();
                let key = if self.fetched.contains_key(id) { format!("{id} {url}") } else { id.to_owned() };
                let bytes = (key != id).then_some(0);
                self.fetched.insert(key, Fetch { url, bytes });
            }
            "Network.loadingFinished" => self.came(id, whole(&told["encodedDataLength"])),
            "Network.loadingFailed" => self.came(id, 0),
            _ => {}
        }
    }

    fn came(&mut self, id: &str, bytes: u64) {
        if let Some(fetch) = self.fetched.get_mut(id) {
            fetch.bytes = Some(bytes);
        }
    }
}

/// The protocol has numbers of bytes with a point, behind which is nothing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes")]
fn whole(number: &Value) -> u64 {
    number.as_f64().unwrap_or_default() as u64
}

impl Browser {
    /// An error will come into the browser's log in which this stands, and that is as it should be: such as
    /// `status of 422`, of a form that is filled in wrongly. It has to come, once.
    pub fn expects(&self, error: &str) {
        self.log.borrow_mut().expected.push(error.to_owned());
    }

    /// Takes over what the browser has noted.
    pub(crate) async fn read_log(&self) {
        let noted = self.driver.get_log("browser").await.expect("the browser has a log");
        let events = self.driver.get_log("performance").await.expect("the browser has a log of events");
        let mut log = self.log.borrow_mut();
        for entry in &noted {
            log.note(entry);
        }
        for entry in &events {
            log.note_event(&serde_json::from_str(&entry.message).expect("events are JSON"));
        }
    }
}
