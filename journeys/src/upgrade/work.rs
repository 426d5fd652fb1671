use std::{path::Path, sync::Mutex, time::Duration};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use test_app::FakePartner;
use tokio::sync::watch;

use crate::{Walk, node::Node};

/// How much is done in a step.
pub struct Work;

impl Work {
    /// How often each of a node's callers goes through its round.
    pub const ROUNDS: usize = 10;
    /// How many call each node at once.
    pub const CALLERS: usize = 4;
}

/// How long the queue may take to run dry, and how often one looks.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(100);

/// How the fault begins when nobody answers.
const NO_ANSWER: &str = "no answer";

/// The product whose tokens these are, and the partner that finds them.
pub struct Vendor {
    client: Client,
    key: String,
    partner: FakePartner,
    workspace: String,
    /// The secrets whose revocation was acknowledged.
    revoked: Mutex<Vec<String>>,
}

impl Vendor {
    /// One with a workspace, made on this node.
    pub async fn new(key: String, partner: FakePartner, node: &Node) -> Walk<Self> {
        let (client, workspace) = (Client::new(), String::new());
        let mut vendor = Self { client, key, partner, workspace, revoked: Mutex::default() };
        let wanted = json!({"name": "acme", "owner": {"mail": "ana@acme.example"}});
        let made = vendor.post(&node.url, "/v1/workspaces", &wanted).await?;
        text(&made, "id")?.clone_into(&mut vendor.workspace);
        Ok(vendor)
    }

    pub async fn is_ready(&self, node: &Node) -> Walk<()> {
        self.answer(self.client.get(format!("{}/readyz", node.url))).await.map(drop)
    }

    /// Callers of every node go through rounds at the same time.
    pub async fn work(&self, nodes: &[&Node], rounds: usize) -> Walk<()> {
        let callers = (0..Work::CALLERS * nodes.len()).map(|caller| async move {
            for round in 0..rounds {
                // Each act of a round is another node's.
                let node = |act: usize| nodes[(caller + round + act) % nodes.len()].url.as_str();
                self.round(node(0), node(1), node(2)).await?;
            }
            Ok(())
        });
        futures_util::future::try_join_all(callers).await.map(drop)
    }

    /// A token is made, works, is reported, and is dead.
    async fn round(&self, makes: &str, answers: &str, takes: &str) -> Walk<()> {
        let path = format!("/v1/workspaces/{}/tokens", self.workspace);
        let made = self.post(makes, &path, &json!({"description": "bot"})).await?;
        let secret = text(&made, "secret")?.to_owned();
        self.must_be(answers, &secret, "VALID").await?;
        self.report(takes, &secret).await?;
        self.must_be(makes, &secret, "REVOKED").await?;
        self.must_be(answers, &secret, "REVOKED").await
    }

    async fn report(&self, at: &str, secret: &str) -> Walk<()> {
        let body = json!([{"token": secret, "type": "bwk_api_token", "source": "commit"}]).to_string();
        let headers = self.partner.signed("github", body.as_bytes());
        let request = self.client.post(format!("{at}/v1/exposures/github")).headers(headers).body(body);
        let feedback = self.answer(request).await?;
        if feedback[0]["label"] != "true_positive" {
            return Err(format!("a token of ours is no true positive: {feedback}"));
        }
        self.revoked.lock().expect("no panic").push(secret.to_owned());
        Ok(())
    }

    /// Both are worked on until the old one has ended.
    pub async fn work_while_it_stops(&self, new: &Node, old: Node) -> Walk<()> {
        let (going, ended) = (old.url.clone(), watch::Sender::new(false));
        let callers = (0..Work::CALLERS).map(|_| self.work_until_it_hangs_up(&going));
        let (stopped, worked, left) = tokio::join!(
            async {
                let stopped = old.stop().await;
                ended.send_replace(true);
                stopped
            },
            async {
                while !*ended.borrow() {
                    self.work(&[new], 1).await?;
                }
                Ok(())
            },
            futures_util::future::try_join_all(callers)
        );
        stopped.and(worked).and(left.map(drop))
    }

    /// A node that ends may refuse a connection, but what it answers must be right.
    async fn work_until_it_hangs_up(&self, at: &str) -> Walk<()> {
        loop {
            match self.round(at, at, at).await {
                Ok(()) => {}
                Err(why) if why.starts_with(NO_ANSWER) => return Ok(()),
                Err(why) => return Err(why),
            }
        }
    }

    /// Every revocation that was acknowledged, by whichever node, holds on these.
    pub async fn all_revoked(&self, nodes: &[&Node]) -> Walk<()> {
        let secrets = self.revoked.lock().expect("no panic").clone();
        for secret in &secrets {
            for node in nodes {
                self.must_be(&node.url, secret, "REVOKED").await?;
            }
        }
        Ok(())
    }

    /// Waits until no job is left, and fails if one was parked.
    pub async fn queue_runs_dry(&self, node: &Node) -> Walk<()> {
        let dry = async {
            let mut looks = tokio::time::interval(LOOK);
            loop {
                looks.tick().await;
                let request = self.client.get(format!("{}/metrics", node.url));
                let answer = request.send().await.map_err(|error| error.to_string())?;
                let metrics = answer.text().await.map_err(|error| error.to_string())?;
                let more_than_none = |gauge: &str| {
                    metrics
                        .lines()
                        .find(|line| line.starts_with(gauge) && !line.ends_with(" 0"))
                        .map(str::to_owned)
                };
                if let Some(parked) = more_than_none("bailiwick_jobs_parked{") {
                    return Err(format!("a job was given up: {parked}"));
                }
                if more_than_none("bailiwick_jobs_waiting{").is_none() {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, dry).await.map_err(|_| "the queue does not run dry".to_owned())?
    }

    /// As many mails as tokens were revoked, since the workspace has one owner.
    pub fn each_owner_was_mailed_once(&self, folder: &Path) -> Walk<()> {
        let files = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
        let mails = files.filter(|file| {
            file.as_ref().is_ok_and(|file| file.path().extension().is_some_and(|e| e == "eml"))
        });
        let (mails, revoked) = (mails.count(), self.revoked.lock().expect("no panic").len());
        if mails == revoked { Ok(()) } else { Err(format!("{mails} mails for {revoked} revoked tokens")) }
    }

    async fn must_be(&self, at: &str, secret: &str, code: &str) -> Walk<()> {
        let verdict = self.post(at, "/v1/tokens/verify", &json!({"token": secret})).await?;
        if verdict["code"] == code { Ok(()) } else { Err(format!("{} should be {code}", verdict["code"])) }
    }

    async fn post(&self, at: &str, path: &str, body: &Value) -> Walk<Value> {
        self.answer(self.client.post(format!("{at}{path}")).bearer_auth(&self.key).json(body)).await
    }

    /// The answer, which must be a success, as JSON; `Null` if it is none.
    async fn answer(&self, request: RequestBuilder) -> Walk<Value> {
        let answer = request.send().await.map_err(|error| format!("{NO_ANSWER}: {error}"))?;
        let (status, path) = (answer.status(), answer.url().path().to_owned());
        let body = answer.text().await.map_err(|error| format!("half an answer: {error}"))?;
        match status {
            StatusCode::OK | StatusCode::CREATED => Ok(serde_json::from_str(&body).unwrap_or(Value::Null)),
            status => Err(format!("{path} was answered {status}: {body}")),
        }
    }
}

fn text<'a>(value: &'a Value, member: &str) -> Walk<&'a str> {
    value[member].as_str().ok_or_else(|| format!("no {member} in an answer"))
}
