use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::{Fault, Result};

const CONNECT: Duration = Duration::from_secs(2);
const ONE_TRY: Duration = Duration::from_secs(5);
const ALL_TRIES: Duration = Duration::from_secs(15);
const TRIES: u32 = 3;
/// The pause after the first try; it doubles.
const PAUSE: Duration = Duration::from_millis(200);

/// Who asks, from which region, and how long an answer is waited for. Without a region here it is the one that the
/// environment or the files in `~/.aws` name, or the machine's.
pub(crate) async fn account(region: Option<&str>) -> Result<SdkConfig> {
    // No proxy of the environment's: a variable left over there must not reroute secrets.
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
    let patience = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ONE_TRY)
        .operation_timeout(ALL_TRIES)
        .build();
    let tries = RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(PAUSE);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(client)
        .timeout_config(patience)
        .retry_config(tries);
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let account = loader.load().await;
    if account.region().is_none() {
        return Err(Fault::Misconfigured("no region is set: AWS_REGION names one".to_owned()));
    }
    Ok(account)
}
