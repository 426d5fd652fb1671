//! The list of metrics. A new one is a line here, and `UPDATE_DOCS=1` writes it into `docs/METRICS.md`.

use super::metrics::{
    Kind::{Counter, Gauge, Histogram},
    Metric,
};

/// Makes a constant that is the metric's name, and the list [`METRICS`].
macro_rules! metrics {
    ($( $(#[doc = $help:literal])+ $constant:ident: $kind:ident $name:literal [$($label:literal),*]; )*) => {
        $( $(#[doc = $help])+ pub const $constant: &str = $name; )*

        /// Every metric there is, in the order of the reference page.
        pub const METRICS: &[Metric] = &[
            $( Metric { name: $name, kind: $kind, labels: &[$($label),*], help: concat!($($help),+) }, )*
        ];
    };
}

metrics! {
    /// Authentic reports taken.
    REPORTS: Counter "bailiwick_reports_total" ["partner"];
    /// Tokens found in reports, by what became of them. Nothing but `false_positive` for a while, where there used to be
    /// others, is a reason to look.
    SIGHTINGS: Counter "bailiwick_sightings_total" ["partner", "outcome"];
    /// Messages turned away because their signature does not hold.
    UNAUTHENTIC_REPORTS: Counter "bailiwick_unauthentic_reports_total" ["partner", "reason"];
    /// Authentic messages that are no list of items.
    MALFORMED_REPORTS: Counter "bailiwick_malformed_reports_total" ["partner"];
    /// Items of a report without a token in them.
    ITEMS_LEFT_OUT: Counter "bailiwick_items_left_out_total" ["partner"];
    /// Fetches of a partner's public keys.
    KEY_REFRESHES: Counter "bailiwick_key_refreshes_total" ["partner", "result"];
    /// Seconds from a report's arrival until everything it causes is committed.
    REPORT_SECONDS: Histogram "bailiwick_report_seconds" [];
    /// Transactions of reports that PostgreSQL broke off because two waited for each other, and that were run again. None
    /// is expected.
    REPORTS_RETRIED: Counter "bailiwick_reports_retried_total" [];
    /// Steps of signing in, by what came of them: `wrong_password`, `wrong_code`, `wrong_passkey`; or by what somebody has come in.
    SIGN_INS: Counter "bailiwick_sign_ins_total" ["outcome"];
    /// Answers to "may this caller do this?".
    VERDICTS: Counter "bailiwick_verdicts_total" ["code"];
    /// Requests that came without a key or token, or with one that is not valid.
    UNKNOWN_CALLERS: Counter "bailiwick_unknown_callers_total" [];
    /// What was refused to a valid key or token. It stands in the audit of its workspace too, at most once a minute for each
    /// route and key.
    REFUSALS: Counter "bailiwick_refusals_total" ["code"];
    /// Jobs that wait for their turn or for their next try.
    JOBS_WAITING: Gauge "bailiwick_jobs_waiting" ["kind"];
    /// Seconds since the oldest job that is not done was asked for, however often it was tried meanwhile. Parked ones do
    /// not count.
    JOBS_OLDEST: Gauge "bailiwick_jobs_oldest_seconds" ["kind"];
    /// Jobs that were given up and wait for an operator.
    JOBS_PARKED: Gauge "bailiwick_jobs_parked" ["kind"];
    /// Jobs done.
    JOBS_DONE: Counter "bailiwick_jobs_done_total" ["kind"];
    /// Jobs that did not work out and are tried again.
    JOBS_RETRIED: Counter "bailiwick_jobs_retried_total" ["kind"];
    /// Turns of what a node does by itself that ended by panic: a mistake of ours, and the log says which. The others go on.
    TURNS_PANICKED: Counter "bailiwick_turns_panicked_total" ["turn"];
    /// Mails handed to the mail server, or written to files.
    MAILS_SENT: Counter "bailiwick_mails_sent_total" [];
    /// Tries at a mail that the mail server did not take.
    MAILS_FAILED: Counter "bailiwick_mails_failed_total" [];
    /// Track events that the tracking endpoint took.
    TRACK_EVENTS_SENT: Counter "bailiwick_track_events_sent_total" [];
    /// Heads of the audit that a destination took.
    HEADS_DELIVERED: Counter "bailiwick_audit_heads_delivered_total" ["destination"];
    /// Seconds since the oldest head was made that a destination has not had yet; zero if it has had all. Set an alarm for what
    /// is more than an hour or two.
    HEADS_OLDEST: Gauge "bailiwick_audit_heads_oldest_seconds" ["destination"];
    /// Seconds since the newest head of the audit was made, or the first entry if there is no head yet. Set an alarm for what is
    /// more than an hour or two.
    HEAD_AGE: Gauge "bailiwick_audit_head_age_seconds" [];
    /// Entries of the audit that its receiver took.
    AUDIT_STREAMED: Counter "bailiwick_audit_streamed_total" [];
    /// Requests with entries of the audit that its receiver did not take. The log says why.
    AUDIT_STREAM_FAILURES: Counter "bailiwick_audit_stream_failures_total" [];
    /// Seconds since the oldest entry of the audit was made that its receiver has not taken; 0 when it has all. It grows
    /// while a receiver takes nothing, and while a single chain cannot be read. There only with `audit.stream_url`. Set an alarm
    /// for a few minutes.
    AUDIT_STREAM_OLDEST: Gauge "bailiwick_audit_stream_oldest_seconds" [];
    /// When the TLS certificate in use expires, or before it one that leads to its authority, in seconds since 1970. Set an alarm for the time before.
    TLS_CERTIFICATE_EXPIRES_AT: Gauge "bailiwick_tls_certificate_expires_at" [];
    /// New TLS certificates that could not be used, so that the one before stays. The log says why.
    TLS_RELOADS_FAILED: Counter "bailiwick_tls_reloads_failed_total" [];
    /// Connections that did not get through their TLS handshake.
    TLS_HANDSHAKES_FAILED: Counter "bailiwick_tls_handshakes_failed_total" [];
    /// Secrets that could not be read again, or not be taken over, at the last SIGHUP: those before are in force. 1 also if
    /// no setting could be read.
    SECRETS_KEPT: Gauge "bailiwick_secrets_kept" [];
    /// Requests answered. `route` is the pattern, such as `/v1/tokens/{token}`.
    HTTP_REQUESTS: Counter "bailiwick_http_requests_total" ["route", "method", "status"];
    /// Seconds until a request is answered.
    HTTP_SECONDS: Histogram "bailiwick_http_seconds" ["route"];
}
