use std::path::PathBuf;

use clap::Args;
use outgoing::{Client, Guard};
use serde::Serialize;
use serde_json::{Value, json};

use super::As;
use crate::{
    cli::{common::Common, ended::Ended, print, values},
    exposure::Partner,
    partner::{self, Answered, Item, Signer},
};

#[derive(Args)]
pub struct Send {
    /// Whose part to do
    #[arg(long = "as", value_name = "PARTNER")]
    partner: As,
    /// The server, such as `http://localhost:8080`, or the whole address that takes reports
    #[arg(long, value_name = "URL")]
    to: String,
    /// The private key to sign with: PKCS#8 in PEM, of P-256; made if the file isn't there
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The leaked token; with `-` it is read from standard input, where no list of processes and no shell history shows it
    #[arg(long, value_name = "TOKEN|-", allow_hyphen_values = true)]
    token: String,
    /// Where it was found
    #[arg(long)]
    url: String,
    /// In which kind of place, such as `commit`, `issue_description` or `npm`
    #[arg(long)]
    source: Option<String>,
    /// What the partner calls this kind of token; `<the token's prefix>_api_token`, if not said
    #[arg(long = "type", value_name = "TYPE")]
    token_type: Option<String>,
    /// How many times to send the report, one after the other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
}

/// What came of one sending.
#[derive(Serialize)]
struct Sent {
    status: u16,
    milliseconds: f64,
    feedback: Value,
}

impl Send {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let partner = Partner::from(self.partner);
        let token = values::secret(self.token)?;
        let signer = partner::open_or_make(&self.key).map_err(|fault| Ended::refused(fault.to_string()))?;
        // Whoever names a server here means it, wherever it is.
        let client =
            Client::new(concat!("bailiwick/", env!("CARGO_PKG_VERSION")), Guard::opening_host_of(&self.to))
                .map_err(|fault| unsent(&fault))?;
        let (url, token_type) =
            (partner::address(&self.to, partner), self.token_type.unwrap_or_else(|| type_of(token.expose())));
        let item = Item {
            token: token.expose(),
            token_type: &token_type,
            url: &self.url,
            source: self.source.as_deref(),
        };
        if !common.json {
            introduce(&signer)?;
        }
        let mut printed = print::List::new(common.json, ["status", "milliseconds", "feedback"]);
        let mut refused = None;
        for _ in 0..self.repeat {
            let answered = partner::send(&client, &url, partner, &signer, std::slice::from_ref(&item))
                .await
                .map_err(|fault| unsent(&fault))?;
            if !answered.status.is_success() {
                refused = Some(answered.status);
            }
            printed.more(&[Sent::of(&answered)], Sent::row)?;
        }
        printed.end("")?;
        match refused {
            Some(status) => {
                Err(Ended::refused(format!("The server did not take the report: it answered {status}.")))
            }
            None => Ok(()),
        }
    }
}

fn unsent(fault: &outgoing::Fault) -> Ended {
    Ended::refused(format!("The report could not be sent: {fault}."))
}

/// Partners name a kind of token after its prefix. It decides nothing.
fn type_of(token: &str) -> String {
    let prefix = token.split_once('_').map_or("", |(prefix, _)| prefix);
    format!("{}_api_token", if prefix.is_empty() { "unknown" } else { prefix })
}

/// What the server under test has to know of the key.
fn introduce(signer: &Signer) -> Result<(), Ended> {
    print::facts(&[("key", signer.identifier().to_owned())])?;
    print::line(signer.public_pem())
}

impl Sent {
    fn of(answered: &Answered) -> Self {
        let text = || Value::String(String::from_utf8_lossy(&answered.body).into_owned());
        let feedback = if answered.body.is_empty() {
            json!(null)
        } else {
            serde_json::from_slice(&answered.body).unwrap_or_else(|_| text())
        };
        // To the microsecond; more is noise.
        let milliseconds = (answered.took.as_secs_f64() * 1e6).round() / 1e3;
        Self { status: answered.status.as_u16(), milliseconds, feedback }
    }

    /// The labels alone, if the body is feedback; else the body.
    fn row(&self) -> [String; 3] {
        let labels: Option<Vec<&str>> = self
            .feedback
            .as_array()
            .and_then(|items| items.iter().map(|item| item.get("label").and_then(Value::as_str)).collect());
        let feedback = match (labels, &self.feedback) {
            (Some(labels), _) => labels.join(", "),
            (None, Value::Null) => "none".to_owned(),
            (None, other) => {
                other.get("detail").and_then(Value::as_str).map_or_else(|| other.to_string(), str::to_owned)
            }
        };
        [self.status.to_string(), format!("{:.1}", self.milliseconds), feedback]
    }
}
