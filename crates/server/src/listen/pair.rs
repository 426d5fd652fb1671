use std::{
    collections::VecDeque,
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
use x509_cert::{Certificate as Read, der::Decode as _, name::Name};
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

/// When the first of the certificates ends that lead from the server's own to its authority. One of these that does not hold makes
/// the server's own as good as expired, to whoever has no better way. What else stands there does no harm, nor does their order
/// (RFC 8446, section 4.4.2); and of the authority's own certificate, which issued itself, everybody has a copy to go by.
fn valid_until(chain: &[CertificateDer<'_>], file: &impl Display, when: Time) -> Result<Time, String> {
    let fault = |at: usize, why: &str| match at {
        0 => format!("server.tls_cert: the certificate in {file} {why}"),
        _ => format!("server.tls_cert: certificate {} in {file} {why}", at + 1),
    };
    let read = |(at, certificate): (usize, &CertificateDer<'_>)| {
        Read::from_der(certificate).map(|read| (at, read)).map_err(|_| fault(at, "cannot be read"))
    };
    let mut others = chain.iter().enumerate().map(read).collect::<Result<VecDeque<_>, _>>()?;
    let (_, mut last) =
        others.pop_front().ok_or_else(|| format!("server.tls_cert: no certificate stands in {file}"))?;
    let mut ends = end_of(&last, when).map_err(|why| fault(0, &why))?;
    let is_alone = others.is_empty();
    let mut steps = 0;
    while !issued_itself(&last) {
        let is_above = |(_, above): &(usize, Read)| subject(above) == issuer(&last);
        // Of several that were issued for the same authority one that holds is enough.
        let holds = |above: &(usize, Read)| is_above(above) && end_of(&above.1, when).is_ok();
        let Some(found) = others.iter().position(holds).or_else(|| others.iter().position(is_above)) else {
            break;
        };
        let (at, above) = others.remove(found).expect("it was just found");
        if !issued_itself(&above) {
            ends = ends.min(end_of(&above, when).map_err(|why| fault(at, &why))?);
        }
        (last, steps) = (above, steps + 1);
    }
    if steps == 0 && !is_alone && !issued_itself(&last) {
        return Err(fault(0, "is followed by others, of which none is that of who issued it"));
    }
    Ok(ends)
}

fn issuer(certificate: &Read) -> &Name {
    certificate.tbs_certificate().issuer()
}

fn subject(certificate: &Read) -> &Name {
    certificate.tbs_certificate().subject()
}

fn issued_itself(certificate: &Read) -> bool {
    issuer(certificate) == subject(certificate)
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
