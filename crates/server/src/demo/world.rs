//! What lies outside of the server: the partner's keys, and whoever takes the track events.

use axum::{Json, Router, extract::State, routing::post};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::partner::{Signer, keys_endpoint};

type Events = watch::Sender<Vec<Value>>;

/// A small world on a port of its own, for as long as the process lives.
pub struct World {
    /// Its address, without a slash at the end.
    pub url: String,
    events: watch::Receiver<Vec<Value>>,
}

impl World {
    /// Makes it, with this partner.
    pub async fn begin(signer: &Signer) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (sender, events) = watch::channel(Vec::new());
        let router = Router::new()
            .route("/v1/batch", post(take))
            .with_state(sender)
            .merge(keys_endpoint("/keys", signer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, events })
    }

    /// Waits for the event about a token that was revoked because it was found here.
    pub async fn revoked_at(&self, url: &str) -> Option<Value> {
        let is_it =
            |event: &Value| event["properties"]["url"] == url && event["properties"]["status"] == "revoked";
        let mut events = self.events.clone();
        let received = events.wait_for(|events| events.iter().any(is_it)).await.ok()?;
        received.iter().find(|event| is_it(event)).cloned()
    }
}

/// Takes a batch as Segment's HTTP API does.
async fn take(State(events): State<Events>, Json(body): Json<Value>) -> Json<Value> {
    let batch = body["batch"].as_array().cloned().unwrap_or_default();
    events.send_modify(|events| events.extend(batch));
    Json(json!({"success": true}))
}
