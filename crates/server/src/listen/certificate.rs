use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use aws_lc_rs::digest::{SHA256, digest};
use rustls::{
    crypto::CryptoProvider,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use time_and_chance::Clock;

use super::{
    pair::{Files, Pair, Usable},
    tls,
    watch::PATIENCE,
};
use crate::{app::StartFault, config::ServerSettings, telemetry};

/// The server's certificate: the one in use, and where the next one will lie.
pub struct Certificate {
    files: Files,
    clock: Arc<dyn Clock>,
    provider: CryptoProvider,
    in_use: RwLock<Arc<CertifiedKey>>,
    seen: Mutex<Seen>,
}

/// What was last found in the files, by its digest.
struct Seen {
    in_use: Vec<u8>,
    /// What could not be used, when it was looked at once.
    doubtful: Option<Vec<u8>>,
    /// What could not be used, and was told of.
    told: Option<Vec<u8>>,
}

impl Certificate {
    /// The certificate that the settings name, if they name one. One that cannot be used now is refused, and so is one whose file
    /// hangs.
    pub async fn of(server: &ServerSettings, clock: Arc<dyn Clock>) -> Result<Option<Arc<Self>>, StartFault> {
        let Some(file) = &server.tls_cert else { return Ok(None) };
        let settings = server.clone();
        let hangs =
            |error| StartFault::other(format!("server.tls_cert: {} cannot be read: {error}", file.display()));
        files::within(PATIENCE, file, move || Self::read(&settings, clock)).await.map_err(hangs)?
    }

    /// The same at once, however long it takes.
    pub(super) fn read(
        server: &ServerSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<Self>>, StartFault> {
        let (Some(certificate), Some(key)) = (&server.tls_cert, &server.tls_key) else { return Ok(None) };
        let files = Files { certificate: certificate.clone(), key: key.clone() };
        let provider = tls::provider();
        let pair = Pair::read(&files).map_err(StartFault::other)?;
        let usable = pair.judged(&files, &provider, clock.now()).map_err(StartFault::other)?;
        gauge(&usable);
        let seen = Seen { in_use: pair.digest().as_ref().to_vec(), doubtful: None, told: None };
        let in_use = RwLock::new(usable.certified);
        Ok(Some(Arc::new(Self { files, clock, provider, in_use, seen: Mutex::new(seen) })))
    }

    /// Looks at the files at once, as somebody asks who has just changed them. What is new and can be used is in use for
    /// the next handshake; what cannot be is told of in the log, and the one before stays in use. Reads files.
    pub fn look_again(&self) {
        self.look(true);
    }

    /// The same now and then, by itself: then what cannot be used is told of once, and only if it is still the same at the
    /// second look. Whoever replaces two files is for a moment half done.
    pub(super) fn look_in_passing(&self) {
        self.look(false);
    }

    /// The file of the certificate itself.
    pub(super) fn file(&self) -> &Path {
        &self.files.certificate
    }

    #[cfg(test)]
    pub(super) fn expires_at(&self) -> time_and_chance::Time {
        let pair = Pair::read(&self.files).unwrap();
        pair.judged(&self.files, &self.provider, self.clock.now()).unwrap().expires_at
    }

    #[cfg(test)]
    pub(super) fn in_use(&self) -> Vec<u8> {
        let in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        in_use.cert[0].as_ref().to_vec()
    }

    #[cfg(test)]
    pub(super) fn has_told(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).told.is_some()
    }

    fn look(&self, asked: bool) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let read = Pair::read(&self.files);
        let found = match &read {
            Ok(pair) => pair.digest().as_ref().to_vec(),
            Err(why) => digest(&SHA256, why.as_bytes()).as_ref().to_vec(),
        };
        if found == seen.in_use {
            (seen.doubtful, seen.told) = (None, None);
            return;
        }
        match read.and_then(|pair| pair.judged(&self.files, &self.provider, self.clock.now())) {
            Ok(usable) => {
                gauge(&usable);
                *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = usable.certified;
                *seen = Seen { in_use: found, doubtful: None, told: None };
                tracing::info!(expires_at = %usable.expires_at, "a new certificate is in use");
            }
            Err(why) => {
                let certain = seen.doubtful.as_ref() == Some(&found);
                if asked || (certain && seen.told.as_ref() != Some(&found)) {
                    metrics::counter!(telemetry::TLS_RELOADS_FAILED).increment(1);
                    tracing::error!(why, "the new certificate cannot be used: the one before stays");
                    seen.told = Some(found.clone());
                }
                seen.doubtful = Some(found);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds, of a year that a certificate can name")]
fn gauge(usable: &Usable) {
    metrics::gauge!(telemetry::TLS_CERTIFICATE_EXPIRES_AT).set(usable.expires_at.micros() as f64 / 1e6);
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.in_use.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}
