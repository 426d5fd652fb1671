use std::{
    fmt::Display,
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest::{Context, Digest, SHA256};
use rustls::{
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use time_and_chance::Time;
use x509_cert::{Certificate as Read, der::Decode as _};
use zeroize::Zeroizing;

/// Where the certificate and its key are.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What the two files hold, not judged yet.
pub(super) struct Pair {
    chain: Zeroizing<Vec<u8>>,
    key: Zeroizing<Vec<u8>>,
}

/// A certificate that can be used, and the last moment at which it and those that lead to its authority are valid.
pub(super) struct Usable {
    pub certified: Arc<CertifiedKey>,
    pub expires_at: Time,
}

/// More than any chain has. What is larger is another file.
const LARGEST: u64 = 1024 * 1024;
/// What everybody else on the machine may do with a file.
const OTHERS: u32 = 0o007;

impl Pair {
    /// Reads both files. The key's must not be open to everybody on this machine.
    pub fn read(files: &Files) -> Result<Self, String> {
        let chain =
            read(&files.certificate).map_err(|error| unreadable("tls_cert", &files.certificate, error))?;
        let key = read(&files.key).map_err(|error| unreadable("tls_key", &files.key, error))?;
        if key.1 & OTHERS != 0 {
            let file = files.key.display();
            return Err(format!(
                "server.tls_key: everybody on this machine can get at {file}: chmod o= {file}"
            ));
        }
        Ok(Self { chain: chain.0, key: key.0 })
    }

    /// What tells this pair from another.
    pub fn digest(&self) -> Digest {
        let mut both = Context::new(&SHA256);
        both.update(&self.chain.len().to_be_bytes());
        both.update(&self.chain);
        both.update(&self.key);
        both.finish()
    }

    /// Judges them: they belong together, and every certificate is valid now and followed by its issuer's.
    pub fn judged(&self, files: &Files, provider: &CryptoProvider, when: Time) -> Result<Usable, String> {
        let (certificate, key) = (files.certificate.display(), files.key.display());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.chain)
            .collect::<Result<_, _>>()
            .map_err(|_| format!("server.tls_cert: {certificate} is no PEM file"))?;
        let expires_at = valid_until(&chain, &certificate, when)?;
        let private = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| {
            format!("server.tls_key: no private key stands in {key}, or it is locked by a password")
        })?;
        let certified = CertifiedKey::from_der(chain, private, provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                format!("server.tls_key: the key in {key} is not that of the certificate in {certificate}")
            }
            _ => format!("server.tls_key: the key in {key} cannot be used: {error}"),
        })?;
        Ok(Usable { certified: Arc::new(certified), expires_at })
    }
}

/// A file's bytes and its mode. Both are of the same file, whatever its name leads to a moment later.
fn read(path: &Path) -> io::Result<(Zeroizing<Vec<u8>>, u32)> {
    let file = files::open(path)?;
    let about = file.metadata()?;
    if about.len() > LARGEST {
        return Err(io::Error::other("it is too large to be one"));
    }
    // One that is written to meanwhile may be longer than it says.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default() + 1));
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok((bytes, about.permissions().mode()))
}

fn unreadable(setting: &str, file: &Path, error: impl Display) -> String {
    format!("server.{setting}: {} cannot be read: {error}", file.display())
}

/// When the first of a chain's certificates ends, if all hold now and lead from one to the next. One that does not makes the
/// server's own as good as expired, to whoever has no better way to its authority. Source: RFC 8446, section 4.4.2, and of TLS
/// 1.2, where the order is a must, RFC 5246, section 7.4.2.
fn valid_until(chain: &[CertificateDer<'_>], file: &impl Display, when: Time) -> Result<Time, String> {
    let mut ends = None;
    let mut below: Option<Read> = None;
    for (at, certificate) in chain.iter().enumerate() {
        let fault = |why: &str| match at {
            0 => format!("server.tls_cert: the certificate in {file} {why}"),
            _ => format!("server.tls_cert: certificate {} in {file} {why}", at + 1),
        };
        let read = Read::from_der(certificate).map_err(|_| fault("cannot be read"))?;
        let until = end_of(&read, when).map_err(|why| fault(&why))?;
        ends = Some(ends.map_or(until, |ends: Time| ends.min(until)));
        if below.is_some_and(|below| below.tbs_certificate().issuer() != read.tbs_certificate().subject()) {
            return Err(fault(
                "is not that of who issued the one before it: the server's own comes first, then each one's issuer",
            ));
        }
        below = Some(read);
    }
    ends.ok_or_else(|| format!("server.tls_cert: no certificate stands in {file}"))
}

/// When a certificate ends, if it holds now. Source: RFC 5280, section 4.1.2.5.
fn end_of(certificate: &Read, when: Time) -> Result<Time, String> {
    let validity = certificate.tbs_certificate().validity();
    let moment = |at: x509_cert::time::Time| {
        let micros = i64::try_from(at.to_unix_duration().as_micros()).unwrap_or(i64::MAX);
        Time::from_micros(micros)
    };
    let (from, until) = (moment(validity.not_before), moment(validity.not_after));
    if when < from {
        return Err(format!("is not valid before {from}"));
    }
    if when > until {
        return Err(format!("expired at {until}"));
    }
    Ok(until)
}
