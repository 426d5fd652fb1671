use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

/// An authority that certifies, and that a test's callers trust.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// Where a certificate and its key lie, which can be replaced.
#[derive(Debug, Clone)]
pub struct CertifiedFiles {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Default for Authority {
    fn default() -> Self {
        Self::found()
    }
}

impl Authority {
    /// A new one.
    pub fn found() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Its own certificate, in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for `localhost` and `127.0.0.1`, valid through these years, and its key, in PEM.
    pub fn certify(&self, years: [i32; 2]) -> [String; 2] {
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let mut params = CertificateParams::new(names).expect("good names");
        params.not_before = date_time_ymd(years[0], 1, 1);
        params.not_after = date_time_ymd(years[1], 12, 31);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        [certificate.pem(), key.serialize_pem()]
    }

    /// The same, in files of this folder; the key is private.
    pub fn certify_in(&self, folder: &Path, years: [i32; 2]) -> CertifiedFiles {
        let files = CertifiedFiles { certificate: folder.join("server.pem"), key: folder.join("server.key") };
        files.replace(self.certify(years));
        files
    }
}

impl CertifiedFiles {
    /// Puts others in their place, the certificate first. In between the two do not fit.
    pub fn replace(&self, [certificate, key]: [String; 2]) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(&self.certificate, certificate).expect("the test's folder");
        std::fs::write(&self.key, key).expect("the test's folder");
        std::fs::set_permissions(&self.key, std::fs::Permissions::from_mode(0o600)).expect("the test's file");
    }

    /// The settings that name them.
    pub fn settings(&self) -> [(&'static str, &str); 2] {
        let [certificate, key] =
            [&self.certificate, &self.key].map(|file| file.to_str().expect("a plain path"));
        [("SERVER__TLS_CERT", certificate), ("SERVER__TLS_KEY", key)]
    }
}
