use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, fmt, fmt::MakeWriter, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::config::{LogFormat, LogSettings};

/// Logs to standard error from here on; standard output belongs to answers. A second start in one process changes
/// nothing.
pub fn start_logging(log: &LogSettings) {
    let colours = io::stderr().is_terminal();
    // It fails only if something in the process logs already, which is then what is wanted: tests start many apps.
    let _ = subscriber(log, io::stderr, colours).try_init();
}

fn subscriber<W>(log: &LogSettings, writer: W, colours: bool) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // What cannot be understood was refused when the settings were read.
    let filtered = tracing_subscriber::registry().with(EnvFilter::builder().parse_lossy(&log.level));
    let lines = fmt::layer().with_writer(writer);
    match log.format {
        LogFormat::Human => Box::new(filtered.with(lines.with_ansi(colours))),
        LogFormat::Json => Box::new(filtered.with(lines.json().flatten_event(true).with_span_list(false))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::config::Settings;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged under these settings while a report is taken.
    fn logged(format: LogFormat, level: &str) -> String {
        let mut log = Settings::load(None, std::iter::empty()).unwrap().log;
        (log.format, log.level) = (format, level.to_owned());
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber(&log, move || writer.clone(), false), || {
            let _span = tracing::info_span!("report", partner = "github").entered();
            tracing::info!(items = 3, "taken");
            tracing::debug!("a detail");
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_person_reads_the_event_with_what_it_belongs_to() {
        let line = logged(LogFormat::Human, "info");
        assert!(line.contains("report{partner=\"github\"}") && line.contains("taken items=3"), "{line}");
    }

    #[test]
    fn a_log_store_reads_one_object_a_line() {
        let lines = logged(LogFormat::Json, "info");
        let event: serde_json::Value = serde_json::from_str(&lines).unwrap();
        assert_eq!(event["message"], "taken");
        assert_eq!(event["items"], 3);
        assert_eq!(event["span"]["partner"], "github");
        assert_eq!(event["level"], "INFO");
        assert!(event["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn the_level_says_how_much_is_logged() {
        assert_eq!(logged(LogFormat::Json, "debug").lines().count(), 2);
        assert_eq!(logged(LogFormat::Json, "warn").lines().count(), 0);
    }
}
