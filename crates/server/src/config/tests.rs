use std::{fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tempfile::TempDir;

use super::*;

mod again;
mod sources;
mod unrepeated;

fn from_variables(variables: &[(&str, &str)]) -> Result<Settings, ConfigFault> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::load(None, variables)
}

/// A folder with a `bailiwick.toml` in it.
fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bailiwick.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn from_file(text: &str) -> Result<Settings, ConfigFault> {
    let (_folder, path) = file(text);
    Settings::load(Some(&path), std::iter::empty())
}

/// What stands on standard error if the program is started with this file; the folder's name is left out.
fn complaint(text: &str) -> String {
    let (folder, path) = file(text);
    let fault = Settings::load(Some(&path), std::iter::empty()).unwrap_err();
    fault.to_string().replace(&format!("{}/", folder.path().display()), "")
}

fn variable_complaint(name: &str, value: &str) -> String {
    from_variables(&[(name, value)]).unwrap_err().to_string()
}

#[test]
fn without_a_file_and_variables_the_defaults_hold() {
    let settings = from_variables(&[]).unwrap();
    assert_eq!(settings.data_dir, PathBuf::from("bailiwick-data"));
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(&*settings.database.url.expose(), "sqlite:bailiwick-data/bailiwick.db");
    assert_eq!(settings.database.connections, 20);
    assert_eq!(settings.token.prefix, "bwk");
    assert_eq!(settings.exposure.policy, Policy::Revoke);
    assert_eq!(settings.exposure.max_body_bytes, 10 * 1024 * 1024);
    assert_eq!(settings.mail.from.to_string(), "Bailiwick <bailiwick@localhost>");
    assert!(settings.mail.smtp_url.is_none() && settings.track.endpoint.is_none());
    assert_eq!(settings.log.format, LogFormat::Human);
}

#[test]
fn a_default_follows_the_setting_it_derives_from() {
    let settings = from_file(
        "data_dir = '/var/lib/bw'\n[token]\nprefix = 'acme'\nformer_prefixes = ['old1']\n\
         [mail]\nfrom = 'Acme <security@acme.example>'\n[exposure]\ngitlab_token_types = []",
    )
    .unwrap();
    assert_eq!(&*settings.database.url.expose(), "sqlite:/var/lib/bw/bailiwick.db");
    assert_eq!(settings.operator.mail.to_string(), "security@acme.example");
    assert_eq!(
        settings.exposure.gitlab_token_types,
        ["acme", "acmeop", "old1", "old1op"].map(|prefix| format!("gitleaks_rule_id_{prefix}-api-token"))
    );
    assert_eq!(settings.token.prefixes().all().count(), 4);
}

#[test]
fn a_variable_wins_over_the_file() {
    let (_folder, path) = file("[server]\nlisten = '127.0.0.1:1'\n[database]\nconnections = 3");
    let variables = [("BAILIWICK_SERVER__LISTEN", "[::1]:2"), ("BAILIWICK_DATABASE__CONNECTIONS", "")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::load(Some(&path), variables.into_iter()).unwrap();
    assert_eq!(settings.server.listen.to_string(), "[::1]:2");
    assert_eq!(settings.database.connections, 3, "an empty variable counts as not set");
}

#[test]
fn a_list_in_a_variable_is_parted_by_commas() {
    let settings = from_variables(&[("BAILIWICK_TOKEN__FORMER_PREFIXES", "old1, old2")]).unwrap();
    assert_eq!(settings.token.former_prefixes, ["old1", "old2"]);
}

#[test]
fn a_variable_can_name_the_file() {
    let (_folder, path) = file("[token]\nprefix = 'acme'");
    let settings = from_variables(&[("BAILIWICK_CONFIG", path.to_str().unwrap())]).unwrap();
    assert_eq!(settings.token.prefix, "acme");
}

#[test]
fn a_named_file_that_is_missing_stops_the_start() {
    let fault = Settings::load(Some("no/such.toml".as_ref()), std::iter::empty()).unwrap_err();
    assert!(fault.to_string().starts_with("no/such.toml: "), "{fault}");
}

#[test]
fn dotted_keys_and_inline_sections_are_read_too() {
    let settings = from_file("server.listen = '127.0.0.1:1'\nlog = { level = 'info,sqlx=warn' }").unwrap();
    assert_eq!(settings.server.listen.port(), 1);
    assert_eq!(settings.log.level, "info,sqlx=warn");
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_what_was_meant() {
    for (text, expected) in [
        (
            "[server]\n\nlisen = ''",
            "server.lisen: no such setting; did you mean server.listen? (bailiwick.toml, line 3)",
        ),
        ("[servr]", "servr: no such setting; did you mean server? (bailiwick.toml, line 1)"),
        ("listen = ''", "listen: no such setting; did you mean server.listen? (bailiwick.toml, line 1)"),
        ("[flux]\ncapacitor = 1", "flux: no such setting (bailiwick.toml, line 1)"),
        ("server = 1", "server: is a section of settings, not a setting (bailiwick.toml, line 1)"),
    ] {
        assert_eq!(complaint(text), expected);
    }
}

#[test]
fn an_unknown_variable_is_named_with_what_was_meant() {
    assert_eq!(
        variable_complaint("BAILIWICK_SERVER_LISTEN", "127.0.0.1:1"),
        "BAILIWICK_SERVER_LISTEN: no such setting; did you mean BAILIWICK_SERVER__LISTEN? \
         (environment variable BAILIWICK_SERVER_LISTEN)"
    );
}

#[test]
fn variables_of_tests_and_of_others_are_left_alone() {
    let variables = [
        ("BAILIWICK_TEST_DATABASE_URL", "x"),
        ("BAILIWICK_TOOLS", "x"),
        ("BAILIWICK_BIN", "x"),
        ("BAILIWICK_PREVIOUS_BIN", "x"),
        ("PATH", "x"),
    ];
    assert!(from_variables(&variables).is_ok());
}

#[test]
fn a_bad_value_is_named_with_its_fault_and_its_place() {
    for (text, expected) in [
        (
            "[exposure]\npolicy = 'revok'",
            "exposure.policy = \"revok\": must be revoke or warn or warn_then_revoke (bailiwick.toml, line 2)",
        ),
        (
            "[database]\nconnections = 0",
            "database.connections = 0: must be a whole number from 1 to 1000 (bailiwick.toml, line 2)",
        ),
        (
            "[database]\nconnections = '5'",
            "database.connections = \"5\": must be a whole number from 1 to 1000 (bailiwick.toml, line 2)",
        ),
        (
            "data_dir = 5",
            "data_dir = 5: is a number where a text belongs: put it in quotes (bailiwick.toml, line 1)",
        ),
        ("data_dir = true", "data_dir: is a yes or no where a text belongs (bailiwick.toml, line 1)"),
        ("data_dir = ''", "data_dir = \"\": is empty (bailiwick.toml, line 1)"),
        (
            "[token]\nformer_prefixes = ['a1', 2]",
            "token.former_prefixes: must be a list of texts, such as [\"one\", \"two\"] (bailiwick.toml, line 2)",
        ),
        (
            "[server]\npublic_url = 'bailiwick.example'",
            "server.public_url = \"bailiwick.example\": is no address that begins with http:// or https:// and a host \
             (bailiwick.toml, line 2)",
        ),
    ] {
        assert_eq!(complaint(text), expected);
    }
    assert_eq!(
        variable_complaint("BAILIWICK_SERVER__LISTEN", "localhost"),
        "server.listen = \"localhost\": is no address with a port, such as 127.0.0.1:8080 or [::1]:8080 \
         (environment variable BAILIWICK_SERVER__LISTEN)"
    );
}

#[test]
fn what_only_one_reader_knows_is_refused() {
    for (key, value) in [
        ("BAILIWICK_TOKEN__PREFIX", "Acme"),
        ("BAILIWICK_TOKEN__PREFIX", "shop"),
        ("BAILIWICK_TOKEN__FORMER_PREFIXES", "old1,,old2"),
        ("BAILIWICK_SERVER__PUBLIC_URL", "https://bailiwick.example/?a=b"),
        ("BAILIWICK_SERVER__PUBLIC_URL", "https://ana@bailiwick.example"),
        ("BAILIWICK_SERVER__PUBLIC_URL", "ftp://bailiwick.example"),
        ("BAILIWICK_EXPOSURE__GITLAB_KEYS_URL", "https://"),
        ("BAILIWICK_EXPOSURE__GITLAB_KEYS_URL", "https://gitlab.example/keys#here"),
        ("BAILIWICK_DATABASE__URL", "mysql://localhost/bailiwick"),
        ("BAILIWICK_DATABASE__URL", "sqlite:"),
        ("BAILIWICK_MAIL__FROM", "nobody"),
        ("BAILIWICK_MAIL__SMTP_URL", "https://mail.example"),
        ("BAILIWICK_MAIL__SMTP_URL", "smtp://mail.example?tls=maybe"),
        ("BAILIWICK_LOG__LEVEL", "bailiwick=loud"),
        ("BAILIWICK_LOG__FORMAT", "xml"),
    ] {
        assert!(from_variables(&[(key, value)]).is_err(), "{key}={value}");
    }
}

#[test]
fn mail_servers_are_taken_with_every_kind_of_tls() {
    for url in [
        "smtp://127.0.0.1:2525",
        "smtp://ana:pw@mail.example?tls=required",
        "smtp://localhost:587?tls=opportunistic",
        "smtps://ana%40mail.example:p%23w@mail.example",
    ] {
        let settings = from_variables(&[("BAILIWICK_MAIL__SMTP_URL", url)]).unwrap();
        assert_eq!(&*settings.mail.smtp_url.unwrap().expose(), url);
    }
}

#[test]
fn settings_that_need_one_another_are_given_together() {
    assert_eq!(
        complaint("[track]\nendpoint = 'https://events.example'"),
        "track.endpoint: needs track.write_key beside it (bailiwick.toml, line 2)"
    );
    assert!(complaint("[track]\nwrite_key = 'k'").starts_with("track.write_key: needs track.endpoint"));
    assert!(
        complaint("[audit]\nstream_url = 'https://siem.example'")
            .starts_with("audit.stream_url: needs audit.stream_secret")
    );
    assert!(
        complaint("[token]\nprefix = 'acme'\nformer_prefixes = ['acme']")
            .starts_with("token.former_prefixes: ")
    );
}

#[test]
fn settings_of_a_bucket_need_a_bucket() {
    for (given, key) in [
        ("heads_bucket_key_id = 'id'\nheads_bucket_key = 'key'", "heads_bucket_key_id"),
        ("heads_bucket_endpoint = 'https://s3.example'", "heads_bucket_endpoint"),
        ("heads_bucket_region = 'eu-central-1'", "heads_bucket_region"),
    ] {
        assert_eq!(
            complaint(&format!("[audit]\n{given}")),
            format!("audit.{key}: needs audit.heads_bucket beside it (bailiwick.toml, line 2)")
        );
        assert!(from_file(&format!("[audit]\nheads_bucket = 's3://heads'\n{given}")).is_ok(), "{key}");
    }
}

#[test]
fn a_certificate_comes_with_its_key() {
    assert_eq!(
        complaint("[server]\ntls_cert = 'cert.pem'"),
        "server.tls_cert: needs server.tls_key beside it (bailiwick.toml, line 2)"
    );
    assert!(complaint("[server]\ntls_key = 'key.pem'").starts_with("server.tls_key: needs server.tls_cert"));
    let both = from_file("server = { tls_cert = 'cert.pem', tls_key = 'key.pem' }").unwrap();
    assert_eq!(both.public_url("127.0.0.1:4711".parse().unwrap()), "https://localhost:4711");
}

#[test]
fn proxies_are_networks_or_addresses_and_never_everybody() {
    let settings =
        from_variables(&[("BAILIWICK_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8, 192.0.2.7")]);
    let networks: Vec<_> = settings.unwrap().server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "fd00::/8", "192.0.2.7/32"]);
    // Whoever calls over IPv4 is known by that, however the socket says it.
    let settings =
        from_variables(&[("BAILIWICK_SERVER__TRUSTED_PROXIES", "::ffff:127.0.0.1, ::ffff:10.0.0.0/104")]);
    let networks: Vec<_> = settings.unwrap().server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["127.0.0.1/32", "10.0.0.0/8"]);
    let complaint = variable_complaint("BAILIWICK_SERVER__TRUSTED_PROXIES", "10.1.2.3/8");
    assert!(complaint.contains("is an address within a network"), "{complaint}");
    for everybody in ["0.0.0.0/0", "10.0.0.0/8, ::/0", "::ffff:0.0.0.0/96"] {
        let complaint = variable_complaint("BAILIWICK_SERVER__TRUSTED_PROXIES", everybody);
        assert!(complaint.contains("is everybody"), "{complaint}");
    }
    assert!(from_variables(&[("BAILIWICK_SERVER__TRUSTED_PROXIES", "proxy.example")]).is_err());
}

#[test]
fn the_public_address_is_where_the_server_listens_unless_it_is_said() {
    let bound = "127.0.0.1:4711".parse().unwrap();
    assert_eq!(from_variables(&[]).unwrap().public_url(bound), "http://localhost:4711");
    let behind = from_file("[server]\npublic_url = 'https://console.acme.example/'").unwrap();
    assert_eq!(behind.public_url(bound), "https://console.acme.example");
    assert_eq!(
        complaint("[server]\npublic_url = 'https://acme.example/security'"),
        "server.public_url = \"https://acme.example/security\": has a path, but the console is at the root of its host \
         (bailiwick.toml, line 2)"
    );
}

/// What must never be read again.
const SECRET: &str = "correct-horse-battery";

#[test]
fn no_secret_is_shown_by_debug() {
    let secrets = format!(
        "[database]\nurl = 'postgres://u:{SECRET}@h/n'\nmigrate_url = 'postgres://o:{SECRET}@h/n'\n\
         [exposure]\ngithub_access_token = '{SECRET}'\ngitlab_revocation_secret = '{SECRET}'\n\
         [mail]\nsmtp_url = 'smtps://u:{SECRET}@h'\n\
         [track]\nendpoint = 'https://h'\nwrite_key = '{SECRET}'\n\
         [audit]\nheads_webhook = 'https://h'\nheads_webhook_secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'\n\
         heads_bucket = 's3://heads'\nheads_bucket_key_id = '{SECRET}'\nheads_bucket_key = '{SECRET}'\n\
         stream_url = 'https://h'\nstream_secret = 'whsec_{}'",
        STANDARD.encode(SECRET.repeat(3)),
    );
    let shown = format!("{:?}", from_file(&secrets).unwrap());
    assert!(!shown.contains(SECRET), "{shown}");
    assert_eq!(shown.matches("Hidden(…)").count(), SETTINGS.iter().filter(|setting| setting.secret).count());
}

#[test]
fn broken_toml_is_named_with_its_line() {
    let complaint = complaint("[server]\nlisten = 127.0.0.1");
    assert!(complaint.starts_with("not valid TOML: "), "{complaint}");
    assert!(complaint.ends_with("(bailiwick.toml, line 2)"), "{complaint}");
}

#[test]
fn a_lone_word_that_is_no_level_does_not_switch_the_log_off() {
    for level in ["loud", "warning", "info,sqlx", "3"] {
        let complaint = variable_complaint("BAILIWICK_LOG__LEVEL", level);
        assert!(complaint.contains("is no log level such as info"), "{complaint}");
    }
    for level in ["error", "warn", "INFO", "debug", "trace", "off", "info,sqlx=warn"] {
        assert!(from_variables(&[("BAILIWICK_LOG__LEVEL", level)]).is_ok(), "{level}");
    }
}

#[test]
fn an_unknown_variable_is_named_even_if_it_is_empty() {
    let complaint = variable_complaint("BAILIWICK_NOPE", "");
    assert!(complaint.starts_with("BAILIWICK_NOPE: no such setting"), "{complaint}");
    assert!(from_variables(&[("BAILIWICK_LOG__LEVEL", "")]).is_ok());
}

#[test]
fn a_shared_secret_that_no_header_can_carry_is_refused() {
    for secret in ["correct horse battery ", " correct horse battery", "correct horse\tbattery"] {
        let complaint = variable_complaint("BAILIWICK_EXPOSURE__GITLAB_REVOCATION_SECRET", secret);
        assert!(complaint.contains("could match") && !complaint.contains("horse"), "{complaint}");
    }
    let fits = [("BAILIWICK_EXPOSURE__GITLAB_REVOCATION_SECRET", "correct horse battery")];
    assert!(from_variables(&fits).is_ok());
}

#[test]
fn an_address_that_leads_inside_stops_the_start_unless_it_is_allowed() {
    for (key, name) in [
        ("exposure.github_keys_url", "BAILIWICK_EXPOSURE__GITHUB_KEYS_URL"),
        ("exposure.gitlab_keys_url", "BAILIWICK_EXPOSURE__GITLAB_KEYS_URL"),
        ("track.endpoint", "BAILIWICK_TRACK__ENDPOINT"),
    ] {
        let said = |url: &str, allowed: &str| {
            let given =
                [(name, url), ("BAILIWICK_TRACK__WRITE_KEY", "k"), ("BAILIWICK_OUTGOING__ALLOWED", allowed)];
            let track = ("BAILIWICK_TRACK__ENDPOINT", "https://track.example");
            let track = if key == "track.endpoint" { None } else { Some(track) };
            from_variables(&track.into_iter().chain(given).collect::<Vec<_>>())
                .map_err(|fault| fault.to_string())
        };
        for (url, allowed, why) in [
            (
                "http://10.1.2.3/x",
                "",
                "leads to a private network; if it is meant, name its host in outgoing.allowed",
            ),
            ("https://10.1.2.3/x", "10.2.0.0/16, gitlab.internal", "leads to a private network; if it"),
            ("https://169.254.169.254", "", "leads to a cloud's metadata; if it"),
            ("http://gitlab.internal", "", "must begin with https://; if it is meant"),
            (
                "https://134744072",
                "",
                "must write its host as a name or as four decimal numbers (environment",
            ),
        ] {
            let complaint = said(url, allowed).unwrap_err();
            assert!(complaint.starts_with(&format!("{key}: {why}")), "{complaint}");
        }
        for (url, allowed) in [
            ("https://example.com", ""),
            ("http://10.1.2.3/x", "gitlab.internal, 10.1.0.0/16"),
            ("http://gitlab.internal", "gitlab.internal"),
        ] {
            assert!(said(url, allowed).is_ok(), "{url} {allowed}");
        }
    }
}

#[test]
fn a_cloud_on_another_machine_is_asked_over_tls_only() {
    for open in
        ["http://aws.example", "http://10.1.2.3:4566", "http://localhost.example", "http://[fd00::1]/"]
    {
        let complaint = variable_complaint("BAILIWICK_AWS__ENDPOINT", open);
        assert!(complaint.starts_with("aws.endpoint = ") && complaint.contains("in the open"), "{complaint}");
        assert!(complaint.ends_with("(environment variable BAILIWICK_AWS__ENDPOINT)"), "{complaint}");
    }
    for fits in [
        "https://aws.example",
        "http://localhost:4566",
        "http://127.8.0.1",
        "http://[::1]:4566",
        "http://LOCALHOST",
    ] {
        assert!(from_variables(&[("BAILIWICK_AWS__ENDPOINT", fits)]).is_ok(), "{fits}");
    }
}

#[tokio::test]
async fn no_secret_is_asked_of_a_cloud_in_the_open() {
    let variables = [
        ("BAILIWICK_AWS__ENDPOINT", "http://aws.example"),
        ("BAILIWICK_EXPOSURE__GITHUB_ACCESS_TOKEN", "aws-secretsmanager:github"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let fault = Origin::read(None, variables.into_iter()).await.err().unwrap();
    assert!(fault.to_string().starts_with("aws.endpoint = "), "{fault}");
}

#[test]
fn what_is_allowed_is_a_host_or_a_network() {
    let complaint = variable_complaint("BAILIWICK_OUTGOING__ALLOWED", "example.com, *.example.com");
    assert!(complaint.contains("is neither a host's name"), "{complaint}");
    let complaint = variable_complaint("BAILIWICK_OUTGOING__ALLOWED", "10.1.2.3/8");
    assert!(complaint.contains("is an address within a network"), "{complaint}");
}
