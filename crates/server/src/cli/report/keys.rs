use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use tokio::net::TcpListener;

use crate::{
    cli::{ended::Ended, print, signals},
    partner,
};

#[derive(Args)]
pub struct Keys {
    /// The private key: PKCS#8 in PEM, of P-256; made if the file isn't there
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Instead of printing, answer this at `http://ADDRESS/keys` until SIGINT or SIGTERM; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Keys {
    pub async fn run(self) -> Result<(), Ended> {
        let signer = partner::open_or_make(&self.key).map_err(|fault| Ended::refused(fault.to_string()))?;
        let Some(address) = self.listen else { return print::json(&signer.keys_json()) };
        let cannot = |error| Ended::refused(format!("cannot listen on {address}: {error}"));
        let listener = TcpListener::bind(address).await.map_err(cannot)?;
        let bound = listener.local_addr().map_err(cannot)?;
        let mut stop = signals::first()?;
        print::line(format!("listening on http://{bound}/keys"))?;
        let end = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let served =
            axum::serve(listener, partner::keys_endpoint("/keys", &signer)).with_graceful_shutdown(end).await;
        served.map_err(cannot)
    }
}
