use std::{future::Future, io, net::SocketAddr, pin::Pin, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Guard;

/// The addresses of a name, on their way. Their ports are not looked at.
pub(crate) type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// How names become addresses.
pub(crate) type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;

/// As the system does it, its hosts file included.
pub(crate) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect::<Vec<_>>()) })
    })
}

/// Looks names up, and lets only those addresses through that may be connected to. It is the one look-up of a
/// connection: what is judged is what is connected to.
pub(crate) struct Judging {
    pub(crate) guard: Guard,
    pub(crate) lookup: Lookup,
}

impl Resolve for Judging {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, name) = (self.guard.clone(), name.as_str().to_owned());
        let looking = (self.lookup)(name.clone());
        Box::pin(async move {
            let good = guard.judge_addresses(&name, looking.await?)?;
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}
