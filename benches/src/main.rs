//! What performance figures come from: each beside its baseline of the same run, with the machine they were taken on.
//!
//! `make bench` runs all of them on both engines. A figure is a ratio wherever it can be, because a machine that is twice
//! as slow is so for both of its halves; what is measured and what it is compared with take turns for the same reason.

mod audit;
mod bare;
mod breaches;
mod changes;
mod client;
mod console;
mod figure;
mod fill;
mod idle;
mod import;
mod leaked;
mod machine;
mod options;
mod passwords;
mod program;
mod report;
mod samples;
mod sealing;
mod singles;
mod sink;
mod stage;
mod verify;

use clap::Parser as _;

use figure::{Figure, say};
use options::{Options, Which};
use stage::Stage;

/// What anything here may fail with; it ends the run.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let options = Options::parse();
    let _metrics = bailiwick::telemetry::Metrics::install();
    let mut facts = machine::facts()?;
    let mut figures = Vec::new();
    for engine in options.engines() {
        facts.push(machine::engine(&options, engine).await?);
        for which in options.figures() {
            for figure in measure(&options, engine, which).await? {
                say(&figure.line());
                figures.push(figure);
            }
        }
    }
    let page = figure::page(&facts, &figures);
    say(&format!("\n{page}"));
    if let Some(path) = &options.markdown {
        std::fs::write(path, page)?;
    }
    Ok(())
}

async fn measure(options: &Options, engine: store::Engine, which: Which) -> Result<Vec<Figure>, Fault> {
    say(&format!("{}, {}:", which.name(), figure::name(engine)));
    if which == Which::Scale {
        return report::scale(options, engine).await;
    }
    let mut stage = Stage::with_tokens(options, engine, options::FEW).await?;
    let figures = match which {
        Which::Report => report::report(options, &stage).await?,
        Which::Singles => singles::singles(&mut stage).await?,
        Which::Verify => verify::verify(&stage).await?,
        Which::Import => import::import(options, &stage).await?,
        Which::Idle => idle::idle(options, &stage).await?,
        Which::Fields => sealing::fields(&stage).await?,
        Which::Rotation => sealing::rotation(&stage).await?,
        Which::Audit => audit::verify(options, &stage).await?,
        Which::Changes => changes::changes(&stage).await?,
        Which::Breaches => breaches::breaches(&stage)?,
        Which::Console => console::console(&stage).await?,
        Which::Passwords => passwords::passwords(&stage).await?,
        Which::All | Which::Scale => Vec::new(),
    };
    stage.end().await?;
    Ok(figures)
}
