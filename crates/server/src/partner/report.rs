use std::time::{Duration, Instant};

use outgoing::{Client, HeaderName, Request, StatusCode};
use serde::Serialize;

use super::Signer;
use crate::exposure::Partner;

/// One item of a report, as partners write it.
#[derive(Debug, Clone, Serialize)]
pub struct Item<'a> {
    /// The token that was found.
    pub token: &'a str,
    /// What the partner calls this kind of token.
    #[serde(rename = "type")]
    pub token_type: &'a str,
    /// Where it was found; may be empty.
    pub url: &'a str,
    /// In which kind of place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a str>,
}

/// What the server made of a report.
#[derive(Debug)]
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// The body, which is the feedback if the server gives any.
    pub body: Vec<u8>,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

/// How long GitHub waits for partners that answer with feedback.
const PATIENCE: Duration = Duration::from_secs(30);
/// The feedback on one item takes about 150 bytes.
const MOST_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Where reports go on a server that is named without a path; any other URL is meant as it stands.
pub fn address(server: &str, partner: Partner) -> String {
    let bare = url::Url::parse(server).is_ok_and(|url| url.path() == "/" && url.query().is_none());
    if bare { format!("{}/v1/exposures/{partner}", server.trim_end_matches('/')) } else { server.to_owned() }
}

/// Signs a report and sends it to `url`, once.
pub async fn send(
    client: &Client,
    url: &str,
    partner: Partner,
    signer: &Signer,
    items: &[Item<'_>],
) -> outgoing::Result<Answered> {
    let body = serde_json::to_vec(items).expect("items are plain data");
    let request = Request::post(url)?
        .header(HeaderName::from_static(partner.identifier_header()), signer.identifier())?
        .header(HeaderName::from_static(partner.signature_header()), &signer.sign(&body))?
        .body("application/json", body)
        .timeout(PATIENCE)
        .max_answer_bytes(MOST_ANSWER_BYTES);
    let begun = Instant::now();
    let answer = client.send(request).await?;
    Ok(Answered { status: answer.status, body: answer.body, took: begun.elapsed() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_a_path_is_completed() {
        for bare in ["http://localhost:8080", "http://localhost:8080/"] {
            assert_eq!(address(bare, Partner::Github), "http://localhost:8080/v1/exposures/github");
        }
        let whole = "https://example.com/leaks/gitlab";
        assert_eq!(address(whole, Partner::Gitlab), whole);
    }
}
