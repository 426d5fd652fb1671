//! The list of settings. A new one is a line here, and `UPDATE_DOCS=1` writes it into `docs/SETTINGS.md`.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use lettre::message::Mailbox;
use outgoing::Opened;
use url::Url;

use super::{
    choices::{BucketPlace, LogFormat, Policy, RootPlace, StreamFormat},
    declare::{Setting, settings},
    fault::ConfigFault,
    given::Given,
    hidden::{Hidden, Secret},
    load::gitlab_types_of,
    people::{Breaches, Color, PasswordHash, SignUp},
    read,
};

settings! {
    {
        /// The folder of everything that is kept in files.
        data_dir: PathBuf = read::path, open or "bailiwick-data";
    }

    /// Where the server listens and how it is reached.
    server: ServerSettings {
        /// Address and port to listen on. Port 0 takes a free one; the address is the first line on standard output.
        listen: SocketAddr = read::address, open or "127.0.0.1:8080";
        /// The address under which people reach the server, without a path. Links in mails are made of it alone, and
        /// cookies and passkeys belong to its host: under another host all passkeys are gone.
        public_url: Option<String> = read::some(read::public_url), open or "`http://localhost:<port>`, with TLS `https://…`" => None;
        /// The certificate with which the server proves who it is, and those that lead to its authority, in PEM. A new one
        /// in the file is used within seconds. Without one the server listens on this machine alone, or behind proxies.
        tls_cert: Option<PathBuf> = read::some(read::path), open or "none" => None;
        /// The certificate's private key, in PEM, in a file that is not open to everybody on the machine.
        tls_key: Option<PathBuf> = read::some(read::path), open or "none" => None;
        /// Further names of this server that requests may be for, such as the name by which a gateway inside your network calls it. Of
        /// others nothing is answered.
        host_names: Vec<String> = read::list(read::host), open or "none" => Vec::new();
        /// The networks of the proxies that end TLS, such as `10.0.0.0/8`. Of them alone it is believed whom a request is
        /// from and whether it came by TLS: `Forwarded`, or `X-Forwarded-For` and `X-Forwarded-Proto`.
        trusted_proxies: Vec<IpNet> = read::list(read::network), open or "none" => Vec::new();
    }

    /// How people sign in.
    signin: SigninSettings {
        /// Whether anybody may sign up, with a new workspace of their own: `closed` or `open`.
        sign_up: SignUp = read::choice, open or "closed";
        /// Where people may be sent back to: addresses of your product that ask who is signed in, or to which a portal link
        /// leads back. Each stands for itself and what is below its path; scheme, host and port must be equal.
        return_urls: Vec<Url> = read::list(read::return_url), open or "none" => Vec::new();
    }

    /// What passwords are, and how they are stored.
    password: PasswordSettings {
        /// How passwords are hashed: `bcrypt` or `argon2id`. One that is stored otherwise is hashed anew when its owner next signs in.
        hash: PasswordHash = read::choice, open or "bcrypt";
        /// The cost of bcrypt: each one more doubles the time that a check takes, an attacker's too.
        cost: u32 = read::number(10, 16), open or "12";
        /// The fewest characters of a new password.
        min_length: usize = read::number(8, 64), open or "8";
        /// How many cores check passwords at most.
        cores: usize = read::number(1, 256), open or "half of the machine's, at least one" => passwords::Backroom::half_of_the_cores().get();
        /// Whether passwords are looked up in known breaches online, new ones and those that people sign in with: `online` sends the first five characters of a digest to
        /// `password.range_url`; `offline` looks into `password.breaches_file` alone.
        breaches: Breaches = read::choice, open or "online";
        /// Where the answers are: Have I Been Pwned's range API, or a mirror of it.
        range_url: String = read::web_address, open or "https://api.pwnedpasswords.com/range";
        /// The file that `bailiwick breaches import` makes.
        breaches_file: PathBuf = read::path, open or "`<data_dir>/breaches.filter`" => data_dir.join("breaches.filter");
    }

    /// How the console looks.
    console: ConsoleSettings {
        /// Your logo, which stands beside the name of `mail.vendor_name`: a file, SVG or PNG,
        /// of at most 30 KB.
        logo: Option<PathBuf> = read::some(read::path), open or "none" => None;
        /// Your colour, for links and buttons: `#` and six hexadecimal digits. It is made darker or lighter where text in it could not
        /// be read.
        color: Color = read::choice, open or "#1f5aa8";
    }

    /// Where everything else is kept.
    database: DatabaseSettings {
        /// `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST:PORT/NAME`. On another machine PostgreSQL is spoken to over TLS
        /// only, and has to prove its name; `?sslrootcert=FILE` names an authority of your own.
        url: Hidden = read::database_url, secret or "`sqlite:<data_dir>/bailiwick.db`"
            => Hidden::new(format!("sqlite:{}", data_dir.join("bailiwick.db").display()));
        /// As whom the schema is brought up to date, on PostgreSQL: the same database as in `url`, by a role that owns its
        /// tables. The role of `url` is then given what it needs to serve, and can neither change nor delete what is on
        /// record in the audit.
        migrate_url: Option<Hidden> = read::some(read::database_url), secret or "none: the role of `url` does it" => None;
        /// The most connections that are open at once; on SQLite, those that read.
        connections: u32 = read::number(1, 1000), open or "20";
    }

    /// What opens what is sealed.
    keyring: KeyringSettings {
        /// Where the root key is: `file:PATH` (made with an empty database; only its owner may read it), `env:NAME` (base64 of
        /// 32 random bytes), or `aws-kms:ARN`; `aws-kms:NEW,OLD` while a key of KMS is exchanged for another.
        root: RootPlace = read::root_place, open or "`file:<data_dir>/root.key`"
            => RootPlace::File(data_dir.join("root.key"));
    }

    /// What tokens look like.
    token: TokenSettings {
        /// What a token begins with, before the underscore: 2 to 16 lower-case letters and digits, a letter first,
        /// and not `op` last. Register it with your partners before the first token is made.
        prefix: String = read::prefix, open or "bwk";
        /// Prefixes of earlier days. Their tokens are still known; none is made any more.
        former_prefixes: Vec<String> = read::list(read::prefix), open or "none" => Vec::new();
    }

    /// What happens when a token is found in public, and how its finders are believed.
    exposure: ExposureSettings {
        /// What happens to a leaked token: `revoke`, `warn`, or `warn_then_revoke` (24 hours later). A workspace can
        /// choose its own.
        policy: Policy = read::choice, open or "revoke";
        /// Where GitHub publishes the keys with which it signs reports.
        github_keys_url: String = read::web_address,
            open or "https://api.github.com/meta/public_keys/secret_scanning";
        /// A GitHub access token without any scope. Keys are then fetched under a higher rate limit.
        github_access_token: Option<Hidden> = read::some(read::hidden), secret or "none" => None;
        /// Where GitLab publishes its keys; GitLab names the address on enrolment. Without it GitLab's reports are
        /// turned away.
        gitlab_keys_url: Option<String> = read::some(read::web_address), open or "none" => None;
        /// What a self-managed GitLab sends as `Authorization`, at least 16 characters. Without it the token
        /// revocation API is off.
        gitlab_revocation_secret: Option<Hidden> = read::some(read::hidden_of(16)), secret or "none" => None;
        /// The token types that a self-managed GitLab is told to report.
        gitlab_token_types: Vec<String> = read::list(read::text),
            open or "`gitleaks_rule_id_<prefix>-api-token` of each prefix and of its operator's"
            => gitlab_types_of(&token);
        /// The largest report taken, in bytes.
        max_body_bytes: usize = read::number(1024, 1 << 30), open or "10485760";
    }

    /// How mails leave, and in whose name.
    mail: MailSettings {
        /// The sender.
        from: Mailbox = read::mailbox, open or "Bailiwick <bailiwick@localhost>";
        /// The mail server: `smtp://` or `smtps://` with user and password if it wants them. Another
        /// machine is spoken to over TLS only, this one as `?tls=required` or `?tls=opportunistic` says. With none, mails
        /// become `.eml` files in `<data_dir>/mail/`.
        smtp_url: Option<Hidden> = read::some(read::smtp_url), secret or "none" => None;
        /// Where a workspace's owners manage its tokens: the page of your product that mails link to. `{workspace}` stands
        /// for the workspace's id, `{external_id}` for its id in your product. With none, and for a workspace without
        /// the id that is asked for, they lead to its tokens in the console.
        tokens_url: Option<String> = read::some(read::web_address_of_workspace), open or "none" => None;
        /// The name of your product, as mails, pages and authenticator apps say it. It may be in no password.
        vendor_name: String = read::text, open or "Bailiwick";
    }

    /// The people who run this.
    operator: OperatorSettings {
        /// Who is told when an operator key is found in public.
        mail: Mailbox = read::mailbox, open or "the address of `mail.from`" => Mailbox::new(None, mail.from.email.clone());
    }

    /// Where track events go.
    track: TrackSettings {
        /// The base address of a Segment-compatible tracking API; `/v1/batch` is added. With none, events are only
        /// stored.
        endpoint: Option<String> = read::some(read::web_address), open or "none" => None;
        /// The write key of the source that takes the events.
        write_key: Option<Hidden> = read::some(read::hidden), secret or "none" => None;
    }

    /// To whom the audit is given besides: its heads, and its entries.
    audit: AuditSettings {
        /// The address that gets every entry of every workspace and of the house, by `POST` as Standard Webhooks says. With
        /// none, nothing is delivered; what was recorded until then is, once there is one.
        stream_url: Option<String> = read::some(read::web_address), open or "none" => None;
        /// What the receiver knows us by: `whsec_` and 24 to 64 bytes in base64. While it is being replaced there are two,
        /// parted by a comma, and each request is signed with both.
        stream_secret: Option<Hidden> = read::some(read::webhook_secrets), secret or "none" => None;
        /// What an entry looks like there: `json`, as the API lists it, or `ocsf`.
        stream_format: StreamFormat = read::choice, open or "json";
        /// A file to which each head is appended, a line each. Where there are several nodes, one that they share.
        heads_file: Option<PathBuf> = read::some(read::path), open or "none" => None;
        /// An address to which each head is posted, signed as Standard Webhooks says.
        heads_webhook: Option<String> = read::some(read::web_address), open or "none" => None;
        /// What is signed with towards `audit.heads_webhook`: `whsec_` and 24 to 64 bytes in base64. While it is being replaced there
        /// are two, parted by a comma.
        heads_webhook_secret: Option<Hidden> = read::some(read::webhook_secrets), secret or "none" => None;
        /// A bucket of an S3-compatible store into which each head is put, an object each: `s3://BUCKET/PREFIX`.
        heads_bucket: Option<BucketPlace> = read::some(read::choice), open or "none" => None;
        /// The store's address, if it is not Amazon's own.
        heads_bucket_endpoint: Option<String> = read::some(read::beginning), open or "`https://s3.<region>.amazonaws.com`, in China `….com.cn`" => None;
        /// The bucket's region.
        heads_bucket_region: String = read::text, open or "us-east-1";
        /// The id of the access key that may put objects into the bucket, and needs to do nothing else: kept and replaced
        /// together with that key's secret. Without one the credentials are those that `aws.endpoint` tells of.
        heads_bucket_key_id: Option<Hidden> = read::some(read::hidden), secret or "none" => None;
        /// That access key's secret.
        heads_bucket_key: Option<Hidden> = read::some(read::hidden), secret or "none" => None;
    }

    /// Where calls to the outside may go: `audit.stream_url`, `track.endpoint`, partners' keys, and whatever addresses customers give.
    outgoing: OutgoingSettings {
        /// What may be called although it is not public, or has no TLS: hosts by their exact names, networks such as
        /// `10.1.0.0/16`, and addresses. A self-managed GitLab in a private network is named here.
        allowed: Vec<Opened> = read::list(read::opened), open or "none" => Vec::new();
    }

    /// Amazon's cloud, for what is kept there.
    aws: AwsSettings {
        /// Where AWS is reached, if not at its public addresses: another machine over TLS only. Region and credentials are those
        /// of the environment (`AWS_REGION`, `AWS_ACCESS_KEY_ID` and so on), or of the container's or the machine's role.
        endpoint: Option<Url> = read::some(read::cloud_address), open or "none" => None;
    }

    /// What is logged to standard error.
    log: LogSettings {
        /// `human`, or `json` with one object a line.
        format: LogFormat = read::choice, open or "human";
        /// How much: `error`, `warn`, `info`, `debug`, `trace`; or by part, as in `info,sqlx=warn`.
        level: String = read::filter, open or "info";
    }
}
