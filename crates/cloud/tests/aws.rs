//! AWS as moto plays it.

use std::{
    env,
    future::Future,
    io::{BufRead as _, BufReader, Write as _},
    process::Command,
    time::Duration,
};

use cloud::{Fault, Kms, Secrets};
use serde_json::json;
use test_cloud::{ENVIRONMENT, Moto, REGION};
use tokio::{net::TcpListener, runtime::Runtime};
use url::Url;

const STORY: &str = "CLOUD_TEST_STORY";
const CONTEXT: [(&str, &str); 2] = [("purpose", "root"), ("key", "rk_1")];

/// Tells `story` in a process of its own, with nothing in its environment but this: who one is AWS's library finds out by
/// itself, and a process's environment is not to be changed while it runs. `test` is the name of the test that calls this.
fn with_environment<F: Future<Output = ()>>(
    test: &str,
    environment: &[(&str, &str)],
    story: impl FnOnce() -> F,
) {
    if env::var_os(STORY).is_some() {
        let told = Runtime::new()
            .expect("a runtime")
            .block_on(async { tokio::time::timeout(Duration::from_mins(1), story()).await });
        told.expect("it ends");
        return;
    }
    let mut again = Command::new(env::current_exe().expect("this test"));
    again.args([test, "--exact", "--nocapture"]).env_clear().env(STORY, "1");
    again
        .envs(environment.iter().copied())
        .envs(env::var("BAILIWICK_TOOLS").map(|tools| ("BAILIWICK_TOOLS", tools)));
    let output = again.output().expect("it starts");
    let words = String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned();
    assert!(output.status.success() && words.contains("1 passed"), "{words}");
}

fn at(endpoint: &str) -> Url {
    endpoint.parse().expect("a URL")
}

#[test]
fn what_a_key_wraps_only_that_key_unwraps_in_the_same_context() {
    with_environment(
        "what_a_key_wraps_only_that_key_unwraps_in_the_same_context",
        &ENVIRONMENT,
        async || {
            let mut moto = Moto::start();
            let [kms, other] =
                [moto.key(), moto.key()].map(|arn| Kms::new(&arn, Some(at(&moto.endpoint()))).unwrap());
            let secret = [7; 32];
            let wrapped = kms.wrap(&secret, &CONTEXT).await.unwrap();
            assert!(!wrapped.windows(32).any(|part| part == secret));
            assert_eq!(**kms.unwrap(&wrapped, &CONTEXT).await.unwrap(), secret);

            for context in [&CONTEXT[..1], &[], &[("purpose", "root"), ("key", "rk_2")]] {
                assert!(matches!(kms.unwrap(&wrapped, context).await, Err(Fault::Refused(_))), "{context:?}");
            }
            assert!(matches!(other.unwrap(&wrapped, &CONTEXT).await, Err(Fault::Refused(_))));
            let mut flipped = wrapped.clone();
            *flipped.last_mut().unwrap() ^= 1;
            for broken in [&flipped[..], &wrapped[..20], b"no ciphertext"] {
                let refused = kms.unwrap(broken, &CONTEXT).await;
                assert!(refused.is_err());
            }
            let nobodys = kms.arn().replace("key/", "key/0");
            let nobodys = Kms::new(&nobodys, Some(at(&moto.endpoint()))).unwrap();
            let refused = nobodys.wrap(&secret, &CONTEXT).await.unwrap_err();
            assert_eq!(refused.to_string(), "AWS refused: NotFoundException (400)");
        },
    );
}

#[test]
fn a_secret_is_read_as_it_is_now_and_one_that_is_missing_is_refused() {
    with_environment(
        "a_secret_is_read_as_it_is_now_and_one_that_is_missing_is_refused",
        &ENVIRONMENT,
        async || {
            let mut moto = Moto::start();
            moto.secret("bailiwick/smtp", "open sesame");
            let binary = json!({"Name": "binary", "SecretBinary": "AAEC"});
            moto.call("secretsmanager", "create_secret", &binary);
            let secrets = Secrets::new(Some(at(&moto.endpoint())));
            assert_eq!(*secrets.read("bailiwick/smtp").await.unwrap(), "open sesame");
            moto.secret("bailiwick/smtp", "abracadabra");
            assert_eq!(*secrets.read("bailiwick/smtp").await.unwrap(), "abracadabra");

            let missing = secrets.read("bailiwick/other").await.unwrap_err();
            assert!(missing.to_string().starts_with("AWS refused: ResourceNotFoundException"), "{missing}");
            let binary = secrets.read("binary").await.unwrap_err();
            assert_eq!(binary, Fault::Refused("the secret is not a text".to_owned()));
        },
    );
}

#[test]
fn an_aws_that_is_away_is_told_from_one_that_refuses() {
    with_environment("an_aws_that_is_away_is_told_from_one_that_refuses", &ENVIRONMENT, async || {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let arn = "arn:aws:kms:eu-central-1:111122223333:key/12ab";
        let away = Kms::new(arn, Some(at(&endpoint))).unwrap().wrap(&[7; 32], &CONTEXT).await.unwrap_err();
        assert!(matches!(&away, Fault::Away(why) if why.contains("refused")), "{away:?}");
        let away = Secrets::new(Some(at(&endpoint))).read("bailiwick/smtp").await.unwrap_err();
        assert!(matches!(away, Fault::Away(_)), "{away:?}");
    });
}

#[test]
fn an_aws_that_says_nothing_is_given_up() {
    with_environment("an_aws_that_says_nothing_is_given_up", &ENVIRONMENT, async || {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        let asking =
            tokio::spawn(async move { Secrets::new(Some(at(&endpoint))).read("bailiwick/smtp").await });
        // It is tried three times.
        let mut callers = Vec::new();
        for _ in 0..3 {
            callers.push(silent.accept().await.unwrap());
        }
        assert_eq!(asking.await.unwrap().unwrap_err(), Fault::Away("no answer in time".to_owned()));
    });
}

#[test]
fn who_has_no_credentials_is_told_so() {
    let alone =
        [("AWS_REGION", "eu-central-1"), ("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent")];
    with_environment("who_has_no_credentials_is_told_so", &alone, async || {
        let moto = Moto::start();
        let unknown = Secrets::new(Some(at(&moto.endpoint()))).read("bailiwick/smtp").await.unwrap_err();
        assert!(matches!(unknown, Fault::Misconfigured(_)), "{unknown:?}");
    });
}

/// What a container's or a machine's surroundings answer about its role, in a thread of their own. Answers the address.
fn surroundings() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it listens"));
    std::thread::spawn(move || {
        for caller in listener.incoming() {
            let mut caller = caller.expect("a caller");
            let asked = BufReader::new(&caller).lines().map(|line| line.expect("it is text"));
            let asked: Vec<String> = asked.take_while(|line| !line.is_empty()).collect();
            let path = asked.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
            let body = match path.rsplit('/').next().unwrap_or_default() {
                "token" => "a-token".to_owned(),
                "region" => REGION.to_owned(),
                "" => "role".to_owned(),
                _ => json!({
                    "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
                    "AccessKeyId": "test", "SecretAccessKey": "test", "Token": "test", "Expiration": "2099-01-01T00:00:00Z",
                })
                .to_string(),
            };
            let length = body.len();
            let head =
                "HTTP/1.1 200 OK\r\nConnection: close\r\nX-Aws-Ec2-Metadata-Token-Ttl-Seconds: 600\r\n";
            write!(caller, "{head}Content-Length: {length}\r\n\r\n{body}").expect("it listens");
        }
    });
    address
}

async fn is_let_in() {
    let mut moto = Moto::start();
    moto.secret("bailiwick/smtp", "open sesame");
    let secrets = Secrets::new(Some(at(&moto.endpoint())));
    assert_eq!(*secrets.read("bailiwick/smtp").await.expect("it is let in"), "open sesame");
}

#[test]
fn the_role_of_a_container_is_found() {
    let address = surroundings() + "/role";
    let environment = [("AWS_REGION", REGION), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &address)];
    with_environment("the_role_of_a_container_is_found", &environment, is_let_in);
}

#[test]
fn the_role_of_a_machine_is_found_and_so_is_its_region() {
    let environment = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", surroundings())];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    with_environment("the_role_of_a_machine_is_found_and_so_is_its_region", &environment, is_let_in);
}

#[test]
fn who_has_no_region_is_told_so() {
    let nowhere = [("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent")];
    with_environment("who_has_no_region_is_told_so", &nowhere, async || {
        let unknown = Secrets::new(None).read("bailiwick/smtp").await.unwrap_err();
        assert!(unknown.to_string().contains("AWS_REGION"), "{unknown}");
    });
}

#[test]
fn nothing_that_holds_a_secret_shows_it() {
    let secrets = Secrets::new(Some(at("http://127.0.0.1:1")));
    assert_eq!(format!("{secrets:?}"), "Secrets(…)");
}
