use std::{fmt::Write as _, sync::OnceLock, time::Duration};

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::METRICS;

/// What a metric measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// How often something happened since the start.
    Counter,
    /// How much there is now.
    Gauge,
    /// How long something took, in seconds.
    Histogram,
}

/// One metric, as the reference page sees it.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it measures.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it is for, as Markdown.
    pub help: &'static str,
}

/// Bounds of the histograms, in seconds. A partner waits 30 s for an answer; a good one takes a few milliseconds.
const BOUNDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// How often samples of histograms are put into their buckets, so that they do not pile up while nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// The process's metrics. There is one recorder for all apps of a process; clones are the same.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to record, on the first call; later calls give the same recorder.
    pub fn install() -> Self {
        static INSTALLED: OnceLock<Metrics> = OnceLock::new();
        INSTALLED.get_or_init(Self::record).clone()
    }

    /// Every metric that has a value, in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Keeps the recorder small; does not end. Run it beside the server.
    pub async fn keep_up(self) {
        let mut turns = tokio::time::interval(UPKEEP);
        loop {
            turns.tick().await;
            self.0.run_upkeep();
        }
    }

    fn record() -> Self {
        let mut builder = PrometheusBuilder::new();
        for metric in METRICS.iter().filter(|metric| metric.kind == Kind::Histogram) {
            let which = Matcher::Full(metric.name.to_owned());
            builder = builder.set_buckets_for_metric(which, &BOUNDS).expect("there are bounds");
        }
        let handle = builder.install_recorder().expect("nothing else in this process records metrics");
        METRICS.iter().for_each(describe);
        Self(handle)
    }
}

fn describe(metric: &Metric) {
    let help = metric.help.trim();
    match metric.kind {
        Kind::Counter => describe_counter!(metric.name, help),
        Kind::Gauge => describe_gauge!(metric.name, help),
        Kind::Histogram => describe_histogram!(metric.name, Unit::Seconds, help),
    }
}

const HEAD: &str = "\
# Metrics

<!-- Written from the code. To change it, change crates/server/src/telemetry/declared.rs and run:
     UPDATE_DOCS=1 cargo nextest run -p bailiwick docs_ -->

`GET /metrics` answers in the text format of Prometheus. A metric appears with its first value. Histograms also have
`_count`, `_sum` and `_bucket`.

| metric | kind | labels | what it is |
|---|---|---|---|
";

/// The page `docs/METRICS.md`.
pub fn metrics_reference() -> String {
    METRICS.iter().fold(HEAD.to_owned(), |mut page, metric| {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram, seconds",
        };
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        writeln!(page, "| `{}` | {kind} | {} | {} |", metric.name, labels.join(", "), metric.help.trim())
            .expect("a String takes everything");
        page
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{documents::assert_page, telemetry};

    #[test]
    fn docs_list_every_metric() {
        assert_page("METRICS.md", &metrics_reference());
    }

    #[test]
    fn many_apps_in_one_process_share_a_recorder() {
        let (one, other) = (Metrics::install(), Metrics::install());
        metrics::counter!(telemetry::MAILS_SENT).increment(2);
        for metrics in [one, other] {
            assert!(metrics.render().contains("bailiwick_mails_sent_total 2"));
        }
    }

    #[test]
    fn a_duration_is_counted_in_buckets() {
        let metrics = Metrics::install();
        metrics::histogram!(telemetry::REPORT_SECONDS).record(0.03);
        let text = metrics.render();
        for line in [
            "# HELP bailiwick_report_seconds Seconds from a report's arrival until everything it causes is committed.",
            r#"bailiwick_report_seconds_bucket{le="0.025"} 0"#,
            r#"bailiwick_report_seconds_bucket{le="0.05"} 1"#,
        ] {
            assert!(text.contains(line), "{line}\n\n{text}");
        }
    }

    #[test]
    fn names_say_what_is_counted() {
        for Metric { name, kind, .. } in METRICS {
            assert!(name.starts_with("bailiwick_"), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(*kind != Kind::Histogram || name.ends_with("_seconds"), "{name}");
        }
    }
}
