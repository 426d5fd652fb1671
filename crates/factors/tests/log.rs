//! What the passkeys' library tells its log does not get into ours.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use factors::{Passkeys, UserHandle};
use serde_json::json;
use test_authenticator::TestAuthenticator;
use time_and_chance::SeededChance;
use tracing::Level;
use url::Url;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged at the most talkative level while this is done.
fn logged(what: impl FnOnce()) -> String {
    let written = Written::default();
    let writer = written.clone();
    let log =
        tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(log, what);
    String::from_utf8(written.0.lock().expect("nobody panicked").clone()).expect("text")
}

#[test]
fn nothing_that_people_send_gets_into_the_log() {
    let url = Url::parse("https://login.example.com").unwrap();
    let said = logged(|| {
        let passkeys = Passkeys::new(&url, "Acme").unwrap();
        let mut device = TestAuthenticator::at("https://login.example.com");
        let handle = UserHandle::new(&SeededChance::new(1));
        let begun = passkeys.begin_registration("person_ana", &handle, "ana@example.com", "Ana", &[]);
        let answer = device.create(&begun.options);
        let passkey = passkeys.finish_registration("person_ana", &begun.state, answer.as_bytes()).unwrap();
        let begun = passkeys.begin_discoverable_sign_in();
        let mut answer: serde_json::Value = serde_json::from_str(&device.get(&begun.options)).unwrap();
        let finish =
            |answer: &str| passkeys.finish_discoverable_sign_in(&passkey, &begun.state, answer.as_bytes());
        assert!(finish(&answer.to_string()).is_ok());
        // The library would tell of these bytes as an error.
        answer["response"]["authenticatorData"] = json!("c2VjcmV0");
        assert!(finish(&answer.to_string()).is_err());
        tracing::trace!("what is ours");
    });
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("what is ours"), "{said}");
}
