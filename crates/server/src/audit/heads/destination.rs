use std::{path::PathBuf, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chain::{Hash, SignedHead};
use cloud::Identity;
use outgoing::{Client, HeaderName, Request};
use rusty_s3::{Bucket, Credentials, S3Action as _, actions::PutObject};
use time_and_chance::{Duration, Time};

use super::{
    super::webhook::{NotTaken, Webhook, seconds, send},
    file,
};
use crate::config::{AuditSettings, BucketPlace, Hidden};

/// How long a signed address of a bucket is good for.
const SIGNED_FOR: Duration = Duration::from_mins(5);

/// How long a file is waited for. It may lie on another machine; a lease has time for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where heads go.
#[derive(Clone)]
pub enum Destination {
    /// A file, a line each.
    File(PathBuf),
    /// A POST of each line.
    Webhook(Receiver),
    /// An object for each in an S3-compatible bucket.
    Bucket(Box<Store>),
}

/// A receiver of webhooks.
#[derive(Clone)]
pub struct Receiver(Webhook);

/// A bucket, and who puts something into it.
#[derive(Clone)]
pub struct Store {
    bucket: Bucket,
    prefix: String,
    who: Who,
}

#[derive(Clone)]
enum Who {
    Named { id: Hidden, key: Hidden },
    Found(Arc<Identity>),
}

impl Destination {
    /// All that the settings name.
    pub fn all(settings: &AuditSettings) -> Vec<Self> {
        let file = settings.heads_file.clone().map(Self::File);
        let webhook = settings.heads_webhook.clone().zip(settings.heads_webhook_secret.clone());
        let webhook = webhook.map(|(url, secret)| Self::Webhook(Receiver(Webhook { url, secret })));
        let bucket = settings.heads_bucket.as_ref().and_then(|place| Store::of(place, settings));
        let bucket = bucket.map(|store| Self::Bucket(Box::new(store)));
        [file, webhook, bucket].into_iter().flatten().collect()
    }

    /// Its kind, as metrics and the log say it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Webhook(_) => "webhook",
            Self::Bucket(_) => "bucket",
        }
    }

    /// By what the database knows it: another file or another address is another destination, which gets every head.
    pub fn name(&self) -> String {
        let address = match self {
            Self::File(path) => path.display().to_string(),
            Self::Webhook(receiver) => receiver.0.url.clone(),
            Self::Bucket(store) => store.bucket.object_url(&store.prefix).to_string(),
        };
        format!("{}-{}", self.kind(), &Hash::of(address.as_bytes()).to_string()[..16])
    }

    /// Delivers a head. What was delivered and not noted is delivered again, and does no harm.
    pub(super) async fn take(&self, client: &Client, when: Time, head: &SignedHead) -> Result<(), NotTaken> {
        let line = head.to_line();
        match self {
            Self::File(path) => {
                let to = path.clone();
                let appended = files::within(PATIENCE, path, move || file::append(&to, &line)).await;
                appended.map_err(NotTaken::because)?.map_err(NotTaken::because)
            }
            Self::Webhook(Receiver(webhook)) => {
                webhook.deliver(client, when, &id_of(head), line.into_bytes()).await
            }
            Self::Bucket(store) => {
                let who = store.who.credentials().await.map_err(NotTaken::because)?;
                send(client, when, store.put(&who, when, head, &line)).await
            }
        }
    }
}

/// A head's name at its receiver: the same at each try, and of no other head.
fn id_of(head: &SignedHead) -> String {
    format!("head_{:010}_{}", head.head.number, &head.hash().to_string()[..16])
}

impl Who {
    async fn credentials(&self) -> cloud::Result<Credentials> {
        match self {
            Self::Named { id, key } => Ok(Credentials::new(&*id.expose(), &*key.expose())),
            Self::Found(identity) => {
                let cloud::Credentials { id, secret, token } = identity.credentials().await?;
                Ok(match token {
                    Some(token) => Credentials::new_with_token(id, secret.as_str(), token.as_str()),
                    None => Credentials::new(id, secret.as_str()),
                })
            }
        }
    }
}

impl Store {
    fn of(place: &BucketPlace, settings: &AuditSettings) -> Option<Self> {
        let bucket =
            place.at(settings.heads_bucket_endpoint.as_deref(), &settings.heads_bucket_region).ok()?;
        let who = match settings.heads_bucket_key_id.clone().zip(settings.heads_bucket_key.clone()) {
            Some((id, key)) => Who::Named { id, key },
            None => Who::Found(Arc::new(Identity::new(&settings.heads_bucket_region))),
        };
        Some(Self { bucket, prefix: place.prefix.clone(), who })
    }

    /// A signed PUT of the line and its end. The name of the object has the head's hash in it: of two heads with the same number,
    /// as there are after a database was put back, neither takes the other's place.
    fn put(&self, who: &Credentials, when: Time, head: &SignedHead, line: &str) -> outgoing::Result<Request> {
        let (object, body) = (format!("{}{}.json", self.prefix, id_of(head)), format!("{line}\n"));
        // Buckets that let nothing be overwritten ask for a checksum.
        let checksum = STANDARD.encode(digest(&SHA256, body.as_bytes()));
        let mut put = PutObject::new(&self.bucket, Some(who), &object);
        put.headers_mut().insert(CHECKSUM, checksum.as_str());
        let now = jiff_of_s3::Timestamp::from_second(seconds(when)).unwrap_or_default();
        let url = put.sign_with_time(SIGNED_FOR, &now);
        Request::put(url.as_str())?
            .header(HeaderName::from_static(CHECKSUM), &checksum)
            .map(|request| request.body("application/json", body.into_bytes()))
    }
}

const CHECKSUM: &str = "x-amz-checksum-sha256";
