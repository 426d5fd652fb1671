//! A PostgreSQL that is not who it says gets nothing.

use std::{env, fs, path::PathBuf, process::Command};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use store::{Db, Fault, Options};

const FOLDER: &str = "POSTGRES_TLS_TEST_FOLDER";
const TEST: &str = "a_postgresql_that_is_not_who_it_says_gets_nothing";

/// An authority, and what it has certified for `localhost`, as PEM files.
fn certify(folder: &std::path::Path) {
    let mut authority = CertificateParams::new(Vec::new()).expect("it can be made");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("it can be made");
    let root = authority.self_signed(&authority_key).expect("it can be made");
    let key = KeyPair::generate().expect("it can be made");
    let issuer = Issuer::new(authority, authority_key);
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .expect("it can be made")
        .signed_by(&key, &issuer)
        .expect("it can be made");
    let stranger_key = KeyPair::generate().expect("it can be made");
    let mut stranger = CertificateParams::new(Vec::new()).expect("it can be made");
    stranger.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let stranger = stranger.self_signed(&stranger_key).expect("it can be made");
    for (name, text) in [
        ("authority.pem", root.pem()),
        ("stranger.pem", stranger.pem()),
        ("server.pem", certificate.pem()),
        ("server.key", key.serialize_pem()),
    ] {
        fs::write(folder.join(name), text).expect("it can be made");
    }
}

async fn connects(url: &str) -> Result<(), Fault> {
    let db = Db::open(url, Options { connections: 1, ..Options::default() }).await?;
    let answered = db.rows("SELECT 1 AS one", Vec::new()).await.map(drop);
    db.close().await;
    answered
}

/// The test calls itself beside a PostgreSQL of its own, whose certificate is for `localhost`, on 127.0.0.1.
#[test]
fn a_postgresql_that_is_not_who_it_says_gets_nothing() {
    if let Some(folder) = env::var_os(FOLDER) {
        tokio::runtime::Runtime::new().unwrap().block_on(story(PathBuf::from(folder)));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/with-postgres.sh");
    let mut beside = Command::new(script);
    beside.arg("--tls").arg(folder.path()).arg(env::current_exe().unwrap());
    let output = beside.args([TEST, "--exact", "--nocapture"]).env(FOLDER, folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(folder.path().join("told").exists(), "no test is named {TEST}");
}

async fn story(folder: PathBuf) {
    let server = env::var("BAILIWICK_TEST_DATABASE_URL").expect("it is there");
    let by_address = |authority: &str| {
        format!("{server}?sslmode=verify-full&sslrootcert={}", folder.join(authority).display())
    };
    let by_name = |authority: &str| by_address(authority).replace("@127.0.0.1:", "@localhost:");

    connects(&by_name("authority.pem")).await.expect("it has proved its name");
    for (url, why) in [
        (by_address("authority.pem"), "a name that is not in the certificate"),
        (by_name("stranger.pem"), "an authority that did not sign it"),
        (
            format!("{}?sslmode=verify-full", server.replace("@127.0.0.1:", "@localhost:")),
            "an authority that nobody knows",
        ),
    ] {
        let refused = connects(&url).await.expect_err(why).to_string();
        assert!(refused.to_lowercase().contains("certificate"), "{why}: {refused}");
    }
    fs::write(folder.join("told"), "").expect("it is there");
}
