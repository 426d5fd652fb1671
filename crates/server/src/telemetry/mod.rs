//! What operators watch: the log on standard error, and the metrics behind `GET /metrics`.
//!
//! Each metric is declared once, in [`metrics`]; its constant is its name:
//!
//! ```
//! use bailiwick::telemetry::{Metrics, REPORTS};
//!
//! let metrics = Metrics::install();
//! metrics::counter!(REPORTS, "partner" => "github").increment(1);
//! assert!(metrics.render().contains(r#"bailiwick_reports_total{partner="github"} 1"#));
//! ```

mod declared;
mod logging;
mod metrics;

pub use declared::*;
pub use logging::start_logging;
pub use metrics::{Kind, Metric, Metrics, metrics_reference};
