use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    ecs::EcsCredentialsProvider,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    imds::{credentials::ImdsCredentialsProvider, region::ImdsRegionProvider},
    meta::{credentials::CredentialsProviderChain, region::RegionProviderChain},
    provider_config::ProviderConfig,
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::{SharedTimeSource, SystemTimeSource},
};
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
/// environment names, or the machine's.
///
/// Put together by hand: what the library puts together by itself has a client of the token service in it, for roles that are
/// assumed by files in `~/.aws` and by web identity.
pub(crate) async fn account(region: Option<&str>) -> Result<SdkConfig> {
    // No proxy of the environment's: a variable left over there must not reroute secrets.
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
    let around = ProviderConfig::without_region().with_http_client(client.clone());
    let region = match region {
        Some(region) => Some(Region::new(region.to_owned())),
        None => where_we_are(&around).region().await,
    };
    let region =
        region.ok_or_else(|| Fault::Misconfigured("no region is set: AWS_REGION names one".to_owned()))?;
    let patience = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ONE_TRY)
        .operation_timeout(ALL_TRIES)
        .build();
    let tries = RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(PAUSE);
    let around = around.with_region(Some(region.clone()));
    let account = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(who(&around)))
        .http_client(client)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .timeout_config(patience)
        .retry_config(tries);
    Ok(account.build())
}

/// Where credentials are looked for, in turn.
fn who(around: &ProviderConfig) -> CredentialsProviderChain {
    let container = EcsCredentialsProvider::builder().configure(around).build();
    let machine = ImdsCredentialsProvider::builder().configure(around).build();
    CredentialsProviderChain::first_try("environment", EnvironmentVariableCredentialsProvider::new())
        .or_else("container", container)
        .or_else("machine", machine)
}

/// Which region, in turn.
fn where_we_are(around: &ProviderConfig) -> RegionProviderChain {
    let machine = ImdsRegionProvider::builder().configure(around).build();
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(machine)
}
