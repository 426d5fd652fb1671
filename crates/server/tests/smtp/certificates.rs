use std::{
    env,
    future::Future,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

/// A folder with an authority, which the test's process trusts by `SSL_CERT_FILE`, and what it has certified.
pub struct Certificates {
    folder: PathBuf,
}

/// A certificate and its key.
pub struct Certified {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

const FOLDER: &str = "SMTP_TEST_FOLDER";

/// Tells `story` in a process of its own: certificates are trusted by an environment variable, and a process's
/// environment is not to be changed while it runs. `test` is the name of the test that calls this.
pub fn trusting<F: Future<Output = ()>>(test: &str, story: impl FnOnce(Certificates) -> F) {
    if let Some(folder) = env::var_os(FOLDER) {
        let folder = PathBuf::from(folder);
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let told = story(Certificates { folder: folder.clone() });
        runtime
            .block_on(async { tokio::time::timeout(Duration::from_mins(1), told).await })
            .expect("it ends");
        std::fs::write(folder.join("told"), "").expect("the folder is there");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = Certificates { folder: folder.path().to_owned() };
    certificates.found("authority");
    let mut again = Command::new(env::current_exe().expect("this test"));
    let again = again.args([test, "--exact", "--nocapture"]).env(FOLDER, folder.path());
    let output = again.env("SSL_CERT_FILE", folder.path().join("authority.pem")).output().expect("it starts");
    assert!(output.status.success(), "{}", words(&output));
    assert!(folder.path().join("told").exists(), "no test is named {test}");
}

impl Certificates {
    /// One for `names` (such as `DNS:localhost`) by the authority that is trusted.
    pub fn of(&self, names: &str) -> Certified {
        self.certify("authority", names)
    }

    /// One for `names` by an authority that nobody trusts.
    pub fn of_a_stranger(&self, names: &str) -> Certified {
        self.found("stranger");
        self.certify("stranger", names)
    }

    /// Where the test may put its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn found(&self, authority: &str) {
        let subject = format!("/CN={authority}");
        self.openssl(authority, &["-subj", &subject, "-addext", "keyUsage=critical,keyCertSign"]);
    }

    fn certify(&self, authority: &str, names: &str) -> Certified {
        let (certificate, key) = (self.folder.join("server.pem"), self.folder.join("server.key"));
        let (issuer, issuer_key) =
            (self.folder.join(format!("{authority}.pem")), self.folder.join(format!("{authority}.key")));
        let (issuer, issuer_key) = (issuer.to_string_lossy(), issuer_key.to_string_lossy());
        let names = format!("subjectAltName={names}");
        let end = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", &names, "-subj", "/CN=server"];
        self.openssl("server", &[&["-CA", &issuer, "-CAkey", &issuer_key], end.as_slice()].concat());
        Certified { certificate, key }
    }

    fn openssl(&self, name: &str, rest: &[&str]) {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(&self.folder).args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]);
        openssl.args(["-pkeyopt", "ec_paramgen_curve:prime256v1"]).args(rest);
        openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
        let output = openssl.output().expect("openssl is missing: run `make test`, which installs it");
        assert!(output.status.success(), "{}", words(&output));
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}
