use std::io::Write as _;

use store::Engine;

/// One line of the table.
#[derive(Debug)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// On which engine.
    pub engine: Engine,
    /// What came out.
    pub measured: String,
    /// What it is compared with, measured in the same run.
    pub baseline: String,
    /// The one divided by the other.
    pub ratio: f64,
    /// What is promised, in words.
    pub target: String,
    /// Whether that holds; none where nothing is promised.
    pub holds: Option<bool>,
}

impl Figure {
    /// As it is said when it has come out.
    pub fn line(&self) -> String {
        let Self { what, measured, baseline, ratio, target, .. } = self;
        format!(
            "  {what}: {measured}; baseline {baseline}; ratio {ratio:.2}; target {target}: {}",
            self.verdict()
        )
    }

    fn row(&self) -> String {
        let Self { what, measured, baseline, ratio, target, .. } = self;
        let (engine, verdict) = (name(self.engine), self.verdict());
        format!("| {what} | {engine} | {measured} | {baseline} | {ratio:.2} | {target} | {verdict} |\n")
    }

    fn verdict(&self) -> &'static str {
        match self.holds {
            Some(true) => "holds",
            Some(false) => "MISSED",
            None => "for information",
        }
    }
}

/// What the engine is called.
pub const fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

const INTRODUCTION: &str = "\
# Figures

What `make bench` measured, each figure beside its baseline of the same run: a machine that is twice as slow is so for both.
Durations are medians, and between which two values eight of ten lie. `make bench` writes this page.
";

/// Everything as Markdown.
pub fn page(facts: &[String], figures: &[Figure]) -> String {
    let facts = facts.join("\n- ");
    let rows: String = figures.iter().map(Figure::row).collect();
    let head = "| what | engine | measured | baseline of the same run | ratio | target | |\n|---|---|---|---|---|---|---|\n";
    format!("{INTRODUCTION}\n- {facts}\n\n{head}{rows}")
}

/// Prints a line. What cannot be printed is lost.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
