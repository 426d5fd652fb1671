use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use time_and_chance::{Duration, FixedClock, Time};

use super::Certificate;
use crate::config::{ServerSettings, Settings};

/// 2026-01-01T00:00:00Z.
const NEW_YEAR: Time = Time::from_micros(1_767_225_600_000_000);

/// A folder with a certificate that is valid from 2026-01-01 to 2026-12-31, and its key.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.put(pair());
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, [certificate, key]: [String; 2]) {
        fs::write(self.path("cert.pem"), certificate).unwrap();
        fs::write(self.path("key.pem"), key).unwrap();
        fs::set_permissions(self.path("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn settings(&self) -> ServerSettings {
        let [certificate, key] = ["cert.pem", "key.pem"].map(|name| self.path(name).display().to_string());
        let variables = [("BAILIWICK_SERVER__TLS_CERT", certificate), ("BAILIWICK_SERVER__TLS_KEY", key)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        Settings::load(None, variables.into_iter()).unwrap().server
    }

    fn open(&self, when: Time) -> Result<Arc<Certificate>, String> {
        let certificate = Certificate::read(&self.settings(), Arc::new(FixedClock::at(when)));
        certificate
            .map(|certificate| certificate.expect("it is set"))
            .map_err(|fault| fault.to_string().replace(&format!("{}/", self.0.path().display()), ""))
    }

    fn complaint(&self) -> String {
        self.open(NEW_YEAR).expect_err("it cannot be used")
    }
}

fn pair() -> [String; 2] {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 12, 31));
    let key = KeyPair::generate().unwrap();
    [params.self_signed(&key).unwrap().pem(), key.serialize_pem()]
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_certificate_is_used_from_its_first_moment_to_its_last() {
    let place = Place::new();
    let last = Time::from_micros(1_798_675_200_000_000);
    for when in [NEW_YEAR, last] {
        assert!(place.open(when).is_ok(), "{when}");
    }
    let moment = Duration::from_secs(1);
    let early = place.open(NEW_YEAR.minus(moment)).unwrap_err();
    assert_eq!(
        early,
        "server.tls_cert: the certificate in cert.pem is not valid before 2026-01-01T00:00:00Z"
    );
    let late = place.open(last.plus(moment)).unwrap_err();
    assert_eq!(late, "server.tls_cert: the certificate in cert.pem expired at 2026-12-31T00:00:00Z");
}

/// An authority of this name that is valid through these years.
fn authority(
    name: &str,
    years: [i32; 2],
    above: Option<&Issuer<'_, KeyPair>>,
) -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (date_time_ymd(years[0], 1, 1), date_time_ymd(years[1], 7, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = match above {
        Some(above) => params.signed_by(&key, above),
        None => params.self_signed(&key),
    };
    (certificate.unwrap().pem(), Issuer::new(params, key))
}

/// A leaf that is valid from 2026-01-01 to 2026-12-31, an authority that is valid through these years, and one above it.
fn chain_of(years: [i32; 2]) -> ([String; 3], String) {
    let (root, above) = authority("Above", [2020, 2090], None);
    let (intermediate, issuer) = authority("Between", years, Some(&above));
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 12, 31));
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &issuer).unwrap().pem();
    ([leaf, intermediate, root], key.serialize_pem())
}

#[test]
fn a_chain_ends_with_the_first_of_its_certificates_that_ends() {
    let place = Place::new();
    let ([leaf, intermediate, root], key) = chain_of([2020, 2026]);
    let expired = authority("Above", [2020, 2021], None).0;
    for chain in [
        [&*leaf, &*intermediate, &*root].concat(),
        [&*leaf, &*intermediate].concat(),
        // Another order, and what leads nowhere.
        [&*leaf, &*root, &*intermediate].concat(),
        [&*leaf, &*intermediate, &*leaf].concat(),
        // Who trusts that authority has its certificate.
        [&*leaf, &*intermediate, &*expired].concat(),
    ] {
        place.put([chain, key.clone()]);
        // 2026-07-01, when the one in the middle ends.
        let certificate = place.open(NEW_YEAR).unwrap();
        assert_eq!(certificate.expires_at().to_string(), "2026-07-01T00:00:00Z");
    }
}

#[test]
fn a_chain_in_which_one_is_broken_or_expired_or_leads_nowhere_is_refused() {
    let place = Place::new();
    let ([leaf, good, root], key) = chain_of([2020, 2026]);
    let stranger = authority("Stranger", [2020, 2090], None).0;
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let nowhere = "server.tls_cert: the certificate in cert.pem is followed by others, of which none is that of who issued it";
    for (chain, expected) in [
        ([&*leaf, broken, &*root], "server.tls_cert: certificate 2 in cert.pem cannot be read"),
        ([&*leaf, &*good, broken], "server.tls_cert: certificate 3 in cert.pem cannot be read"),
        ([&*leaf, &*stranger, &*root], nowhere),
        ([&*leaf, "", &*root], nowhere),
    ] {
        place.put([chain.concat(), key.clone()]);
        assert_eq!(place.complaint(), expected);
    }
    for (years, expected) in [
        ([2020, 2025], "server.tls_cert: certificate 2 in cert.pem expired at 2025-07-01T00:00:00Z"),
        ([2027, 2028], "server.tls_cert: certificate 2 in cert.pem is not valid before 2027-01-01T00:00:00Z"),
    ] {
        let ([leaf, intermediate, _], key) = chain_of(years);
        place.put([leaf + &intermediate, key]);
        assert_eq!(place.complaint(), expected);
    }
}

#[test]
fn a_new_chain_that_is_broken_leaves_the_one_before_in_use() {
    let place = Place::new();
    let certificate = place.open(NEW_YEAR).unwrap();
    let first = certificate.in_use();
    let ([leaf, expired, _], key) = chain_of([2020, 2025]);
    place.put([leaf + &expired, key]);
    certificate.look_again();
    assert_eq!(certificate.in_use(), first);
    assert!(certificate.has_told());
}

#[test]
fn a_key_that_is_anothers_is_refused() {
    let place = Place::new();
    place.put([pair()[0].clone(), pair()[1].clone()]);
    assert_eq!(
        place.complaint(),
        "server.tls_key: the key in key.pem is not that of the certificate in cert.pem"
    );
}

#[test]
fn a_key_that_everybody_can_read_is_refused_and_one_of_a_group_is_not() {
    let place = Place::new();
    for open in [0o644, 0o604, 0o602] {
        mode(&place.path("key.pem"), open);
        assert_eq!(
            place.complaint(),
            "server.tls_key: everybody on this machine can get at key.pem: chmod o= key.pem"
        );
    }
    mode(&place.path("key.pem"), 0o640);
    assert!(place.open(NEW_YEAR).is_ok());
}

#[test]
fn what_cannot_be_read_is_named_and_never_shown() {
    let place = Place::new();
    let [certificate, key] = pair();
    for (name, text, begin) in [
        ("cert.pem", key.as_str(), "server.tls_cert: no certificate stands in cert.pem"),
        ("cert.pem", "", "server.tls_cert: no certificate stands in cert.pem"),
        ("cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n", "server.tls_cert: cert.pem is no PEM file"),
        (
            "cert.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "server.tls_cert: the certificate in cert.pem cannot be read",
        ),
        ("key.pem", certificate.as_str(), "server.tls_key: no private key stands in key.pem"),
        (
            "key.pem",
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
            "server.tls_key: the key in key.pem cannot be used",
        ),
    ] {
        place.put(pair());
        fs::write(place.path(name), text).unwrap();
        let complaint = place.complaint();
        assert!(complaint.starts_with(begin), "{complaint}");
        assert!(!complaint.contains("c2Vj") && !complaint.contains("BEGIN"), "{complaint}");
    }
    for (name, setting) in [("cert.pem", "tls_cert"), ("key.pem", "tls_key")] {
        place.put(pair());
        fs::remove_file(place.path(name)).unwrap();
        let complaint = place.complaint();
        assert!(complaint.starts_with(&format!("server.{setting}: {name} cannot be read: ")), "{complaint}");
    }
}

#[test]
fn a_pair_that_is_half_replaced_at_one_look_is_not_told_of() {
    let place = Place::new();
    let certificate = place.open(NEW_YEAR).unwrap();
    let first = certificate.in_use();
    let [new, key] = pair();
    fs::write(place.path("cert.pem"), &new).unwrap();
    certificate.look_in_passing();
    assert!(!certificate.has_told(), "the other half may be on its way");
    certificate.look_in_passing();
    assert!(certificate.has_told(), "it is not");
    assert_eq!(certificate.in_use(), first);
    fs::write(place.path("key.pem"), key).unwrap();
    certificate.look_in_passing();
    assert_ne!(certificate.in_use(), first);
    assert!(!certificate.has_told());
}
