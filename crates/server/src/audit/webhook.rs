//! What the audit sends outside by HTTP: entries of the stream, and heads. All of it is sent, signed and answered in one way.

use outgoing::{Answer, Client, Fault, Request, webhook};
use time_and_chance::{Duration, Time};

use crate::config::Hidden;

/// How long all of an exchange may take. A head that names very many chains is a megabyte.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// However long a receiver asks to be left alone, it is asked again after this.
pub(super) const LONGEST: Duration = Duration::from_hours(1);
const SHORTEST: Duration = Duration::from_secs(1);

/// Why something was not taken, in words that may stand in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotTaken {
    /// What happened, without anything of what was sent.
    pub why: String,
    /// How long the receiver asks to be left alone: from a second to an hour.
    pub wait: Option<Duration>,
    /// Whether it will hardly pass by itself.
    pub is_refused: bool,
    /// Whether less may fit.
    pub is_too_much: bool,
}

impl NotTaken {
    /// For `map_err` of what has no answer.
    #[expect(clippy::needless_pass_by_value, reason = "stands in `map_err`")]
    pub fn because(why: impl ToString) -> Self {
        Self { why: why.to_string(), wait: None, is_refused: false, is_too_much: false }
    }

    fn by(answer: &Answer, when: Time) -> Self {
        let status = answer.status.as_u16();
        let passes = matches!(status, 408 | 429) || answer.status.is_server_error();
        Self {
            why: format!("the receiver answered {}", answer.status),
            wait: outgoing::retry_after(answer, when.system_time()).map(|wait| wait.clamp(SHORTEST, LONGEST)),
            is_refused: !passes,
            is_too_much: status == 413,
        }
    }
}

impl From<Fault> for NotTaken {
    fn from(fault: Fault) -> Self {
        let is_refused = matches!(fault, Fault::Refused(_) | Fault::Unsendable(_));
        Self { is_refused, ..Self::because(fault) }
    }
}

/// A receiver of webhooks.
#[derive(Clone)]
pub(super) struct Webhook {
    /// Where to.
    pub url: String,
    /// What it is signed with: one secret or, while it is being replaced, several.
    pub secret: Hidden,
}

impl Webhook {
    /// Posts a body of JSON, signed as Standard Webhooks says, under the id of its first try.
    pub async fn deliver(
        &self,
        client: &Client,
        when: Time,
        id: &str,
        body: Vec<u8>,
    ) -> Result<(), NotTaken> {
        send(client, when, self.signed(when, id, body)).await
    }

    fn signed(&self, when: Time, id: &str, body: Vec<u8>) -> outgoing::Result<Request> {
        // Read each time, as it may have become another. It was read when the settings were.
        let secrets = webhook::Secret::read_all(&self.secret.expose()).unwrap_or_default();
        webhook::sign(Request::post(&self.url)?.body("application/json", body), id, seconds(when), &secrets)
    }
}

/// Sends a request, and takes any 2xx for a yes.
pub(super) async fn send(
    client: &Client,
    when: Time,
    request: outgoing::Result<Request>,
) -> Result<(), NotTaken> {
    // Nobody looks into the answer's body: one that is too long, or breaks off, must not make of a 200 that nothing was taken.
    let request = request?.timeout(PATIENCE).without_answer_body();
    let answer = client.send(request).await?;
    if answer.status.is_success() { Ok(()) } else { Err(NotTaken::by(&answer, when)) }
}

/// Since 1970.
pub(super) fn seconds(when: Time) -> i64 {
    when.micros().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use outgoing::{Guard, HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER, webhook::Secret};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    const SECRETS: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn when() -> Time {
        Time::from_micros(1_614_265_330_500_000)
    }

    fn answered(status: u16, retry_after: Option<&'static str>) -> NotTaken {
        let mut headers = HeaderMap::new();
        if let Some(text) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        }
        let status = StatusCode::from_u16(status).unwrap();
        NotTaken::by(&Answer { status, headers, body: b"what it says".to_vec() }, when())
    }

    #[test]
    fn what_passes_by_itself_is_told_apart_from_what_does_not() {
        for status in [408, 429, 500, 502, 503, 504, 599] {
            assert!(!answered(status, None).is_refused, "{status}");
        }
        for status in [300, 302, 304, 400, 401, 403, 404, 410, 413, 422] {
            let not_taken = answered(status, None);
            assert!(not_taken.is_refused, "{status}");
            assert_eq!(not_taken.is_too_much, status == 413);
            assert!(!not_taken.why.contains("what it says"), "{}", not_taken.why);
        }
    }

    #[test]
    fn a_receiver_is_left_alone_as_long_as_it_asks_but_for_an_hour_at_most() {
        for (text, seconds) in [
            ("0", 1),
            ("120", 120),
            ("7200", 3_600),
            ("99999999999999999999999", 3_600),
            ("Thu, 25 Feb 2021 15:03:10 GMT", 60),
            ("Thu, 25 Feb 2021 15:00:00 GMT", 1),
        ] {
            let wait = answered(503, Some(text)).wait.expect(text);
            assert_eq!((wait + Duration::from_millis(500)).as_secs(), seconds, "{text}");
        }
        for text in [None, Some("soon")] {
            assert_eq!(answered(503, text).wait, None);
        }
    }

    #[tokio::test]
    async fn what_the_guard_refuses_or_nobody_can_send_is_refused() {
        let client = Client::new("bailiwick-test", Guard::default()).unwrap();
        for url in ["http://127.0.0.1:9/", "not a URL"] {
            let webhook = Webhook { url: url.to_owned(), secret: Hidden::new(SECRETS.to_owned()) };
            let not_taken = webhook.deliver(&client, when(), "head_1", b"{}".to_vec()).await.unwrap_err();
            assert!(not_taken.is_refused && not_taken.wait.is_none(), "{not_taken:?}");
        }
    }

    #[tokio::test]
    async fn the_status_decides_whatever_the_body_is() {
        let guard = Guard::opening(["127.0.0.1".parse().unwrap()]);
        let client = Client::new("bailiwick-test", guard).unwrap();
        for (status, is_taken) in [("200 OK", true), ("500 Oh", false), ("413 Less", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            // A body that is announced, and never comes to its end.
            let answering = tokio::spawn(async move {
                let (mut connection, _) = listener.accept().await.unwrap();
                let _ = connection.read(&mut [0; 4096]).await;
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: 10000000\r\n\r\n");
                let _ = connection.write_all(&[head.into_bytes(), vec![b'x'; 100_000]].concat()).await;
                std::future::pending::<()>().await;
            });
            let webhook = Webhook { url, secret: Hidden::new(SECRETS.to_owned()) };
            let taken = webhook.deliver(&client, when(), "head_1", b"{}".to_vec()).await;
            assert_eq!(taken.is_ok(), is_taken, "{status}: {taken:?}");
            assert_eq!(taken.is_err_and(|not| not.is_too_much), status.starts_with("413"));
            answering.abort();
        }
    }

    #[test]
    fn what_goes_out_is_signed_with_each_secret() {
        for secret in SECRETS.split(", ") {
            assert!(Secret::read(secret).is_ok());
        }
        let webhook =
            Webhook { url: "https://example.com/".to_owned(), secret: Hidden::new(SECRETS.to_owned()) };
        assert!(webhook.signed(when(), "head_1", b"{}".to_vec()).is_ok());
        let without = Webhook { secret: Hidden::new(String::new()), ..webhook };
        assert!(without.signed(when(), "head_1", b"{}".to_vec()).is_err(), "nothing goes out unsigned");
    }
}
