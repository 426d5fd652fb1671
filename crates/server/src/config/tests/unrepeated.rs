//! What no complaint repeats.

use super::*;

#[test]
fn no_secret_is_repeated_in_a_complaint() {
    for text in [
        format!("[database]\nurl = 'mysql://u:{SECRET}@h/n'"),
        format!("[exposure]\ngithub_access_token = ['{SECRET}']"),
        "[exposure]\ngitlab_revocation_secret = 'battery'".to_owned(),
        format!("[mail]\nsmtp_url = 'https://u:{SECRET}@h'"),
        format!("[mail]\nsmtp_url = smtp://u:{SECRET}@h"),
        format!("[mail]\nsmtp_url = 'smtp://u:{SECRET}@h\nfrom = 'a@b.example'"),
        format!("[track]\nwrite_key = '{SECRET}'"),
    ] {
        let complaint = complaint(&text);
        assert!(!complaint.contains("battery"), "{complaint}");
        assert!(complaint.contains("bailiwick.toml, line 2"), "{complaint}");
    }
}

#[test]
fn a_root_key_in_the_place_of_its_sources_name_is_never_repeated() {
    let key = STANDARD.encode([251; 32]);
    for value in [
        key.clone(),
        format!("env:{key}"),
        format!("env: {key}"),
        "env:correct horse battery".to_owned(),
        "env:0KEY".to_owned(),
        format!("file:{key}"),
        format!("file:-----BEGIN KEY-----{key}"),
        format!("file:{key}\nand more"),
        format!("aws-kms:{key}"),
        format!("base64:{key}"),
    ] {
        let complaint = variable_complaint("BAILIWICK_KEYRING__ROOT", &value);
        assert!(complaint.starts_with("keyring.root: "), "{complaint}");
        assert!(!complaint.contains(&key[..8]) && !complaint.contains("battery"), "{complaint}");
        assert!(!complaint.contains("0KEY"), "{complaint}");
        let told = self::complaint(&format!("[keyring]\nroot = ['{key}']"));
        assert!(!told.contains(&key[..8]), "{told}");
    }
    for value in
        ["env:ROOT_KEY", "env:_k2", "env:my.root-key", "file:/run/secrets/root.key", "aws-kms:arn:aws:kms:x"]
    {
        assert!(from_variables(&[("BAILIWICK_KEYRING__ROOT", value)]).is_ok(), "{value}");
    }
}

#[test]
fn what_belongs_into_a_file_is_no_path_and_is_not_repeated() {
    for key in ["data_dir", "server.tls_cert", "server.tls_key", "audit.heads_file"] {
        for value in [
            format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"),
            format!("-----BEGIN PRIVATE KEY-----{SECRET}-----END PRIVATE KEY-----"),
            format!("{SECRET}\n{SECRET}"),
            format!("{SECRET}\r{SECRET}"),
        ] {
            let told = complaint(&format!("{key} = {value:?}"));
            assert_eq!(
                told,
                format!("{key}: takes the path of a file, not what stands in it (bailiwick.toml, line 1)")
            );
            let told = complaint(&format!("{key} = [{value:?}]"));
            assert_eq!(told, format!("{key}: is a list where a text belongs (bailiwick.toml, line 1)"));
        }
    }
}

#[test]
fn an_address_with_a_password_is_refused_for_it_and_not_shown() {
    for name in ["BAILIWICK_TRACK__ENDPOINT", "BAILIWICK_EXPOSURE__GITHUB_KEYS_URL"] {
        for value in ["https://u:topsecret@h/x", "https://u:top secret@h/x"] {
            let complaint = variable_complaint(name, value);
            assert!(!complaint.contains("secret"), "{complaint}");
        }
        let complaint = variable_complaint(name, "https://u:topsecret@h/x");
        assert!(complaint.contains("must not name a user or a password"), "{complaint}");
    }
}
